"""Bytes on their way through."""

from collections.abc import Callable

from common.protocol.reading import Reading
from common.protocol.rfb.passage import HELD, Passage
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
        passage.settle()


DATA = bytes(range(200))
KEPT = b"".join(DATA[at : at + 5] + DATA[at + 9 : at + 10] for at in range(0, 200, 10))


def test_what_is_dropped_is_missing_and_all_else_is_there() -> None:
    """In one piece, and in any pieces."""
    assert run(mixed, [DATA]) == [KEPT[:-1]]  # the last byte has not been looked at with its neighbour
    for size in range(1, 40):
        parts = [DATA[at : at + size] for at in range(0, len(DATA), size)]
        assert b"".join(run(mixed, parts)) == KEPT[:-1]


def test_what_is_not_whole_waits() -> None:
    """Heads and payload go on together, when the parser says so."""

    def parser(passage: Passage) -> Reading[None]:
        yield from passage.take(3)
        yield from passage.pass_on(3)
        passage.settle()
        yield from passage.take(1)

    assert run(parser, list(byte_by_byte(b"abcdefg"))) == [b"", b"", b"", b"", b"", b"abcdef", b""]


def test_what_is_too_long_to_be_held_goes_on_as_it_comes() -> None:
    """With its head; up to the limit it waits. What is torn is so until the next thing is whole."""
    passage = Passage()

    def parser() -> Reading[None]:
        yield from passage.take(1)
        yield from passage.pass_on(HELD + 5)
        assert passage.torn
        passage.settle()

    reading = parser()
    collected = []
    for size in (HELD - 1, 1, 1, 3):
        passage.feed(b"x" * size)
        next(reading)
        collected.append((len(passage.collect()), passage.torn))
    assert collected == [(0, False), (0, False), (HELD + 1, True), (3, True)]
    passage.feed(b"xx")
    assert next(reading, "done") == "done"
    assert (passage.collect(), passage.torn) == (b"xx", False)


def test_the_last_part_of_what_is_too_long_is_torn_too() -> None:
    """Also where it comes in one piece with all before it."""
    passage = Passage()
    passage.feed(bytes(HELD + 1))
    assert next(passage.pass_on(HELD + 1), "done") == "done"
    assert passage.torn
    assert len(passage.collect()) == HELD + 1


def test_a_byte_that_goes_on_as_another() -> None:
    """The last one taken, with more bits."""

    def parser(passage: Passage) -> Reading[None]:
        assert (yield from passage.take(2)) == b"a\x40"
        passage.set_bits(0x0F)
        yield from passage.pass_on(1)
        passage.settle()

    assert run(parser, [b"a\x40b"]) == [b"a\x4fb"]
    assert run(parser, [b"a", b"\x40", b"b"]) == [b"", b"", b"a\x4fb"]


def test_what_is_put_in_between() -> None:
    """Behind what was parsed, before what was not."""

    def parser(passage: Passage) -> Reading[None]:
        yield from passage.take(1)
        passage.insert(b"-our own-")
        yield from passage.take(1)
        passage.settle()

    assert run(parser, [b"ab"]) == [b"a-our own-b"]
    assert run(parser, [b"a", b"b"]) == [b"a-our own-", b"b"]


def test_a_peek_keeps_back() -> None:
    """Nothing of what is only looked at goes on."""

    def parser(passage: Passage) -> Reading[None]:
        assert (yield from passage.peek(3)) == b"abc"
        yield from passage.pass_on(1)
        passage.settle()
        yield from passage.peek(5)

    assert run(parser, [b"ab", b"c", b"d"]) == [b"", b"a", b""]


def test_collecting_twice_gives_nothing_new() -> None:
    """What was collected is gone."""
    passage = Passage()
    passage.feed(b"abc")
    assert next(passage.take(2), "done") == "done"
    passage.settle()
    assert passage.collect() == b"ab"
    assert passage.collect() == b""


def test_a_drop_may_be_longer_than_what_is_there() -> None:
    """It goes on as bytes come, holding none."""

    def parser(passage: Passage) -> Reading[None]:
        yield from passage.take(1)
        yield from passage.drop(5)
        yield from passage.take(1)
        passage.settle()

    assert run(parser, [b"a123", b"4", b"5b"]) == [b"a", b"", b"b"]


def test_nothing_more_is_waited_for_than_was_asked() -> None:
    """With exactly enough there, each is done at once."""
    for reading in (Passage.take, Passage.pass_on, Passage.peek, Passage.drop):
        passage = Passage()
        passage.feed(b"abc")
        assert next(reading(passage, 3), "done") == "done"
