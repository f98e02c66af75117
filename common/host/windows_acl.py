"""Files and folders of Windows that only their person can read, and the system itself, which must (chmod does nothing there).

Loaded on Windows alone.
"""

import ctypes
import sys
from pathlib import Path
from typing import Any, Final

SDDL_REVISION_1: Final = 1
DACL_SECURITY_INFORMATION: Final = 0x4
TOKEN_QUERY: Final = 0x8
TOKEN_USER: Final = 1  # of TOKEN_INFORMATION_CLASS


def sddl(sid: str, *, folder: bool) -> str:
    """The rule in Windows' own language: nothing is inherited, this person and SYSTEM may do everything; so in what a folder holds."""
    inherited = "OICI" if folder else ""
    return f"D:P(A;{inherited};FA;;;{sid})(A;{inherited};FA;;;SY)"


def make_private(path: Path, *, folder: bool) -> None:
    """Let nobody but the person whom this program runs for, and SYSTEM, at `path`. Raises OSError."""
    if sys.platform != "win32":
        return
    advapi32: Any = ctypes.WinDLL("advapi32", use_last_error=True)
    kernel32: Any = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.LocalFree.argtypes = [ctypes.c_void_p]
    descriptor = ctypes.c_void_p()
    rule = sddl(_own_sid(advapi32, kernel32), folder=folder)
    if not advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW(
        rule, SDDL_REVISION_1, ctypes.byref(descriptor), None
    ):
        raise ctypes.WinError(ctypes.get_last_error())
    try:
        if not advapi32.SetFileSecurityW(str(path), DACL_SECURITY_INFORMATION, descriptor):
            raise ctypes.WinError(ctypes.get_last_error())
    finally:
        kernel32.LocalFree(descriptor)


def _own_sid(advapi32: Any, kernel32: Any) -> str:
    """Who this program runs for, as S-1-5-…. Raises OSError."""
    if sys.platform != "win32":
        return ""
    kernel32.GetCurrentProcess.restype = ctypes.c_void_p
    token = ctypes.c_void_p()
    if not advapi32.OpenProcessToken(ctypes.c_void_p(kernel32.GetCurrentProcess()), TOKEN_QUERY, ctypes.byref(token)):
        raise ctypes.WinError(ctypes.get_last_error())
    try:
        # TOKEN_USER: a pointer to the SID and its attributes, and behind them the SID, of at most 68 bytes
        user, size = (ctypes.c_void_p * 16)(), ctypes.c_uint32()
        if not advapi32.GetTokenInformation(
            token, TOKEN_USER, ctypes.byref(user), ctypes.sizeof(user), ctypes.byref(size)
        ):
            raise ctypes.WinError(ctypes.get_last_error())
        text = ctypes.c_wchar_p()
        if not advapi32.ConvertSidToStringSidW(ctypes.c_void_p(user[0]), ctypes.byref(text)):
            raise ctypes.WinError(ctypes.get_last_error())
        sid = text.value or ""
        kernel32.LocalFree(text)
        return sid
    finally:
        kernel32.CloseHandle(token)
