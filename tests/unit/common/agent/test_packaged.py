"""A packaged program's own libraries are not those of the programs that it starts."""

import os
from pathlib import Path

import pytest

from common.agent import packaged
from common.agent.keeper import main as keeper


def test_the_person_s_environment_comes_back() -> None:
    """Our folder goes out of every search path, what was there before stays, and what was not there is absent."""
    environ = {
        "LD_LIBRARY_PATH": "/opt/tasuki/_internal",
        "LD_LIBRARY_PATH_ORIG": "/home/me/lib",
        "QT_PLUGIN_PATH": "/opt/tasuki/_internal/PySide6/Qt/plugins" + os.pathsep + "/home/me/plugins",
        "QML2_IMPORT_PATH": "/opt/tasuki/_internal/PySide6/Qt/qml",
        "PATH": "/opt/tasuki/_internal:/usr/bin",
    }
    packaged.own_environment(environ, folder="/opt/tasuki/_internal")
    assert environ == {
        "LD_LIBRARY_PATH": "/home/me/lib",
        "QT_PLUGIN_PATH": "/home/me/plugins",
        "PATH": "/opt/tasuki/_internal:/usr/bin",
    }


@pytest.mark.parametrize("argv", [["tasuki-user"], ["tasuki-user", "ask", keeper.ARGUMENT], ["tasuki-user", "status"]])
def test_only_the_one_argument_makes_a_keeper(argv: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything else is the program's own business."""
    monkeypatch.setattr(keeper, "main", pytest.fail)
    packaged.begin(argv, {})


def test_the_argument_makes_a_keeper(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing after it."""
    ran: list[bool] = []
    monkeypatch.setattr(keeper, "main", lambda: ran.append(True))
    with pytest.raises(SystemExit) as caught:
        packaged.begin(["tasuki-user", keeper.ARGUMENT], {})
    assert caught.value.code == 0
    assert ran == [True]


@pytest.mark.parametrize(
    ("program", "beside", "started"),
    [
        ("tasuki-user.exe", ["tasuki-userw.exe"], "tasuki-userw.exe"),
        ("tasuki-userw.exe", ["tasuki-user.exe"], "tasuki-userw.exe"),
        ("tasuki-user.exe", [], "tasuki-user.exe"),
        ("tasuki-user", ["tasuki-userw"], "tasuki-user"),
    ],
)
def test_which_one_has_no_console(program: str, beside: list[str], started: str, tmp_path: Path) -> None:
    """The other with a w, on Windows, where it is there."""
    for name in (program, *beside):
        (tmp_path / name).touch()
    assert packaged.windowed(tmp_path / program) == tmp_path / started


def test_another_part_of_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its argument alone; beside others it is the program's own business."""
    monkeypatch.setattr(keeper, "main", pytest.fail)
    ran: list[bool] = []
    with pytest.raises(SystemExit) as caught:
        packaged.begin(["tasuki-user", "--other"], {}, others={"--other": lambda: ran.append(True)})
    assert caught.value.code == 0
    assert ran == [True]
    packaged.begin(["tasuki-user", "--other", "more"], {}, others={"--other": lambda: pytest.fail("not alone")})
