from hypothesis import given
from hypothesis import strategies as st

from tests.unit.user_agent.input.keymaps import KEYMAP, KEYS, TYPES, one
from user_agent.input.keymap import NOTHING, Keymap, NewType
from user_agent.input.keysyms import keysym_of
from user_agent.input.lending import MOST, NEVER, Meaning, Spares, alone, together

HAN, KANA = keysym_of("漢"), keysym_of("か")
TSE, TSE_CAPITAL = keysym_of("ц"), keysym_of("Ц")


def test_one_character_on_a_key_of_its_own() -> None:
    """A letter lies there in both cases, anything else twice: Shift changes nothing."""
    assert alone(TSE_CAPITAL) == Meaning(letters=True, keysyms=(TSE, TSE_CAPITAL))
    assert alone(HAN) == Meaning(letters=False, keysyms=(HAN, HAN))


@given(st.lists(st.characters(exclude_categories=["Cs", "Cc"]).map(keysym_of)), st.sampled_from([2, 4]))
def test_together_nothing_is_lost(keysyms: list[int], levels: int) -> None:
    """Every keysym is on exactly one key, no key has more than its levels, letters are with their like."""
    keys = together(keysyms, letters=levels, others=levels)
    there = [keysym for key in keys for keysym in key.keysyms]
    assert set(keysyms) <= set(there)
    assert all(sum(one in key.keysyms for key in keys) == 1 for one in keysyms)
    assert all(len(key.keysyms) <= levels for key in keys)


def test_a_meaning_as_it_stands_in_a_map() -> None:
    """One group, filled up."""
    assert Meaning(letters=False, keysyms=(HAN,)).key(NewType(4, 4)) == ((4,) * 4, 1, 4, (HAN, 0, 0, 0))


def test_the_one_unused_longest_is_next() -> None:
    """Those without a meaning first; one that is held never."""
    spares = Spares(KEYMAP)
    assert len(spares.all) == MOST
    assert spares.silent is not None
    assert spares.silent not in spares.all
    first, second, *others = spares.all
    assert spares.oldest((), 1) == [first]
    for now, keycode in enumerate(spares.all):
        spares.lend(keycode, (HAN,), float(now))
    spares.used(first, 100.0)
    spares.used(1, 100.0)
    assert spares.oldest((), 2) == [second, others[0]]
    assert spares.oldest([second, *others], 2) == [first]
    assert spares.oldest(spares.all, 1) == []
    assert spares.last_use([first]) == 100.0
    assert set(spares.all) == set(spares.lent)
    assert spares.before(first) == NOTHING


def test_a_new_layout_is_followed() -> None:
    """What it wiped is lent anew, what it uses is its own, what it left is ours."""
    spares = Spares(KEYMAP)
    wiped, taken, ours = spares.all[:3]
    for keycode in (wiped, taken, ours):
        spares.lend(keycode, (HAN, KANA), 1.0)
    assert spares.silent is not None
    new = {taken: one(0, ord("x")), ours: one(1, HAN, KANA), spares.silent: one(0, ord("y"))}
    spares.follow(Keymap(8, 255, TYPES, {**KEYS, **new}, KEYMAP.modifiers))
    assert spares.lent == (ours,)
    assert taken not in spares.all
    assert wiped in spares.all
    assert spares.silent is None


def test_a_full_keyboard_has_nothing_to_lend() -> None:
    """That is told to whoever asks."""
    spares = Spares(Keymap(8, 255, TYPES, {keycode: one(0, ord("x")) for keycode in range(8, 256)}, {}))
    assert spares.oldest((), 1) == []
    assert spares.silent is None
    assert spares.last_use([9]) == NEVER
