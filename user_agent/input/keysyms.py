"""Keysyms and the characters that they mean. Pure.

A character has one canonical keysym here: its number in Latin-1, else 0x01000000 + its number in Unicode. Keysyms from before
Unicode (Cyrillic_a, kana_A, EuroSign) are other names of the same characters; XKB maps and viewers use both.
"""

from user_agent.input.legacy_keysyms import BLOCKS

UNICODE = 0x01000000  # a keysym of the character whose number is added to it
LARGEST = 0x1FFFFFFF  # a keysym has 29 bits
VOID = 0xFFFFFF  # VoidSymbol

BACKSPACE, TAB, RETURN = 0xFF08, 0xFF09, 0xFF0D
SHIFT_L, SHIFT_R, NUM_LOCK, LEVEL3_SHIFT, MODE_SWITCH = 0xFFE1, 0xFFE2, 0xFF7F, 0xFE03, 0xFF7E

LOCKS = frozenset({0xFFE5, 0xFFE6, NUM_LOCK})
"""Caps_Lock, Shift_Lock, Num_Lock. A viewer's own: the keysyms that follow say it all, and the desktop's locks are its person's."""

LEVEL_SHIFTS = frozenset({LEVEL3_SHIFT, 0xFE11, MODE_SWITCH})
"""What chooses a character at the viewer. Where the desktop has no such key, nothing is lost: the character comes by itself."""

MODIFIERS = frozenset({*range(SHIFT_L, 0xFFEF)} - LOCKS) | LEVEL_SHIFTS

ALIKE = {
    SHIFT_R: SHIFT_L,
    0xFFE4: 0xFFE3,  # Control
    0xFFEA: 0xFFE9,  # Alt
    0xFFEC: 0xFFEB,  # Super
    0xFFE8: 0xFFE7,  # Meta
    0xFFE7: 0xFFE9,  # Meta_L, Alt_L
    0xFFEB: 0xFFE7,  # Super_L, Meta_L
    LEVEL3_SHIFT: MODE_SWITCH,
}
"""A modifier, and the one that stands for it where the desktop lacks it."""

# KP_Home … KP_Delete in the order of their numbers, and the keys of the same meaning beside the main block.
_KEYPAD_MOVES = (0xFF50, 0xFF51, 0xFF52, 0xFF53, 0xFF54, 0xFF55, 0xFF56, 0xFF57, 0xFF58, 0xFF63, 0xFFFF)
_KEYPAD = {0xFF95 + number: keysym for number, keysym in enumerate(_KEYPAD_MOVES)}
_KEYPAD |= {0xFF80: 0x20, 0xFF89: TAB, 0xFF8D: RETURN, 0xFFBD: 0x3D}
_KEYPAD |= {0xFFAA + number: 0x2A + number for number in range(16)}  # KP_Multiply … KP_9 lie as * … 9 do

_CHARACTERS = {
    first + place: character for first, block in BLOCKS for place, character in enumerate(block) if character != " "
}


def character_of(keysym: int) -> str:
    """The character that a keysym means; empty for a key without one. Keys of the keypad and Return are keys."""
    if 0x20 <= keysym <= 0x7E or 0xA0 <= keysym <= 0xFF:
        return chr(keysym)
    if UNICODE + 0x20 <= keysym <= UNICODE + 0x10FFFF:
        number = keysym - UNICODE
        control, surrogate = 0x7F <= number < 0xA0, 0xD800 <= number < 0xE000
        return "" if control or surrogate else chr(number)
    return _CHARACTERS.get(keysym, "")


def keysym_of(character: str) -> int:
    """The canonical keysym of a character, or of the key that makes a new line, a tab or goes back; 0 for other controls."""
    number = ord(character)
    if 0x20 <= number <= 0x7E or 0xA0 <= number <= 0xFF:
        return number
    keys = {"\n": RETURN, "\r": RETURN, "\t": TAB, "\b": BACKSPACE}
    if number < 0xA0 or 0xD800 <= number < 0xE000:
        return keys.get(character, 0)
    return UNICODE + number


def canonical(keysym: int) -> int:
    """One number for all names of a character; other keysyms as they are."""
    character = character_of(keysym)
    return keysym_of(character) if character else keysym


def upper(keysym: int) -> int:
    """The keysym of the capital letter; the same where there is none, or where it is more than one letter."""
    return _other(keysym, character_of(keysym).upper())


def lower(keysym: int) -> int:
    """The keysym of the small letter; the same where there is none."""
    return _other(keysym, character_of(keysym).lower())


def _other(keysym: int, character: str) -> int:
    return keysym_of(character) if len(character) == 1 and character != character_of(keysym) else keysym


def has_one_capital(keysym: int) -> bool:
    """Whether every client makes the same of this small letter under Caps Lock: of ß they do not."""
    character = character_of(keysym)
    return not character.islower() or len(character.upper()) == 1


def both_cases(keysym: int) -> tuple[int, int] | None:
    """The small letter and the capital, where each is the other's and this is one of them (K, but not the Kelvin sign)."""
    small, capital = lower(keysym), upper(keysym)
    paired = small != capital and upper(small) == capital and lower(capital) == small
    return (small, capital) if paired and keysym in {small, capital} else None


def is_dead(keysym: int) -> bool:
    """Whether it waits for the letter that it changes (dead_acute …), as Multi_key does."""
    return 0xFE50 <= keysym <= 0xFE93 or keysym == 0xFF20


def is_keypad(keysym: int) -> bool:
    """Whether it is a key of the keypad, of either meaning."""
    return 0xFF80 <= keysym <= 0xFFBD


def beside_keypad(keysym: int) -> int | None:
    """The key elsewhere that does what this one of the keypad does; None where it is none, or is alone in it."""
    return _KEYPAD.get(keysym)


def exists(keysym: int) -> bool:
    """Whether a key can mean this at all."""
    if keysym in {0, VOID} or not 0 < keysym <= LARGEST:
        return False
    return bool(character_of(keysym)) or not UNICODE <= keysym <= UNICODE + 0x10FFFF
