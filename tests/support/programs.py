"""Programs that are on a search path, and do nothing."""

import sys
from pathlib import Path


def program(folder: Path, name: str) -> Path:
    """An executable of this name, as the system knows one."""
    path = folder / (f"{name}.exe" if sys.platform == "win32" else name)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path
