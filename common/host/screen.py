"""Whether windows can be opened here at all: a screen, and Qt. Said in one sentence before Qt, which would abort, is asked."""

import ctypes
import importlib
import sys
from collections.abc import Mapping
from types import ModuleType

from common.host.errors import TasukiError


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
    return bool(environ.get("WAYLAND_DISPLAY")) or _x_answers(environ.get("DISPLAY", ""))


def is_wayland(environ: Mapping[str, str]) -> bool:
    """Whether the desktop is a Wayland compositor's; an X server beside it (Xwayland) shows and hears nothing of it."""
    return bool(environ.get("WAYLAND_DISPLAY")) and environ.get("XDG_SESSION_TYPE") != "x11"


def _x_answers(display: str) -> bool:
    """Whether the X server takes us. By the library that Qt itself needs; without it, Qt's own import says so."""
    if not display:
        return False
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
