from collections.abc import Collection

import pytest

from tests.unit.user_agent.input.keymaps import (
    C_KEY,
    CONTROL,
    CONTROL_KEY,
    DEAD_KEY,
    KEYMAP,
    KEYS,
    LEVEL3_KEY,
    LOCK,
    NUM,
    PAD_KEY,
    Q_KEY,
    SHIFT,
    SHIFT_KEY,
    TSE,
    TWO_KEY,
    TYPES,
    one,
)
from user_agent.input.keymap import Keymap
from user_agent.input.planning import Group, Lock, Plan, Press, Release, State, modifier, plan


def planned(keysym: int, modifiers: int = 0, group: int = 0, down: Collection[int] = ()) -> Plan | None:
    return plan(KEYMAP, State(modifiers, group), keysym, lambda: down)


def test_a_key_of_the_layout_is_pressed() -> None:
    """And stays down."""
    assert planned(ord("c")) == Plan((Press(C_KEY),), C_KEY)


def test_what_a_character_needs_is_held_for_its_stroke() -> None:
    """Shift or Level 3 goes down before the key and comes up behind it."""
    assert planned(ord("@")) == Plan((Press(SHIFT_KEY), Press(TWO_KEY), Release(SHIFT_KEY)), TWO_KEY)
    assert planned(0x20AC) == Plan((Press(LEVEL3_KEY), Press(Q_KEY), Release(LEVEL3_KEY)), Q_KEY)


def test_what_is_held_and_unwanted_comes_up_for_the_stroke() -> None:
    """2 with the viewer's Shift, which a French keyboard needs."""
    steps = (Release(SHIFT_KEY), Press(TWO_KEY), Press(SHIFT_KEY))
    assert planned(ord("2"), SHIFT, down={SHIFT_KEY}) == Plan(steps, TWO_KEY)
    assert planned(ord("2"), SHIFT) == Plan((Press(TWO_KEY),), TWO_KEY), "Shift is latched: no key to let go"


def test_chords_stay_chords() -> None:
    """Ctrl is nobody's to change; Shift that is held is used."""
    assert planned(ord("c"), CONTROL) == Plan((Press(C_KEY),), C_KEY)
    assert planned(ord("C"), CONTROL | SHIFT) == Plan((Press(C_KEY),), C_KEY)


def test_a_letter_of_the_other_group_is_a_stroke_in_it() -> None:
    """Ctrl+c where the Russian group counts, Ctrl+ц where it does not."""
    stroke = (Press(C_KEY), Release(C_KEY))
    assert planned(TSE, CONTROL) == Plan((Group(1), *stroke, Group(0)), None)
    assert planned(ord("c"), CONTROL, group=1) == Plan((Group(0), *stroke, Group(1)), None)


def test_a_key_without_the_other_group_is_not_looked_for_there() -> None:
    """What counts round to the first group was found in it."""
    assert planned(ord("2"), group=1) == Plan((Press(TWO_KEY),), TWO_KEY)
    assert planned(ord("7")) is None


def test_against_caps_lock() -> None:
    """Shift makes a small letter; in a chord Shift would be heard, so the lock is off for the stroke."""
    assert planned(ord("c"), LOCK) == Plan((Press(SHIFT_KEY), Press(C_KEY), Release(SHIFT_KEY)), C_KEY)
    unlocked = (Lock(LOCK, on=False), Press(C_KEY), Release(C_KEY), Lock(LOCK, on=True))
    assert planned(ord("c"), LOCK | CONTROL) == Plan(unlocked, None)
    sharp_s = planned(0xDF, LOCK)
    assert sharp_s is not None
    assert sharp_s.steps[0] == Lock(LOCK, on=False)


def test_the_keypad_says_what_is_meant_whatever_num_lock_says() -> None:
    """Without a Shift that would make Shift+Home of it."""
    for keysym, locks in ((0xFFB7, 0), (0xFF95, NUM)):
        stroke = (Press(PAD_KEY), Release(PAD_KEY))
        expected = (Lock(NUM, on=not locks), *stroke, Lock(NUM, on=bool(locks)))
        assert planned(keysym, locks) == Plan(expected, None)
    assert planned(0xFFB7, NUM) == Plan((Press(PAD_KEY),), PAD_KEY)
    assert planned(0xFFB2) == Plan((Press(TWO_KEY),), TWO_KEY), "no such key: the digit elsewhere"


def test_a_dead_key_is_a_whole_stroke() -> None:
    """Nothing comes between it and its letter."""
    assert planned(0xFE51) == Plan((Press(DEAD_KEY), Release(DEAD_KEY)), None)


def test_what_no_key_gives() -> None:
    """It is said."""
    assert planned(0x1006F22) is None


@pytest.mark.parametrize(
    ("keysym", "keycode"), [(0xFFE4, CONTROL_KEY), (0xFFE2, SHIFT_KEY), (0xFE03, LEVEL3_KEY), (0xFFEB, 0)]
)
def test_a_modifier_or_what_stands_for_it(keysym: int, keycode: int) -> None:
    """Right Ctrl on a keyboard without it is the left one; Super has nothing here."""
    assert modifier(KEYMAP, keysym) == keycode


def test_super_where_only_alt_is() -> None:
    """Super, Meta, Alt: one stands for the next."""
    keymap = Keymap(8, 255, TYPES, {**KEYS, 64: one(0, 0xFFE9)}, {**KEYMAP.modifiers, 64: 8})
    assert modifier(keymap, 0xFFEC) == 64
