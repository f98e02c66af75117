"""Six words of a fingerprint: the same for both, another for every bit."""

from hypothesis import given
from hypothesis import strategies as st

from common.protocol.fingerprint_words import fingerprint_words


@given(st.binary(min_size=32, max_size=32), st.integers(0, 95))
def test_every_bit_counts(fingerprint: bytes, bit: int) -> None:
    """Of the first 96; six words of five letters."""
    other = (int.from_bytes(fingerprint) ^ (1 << (255 - bit))).to_bytes(32)
    assert fingerprint_words(fingerprint) != fingerprint_words(other)
    assert [len(word) for word in fingerprint_words(fingerprint).split()] == [5] * 6


def test_known() -> None:
    """As written down once: both ends of every version say the same."""
    assert fingerprint_words(bytes(32)) == " ".join(["babab"] * 6)
    assert fingerprint_words(b"\xff" * 32) == " ".join(["zuzuz"] * 6)
