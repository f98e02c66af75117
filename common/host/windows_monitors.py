"""The monitors of Windows' desktop, by its own calls. Pixels are the monitors' own, whatever this program's scaling.

Names: what the monitor says of itself, where it does (QueryDisplayConfig), else what its driver calls it.
"""

import contextlib
import ctypes
import struct
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

CURRENT_SETTINGS = -1
PRIMARY = 1  # MONITORINFOF_PRIMARY
ACTIVE_PATHS = 2
SOURCE_NAME, TARGET_NAME = 1, 2
MONITOR_INFO, DISPLAY_DEVICE, DEVICE_MODE = 104, 840, 220  # bytes of MONITORINFOEXW, DISPLAY_DEVICEW, DEVMODEW
PATH, MODE = 72, 64  # bytes of DISPLAYCONFIG_PATH_INFO and _MODE_INFO
SOURCE, TARGET = 84, 420  # bytes of DISPLAYCONFIG_SOURCE_DEVICE_NAME and _TARGET_DEVICE_NAME


class Monitor(NamedTuple):
    """A monitor that is part of the desktop. `x` and `y` are its corner on it: the primary one's is 0, 0, others' may be negative."""

    name: str
    x: int
    y: int
    width: int
    height: int
    primary: bool


def monitors() -> tuple[Monitor, ...]:
    """In the order in which Windows counts them up (EnumDisplayMonitors); none where it does not tell."""
    if sys.platform != "win32":
        return ()
    user32: Any = ctypes.WinDLL("user32")
    named = dict(_own_names(user32))
    found: list[Monitor] = []
    for device, primary, _ in _devices(user32):
        mode = ctypes.create_string_buffer(DEVICE_MODE)
        struct.pack_into("<H", mode, 68, DEVICE_MODE)
        if user32.EnumDisplaySettingsW(device, CURRENT_SETTINGS, mode):
            x, y = struct.unpack_from("<ii", mode, 76)
            width, height = struct.unpack_from("<II", mode, 172)
            name = named.get(device) or _drivers_name(user32, device) or device.removeprefix("\\\\.\\")
            found.append(Monitor(name, x, y, width, height, primary))
    return tuple(found)


def layout() -> tuple[tuple[str, int, int, int, int], ...]:
    """Each monitor's device, and its edges as this program is told of them: what differs when one has changed. It takes a moment only."""
    if sys.platform != "win32":
        return ()
    return tuple((device, *edges) for device, _, edges in _devices(ctypes.WinDLL("user32")))


def _devices(user32: Any) -> list[tuple[str, bool, tuple[int, int, int, int]]]:
    """The device of each monitor, whether it is the primary one, and its edges."""
    if sys.platform != "win32":
        return []
    found: list[tuple[str, bool, tuple[int, int, int, int]]] = []

    def each(monitor: int, _context: int, _corner: int, _data: int) -> int:
        info = ctypes.create_string_buffer(MONITOR_INFO)
        struct.pack_into("<I", info, 0, MONITOR_INFO)
        if user32.GetMonitorInfoW(ctypes.c_void_p(monitor), info):
            left, top, right, bottom = struct.unpack_from("<iiii", info, 4)
            (flags,) = struct.unpack_from("<I", info, 36)
            found.append((_text(info, 40, 32), bool(flags & PRIMARY), (left, top, right, bottom)))
        return 1

    called = ctypes.WINFUNCTYPE(ctypes.c_int, *[ctypes.c_void_p] * 3, ctypes.c_ssize_t)
    user32.EnumDisplayMonitors(None, None, called(each), 0)
    return found


def _own_names(user32: Any) -> Iterator[tuple[str, str]]:
    """Devices, with what their monitors say of themselves."""
    paths, modes = ctypes.c_uint32(), ctypes.c_uint32()
    if user32.GetDisplayConfigBufferSizes(ACTIVE_PATHS, ctypes.byref(paths), ctypes.byref(modes)):
        return
    table = ctypes.create_string_buffer(PATH * max(1, paths.value))
    rest = ctypes.create_string_buffer(MODE * max(1, modes.value))
    if user32.QueryDisplayConfig(ACTIVE_PATHS, ctypes.byref(paths), table, ctypes.byref(modes), rest, None):
        return
    for index in range(paths.value):
        path = table.raw[PATH * index : PATH * (index + 1)]
        device = _text(_asked(user32, SOURCE_NAME, SOURCE, path[:12]), 20, 32)
        name = _text(_asked(user32, TARGET_NAME, TARGET, path[20:32]), 36, 64)
        if device and name:
            yield device, name


def _asked(user32: Any, what: int, size: int, adapter_and_number: bytes) -> "ctypes.Array[ctypes.c_char]":
    """What DisplayConfigGetDeviceInfo fills in; zeros where it does not know."""
    packet = ctypes.create_string_buffer(size)
    struct.pack_into("<II12s", packet, 0, what, size, adapter_and_number)
    return ctypes.create_string_buffer(size) if user32.DisplayConfigGetDeviceInfo(packet) else packet


def _drivers_name(user32: Any, device: str) -> str:
    entry = ctypes.create_string_buffer(DISPLAY_DEVICE)
    struct.pack_into("<I", entry, 0, DISPLAY_DEVICE)
    return _text(entry, 68, 128) if user32.EnumDisplayDevicesW(device, 0, entry, 0) else ""


def _text(buffer: "ctypes.Array[ctypes.c_char]", at: int, letters: int) -> str:
    """A text of at most so many UTF-16 units."""
    with contextlib.suppress(UnicodeDecodeError):
        return buffer.raw[at : at + 2 * letters].decode("utf-16-le").partition("\0")[0].strip()
    return ""
