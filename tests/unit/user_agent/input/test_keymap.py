import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.user_agent.input.keymaps import (
    C_KEY,
    KEYMAP,
    KEYS,
    LEVEL3,
    LOCK,
    MODIFIERS,
    NUM,
    PAD_KEY,
    Q_KEY,
    SHIFT,
    SS_KEY,
    TSE,
    TSE_CAPITAL,
    TWO_KEY,
    TYPES,
    one,
    reply,
)
from user_agent.input.keymap import NOTHING, Keymap, KeyType, MapKey, Way, parse


def test_a_reply_is_read() -> None:
    """Types, keys and modifiers are what was told."""
    found = parse(reply(TYPES, KEYS, MODIFIERS))
    assert {keycode: key for keycode, key in found.keys.items() if key != NOTHING} == KEYS
    assert [(kind.mask, kind.levels) for kind in found.types] == [(kind.mask, kind.levels) for kind in TYPES]
    assert found.modifiers == MODIFIERS
    assert (found.lowest, found.highest) == (8, 255)


@given(st.data())
def test_a_cut_reply_is_said(data: st.DataObject) -> None:
    """Wherever it is cut, except that modifiers at its end are pairs."""
    whole = reply(TYPES, KEYS, MODIFIERS)
    with pytest.raises(ValueError, match="cut"):
        parse(whole[: data.draw(st.integers(0, len(whole) - 1))])


def test_entries_of_modifiers_that_no_key_holds_do_not_count() -> None:
    """And what choosing a level leaves over is read."""
    kept = KeyType(SHIFT | LOCK, {SHIFT: 1, LOCK: 0}, {SHIFT: 0, LOCK: LOCK})
    told = bytearray(reply([kept], {9: one(0, ord("a"), ord("A"))}, {}))
    assert parse(bytes(told)).types[0] == kept
    told[48] = 0  # the first entry is inactive
    assert parse(bytes(told)).types[0].levels == {LOCK: 0}


def test_what_a_key_gives() -> None:
    """By group, Shift, locks and Level 3."""
    assert [KEYMAP.gives(C_KEY, 0, held) for held in (0, SHIFT, LOCK, SHIFT | LOCK)] == [99, 67, 67, 99]
    assert [KEYMAP.gives(C_KEY, 1, held) for held in (0, SHIFT)] == [TSE, TSE_CAPITAL]
    assert [KEYMAP.gives(PAD_KEY, 0, held) for held in (0, NUM, SHIFT)] == [0xFF95, 0xFFB7, 0xFFB7]
    assert [KEYMAP.gives(Q_KEY, 0, held) for held in (LEVEL3, LEVEL3 | SHIFT)] == [0x10020AC, 0]
    assert KEYMAP.gives(Q_KEY, 0, LOCK) == ord("Q"), "programs make a capital of it"
    assert KEYMAP.gives(SS_KEY, 0, LOCK) == 0, "nobody knows what programs make of ß"


@pytest.mark.parametrize(("info", "group"), [(0x02, 1), (0x42, 1), (0x82, 0), (0x92, 1), (0xB2, 0)])
def test_a_group_that_a_key_has_not(info: int, group: int) -> None:
    """It counts round, stops at the last, or goes where the key says."""
    assert MapKey((0, 0, 0, 0), info, 1, (1, 2)).group(3) == group


def test_a_key_that_has_fewer_levels_than_its_type_and_one_without_any() -> None:
    """They give nothing."""
    keymap = Keymap(8, 255, TYPES, {9: one(1, ord("a")), 10: NOTHING}, {})
    assert keymap.gives(9, 0, SHIFT) == keymap.gives(10, 0, 0) == 0
    assert keymap.level3 == keymap.num_lock == keymap.shift_key == 0
    assert Keymap(8, 255, TYPES, {}, {}).groups == 0


def test_the_way_that_changes_least() -> None:
    """What is held goes on being held where it can."""
    assert KEYMAP.table(0, 0)[ord("c")] == Way(C_KEY, shift=False, level3=False)
    assert KEYMAP.table(0, SHIFT)[ord("@")] == Way(TWO_KEY, shift=True, level3=False)
    assert KEYMAP.table(0, LEVEL3)[ord("2")] == Way(TWO_KEY, shift=False, level3=True)
    assert KEYMAP.table(0, 0)[0x10020AC] == Way(Q_KEY, shift=False, level3=True)
    assert ord("c") not in KEYMAP.table(1, 0)


def test_types_for_lent_keys() -> None:
    """Four levels where the map has them; a map without has the canonical ones."""
    assert KEYMAP.plain_type() == (4, 4)
    letters = {SHIFT: 1, LOCK: 1, LEVEL3: 2, LEVEL3 | LOCK: 3, SHIFT | LEVEL3: 3, SHIFT | LOCK | LEVEL3: 2}
    more = Keymap(8, 255, (*TYPES, KeyType(SHIFT | LOCK | LEVEL3, letters, {})), KEYS, MODIFIERS)
    assert more.letter_type() == (5, 4)
    assert KEYMAP.letter_type() == KEYMAP.letter_pair() == (2, 2)
    assert Keymap(8, 255, TYPES[:3], KEYS, MODIFIERS).plain_type() == (1, 2)


def test_keys_that_mean_nothing_are_free() -> None:
    """Neither those with a keysym nor those that hold a modifier."""
    assert set(KEYMAP.unused()) == set(range(9, 256)) - set(KEYS)
    assert KEYMAP.unused()[0] == 255


def test_a_map_after_another_keeps_what_is_still_so() -> None:
    """A lent key's new meaning is found, a real key that changed too, and a real key goes before a lent one."""
    lent = {255, 254}
    first = KEYMAP.after(None, lent)
    assert first.table(0, 0)[ord("c")].keycode == C_KEY
    given = Keymap(8, 255, TYPES, {**KEYS, 255: one(1, ord("#"), ord("c"))}, MODIFIERS).after(first, lent)
    assert given.table(0, 0)[ord("#")] == Way(255, shift=False, level3=False)
    assert given.table(0, 0)[ord("c")].keycode == C_KEY
    changed = Keymap(8, 255, TYPES, {**KEYS, C_KEY: one(1, ord("x"), ord("X"))}, MODIFIERS).after(given, lent)
    assert ord("c") not in changed.table(0, 0)
    assert ord("#") not in changed.table(0, 0)
