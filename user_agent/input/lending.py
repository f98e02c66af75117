"""Keycodes without a meaning that are lent one: which character lies on which, and whose turn it is. Pure.

A program looks up what a key means when it deals with the key, and not when that was pressed. So a spare keycode gets another
meaning only once the program has dealt with the last press of the old one. A text is typed by pages: as many characters as the
spare keycodes can mean at once.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from user_agent.input.keymap import NOTHING, Keymap, MapKey, NewType
from user_agent.input.keysyms import both_cases, canonical
from user_agent.input.ports import LentKey

MOST = 16  # lent at once; a map has some twenty, and other programs want one too
NEVER = float("-inf")


class Meaning(NamedTuple):
    """What one spare keycode means: keysyms, level by level."""

    letters: bool  # they change with Caps Lock
    keysyms: tuple[int, ...]

    def key(self, kind: NewType) -> MapKey:
        """As it stands in a map, in one group."""
        filled = (self.keysyms + (0,) * kind.levels)[: kind.levels]
        return MapKey((kind.number,) * 4, 1, kind.levels, filled)


def alone(keysym: int) -> Meaning:
    """For a key that stays pressed: two levels, so that it may be pressed with whatever is held."""
    cases = both_cases(keysym)
    return Meaning(letters=True, keysyms=cases) if cases else Meaning(letters=False, keysyms=(keysym, keysym))


def each_alone(keysyms: Iterable[int]) -> list[Meaning]:
    """One key for each, but for the two cases of a letter."""
    found: list[Meaning] = []
    for keysym in keysyms:
        if not any(keysym in one.keysyms for one in found):
            found.append(alone(keysym))
    return found


def together(keysyms: Iterable[int], *, letters: int, others: int) -> list[Meaning]:
    """Several characters on as few keys as they need: `letters` and `others` are the levels of a key of that kind."""
    full: list[Meaning] = []
    for keysym in keysyms:
        if any(keysym in one.keysyms for one in full):
            continue
        cases = both_cases(keysym)
        cell, levels = (cases, letters) if cases else ((keysym,), others)
        for place, one in enumerate(full):
            if one.letters == bool(cases) and len(one.keysyms) + len(cell) <= levels:
                full[place] = one._replace(keysyms=one.keysyms + cell)
                break
        else:
            full.append(Meaning(letters=bool(cases), keysyms=cell))
    return full


class Spares:
    """The spare keycodes of one keyboard, what they mean now and when each was pressed last."""

    def __init__(self, keymap: Keymap) -> None:
        free = keymap.unused()
        self.silent: int | None = free[MOST] if len(free) > MOST else None
        """One that means nothing and is lent nothing."""
        self._before = {keycode: keymap.keys.get(keycode, NOTHING) for keycode in free[:MOST]}
        self._means: dict[int, tuple[int, ...]] = {}
        self._used = dict.fromkeys(self._before, NEVER)

    @property
    def lent(self) -> tuple[int, ...]:
        """Those with a meaning now."""
        return tuple(self._means)

    @property
    def to_give_back(self) -> tuple[LentKey, ...]:
        """The same, for who gives them back."""
        return tuple(LentKey(code, self._before[code], means) for code, means in self._means.items())

    @property
    def all(self) -> tuple[int, ...]:
        """Every one."""
        return tuple(self._before)

    def among_others(self, keysym: int, keycodes: Collection[int]) -> bool:
        """Whether these keycodes are one that means this keysym beside others, and what is pressed with it for that."""
        by_itself = alone(canonical(keysym)).keysyms
        lent = [self._means[one] for one in keycodes if one in self._means]
        return len(keycodes) > 1 and any(means != by_itself for means in lent)

    def used(self, keycode: int, now: float) -> None:
        """It was pressed, if it is one of these."""
        if keycode in self._used:
            self._used[keycode] = now

    def last_use(self, keycodes: Iterable[int]) -> float:
        """When one of these was pressed last, of those that have a meaning."""
        return max((self._used[one] for one in keycodes if one in self._means), default=NEVER)

    def oldest(self, held: Collection[int], number: int) -> list[int]:
        """So many that are not held down, or fewer: those without a meaning, then those unused longest."""
        free = [keycode for keycode in self._before if keycode not in held]
        return sorted(free, key=lambda keycode: (keycode in self._means, self._used[keycode]))[:number]

    def lend(self, keycode: int, keysyms: tuple[int, ...], now: float) -> None:
        """It has this meaning from now on."""
        self._means[keycode] = keysyms
        self._used[keycode] = now

    def before(self, keycode: int) -> MapKey:
        """What it was before it was lent."""
        return self._before[keycode]

    def follow(self, keymap: Keymap) -> None:
        """The map has changed. What another layout has put on a spare keycode is that layout's; what it has wiped is to be lent anew."""
        for keycode in self.all:
            there = {keysym for keysym in keymap.keys.get(keycode, NOTHING).keysyms if keysym}
            if not there:
                self._means.pop(keycode, None)
            elif not there <= set(self._means.get(keycode, ())):
                self._means.pop(keycode, None)
                del self._before[keycode], self._used[keycode]
        if self.silent is not None and any(keymap.keys.get(self.silent, NOTHING).keysyms):
            self.silent = None
