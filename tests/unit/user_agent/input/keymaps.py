"""Keyboard maps written down, as X servers have them in short, and the reply that tells one."""

import struct
from collections.abc import Mapping, Sequence

from user_agent.input.keymap import Keymap, KeyType, MapKey

SHIFT, LOCK, CONTROL, NUM, LEVEL3 = 1, 2, 4, 16, 128
ONE_LEVEL, TWO_LEVEL, ALPHABETIC, KEYPAD, FOUR_LEVEL = range(5)
TYPES = (
    KeyType(0, {}, {}),
    KeyType(SHIFT, {SHIFT: 1}, {}),
    KeyType(SHIFT | LOCK, {SHIFT: 1, LOCK: 1}, {}),
    KeyType(SHIFT | NUM, {SHIFT: 1, NUM: 1}, {}),
    KeyType(SHIFT | LEVEL3, {SHIFT: 1, LEVEL3: 2, SHIFT | LEVEL3: 3}, {}),
)
SHIFT_KEY, CONTROL_KEY, LEVEL3_KEY, NUM_KEY, CAPS_KEY = 50, 37, 92, 77, 66
C_KEY, TWO_KEY, Q_KEY, PAD_KEY, SS_KEY, DEAD_KEY = 54, 11, 24, 79, 20, 21
SPARE = range(230, 256)
TSE, TSE_CAPITAL = 0x1000446, 0x1000426
MODIFIERS = {SHIFT_KEY: SHIFT, CONTROL_KEY: CONTROL, LEVEL3_KEY: LEVEL3, NUM_KEY: NUM, CAPS_KEY: LOCK}


def one(kind: int, *keysyms: int, groups: int = 1) -> MapKey:
    """A key of one kind in all its groups."""
    return MapKey((kind,) * 4, groups, len(keysyms) // groups, keysyms)


KEYS = {
    C_KEY: one(ALPHABETIC, ord("c"), ord("C"), 0x6C3, 0x6E3, groups=2),  # the second group is Russian
    TWO_KEY: one(TWO_LEVEL, ord("2"), ord("@")),
    Q_KEY: one(FOUR_LEVEL, ord("q"), ord("Q"), 0x20AC, 0),
    PAD_KEY: one(KEYPAD, 0xFF95, 0xFFB7),
    SS_KEY: one(TWO_LEVEL, 0xDF, ord("?")),
    DEAD_KEY: one(TWO_LEVEL, 0xFE51, 0xFE50),
    SHIFT_KEY: one(ONE_LEVEL, 0xFFE1),
    CONTROL_KEY: one(ONE_LEVEL, 0xFFE3),
    LEVEL3_KEY: one(ONE_LEVEL, 0xFE03),
    NUM_KEY: one(ONE_LEVEL, 0xFF7F),
    CAPS_KEY: one(ONE_LEVEL, 0xFFE5),
}
KEYMAP = Keymap(8, 255, TYPES, KEYS, MODIFIERS)


def reply(types: Sequence[KeyType], keys: Mapping[int, MapKey], modifiers: Mapping[int, int]) -> bytes:
    """What XkbGetMap answers."""
    rows = b""
    for kind in types:
        has_kept = bool(kind.kept)
        rows += struct.pack("<BBHBBBx", kind.mask, kind.mask, 0, kind.width, len(kind.levels), has_kept)
        for held, level in kind.levels.items():
            rows += struct.pack("<BBBBHxx", 1, held, level, held, 0)
        if has_kept:
            rows += b"".join(struct.pack("<BBH", kind.kept[held], 0, 0) for held in kind.levels)
    first, last = min(keys), max(keys)
    for keycode in range(first, last + 1):
        key = keys.get(keycode, MapKey((0, 0, 0, 0), 0, 0, ()))
        rows += struct.pack("<6BH", *key.types, key.group_info, key.width, len(key.keysyms))
        rows += struct.pack(f"<{len(key.keysyms)}I", *key.keysyms)
    rows += b"".join(bytes(pair) for pair in modifiers.items())
    head = bytearray(40)
    head[0], head[10], head[11] = 1, 8, 255
    head[14:16] = 0, len(types)
    head[17], head[20] = first, last - first + 1
    head[33] = len(modifiers)
    return bytes(head) + rows
