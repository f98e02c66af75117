"""Bytes on their way through."""

from collections.abc import Callable

from common.protocol.reading import Reading
from common.protocol.rfb.passage import Passage
from tests.support.rfb import byte_by_byte


def run(parser: Callable[[Passage], Reading[None]], parts: list[bytes]) -> list[bytes]:
    """What is collected after each part."""
    passage = Passage()
    reading = parser(passage)
    collected = []
    for part in parts:
        passage.feed(part)
        next(reading, None)
        collected.append(passage.collect())
    return collected


def mixed(passage: Passage) -> Reading[None]:
    """Take two, pass three, drop four, look at two and take one of them, for ever."""
    while True:
        yield from passage.take(2)
        yield from passage.pass_on(3)
        yield from passage.drop(4)
        seen = yield from passage.peek(2)
        assert (yield from passage.take(1)) == seen[:1]


DATA = bytes(range(200))
KEPT = b"".join(DATA[at : at + 5] + DATA[at + 9 : at + 10] for at in range(0, 200, 10))


def test_what_is_dropped_is_missing_and_all_else_is_there() -> None:
    """In one piece, and in any pieces."""
    assert run(mixed, [DATA]) == [KEPT[:-1]]  # the last byte has not been looked at with its neighbour
    for size in range(1, 40):
        parts = [DATA[at : at + size] for at in range(0, len(DATA), size)]
        assert b"".join(run(mixed, parts)) == KEPT[:-1]


def test_heads_wait_and_payload_does_not() -> None:
    """A head goes on when it is whole, payload at once."""

    def parser(passage: Passage) -> Reading[None]:
        yield from passage.take(3)
        yield from passage.pass_on(3)

    assert run(parser, list(byte_by_byte(b"abcdef"))) == [b"", b"", b"abc", b"d", b"e", b"f"]


def test_a_peek_keeps_back() -> None:
    """Nothing of what is only looked at goes on."""

    def parser(passage: Passage) -> Reading[None]:
        assert (yield from passage.peek(3)) == b"abc"
        yield from passage.pass_on(1)
        yield from passage.peek(5)

    assert run(parser, [b"ab", b"c", b"d"]) == [b"", b"a", b""]


def test_collecting_twice_gives_nothing_new() -> None:
    """What was collected is gone."""
    passage = Passage()
    reading = passage.pass_on(4)
    passage.feed(b"ab")
    next(reading)
    assert passage.collect() == b"ab"
    assert passage.collect() == b""


def test_a_drop_may_be_longer_than_what_is_there() -> None:
    """It goes on as bytes come, holding none."""

    def parser(passage: Passage) -> Reading[None]:
        yield from passage.take(1)
        yield from passage.drop(5)
        yield from passage.take(1)

    assert run(parser, [b"a123", b"4", b"5b"]) == [b"a", b"", b"b"]


def test_nothing_more_is_waited_for_than_was_asked() -> None:
    """With exactly enough there, each is done at once."""
    for reading in (Passage.take, Passage.pass_on, Passage.peek, Passage.drop):
        passage = Passage()
        passage.feed(b"abc")
        assert next(reading(passage, 3), "done") == "done"
