"""What the system says of an error."""

import ctypes
import os
import sys
from typing import Final

_WINDOWS: Final = 10_000  # from here on numbers are Windows' own (WSAE…), for which C has no words


def meaning(number: int) -> str:
    """An error's number (errno) in the system's words."""
    if sys.platform == "win32" and number >= _WINDOWS:
        return ctypes.FormatError(number)
    return os.strerror(number)
