"""A packaged program's own libraries are not those of the programs that it starts."""

import pytest

from common.agent import keeper, packaged


def test_the_person_s_environment_comes_back() -> None:
    """Our folder goes out of every search path, what was there before stays, and what was not there is absent."""
    environ = {
        "LD_LIBRARY_PATH": "/opt/tasuki/_internal",
        "LD_LIBRARY_PATH_ORIG": "/home/me/lib",
        "QT_PLUGIN_PATH": "/opt/tasuki/_internal/PySide6/Qt/plugins:/home/me/plugins",
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
