"""What Windows says of itself, asked by its own calls: no program is started for it.

`Windows` knows nothing: it is every other system's, and a test's to add to. `windows_here()` is the one of this computer.
"""

import contextlib
import ctypes
import os
import struct
import sys
import uuid
from pathlib import Path
from typing import Any, TypeAlias

from common.host.windows_monitors import Monitor, layout, monitors

SYNCHRONIZE = 0x0010_0000
LONGEST_PATH = 32_767
KNOWN_FOLDERS = {
    "downloads": "374de290-123f-4565-9164-39c4925e467b",  # FOLDERID_Downloads
    "desktop": "b4bfcc3a-db2c-424c-b029-7fe99a87c641",  # FOLDERID_Desktop
}
FIXED_INFO_BYTES = 52  # VS_FIXEDFILEINFO

Version: TypeAlias = tuple[int, int, int, int]


class Windows:
    """The answers where there is no Windows to ask."""

    def is_file(self, path: str) -> bool:
        """Whether there is a file."""
        return Path(path).is_file()

    def file_version(self, path: str) -> Version | None:
        """The version that a program's file says it has; None where it says none, or cannot be read. Nothing is started."""
        del path
        return None

    def holds_mutex(self, name: str) -> bool:
        """Whether a program of this login session holds a mutex of this name, by which programs know that they run already."""
        del name
        return False

    def monitors(self) -> tuple[Monitor, ...]:
        """Those that are part of the desktop, in the order in which Windows counts them up; none where it does not tell."""
        return ()

    def layout(self) -> tuple[object, ...]:
        """What differs where a monitor has changed, come or gone; quicker than `monitors`."""
        return self.monitors()

    def at_console(self) -> bool:
        """Whether this login session is the one that is seen at the computer itself, not one of Remote Desktop."""
        return False

    def folder(self, name: str) -> str:
        """The person's own folder of a name of KNOWN_FOLDERS, wherever it was moved to; empty where Windows does not tell."""
        del name
        return ""

    def machine_has_key(self, key: str) -> bool:
        """Whether there is this key under HKEY_LOCAL_MACHINE, as programs of 64 bits see it or as those of 32 bits do."""
        del key
        return False

    def texts(self, key: str, name: str) -> tuple[str, ...]:
        """The texts that this value holds under HKEY_CURRENT_USER, and under HKEY_LOCAL_MACHINE as either kind of program sees it."""
        del key, name
        return ()

    def keys_under(self, key: str) -> tuple[str, ...]:
        """The names of the keys under this one, in the same places."""
        del key
        return ()


class _ThisWindows(Windows):
    def file_version(self, path: str) -> Version | None:
        if sys.platform != "win32":
            return None
        library: Any = ctypes.WinDLL("version")
        size = library.GetFileVersionInfoSizeW(path, None)
        block = ctypes.create_string_buffer(size)
        fixed, length = ctypes.c_void_p(), ctypes.c_uint()
        if not (
            size
            and library.GetFileVersionInfoW(path, 0, size, block)
            and library.VerQueryValueW(block, "\\", ctypes.byref(fixed), ctypes.byref(length))
            and fixed.value
            and length.value >= FIXED_INFO_BYTES
        ):
            return None
        high, low = struct.unpack_from("<II", ctypes.string_at(fixed.value, FIXED_INFO_BYTES), 8)
        return high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF

    def holds_mutex(self, name: str) -> bool:
        if sys.platform != "win32":
            return False
        kernel32: Any = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.OpenMutexW.restype = ctypes.c_void_p
        handle = ctypes.c_void_p(kernel32.OpenMutexW(SYNCHRONIZE, False, rf"Local\{name}"))
        if not handle:
            return False
        kernel32.CloseHandle(handle)
        return True

    def monitors(self) -> tuple[Monitor, ...]:
        return monitors()

    def layout(self) -> tuple[object, ...]:
        return layout()

    def at_console(self) -> bool:
        if sys.platform != "win32":
            return False
        kernel32: Any = ctypes.WinDLL("kernel32")
        ours = ctypes.c_uint32()
        known = kernel32.ProcessIdToSessionId(os.getpid(), ctypes.byref(ours))
        return bool(known) and ours.value == kernel32.WTSGetActiveConsoleSessionId() & 0xFFFF_FFFF

    def folder(self, name: str) -> str:
        if sys.platform != "win32":
            return ""
        shell32: Any = ctypes.WinDLL("shell32")
        ole32: Any = ctypes.WinDLL("ole32")
        wanted = ctypes.create_string_buffer(uuid.UUID(KNOWN_FOLDERS[name]).bytes_le, 16)
        path = ctypes.c_wchar_p()
        failed = shell32.SHGetKnownFolderPath(wanted, 0, None, ctypes.byref(path))
        found = "" if failed else path.value or ""
        ole32.CoTaskMemFree(path)
        return found

    def machine_has_key(self, key: str) -> bool:
        if sys.platform != "win32":
            return False
        import winreg

        for root, access in _places():
            try:
                if root == winreg.HKEY_LOCAL_MACHINE:
                    winreg.OpenKey(root, key, 0, access).Close()
                    return True
            except PermissionError:
                return True
            except OSError:
                continue
        return False

    def texts(self, key: str, name: str) -> tuple[str, ...]:
        if sys.platform != "win32":
            return ()
        import winreg

        found: list[str] = []
        for root, access in _places():
            with contextlib.suppress(OSError), winreg.OpenKey(root, key, 0, access) as handle:
                value, _kind = winreg.QueryValueEx(handle, name)
                if isinstance(value, str):
                    found.append(value)
        return tuple(dict.fromkeys(found))

    def keys_under(self, key: str) -> tuple[str, ...]:
        if sys.platform != "win32":
            return ()
        import winreg

        found: list[str] = []
        for root, access in _places():
            with contextlib.suppress(OSError), winreg.OpenKey(root, key, 0, access) as handle:
                found += [winreg.EnumKey(handle, index) for index in range(winreg.QueryInfoKey(handle)[0])]
        return tuple(dict.fromkeys(found))


def _places() -> list[tuple[int, int]]:
    """Where programs write down what is installed: roots of the registry, and how to look at them."""
    if sys.platform != "win32":
        return []
    import winreg

    return [
        (winreg.HKEY_CURRENT_USER, winreg.KEY_READ),
        (winreg.HKEY_LOCAL_MACHINE, winreg.KEY_READ | winreg.KEY_WOW64_64KEY),
        (winreg.HKEY_LOCAL_MACHINE, winreg.KEY_READ | winreg.KEY_WOW64_32KEY),
    ]


def short_path(path: str) -> str:
    """Windows' short name of a file or folder that is there (no space, no letter beyond ASCII), or `path` where it has none."""
    if sys.platform != "win32":
        return path
    kernel32: Any = ctypes.WinDLL("kernel32")
    name = ctypes.create_unicode_buffer(LONGEST_PATH)
    length = kernel32.GetShortPathNameW(path, name, LONGEST_PATH)
    return name.value if 0 < length < LONGEST_PATH else path


def windows_here() -> Windows:
    """The one of this computer."""
    return _ThisWindows() if sys.platform == "win32" else Windows()
