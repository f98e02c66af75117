"""A keyboard map as XKB tells it: what each key gives, and which key gives what is wanted. Pure.

Layout and arithmetic: The X Keyboard Extension, Protocol Specification, 16.3.9 (XkbGetMap), and its appendix on key types.
"""

import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from user_agent.input.keysyms import (
    LEVEL3_SHIFT,
    NUM_LOCK,
    SHIFT_L,
    SHIFT_R,
    canonical,
    has_one_capital,
    upper,
)

SHIFT, LOCK = 1, 2  # real modifiers of every keyboard; the other six mean what the map says
ALL_MODIFIERS = tuple(1 << bit for bit in range(8))
GROUPS = 4

_CLAMP, _REDIRECT = 1, 2  # what a key does in a group that it has not; 0: counts round


class KeyType(NamedTuple):
    """Which modifiers choose which level of a key."""

    mask: int
    levels: Mapping[int, int]  # modifiers → level; level 0 where they are not listed
    kept: Mapping[int, int]  # modifiers → those that are not used up by choosing it

    @property
    def width(self) -> int:
        """How many levels it has."""
        return 1 + max(self.levels.values(), default=0)


class MapKey(NamedTuple):
    """A key: `width` keysyms for each group, in one row."""

    types: tuple[int, int, int, int]
    group_info: int  # number of groups, and what happens in others
    width: int
    keysyms: tuple[int, ...]

    @property
    def groups(self) -> int:
        """How many it has."""
        return self.group_info & 0x0F

    def group(self, group: int) -> int:
        """Which of its own groups counts where this is the keyboard's."""
        if group < self.groups:
            return group
        otherwise = self.group_info >> 6
        if otherwise == _CLAMP:
            return self.groups - 1
        if otherwise == _REDIRECT:
            redirected = self.group_info >> 4 & 3
            return redirected if redirected < self.groups else 0
        return group % self.groups


NOTHING = MapKey((0, 0, 0, 0), 0, 0, ())
"""A key that there is not."""


class Way(NamedTuple):
    """How a keysym is reached: this key, with Shift and Level 3 held or not."""

    keycode: int
    shift: bool
    level3: bool


class NewType(NamedTuple):
    """A type for a key that is given a meaning."""

    number: int
    levels: int


@dataclass(frozen=True)
class Keymap:
    """All keys. `table` remembers what it found: a changed map is another Keymap.

    `lent` are keycodes whose meaning changes often; what the others give is looked up once (`after`).
    """

    lowest: int
    highest: int
    types: tuple[KeyType, ...]
    keys: Mapping[int, MapKey]
    modifiers: Mapping[int, int]  # keycode → the real modifiers that it holds
    lent: frozenset[int] = frozenset()
    _lasting: dict[tuple[int, int], dict[int, Way]] = field(default_factory=dict, compare=False, repr=False)
    _tables: dict[tuple[int, int], dict[int, Way]] = field(default_factory=dict, compare=False, repr=False)

    def after(self, before: "Keymap | None", lent: Collection[int]) -> "Keymap":
        """The same map with these keycodes lent; what `before` has found out is kept where it is still so."""
        apart = frozenset(lent)
        same = (
            before is not None
            and (before.lent, before.types, before.modifiers) == (apart, self.types, self.modifiers)
            and {code: key for code, key in before.keys.items() if code not in apart}
            == {code: key for code, key in self.keys.items() if code not in apart}
        )
        lasting = before._lasting if same and before is not None else {}  # noqa: SLF001 -- of its own kind
        return replace(self, lent=apart, _lasting=lasting, _tables={})

    def modifier_key(self, keysym: int) -> int:
        """A key that gives this keysym and holds a modifier; 0 where none does."""
        holding = {keycode: key for keycode, key in self.keys.items() if self.modifiers.get(keycode)}
        for first in (True, False):
            for keycode, key in holding.items():
                if keysym in (key.keysyms[:1] if first else key.keysyms):
                    return keycode
        return 0

    @cached_property
    def shift_key(self) -> int:
        """A key that holds Shift; 0 where there is none."""
        return self.modifier_key(SHIFT_L) or self.modifier_key(SHIFT_R)

    @cached_property
    def level3_key(self) -> int:
        """A key that holds Level 3; 0 where there is none."""
        return self.modifier_key(LEVEL3_SHIFT)

    @cached_property
    def level3(self) -> int:
        """The modifier of Level 3; 0 where there is none."""
        return self.modifiers.get(self.level3_key, 0)

    @cached_property
    def num_lock(self) -> int:
        """The modifier of Num Lock; 0 where there is none."""
        return self.modifiers.get(self.modifier_key(NUM_LOCK), 0)

    @cached_property
    def groups(self) -> int:
        """How many groups the key with most of them has."""
        return max((key.groups for key in self.keys.values()), default=0)

    def holders(self, modifier: int) -> list[int]:
        """The keys that hold it."""
        return [keycode for keycode, mask in self.modifiers.items() if mask & modifier]

    def unused(self) -> list[int]:
        """Keys without any meaning, the highest first: low ones are those that keyboards have."""
        return [
            keycode
            for keycode in range(self.highest, self.lowest, -1)
            if not any(self.keys.get(keycode, NOTHING).keysyms) and not self.modifiers.get(keycode)
        ]

    def gives(self, keycode: int, group: int, modifiers: int) -> int:
        """The canonical keysym that a key gives under this group and these modifiers; 0 for none, or for none that is certain."""
        key = self.keys[keycode]
        if not key.groups:
            return 0
        group = key.group(group)
        chosen = self.types[key.types[group]]
        level = chosen.levels.get(modifiers & chosen.mask, 0)
        if level >= key.width:
            return 0
        keysym = canonical(key.keysyms[group * key.width + level])
        used = chosen.mask & ~chosen.kept.get(modifiers & chosen.mask, 0)
        if modifiers & LOCK & ~used:  # then the program makes a capital of it
            return upper(keysym) if has_one_capital(keysym) else 0
        return keysym

    def table(self, group: int, modifiers: int) -> Mapping[int, Way]:
        """Canonical keysym → the way to it that changes least of what is held now."""
        known = (group, modifiers)
        if known not in self._tables:
            if known not in self._lasting:
                lasting = [keycode for keycode in self.keys if keycode not in self.lent]
                self._lasting[known] = self._found(group, modifiers, lasting)
            apart = self._found(group, modifiers, [keycode for keycode in self.lent if keycode in self.keys])
            self._tables[known] = apart | self._lasting[known]
        return self._tables[known]

    def _found(self, group: int, modifiers: int, keycodes: list[int]) -> dict[int, Way]:
        level3 = self.level3
        table: dict[int, Way] = {}
        for shift, third in _combinations(bool(modifiers & SHIFT), bool(modifiers & level3), level3):
            wanted = modifiers & ~(SHIFT | level3) | SHIFT * shift | level3 * third
            for keycode in keycodes:
                if keysym := self.gives(keycode, group, wanted):
                    table.setdefault(keysym, Way(keycode, shift, third))
        return table

    def plain_type(self) -> NewType:
        """For keys that mean characters without case: four levels where the map has such a type, else two."""
        both = SHIFT | self.level3
        four = {SHIFT: 1, self.level3: 2, both: 3}
        for index, one in enumerate(self.types):
            if self.level3 and one.mask == both and _above(one) == four:
                return NewType(index, 4)
        return self.plain_pair()

    def letter_type(self) -> NewType:
        """For keys that mean letters in both cases, which Caps Lock exchanges; two letters where the map has such a type."""
        both = SHIFT | self.level3
        four = {SHIFT: 1, LOCK: 1, self.level3: 2, self.level3 | LOCK: 3, both: 3, both | LOCK: 2}
        for index, one in enumerate(self.types):
            if self.level3 and one.mask == both | LOCK and _above(one) == four:
                return NewType(index, 4)
        return self.letter_pair()

    def plain_pair(self) -> NewType:
        """TWO_LEVEL, which every map has at this place (the specification's canonical types)."""
        return NewType(1, 2)

    def letter_pair(self) -> NewType:
        """ALPHABETIC, likewise."""
        return NewType(2, 2)


