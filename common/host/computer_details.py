"""Which computer this is: its name and its system, as its owner knows them. Read with the standard library alone."""

import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from common.protocol.computer_claim import ComputerClaim
from common.protocol.texts import COMPUTER_NAME_LIMIT, clean_name, is_word

ROOT: Final = Path("/")


def about_this_computer(version: str, *, here: str = sys.platform, root: Path = ROOT) -> ComputerClaim:
    """What an agent of this version tells the relay. It waits for the disk; what cannot be known is left out."""
    return ComputerClaim(
        name=_found(platform.node),
        system=_found(lambda: system_name(here, root)),
        version=version if is_word(version) else "",
    )


def system_name(here: str, root: Path = ROOT) -> str:
    """Of this `sys.platform`, as people call it, with the number behind it. Raises OSError, ValueError."""
    if here == "win32":
        return f"Windows {platform.release()} ({platform.version()})"
    if here == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    named = read_fields(root / "etc/os-release", "=").get("PRETTY_NAME", "").strip('"')
    return f"{named or platform.system()} ({platform.release()})"


def read_fields(path: Path, separator: str) -> dict[str, str]:
    """A file of names and values, a pair a line; of a name that comes twice the first. Raises OSError."""
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        name, _separator, value = line.partition(separator)
        found.setdefault(name.strip(), value.strip())
    return found


def _found(read: Callable[[], str]) -> str:
    try:
        return clean_name(" ".join(read().split()), limit=COMPUTER_NAME_LIMIT)
    except (OSError, ValueError):
        return ""
