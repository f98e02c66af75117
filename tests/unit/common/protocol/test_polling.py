"""Bytes by their position: whatever is lost or repeated on the way, each counts once."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.polling import PositionError, ReceivedBytes, SentBytes, parse_position


@pytest.mark.parametrize("text", [None, "", "-1", "1.0", "٣", " 1", "0x1", "1" * 16])
def test_a_position_is_a_few_digits(text: str | None) -> None:
    """Anything else is refused, a number too long to be one too."""
    with pytest.raises(PositionError):
        parse_position(text)
    assert parse_position("0") == 0
    assert parse_position("9" * 15) == 10**15 - 1


def test_what_has_come_is_forgotten() -> None:
    """Only behind what the peer has; an old word takes nothing back, one from the future is refused."""
    outgoing = SentBytes()
    outgoing.write(b"abcdef")
    assert (outgoing.part(0, 4), outgoing.part(4, 9), outgoing.end) == (b"abcd", b"ef", 6)
    outgoing.acknowledge(4)
    outgoing.acknowledge(2)
    assert (len(outgoing), outgoing.part(4, 9), outgoing.part(6, 9)) == (2, b"ef", b"")
    with pytest.raises(PositionError):
        outgoing.part(3, 9)
    with pytest.raises(PositionError):
        outgoing.acknowledge(7)
    assert outgoing.end == 6


def test_a_repeat_has_no_effect_and_a_gap_is_refused() -> None:
    """Whole or in part: only what has not come before counts."""
    incoming = ReceivedBytes()
    assert incoming.take(0, b"abc") == b"abc"
    assert incoming.take(0, b"abc") == b""
    assert incoming.take(1, b"bcde") == b"de"
    with pytest.raises(PositionError):
        incoming.take(6, b"g")
    assert incoming.position == 5


@given(st.binary(max_size=300), st.randoms(use_true_random=False))
def test_the_stream_arrives_whole(data: bytes, random: Random) -> None:
    """However it is cut, and however many requests, answers and words about them are lost."""
    chance = random.random
    outgoing, incoming, got = SentBytes(), ReceivedBytes(), bytearray()
    outgoing.write(data)
    for _ in range(10_000):
        if outgoing.arrived == len(data):
            break
        part = outgoing.part(outgoing.arrived, 1 + int(chance() * 40))
        if chance() < 0.7:
            got += incoming.take(outgoing.arrived, part[: int(chance() * 60)])
        if chance() < 0.7:
            outgoing.acknowledge(incoming.position)
    assert bytes(got) == data
