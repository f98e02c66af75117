"""Whether windows can be opened here at all: a screen, and Qt. Said in one sentence before Qt, which would abort, is asked."""

import ctypes
import importlib
import sys
import threading
from collections.abc import Mapping
from types import ModuleType
from typing import Final

from common.host.errors import TasukiError

PATIENCE: Final = 5.0  # seconds for an X server to take somebody, which takes it a few milliseconds


def load_windows(name: str, *, environ: Mapping[str, str], platform: str = sys.platform) -> ModuleType:
    """Import the module `name`, which needs Qt and a screen. Raises TasukiError: no_windows, windows_missing."""
    if not has_screen(environ, platform=platform):
        raise TasukiError("no_windows")
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if (error.name or "").startswith(("common", "user_agent", "helper_agent")):
            raise  # a bug of ours
        raise TasukiError("windows_missing", detail=error) from error


def has_screen(environ: Mapping[str, str], *, platform: str = sys.platform) -> bool:
    """Whether there is a desktop to open windows on. Other systems than those with X11 or Wayland always have one."""
    if platform in {"win32", "darwin"}:
        return True
    if environ.get("QT_QPA_PLATFORM", "xcb").partition(":")[0] not in {"xcb", "wayland"}:
        return True
    return bool(environ.get("WAYLAND_DISPLAY")) or x_answers(environ.get("DISPLAY", ""))


def is_wayland(environ: Mapping[str, str]) -> bool:
    """Whether the desktop is a Wayland compositor's; an X server beside it (Xwayland) shows and hears nothing of it."""
    return bool(environ.get("WAYLAND_DISPLAY")) and environ.get("XDG_SESSION_TYPE") != "x11"


def x_answers(display: str, *, within: float = PATIENCE) -> bool:
    """Whether the X server takes us, in so many seconds: one that hangs is none. Where it cannot be known it is assumed."""
    if not display:
        return False
    found: list[bool] = []
    # Nothing ends a call that hangs, so it is made in a thread that keeps nobody from going on.
    thread = threading.Thread(target=lambda: found.append(_takes_us(display)), name="display", daemon=True)
    thread.start()
    thread.join(within)
    return found == [True]


def _takes_us(display: str) -> bool:
    """By the library that Qt and all VNC servers for X need; without it, their own start says what is missing."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)
    try:
        return not xcb.xcb_connection_has_error(connection)
    finally:
        xcb.xcb_disconnect(connection)
