"""The person's own folders, as Windows knows them."""

import sys
from pathlib import Path

from common.host.windows import KNOWN_FOLDERS, Windows, windows_here


def test_they_are_told_on_windows_alone() -> None:
    """There each is a path from the root of a disk; elsewhere nothing is said."""
    for name in KNOWN_FOLDERS:
        told = windows_here().folder(name)
        assert Path(told).is_absolute() if sys.platform == "win32" else not told
        assert not Windows().folder(name)
