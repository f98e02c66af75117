import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from user_agent.input.keysyms import (
    both_cases,
    canonical,
    character_of,
    exists,
    keysym_of,
    lower,
    upper,
)

PRINTABLE = st.characters(exclude_categories=["Cs", "Cc"])


@given(PRINTABLE)
def test_each_character_has_a_keysym_that_means_it(character: str) -> None:
    """There and back."""
    keysym = keysym_of(character)
    assert exists(keysym)
    assert character_of(keysym) == character
    assert canonical(keysym) == keysym


@given(st.integers(0, 0xFFFFFFFF))
def test_whatever_a_viewer_says_has_one_name(keysym: int) -> None:
    """A canonical name is its own; nothing is raised."""
    assert canonical(canonical(keysym)) == canonical(keysym)
    assert len(character_of(keysym)) <= 1


def test_keysyms_from_before_unicode_are_names_of_the_same_characters() -> None:
    """Cyrillic_a, kana_A, EuroSign, Greek_alpha, Serbian_dje, hebrew_aleph, Thai_kokai, OE."""
    known = {0x6C1: "а", 0x4B1: "ア", 0x20AC: "€", 0x7E1: "α", 0x6A1: "ђ", 0xCE0: "א", 0xDA1: "ก", 0x13BC: "Œ"}
    assert {keysym: character_of(keysym) for keysym in known} == known
    assert all(canonical(keysym) == keysym_of(character) for keysym, character in known.items())


def test_characters_of_before_unicode_are_letters_and_signs() -> None:
    """No space, no control, nothing unassigned, in any block."""
    every = [character_of(keysym) for keysym in range(0x100, 0x2100)]
    assert not [one for one in every if one and unicodedata.category(one) in {"Cc", "Cn", "Cs"}]
    assert sum(map(bool, every)) > 700


def test_keys_are_no_characters() -> None:
    """New line and tab are keys; other controls are nothing at all."""
    assert [keysym_of(one) for one in "\n\r\t\b"] == [0xFF0D, 0xFF0D, 0xFF09, 0xFF08]
    assert [keysym_of(one) for one in "\0\x1b\x7f\x9f\ud800"] == [0] * 5
    assert [character_of(one) for one in (0xFF0D, 0xFFB7, 0xFE51, 0x100007F, 0x100D800)] == [""] * 5


def test_what_no_key_can_mean() -> None:
    """Nothing, VoidSymbol, more than 29 bits, a surrogate, a control; a multimedia key can be meant."""
    assert not any(map(exists, (0, 0xFFFFFF, 0x20000000, 0x100D800, 0x1000081, -1)))
    assert all(map(exists, (0x1008FF13, 0xFE51, 0xFF20, 0xFFC0, 0x1F600 + 0x1000000)))


def test_letters_have_two_cases_where_each_is_the_others() -> None:
    """Not the Kelvin sign, the final sigma or ß."""
    assert both_cases(ord("k")) == both_cases(ord("K")) == (ord("k"), ord("K"))
    assert both_cases(keysym_of("ц")) == (keysym_of("ц"), keysym_of("Ц"))
    assert [both_cases(keysym_of(one)) for one in "\u212aςßıſ1漢"] == [None] * 7
    assert upper(ord("1")) == lower(ord("1")) == ord("1")
    assert upper(0xDF) == 0xDF
