"""Whether a name stands in what people wrote: in whichever case, width or spacing, and as a name, not as a piece of a longer word."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from common.protocol.identity import name_key

SHORT: Final = 2
"""Characters: so short a name of a script without spaces is looked for as a run of letters of its own."""
_WITHOUT_SPACES: Final = frozenset(
    {"HAN", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "BOPOMOFO"}
)
"""Scripts whose words are not set apart, or not from what follows a name."""
_HAN: Final = frozenset({"CJK", "IDEOGRAPHIC"})  # the second is 々 and 〇


class NameSearch:
    """For some names. Two that a person would take for the same are the same here (`name_key`), also with or without a space between a Japanese name's parts."""

    def __init__(self, names: Iterable[str]) -> None:
        self._wanted = [(key, _pattern(key)) for key in sorted({name_key(name) for name in names} - {""})]

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def __call__(self, text: str) -> bool:
        """Whether one of them stands in it."""
        within = name_key(text) if text else ""
        return bool(within) and any(_stands(key, pattern, within) for key, pattern in self._wanted)


def stands_in(name: str, text: str) -> bool:
    """Whether this one does."""
    return NameSearch([name])(text)


def spellings(name: str) -> frozenset[str]:
    """Ways in which it may be written, for a search of bytes. One word of ASCII, which may be an ordinary word too, is looked for as it is."""
    if name.isascii() and len(name.split()) == 1:
        return frozenset({name})
    found = {name, name_key(name), *(unicodedata.normalize(kind, name) for kind in ("NFC", "NFD", "NFKC"))}
    found |= {change(one) for one in tuple(found) for change in (str.lower, str.upper, str.title)}
    if any(map(_without_spaces, name)):
        found |= {
            one.replace(" ", space) for one in map(" ".join, map(str.split, tuple(found))) for space in ("", "\u3000")
        }
    return frozenset(found)


def _pattern(key: str) -> re.Pattern[str]:
    """A space is as good as none where one side of it belongs to a script that has none."""
    text, before, spaced = "", "", False
    for one in key:
        if one == " ":
            spaced = True
            continue
        if before:
            loose = _without_spaces(before) or _without_spaces(one)
            text += " ?" if loose else " " if spaced else ""
        text += re.escape(one)
        before, spaced = one, False
    return re.compile(text)


def _stands(key: str, pattern: re.Pattern[str], within: str) -> bool:
    place = 0
    while (found := pattern.search(within, place)) is not None:
        begin, end = found.span()
        beyond = (within[begin - 1 : begin] if begin else "", within[end : end + 1])
        if not any(_goes_on(key, edge, one) for edge, one in zip((key[0], key[-1]), beyond, strict=True)):
            return True
        place = begin + 1
    return False


def _goes_on(key: str, edge: str, beyond: str) -> bool:
    """Whether a word goes on from the name's edge into the character beyond."""
    if not beyond:
        return False
    if _without_spaces(edge):
        return len(key.replace(" ", "")) <= SHORT and bool(_script(edge) & _script(beyond))
    return (beyond.isalnum() or beyond in "_-") and not _without_spaces(beyond)


def _without_spaces(one: str) -> bool:
    return bool(_script(one) & _WITHOUT_SPACES)


@lru_cache(maxsize=4096)
def _script(one: str) -> frozenset[str]:
    """By the first word of the character's name: its script, for those that matter here."""
    first = unicodedata.name(one, "").partition(" ")[0]
    found = {"HAN"} if first in _HAN else set(first.split("-"))  # ー is of both kinds of kana
    return frozenset(found)
