"""The list of those who were erased."""

import pytest

from relay.core import erased
from relay.core.erased import ErasedPerson, decode_erased, encode_erased, merged

ANNA = ErasedPerson(person="0a", accounts=("0a", "0b"), at=1.0)
BEN = ErasedPerson(person="0c", accounts=("0c",), at=2.0, cleared=False)


def test_what_is_written_is_read() -> None:
    """Nobody, or several."""
    for some in ((), (ANNA,), (ANNA, BEN)):
        assert decode_erased(encode_erased(some)) == some


def test_a_list_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte too long, or not a list of people."""
    data = encode_erased([ANNA])
    monkeypatch.setattr(erased, "LIMIT", len(data))
    assert decode_erased(data) == (ANNA,)
    for wrong in (data + b" ", b"{}", b"\xff", b'[{"person":"Anna","accounts":[],"at":1}]'):
        with pytest.raises(ValueError, match=r"."):
            decode_erased(wrong)


def test_lists_become_one() -> None:
    """Each person once, with all accounts, since the first time; cleared where every list says so."""
    later = ErasedPerson(person="0a", accounts=("0d", "0b"), at=5.0, cleared=False)
    assert merged((BEN,), (later,), (ANNA,)) == (
        ErasedPerson(person="0a", accounts=("0a", "0b", "0d"), at=1.0, cleared=False),
        BEN,
    )
