"""How long nobody has touched mouse and keyboard of this computer, whichever program they were for."""

import ctypes
import ctypes.util
import sys
from collections.abc import Callable, Mapping


def reader(environ: Mapping[str, str], platform: str = sys.platform) -> Callable[[], float | None]:
    """What gives the seconds; None each time where this desktop does not tell."""
    try:
        if platform == "win32":
            return _windows()
        if platform == "darwin":
            return _macos()
        if environ.get("DISPLAY") and not environ.get("WAYLAND_DISPLAY"):
            return _x11(environ["DISPLAY"])
    except (OSError, AttributeError):
        pass
    return lambda: None


class _Info(ctypes.Structure):
    """XScreenSaverInfo."""

    _fields_ = (
        ("window", ctypes.c_ulong),
        ("state", ctypes.c_int),
        ("kind", ctypes.c_int),
        ("since", ctypes.c_ulong),
        ("idle", ctypes.c_ulong),  # milliseconds
        ("mask", ctypes.c_ulong),
    )


def _x11(display: str) -> Callable[[], float | None]:
    """The X server's own clock of input, by a connection that stays open."""
    x11, saver = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXss.so.1")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
    x11.XDefaultRootWindow.restype = ctypes.c_ulong
    saver.XScreenSaverQueryInfo.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.POINTER(_Info)]
    opened = x11.XOpenDisplay(display.encode())
    if not opened:
        raise OSError(display)
    root, info = x11.XDefaultRootWindow(opened), _Info()

    def read() -> float | None:
        return info.idle / 1000 if saver.XScreenSaverQueryInfo(opened, root, ctypes.byref(info)) else None

    return read


def _windows() -> Callable[[], float | None]:
    class LastInput(ctypes.Structure):
        _fields_ = (("size", ctypes.c_uint), ("time", ctypes.c_uint))

    user32, kernel32 = ctypes.windll.user32, ctypes.windll.kernel32  # type: ignore[attr-defined]
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
