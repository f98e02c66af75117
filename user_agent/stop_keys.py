"""The keys that stop a session at once, by every system's name for them. Pure.

The last key of a combination is the one that the filter keeps from the server always (common.protocol.rfb.filter), so
that the helper cannot press it; the person's own keyboard does not pass the filter.
"""

from dataclasses import dataclass
from enum import Flag, auto
from typing import Final

from common.protocol.rfb.filter import StopKey


class Modifier(Flag):
    """What is held down beside the last key."""

    NONE = 0
    CTRL = auto()
    ALT = auto()
    SHIFT = auto()


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of a keyboard. `filtered`: all that a viewer may call it."""

    name: str
    keysym: int  # X11
    virtual: tuple[int, ...]  # Windows; Ctrl makes another key of Pause
    mac: int  # Carbon's virtual key code
    filtered: StopKey


@dataclass(frozen=True, kw_only=True)
class StopHotkey:
    """A combination that a person presses."""

    key: Key
    modifiers: Modifier = Modifier.NONE

    @property
    def name(self) -> str:
        """As settings write it and people read it: `Ctrl+Pause`."""
        held = [_MODIFIER_NAMES[modifier] for modifier in _MODIFIER_NAMES if modifier in self.modifiers]
        return "+".join([*held, self.key.name])


_MODIFIER_NAMES: Final = {Modifier.CTRL: "Ctrl", Modifier.ALT: "Alt", Modifier.SHIFT: "Shift"}


def _function_key(number: int) -> Key:
    keysym = 0xFFBD + number
    scan_code = 0x3A + number if number <= 10 else 0x4C + number
    switch = 0x1008FE00 + number  # XF86Switch_VT_n, which lies on the same key
    mac = {1: 122, 2: 120, 3: 99, 4: 118, 5: 96, 6: 97, 7: 98, 8: 100, 9: 101, 10: 109, 11: 103}[number]
    filtered = StopKey(frozenset({keysym, switch}), frozenset({scan_code}))
    return Key(name=f"F{number}", keysym=keysym, virtual=(0x6F + number,), mac=mac, filtered=filtered)


# F12 is missing: Windows keeps it for debuggers. Macs have neither Pause nor Scroll Lock; F15 and F14 lie in their places.
KEYS: Final[dict[str, Key]] = {
    key.name: key
    for key in (
        Key(
            name="Pause",
            keysym=0xFF13,
            virtual=(0x13, 0x03),
            mac=113,
            filtered=StopKey(frozenset({0xFF13, 0xFF6B}), frozenset({0xC6})),  # Break is on the same key
        ),
        Key(
            name="ScrollLock",
            keysym=0xFF14,
            virtual=(0x91,),
            mac=107,
            filtered=StopKey(frozenset({0xFF14}), frozenset({0x46})),
        ),
        *(_function_key(number) for number in range(1, 12)),
    )
}

# What settings offer; any other combination of KEYS may be written into the file.
CHOICES: Final = ("Pause", "ScrollLock", "Ctrl+Alt+Pause", "Ctrl+F9", "Ctrl+Shift+F9")


def parse(text: str) -> StopHotkey | None:
    """`Ctrl+Alt+Pause` and the like, in any case; None where it is none."""
    *held, last = (part.strip().casefold() for part in text.split("+"))
    key = next((key for name, key in KEYS.items() if name.casefold() == last), None)
    modifiers = {name.casefold(): modifier for modifier, name in _MODIFIER_NAMES.items()}
    if key is None or not all(name in modifiers for name in held):
        return None
    together = Modifier.NONE
    for name in held:
        together |= modifiers[name]
    return StopHotkey(key=key, modifiers=together)


def chosen(setting: str, platform: str) -> StopHotkey:
    """What `[hotkey] stop` means; the usual one where it is empty or no key: Pause, on a Mac Ctrl+F9."""
    found = parse(setting) if setting else None
    usual = "Ctrl+F9" if platform == "darwin" else "Pause"
    return found or parse(usual) or StopHotkey(key=KEYS["Pause"])
