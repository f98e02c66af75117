"""Bytes on their way through a parser that looks but does not touch: what was parsed goes on as it came, in one piece.

A parser takes heads, passes payload on as it arrives (never waiting for the end of it), and cuts out what must not go on.
Held at most: what was fed at once, and the one message that is being decided upon.
"""

from common.protocol.reading import Reading


class Passage:
    """A window over the incoming bytes: [kept back | parsed and free to go | not parsed yet]."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._parsed = 0
        self._out: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """Append what came."""
        self._buffer += data

    def collect(self) -> bytes:
        """Everything that is free to go, once."""
        self._flush()
        out = b"".join(self._out)  # of one alone that is itself, not a copy
        self._out.clear()
        return out

    def take(self, count: int) -> Reading[bytes]:
        """The next `count` bytes, to look at; they go on. The caller has checked `count` against a limit."""
        start = self._parsed
        while len(self._buffer) - start < count:
            yield
            start = self._parsed  # `collect` has moved it
        self._parsed = start + count
        return bytes(self._buffer[start : start + count])

    def pass_on(self, count: int) -> Reading[None]:
        """The next `count` bytes go on as they come. Any count."""
        while True:
            here = len(self._buffer) - self._parsed
            if count <= here:
                self._parsed += count
                return
            self._parsed += here
            count -= here
            yield

    def peek(self, count: int) -> Reading[bytes]:
        """The next `count` bytes, to look at; they stay, for `take`, `pass_on` or `drop`. The caller has checked `count`."""
        while len(self._buffer) - self._parsed < count:
            yield
        return bytes(self._buffer[self._parsed : self._parsed + count])

    def drop(self, count: int) -> Reading[None]:
        """The next `count` bytes do not go on. Any count."""
        self._flush()
        while True:
            here = min(count, len(self._buffer))
            del self._buffer[:here]
            count -= here
            if count == 0:
                return
            yield

    def _flush(self) -> None:
        self._out.append(bytes(memoryview(self._buffer)[: self._parsed]))
        del self._buffer[: self._parsed]
        self._parsed = 0
