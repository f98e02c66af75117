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
    """Whether the X server takes us. Where it cannot be known it is assumed. See `x_depth`."""
    return x_depth(display, within=within) is not None


def x_depth(display: str, *, within: float = PATIENCE) -> int | None:
    """How many bits a pixel of the X screen has; None where the server does not take us, in so many seconds: one that hangs is none.

    0 where it cannot be known.
    """
    if not display:
        return None
    found: list[int | None] = []
    # Nothing ends a call that hangs, so it is made in a thread that keeps nobody from going on.
    thread = threading.Thread(target=lambda: found.append(_depth(display)), name="display", daemon=True)
    thread.start()
    thread.join(within)
    return found[0] if found else None


class _Roots(ctypes.Structure):
    """xcb_screen_iterator_t."""

    _fields_ = (("screen", ctypes.c_void_p), ("left", ctypes.c_int), ("index", ctypes.c_int))


_ROOT_DEPTH: Final = 38  # bytes into xcb_screen_t, which is the wire's SCREEN


def _depth(display: str) -> int | None:
    """By the library that Qt and all VNC servers for X need; without it, their own start says what is missing."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return 0
    number = ctypes.c_int()
    xcb.xcb_connect.restype = xcb.xcb_get_setup.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = xcb.xcb_get_setup.argtypes = [ctypes.c_void_p]
    xcb.xcb_setup_roots_iterator.argtypes, xcb.xcb_setup_roots_iterator.restype = [ctypes.c_void_p], _Roots
    xcb.xcb_screen_next.argtypes = [ctypes.POINTER(_Roots)]
    connection = xcb.xcb_connect(display.encode(), ctypes.byref(number))
    try:
        if xcb.xcb_connection_has_error(connection):
            return None
        roots = xcb.xcb_setup_roots_iterator(xcb.xcb_get_setup(connection))
        for _ in range(number.value):
            xcb.xcb_screen_next(ctypes.byref(roots))
        return ctypes.string_at(roots.screen + _ROOT_DEPTH, 1)[0]
    finally:
        xcb.xcb_disconnect(connection)
