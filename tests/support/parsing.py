"""Drive the parsers of common.protocol in tests: all at once, and a byte at a time."""

from collections.abc import Callable
from typing import TypeVar

from common.protocol.reading import ByteStream, Parse, Reading, TruncatedError

T = TypeVar("T")


def parse(reading: Callable[[ByteStream], Reading[T]], data: bytes, *, eof: bool = True) -> tuple[T, bytes]:
    """The result over `data` fed at once, and what the parser left in the stream."""
    stream = ByteStream()
    stream.feed(data)
    if eof:
        stream.feed_eof()
    running = Parse(reading(stream))
    if not running.step():
        raise TruncatedError("more is needed")
    return running.result, stream.take()


def parse_bytewise(reading: Callable[[ByteStream], Reading[T]], data: bytes) -> tuple[T, bytes]:
    """The same, fed a byte at a time; what follows the end is fed too."""
    stream = ByteStream()
    running = Parse(reading(stream))
    for at in range(len(data)):
        running.step()
        stream.feed(data[at : at + 1])
    if not running.step():
        stream.feed_eof()
        running.step()
    return running.result, stream.take()


def parse_both(reading: Callable[[ByteStream], Reading[T]], data: bytes) -> tuple[T, bytes]:
    """Both ways must agree, in their result or in the kind of error."""
    outcomes: list[object] = []
    for way in (parse, parse_bytewise):
        try:
            outcomes.append(way(reading, data))
        except Exception as error:  # noqa: BLE001  # compared below
            outcomes.append(error)
    first, second = outcomes
    if isinstance(first, Exception) or isinstance(second, Exception):
        assert type(first) is type(second), outcomes
        raise first if isinstance(first, Exception) else AssertionError
    assert first == second
    return first  # type: ignore[return-value]
