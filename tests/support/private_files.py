"""Who may read a file or a folder, asked of the system."""

import ctypes
import stat
import sys
from pathlib import Path

_FILE_OBJECT = 1  # SE_FILE_OBJECT
_DACL = 4  # DACL_SECURITY_INFORMATION
EVERYBODY = ";WD)"


def rule(path: Path) -> str:
    """Windows' list of who may do what there, in its own words (SDDL)."""
    if sys.platform != "win32":
        raise NotImplementedError
    advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    descriptor, text = ctypes.c_void_p(), ctypes.c_wchar_p()
    got = advapi32.GetNamedSecurityInfoW(
        str(path), _FILE_OBJECT, _DACL, None, None, None, None, ctypes.byref(descriptor)
    )
    assert got == 0, got
    assert advapi32.ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, 1, _DACL, ctypes.byref(text), None)
    return text.value or ""


def is_private(path: Path) -> bool:
    """Whether it is its person's alone: 0600, a folder 0700; on Windows by its list."""
    if sys.platform == "win32":
        return EVERYBODY not in rule(path)
    return stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
