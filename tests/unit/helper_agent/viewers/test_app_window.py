"""Which browser shows the page in a window of its own, and how it is started."""

from pathlib import Path

import pytest

from common.host.computer import Computer
from common.host.windows import Windows
from helper_agent.viewers import app_window


def program(folder: Path, name: str, text: str = "") -> Path:
    """Something that can be started."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def linux(folder: Path, **environ: str) -> Computer:
    """With this search path."""
    return Computer(environ={"PATH": str(folder), **environ}, platform="linux")


@pytest.mark.skipif(Path("C:/").exists(), reason="not on Windows: os.X_OK")
def test_on_linux_by_the_search_path(tmp_path: Path) -> None:
    """The first that can; none where there is none, and none where the person has named another by BROWSER."""
    assert app_window.program(linux(tmp_path)) is None
    program(tmp_path, "firefox")
    assert app_window.program(linux(tmp_path)) is None
    chrome = program(tmp_path, "google-chrome")
    assert app_window.program(linux(tmp_path)) == str(chrome)
    chromium = program(tmp_path, "chromium")
    assert app_window.program(linux(tmp_path)) == str(chromium)
    assert app_window.program(linux(tmp_path, BROWSER="firefox")) is None


@pytest.mark.skipif(Path("C:/").exists(), reason="not on Windows: os.X_OK")
def test_a_snap_is_left_alone(tmp_path: Path) -> None:
    """It enters no private folder of ours: by its place, or as Ubuntu's script that starts it."""
    program(tmp_path, "chromium-browser", '#!/bin/sh\nexec /snap/bin/chromium "$@"\n')
    assert app_window.program(linux(tmp_path)) is None
    inside = program(tmp_path, "snap/bin/chromium")
    assert app_window.program(linux(inside.parent)) is None


def test_on_windows_edge_is_always_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Edge is not, Chrome is."""
    found: set[str] = set()
    monkeypatch.setattr(
        Computer, "installed", lambda _self, folders, name, **_more: f"{folders[0]}\\{name}" if name in found else None
    )
    here = Computer(environ={}, platform="win32", windows=Windows())
    assert app_window.program(here) is None
    found.add("chrome.exe")
    assert app_window.program(here) == r"Google\Chrome\Application\chrome.exe"
    found.add("msedge.exe")
    assert app_window.program(here) == r"Microsoft\Edge\Application\msedge.exe"


def test_its_profile_is_its_own(tmp_path: Path) -> None:
    """So it joins no browser that runs, and is gone with the session's folder."""
    command = app_window.command("chromium", address="http://127.0.0.1:1/enter/code", folder=tmp_path)
    assert command[:3] == ("chromium", "--app=http://127.0.0.1:1/enter/code", f"--user-data-dir={tmp_path}")
