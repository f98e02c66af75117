"""Names that look alike: skeletons by Unicode Technical Standard #39, section 4.

Two texts that a person takes for each other have the same skeleton, whatever scripts they are in (pаypal with a Cyrillic
а, ѕсоре all in Cyrillic, rn for m, a kanji 口 for a katakana ロ). Pure; the tables are lookalikes.txt.
"""

import functools
import unicodedata
from collections.abc import Mapping
from hashlib import sha256
from importlib import resources
from itertools import zip_longest
from typing import Final, NamedTuple

from common.protocol.identity import name_key
from relay.ca.visual_order import in_visual_order, is_right_to_left

_KEYS: Final = 1
"""Raised when `looks` gives other keys for the same tables."""
_TEXT: Final = resources.files(__package__).joinpath("lookalikes.txt").read_text(encoding="utf-8")
TABLES: Final = sha256(f"{_KEYS} {unicodedata.unidata_version} {_TEXT}".encode()).hexdigest()
"""By what keys are made: those of another program are not to be compared with this one's."""


class _Tables(NamedTuple):
    prototypes: Mapping[int, str]  # as str.translate takes it
    mirrors: Mapping[str, str]


@functools.cache
def _tables() -> _Tables:
    prototypes: dict[int, str] = {}
    mirrors: dict[str, str] = {}
    in_mirrors = False
    for line in _TEXT.splitlines():
        left, tab, right = line.partition("\t")
        if not tab:
            in_mirrors = in_mirrors or line == "[mirrors]"
        elif in_mirrors:
            mirrors[_text(left)] = _text(right)
        else:
            prototypes.update((ord(character), _text(left)) for character in _text(right))
    return _Tables(prototypes, mirrors)


def _text(codes: str) -> str:
    return "".join(chr(int(code, 16)) for code in codes.split())


def skeleton(text: str) -> str:
    """What is the same for texts that look the same. For comparing only: it is no text that anybody reads.

    Of a text that is read from left to right; without what is blank on every screen, which no name may hold.
    """
    parts = unicodedata.normalize("NFD", text).translate(_tables().prototypes)
    return unicodedata.normalize("NFD", parts)


def bidi_skeleton(text: str, *, right_to_left: bool = False) -> str:
    """The same for any text, in a line of this direction."""
    return skeleton(in_visual_order(text, right_to_left=right_to_left, mirrors=_tables().mirrors))


def looks(name: str) -> frozenset[str]:
    """Keys of which two names share one when a person may take them for each other, in whatever letter case.

    Widths and kinds of space count as one, as they do in `name_key`.
    """
    wide = " ".join(unicodedata.normalize("NFKC", name).split())
    cases = {wide, name_key(name), wide.upper()}
    if any(map(is_right_to_left, wide)):
        return frozenset(bidi_skeleton(text, right_to_left=line) for text in cases for line in (False, True))
    return frozenset(map(skeleton, cases))


def difference(name: str, other: str) -> tuple[str, str]:
    """The first characters in which two names differ, which are not the same name. A space where one has ended."""
    mine, theirs = (unicodedata.normalize("NFKC", one) for one in (name, other))
    pairs = zip_longest(mine, theirs, fillvalue=" ")
    return next((one, another) for one, another in pairs if one.casefold() != another.casefold())
