"""Parsers as generators over a ByteStream."""

import pytest

from common.protocol.reading import ByteStream, Parse, ProtocolViolationError, Reading, TruncatedError
from tests.support.parsing import parse_both


def line(stream: ByteStream) -> Reading[bytes]:
    """A line of at most 8 bytes."""
    return (yield from stream.read_until(b"\r\n", limit=8))


def test_read_exactly_waits_for_all() -> None:
    """The rest stays."""
    assert parse_both(lambda stream: stream.read_exactly(3), b"abcde") == (b"abc", b"de")


def test_skip_keeps_nothing() -> None:
    """Any count, as it comes; the rest stays."""
    assert parse_both(lambda stream: stream.skip(3), b"abcde") == (None, b"de")
    assert parse_both(lambda stream: stream.skip(0), b"ab") == (None, b"ab")
    with pytest.raises(TruncatedError):
        parse_both(lambda stream: stream.skip(4), b"abc")
    stream = ByteStream()
    running = Parse(stream.skip(10))
    stream.feed(b"abc")
    assert not running.step()
    assert len(stream) == 0


def test_read_until_finds_a_delimiter_that_comes_in_pieces() -> None:
    """Also at the very limit."""
    assert parse_both(line, b"abcdef\r\nx") == (b"abcdef\r\n", b"x")


def test_read_until_has_a_limit() -> None:
    """A line without an end is a violation, not memory."""
    with pytest.raises(ProtocolViolationError, match="8 bytes"):
        parse_both(line, b"abcdefgh\r\n")


def test_the_end_inside_something_is_truncation() -> None:
    """Told apart from waiting."""
    with pytest.raises(TruncatedError):
        parse_both(line, b"abc")
    with pytest.raises(TruncatedError):
        parse_both(lambda stream: stream.read_exactly(4), b"abc")


def test_no_result_before_the_end() -> None:
    """Asking too early is a bug of the caller."""
    running = Parse(ByteStream().read_exactly(1))
    running.step()
    with pytest.raises(RuntimeError):
        _ = running.result
