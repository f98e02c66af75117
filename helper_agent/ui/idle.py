"""How long nobody has touched mouse and keyboard of this computer, whichever program they were for."""

import ctypes
import ctypes.util
import sys
import weakref
from collections.abc import Callable, Mapping

from common.host.screen import is_wayland


def reader(environ: Mapping[str, str], platform: str = sys.platform) -> Callable[[], float | None]:
    """What gives the seconds; None each time where this desktop does not tell."""
    try:
        if platform == "win32":
            return _windows()
        if platform == "darwin":
            return _macos()
        if environ.get("DISPLAY") and not is_wayland(environ):
            return _x11(environ["DISPLAY"])
    except (OSError, AttributeError):
        pass
    return lambda: None


def _x11(display: str) -> Callable[[], float | None]:
    """The X server's own clock of input, by a connection that stays open as long as somebody may ask."""
    from Xlib.error import DisplayError
    from Xlib.ext import screensaver

    from common.host.x11 import open_display

    try:
        opened = open_display(display)
    except DisplayError:
        return lambda: None
    if not opened.has_extension(screensaver.extname):
        opened.close()
        return lambda: None
    root = opened.screen().root

    def read() -> float | None:
        return float(root.screensaver_query_info().idle) / 1000

    weakref.finalize(read, opened.close)
    return read


def _windows() -> Callable[[], float | None]:
    if sys.platform != "win32":
        raise OSError

    class LastInput(ctypes.Structure):
        _fields_ = (("size", ctypes.c_uint), ("time", ctypes.c_uint))

    user32, kernel32 = ctypes.windll.user32, ctypes.windll.kernel32
    last = LastInput(size=ctypes.sizeof(LastInput))

    def read() -> float | None:
        if not user32.GetLastInputInfo(ctypes.byref(last)):
            return None
        return float((kernel32.GetTickCount() - last.time) & 0xFFFFFFFF) / 1000

    return read


def _macos() -> Callable[[], float | None]:
    services = ctypes.CDLL(ctypes.util.find_library("ApplicationServices") or "")
    seconds = services.CGEventSourceSecondsSinceLastEventType
    seconds.argtypes = [ctypes.c_int32, ctypes.c_uint32]
    seconds.restype = ctypes.c_double
    combined, any_input = 0, 0xFFFFFFFF

    def read() -> float | None:
        return float(seconds(combined, any_input))

    return read
