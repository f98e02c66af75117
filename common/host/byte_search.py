"""Whether files hold a text, in whichever way programs write it: UTF-8, UTF-16, or the escapes of JSON."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

SHORTEST: Final = 4
"""Bytes of UTF-8: what is shorter stands in any file by chance."""
_PIECE: Final = 1 << 20


def forms(text: str) -> frozenset[bytes]:
    """The bytes that it is written as; none for a text too short to be looked for."""
    plain = text.encode("utf-8", "surrogatepass")
    if len(plain) < SHORTEST:
        return frozenset()
    wide = (text.encode(name, "surrogatepass") for name in ("utf-16-le", "utf-16-be"))
    escaped = json.dumps(text)[1:-1]
    upper = "".join(f"\\u{ord(one):04X}" if ord(one) > 127 else one for one in _units(text))
    return frozenset({plain, *wide, escaped.encode(), upper.encode()})


def file_has(path: Path, wanted: Iterable[bytes]) -> bool:
    """Whether any of these bytes stand in it, read piece by piece. Raises OSError."""
    patterns = [one for one in wanted if one]
    if not patterns:
        return False
    overlap = max(map(len, patterns)) - 1
    with path.open("rb") as file:
        before = b""
        while piece := file.read(_PIECE):
            piece = before + piece
            if any(one in piece for one in patterns):
                return True
            before = piece[-overlap:] if overlap else b""
    return False


def files_below(folder: Path) -> Iterator[Path]:
    """Every ordinary file in it, in the order of their names; links and what may not be entered are passed by."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _units(text: str) -> Iterator[str]:
    """The code units of UTF-16."""
    wide = text.encode("utf-16-be", "surrogatepass")
    for place in range(0, len(wide), 2):
        yield chr(int.from_bytes(wide[place : place + 2]))
