"""Write relay/ca/lookalikes.txt: Unicode's tables of what looks like what, and of what is mirrored from right to left.

    python3 -m venv /tmp/icu && /tmp/icu/bin/pip install pyicu-wheels && /tmp/icu/bin/python -m deploy.tools.lookalikes

They are asked of ICU, the Unicode Consortium's own library, character by character, when a new version of Unicode is
wanted. The CA itself reads the tables only (docs/decisions/0021-names-that-look-alike.md). With `--check` nothing is
written, and the exit code is 1 where the file is not what would be.
"""

import importlib
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

TABLE: Final = Path(__file__).resolve().parents[2] / "relay" / "ca" / "lookalikes.txt"
_HEAD: Final = """\
# What looks like what (Unicode Technical Standard #39, confusables.txt), and what is mirrored (Bidi_Mirroring_Glyph), of
# Unicode {unicode}, asked of ICU {icu} by deploy/tools/lookalikes.py, which writes this file: do not edit it.
# Copyright © 1991-{year} Unicode, Inc. Its licence, the Unicode License V3, is in lookalikes.LICENSE.txt.
# [prototypes] PROTOTYPE <tab> CHARACTERS   [mirrors] CHARACTER <tab> ITS MIRROR   code points are hexadecimal
"""
_YEARS: Final = {"15.1": 2023, "16.0": 2024, "17.0": 2025}


def main(*arguments: str) -> int:
    """Write it, or compare."""
    icu = importlib.import_module("icu")
    head = _HEAD.format(unicode=icu.UNICODE_VERSION, icu=icu.ICU_VERSION, year=_YEARS[icu.UNICODE_VERSION])
    lines = ["[prototypes]", *_prototypes(icu), "[mirrors]", *_mirrors(icu)]
    text = head + "\n".join(lines) + "\n"
    if "--check" in arguments:
        return int(TABLE.read_text(encoding="utf-8") != text)
    TABLE.write_text(text, encoding="utf-8")
    return 0


def _characters() -> Iterator[str]:
    for code in range(sys.maxunicode + 1):
        if not 0xD800 <= code <= 0xDFFF:
            yield chr(code)


def _prototypes(icu: Any) -> Iterator[str]:
    """Of each character that has another. What decomposes is looked up by its parts, so it needs none.

    What is blank on every screen has the empty text there, and is left out here: no name may hold it.
    """
    checker = icu.SpoofChecker()
    found: dict[str, list[str]] = {}
    for character in _characters():
        if unicodedata.normalize("NFD", character) == character:
            prototype = checker.getSkeleton(0, character)
            if prototype not in {character, ""}:
                found.setdefault(prototype, []).append(character)
    for prototype, characters in sorted(found.items()):
        yield f"{_hex(prototype)}\t{_hex(characters)}"


def _mirrors(icu: Any) -> Iterator[str]:
    for character in _characters():
        mirror = icu.Char.charMirror(character)
        if mirror != character:
            yield f"{_hex(character)}\t{_hex(mirror)}"


def _hex(text: Iterable[str]) -> str:
    return " ".join(f"{ord(character):x}" for character in text)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
