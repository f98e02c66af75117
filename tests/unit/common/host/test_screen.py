"""Where no window can be opened, one sentence says so; Qt, which would abort the process, is not asked."""

import sys

import pytest

from common.host.errors import TasukiError
from common.host.screen import has_screen, is_wayland, load_windows
from tests.support.marks import needs


@pytest.mark.parametrize(
    "environ",
    [{}, {"DISPLAY": ""}, {"QT_QPA_PLATFORM": "xcb"}, pytest.param({"DISPLAY": ":987654"}, marks=needs("xcb_connect"))],
)
def test_without_a_screen(environ: dict[str, str]) -> None:
    """Neither X11, also where a display is named that does not answer, nor Wayland."""
    assert not has_screen(environ, platform="linux")
    with pytest.raises(TasukiError) as caught:
        load_windows("common.ui.window", environ=environ, platform="linux")
    assert caught.value.code == "no_windows"


def test_a_screen_that_needs_no_answer() -> None:
    """Wayland, a platform of Qt's that needs no screen, or a system that always has one."""
    assert has_screen({"WAYLAND_DISPLAY": "wayland-0"}, platform="linux")
    assert has_screen({"QT_QPA_PLATFORM": "offscreen"}, platform="linux")
    assert has_screen({}, platform="win32")
    assert has_screen({}, platform="darwin")


def test_whose_the_desktop_is() -> None:
    """A compositor's, also with an X server beside it; an X session's where a compositor only runs in a window of it."""
    assert is_wayland({"WAYLAND_DISPLAY": "wayland-0", "XDG_SESSION_TYPE": "wayland", "DISPLAY": ":0"})
    assert is_wayland({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"})
    assert not is_wayland({"WAYLAND_DISPLAY": "wayland-0", "XDG_SESSION_TYPE": "x11", "DISPLAY": ":0"})
    assert not is_wayland({"DISPLAY": ":0"})


def test_without_qt(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is named."""
    monkeypatch.setitem(sys.modules, "PySide6", None)
    monkeypatch.setitem(sys.modules, "PySide6.QtCore", None)
    for name in [name for name in sys.modules if name.startswith("common.ui")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(TasukiError) as caught:
        load_windows("common.ui.window", environ={"QT_QPA_PLATFORM": "offscreen"})
    assert caught.value.code == "windows_missing"
    assert "PySide6" in str(caught.value)


def test_a_bug_of_ours_is_no_missing_package() -> None:
    """A module that does not exist is not called a missing Qt."""
    with pytest.raises(ModuleNotFoundError):
        load_windows("common.ui.nowhere", environ={"QT_QPA_PLATFORM": "offscreen"})
