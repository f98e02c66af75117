"""Bytes on their way through a parser that looks but hardly touches: what was parsed goes on as it came, in one piece.

A parser takes heads, passes payload on, cuts out what must not go on, and says where a thing is whole (`settle`). What is
not whole is held, so that nothing of it need ever have gone where the stream is cut: up to HELD bytes, and what is longer
goes on as it arrives and cannot be taken back (`torn`).
"""

from typing import Final

from common.protocol.reading import Reading

HELD: Final = 512 * 1024
"""Bytes of one thing. Rectangles of Tight, and those of TigerVNC in any encoding, have at most 65,536 pixels."""


class Passage:
    """A window over the incoming bytes: [free to go | parsed, not whole yet | not parsed yet]."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._free = 0
        self._parsed = 0
        self._out: list[bytes] = []
        self.torn = False
        """Whether a part of what is not whole has gone."""

    def feed(self, data: bytes) -> None:
        """Append what came."""
        self._buffer += data

    def collect(self) -> bytes:
        """Everything that is free to go, once."""
        self._flush()
        out = b"".join(self._out)  # of one alone that is itself, not a copy
        self._out.clear()
        return out

    def settle(self) -> None:
        """What was parsed until here is whole."""
        self._free = self._parsed
        self.torn = False

    def insert(self, data: bytes) -> None:
        """Let these bytes of our own go, behind all that was parsed, which is whole."""
        self.settle()
        self._flush()
        self._out.append(data)

    def take(self, count: int) -> Reading[bytes]:
        """The next `count` bytes, to look at; they go on. The caller has checked `count` against a limit."""
        start = self._parsed
        while len(self._buffer) - start < count:
            yield
            start = self._parsed  # `collect` has moved it
        self._parsed = start + count
        return bytes(self._buffer[start : start + count])

    def set_bits(self, bits: int) -> None:
        """The byte that was taken last goes on with these bits set."""
        self._buffer[self._parsed - 1] |= bits

    def pass_on(self, count: int) -> Reading[None]:
        """The next `count` bytes go on. Any count."""
        while True:
            here = min(count, len(self._buffer) - self._parsed)
            self._parsed += here
            count -= here
            if self.torn or self._parsed - self._free > HELD:
                self._free = self._parsed
                self.torn = True
            if count == 0:
                return
            yield

    def peek(self, count: int) -> Reading[bytes]:
        """The next `count` bytes, to look at; they stay, for `take`, `pass_on` or `drop`. The caller has checked `count`."""
        while len(self._buffer) - self._parsed < count:
            yield
        return bytes(self._buffer[self._parsed : self._parsed + count])

    def drop(self, count: int) -> Reading[None]:
        """The next `count` bytes do not go on. Any count. All that was parsed before them is whole."""
        self.settle()
        self._flush()
        while True:
            here = min(count, len(self._buffer))
            del self._buffer[:here]
            count -= here
            if count == 0:
                return
            yield

    def _flush(self) -> None:
        self._out.append(bytes(memoryview(self._buffer)[: self._free]))
        del self._buffer[: self._free]
        self._parsed -= self._free
        self._free = 0
