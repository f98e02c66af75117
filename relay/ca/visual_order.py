"""In which order the characters of a line are seen: Unicode's bidirectional algorithm (UAX #9) for a line without direction marks.

Display names hold no direction marks, isolates or line ends (`check_display_name`), so of the algorithm's rules those for
explicit levels are not here; what is has the standard's numbers. Pure.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

_STRONG: Final = frozenset({"L", "R", "AL"})
_NUMBERS: Final = frozenset({"EN", "AN"})
_NEUTRAL: Final = frozenset({"B", "S", "WS", "ON", "BN"})
_DEPTH: Final = 63
"""So many brackets may be open at a time (BD16)."""
_SAME_BRACKET: Final = {"\u2329": "\u3008", "\u232a": "\u3009"}


def is_right_to_left(character: str) -> bool:
    """Whether it is a letter of a script that is written from right to left."""
    return unicodedata.bidirectional(character) in {"R", "AL"}


def in_visual_order(text: str, *, right_to_left: bool, mirrors: Mapping[str, str]) -> str:
    """The characters from left to right as they are seen in a line of this direction, combining marks after their base.

    `mirrors` gives of a character that looks the other way round from right to left, such as a bracket, the one it looks
    like then (Bidi_Mirroring_Glyph).
    """
    levels = _levels(text, 1 if right_to_left else 0, mirrors)
    seen = [
        (level, mirrors.get(character, character) if level % 2 else character)
        for level, character in zip(levels, text, strict=True)
    ]
    for lowest in range(max(levels, default=0), 0, -1):  # L2
        runs = [(inside, list(run)) for inside, run in groupby(seen, key=lambda one: one[0] >= lowest)]
        seen = [one for inside, run in runs for one in (reversed(run) if inside else run)]
    return "".join(_bases_first(seen))


def _bases_first(seen: list[tuple[int, str]]) -> Iterator[str]:
    """L3: where a run was turned round, its marks came to stand before their base."""
    marks: list[str] = []
    for level, character in seen:
        if level % 2 and unicodedata.bidirectional(character) == "NSM":
            marks.insert(0, character)
        else:
            yield character
            yield from marks
            marks.clear()
    yield from marks


def _levels(text: str, base: int, mirrors: Mapping[str, str]) -> list[int]:
    around = "R" if base else "L"
    types = [unicodedata.bidirectional(character) or "L" for character in text]
    original = list(types)
    _weak(types, around)
    _brackets(text, types, original, around, mirrors)
    _neutrals(types, around)
    levels = [base + _above(kind, base) for kind in types]
    trailing = True
    for at in reversed(range(len(text))):  # L1
        trailing = original[at] in {"S", "B"} or (trailing and original[at] in {"WS", "BN"})
        if trailing:
            levels[at] = base
    return levels


def _above(kind: str, base: int) -> int:
    """I1, I2."""
    if base:
        return 0 if kind == "R" else 1
    return {"L": 0, "R": 1}.get(kind, 2)


def _weak(types: list[str], around: str) -> None:
    """W1 to W7: marks, numbers, and what stands between and beside numbers."""
    for at, kind in enumerate(types):  # W1
        if kind == "NSM":
            types[at] = types[at - 1] if at else around
    strong = around
    for at, kind in enumerate(types):  # W2, W3
        if kind in _STRONG:
            strong = kind
        elif kind == "EN" and strong == "AL":
            types[at] = "AN"
    types[:] = ["R" if kind == "AL" else kind for kind in types]
    for at in range(1, len(types) - 1):  # W4
        before, kind, behind = types[at - 1 : at + 2]
        if before == behind and ((kind in {"ES", "CS"} and before == "EN") or (kind == "CS" and before == "AN")):
            types[at] = before
    at = 0
    for kind, run in groupby(list(types)):  # W5, W6
        end = at + len(list(run))
        if kind == "ET":
            beside = "EN" in (types[at - 1 : at] + types[end : end + 1])
            types[at:end] = ["EN" if beside else "ON"] * (end - at)
        elif kind in {"ES", "CS"}:
            types[at:end] = ["ON"] * (end - at)
        at = end
    strong = around
    for at, kind in enumerate(types):  # W7
        if kind in _STRONG:
            strong = kind
        elif kind == "EN" and strong == "L":
            types[at] = "L"


def _brackets(text: str, types: list[str], original: list[str], around: str, mirrors: Mapping[str, str]) -> None:
    """N0: both brackets of a pair go with what is inside, or what is before them."""
    for begin, end in _pairs(text, types, mirrors):
        inside = {_direction(kind) for kind in types[begin + 1 : end]} - {""}
        if not inside:
            continue
        before = next((found for kind in reversed(types[:begin]) if (found := _direction(kind))), around)
        chosen = around if around in inside or before == around else before
        for bracket in (begin, end):
            types[bracket] = chosen
            for at in range(bracket + 1, len(types)):
                if original[at] != "NSM":
                    break
                types[at] = chosen


def _pairs(text: str, types: list[str], mirrors: Mapping[str, str]) -> list[tuple[int, int]]:
    """BD16."""
    found: list[tuple[int, int]] = []
    waiting: list[tuple[str, int]] = []
    for at, character in enumerate(text):
        if types[at] != "ON" or character not in mirrors:
            continue
        kind = unicodedata.category(character)
        if kind == "Ps":
            if len(waiting) == _DEPTH:
                return []
            closing = mirrors[character]
            waiting.append((_SAME_BRACKET.get(closing, closing), at))
        elif kind == "Pe":
            closing = _SAME_BRACKET.get(character, character)
            for depth in reversed(range(len(waiting))):
                if waiting[depth][0] == closing:
                    found.append((waiting[depth][1], at))
                    del waiting[depth:]
                    break
    return sorted(found)


def _neutrals(types: list[str], around: str) -> None:
    """N1, N2: what has no direction goes with both sides where these agree, else with the line."""
    at = 0
    for neutral, run in groupby(list(types), key=lambda kind: kind in _NEUTRAL):
        end = at + len(list(run))
        if neutral:
            before = _direction(types[at - 1]) if at else around
            behind = _direction(types[end]) if end < len(types) else around
            types[at:end] = [before if before == behind else around] * (end - at)
        at = end


def _direction(kind: str) -> str:
    """Numbers count as written from right to left."""
    return "R" if kind in {"R", *_NUMBERS} else "L" if kind == "L" else ""