def _above(one: KeyType) -> dict[int, int]:
    return {modifiers: level for modifiers, level in one.levels.items() if level}


def _combinations(shift: bool, third: bool, level3: int) -> list[tuple[bool, bool]]:
    """Shift and Level 3 held or not, the least change first."""
    every = [(a, b) for a in (False, True) for b in ((False, True) if level3 else (third,))]
    return sorted(every, key=lambda wanted: (wanted[0] != shift) + 1.5 * (wanted[1] != third))


def parse(reply: bytes) -> Keymap:
    """The map of an XkbGetMap reply with key types, keysyms and the modifier map in full. Raises ValueError where it is cut."""
    try:
        return _parse(reply)
    except (struct.error, IndexError, ValueError) as error:
        raise ValueError("cut XkbGetMap reply") from error


def _parse(reply: bytes) -> Keymap:
    lowest, highest = reply[10], reply[11]
    number_of_types, first_key, number_of_keys = reply[15], reply[17], reply[20]
    modifier_pairs = reply[33]
    at, types = 40, []
    for _ in range(number_of_types):
        found, at = _key_type(reply, at)
        types.append(found)
    keys = {}
    for keycode in range(first_key, first_key + number_of_keys):
        *kinds, group_info, width, count = struct.unpack_from("<6BH", reply, at)
        a, b, c, d = kinds
        keys[keycode] = MapKey((a, b, c, d), group_info, width, struct.unpack_from(f"<{count}I", reply, at + 8))
        at += 8 + 4 * count
    modifiers = {keycode: mask for keycode, mask in _pairs(reply, at, modifier_pairs) if mask}
    return Keymap(lowest, highest, tuple(types), keys, modifiers)


def _key_type(reply: bytes, at: int) -> tuple[KeyType, int]:
    mask, entries, has_kept = reply[at], reply[at + 5], reply[at + 6]
    at += 8
    kept_at = at + 8 * entries
    levels, kept = {}, {}
    for number in range(entries):
        active, modifiers, level = reply[at + 8 * number : at + 8 * number + 3]
        if active:  # else it is for a virtual modifier that no key holds
            levels[modifiers] = level
            kept[modifiers] = reply[kept_at + 4 * number] if has_kept else 0
    return KeyType(mask, levels, kept), kept_at + (4 * entries if has_kept else 0)


def _pairs(reply: bytes, at: int, number: int) -> Iterator[tuple[int, int]]:
    for place in range(at, at + 2 * number, 2):
        yield reply[place], reply[place + 1]
