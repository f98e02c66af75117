"""The one way parsers here read: generators over a ByteStream, top to bottom, every length limited.

A parser is a generator that returns its value and yields whenever the bytes it needs have not come yet:

    def read_frame(stream: ByteStream) -> Reading[Frame]:
        head = yield from stream.read_exactly(4)
        ...

`Parse` drives one: feed bytes, look whether it is done.
"""

from collections.abc import Generator
from typing import Final, Generic, TypeAlias, TypeVar

import msgspec

T = TypeVar("T")

Reading: TypeAlias = Generator[None, None, T]


UNDECODABLE: Final = (msgspec.MsgspecError, RecursionError)
"""What decoding JSON of a stranger's raises: brackets by the thousand are a RecursionError, not msgspec's own."""


class ProtocolViolationError(Exception):
    """The peer sent what its protocol does not allow. The text says what, never with payload bytes in it."""


class TruncatedError(ProtocolViolationError):
    """The stream ended inside something."""


class ByteStream:
    """Bytes that have come and were not read yet."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._eof = False

    def __len__(self) -> int:
        return len(self._buffer)

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Append what came."""
        self._buffer += data

    def feed_eof(self) -> None:
        """Nothing more will come: a read that still waits raises TruncatedError."""
        self._eof = True

    def take(self) -> bytes:
        """Everything not read yet, which is then gone from here."""
        data = bytes(self._buffer)
        self._buffer.clear()
        return data

    def read_exactly(self, count: int) -> Reading[bytes]:
        """`count` bytes. The caller has checked `count` against a limit."""
        while len(self._buffer) < count:
            yield from self._wait()
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def skip(self, count: int) -> Reading[None]:
        """Any count of bytes, gone as they come."""
        while count:
            gone = min(count, len(self._buffer))
            del self._buffer[:gone]
            count -= gone
            if count:
                yield from self._wait()

    def read_until(self, delimiter: bytes, *, limit: int) -> Reading[bytes]:
        """Bytes up to and with `delimiter`; ProtocolViolationError where it does not come within `limit` bytes."""
        start = 0
        while True:
            at = self._buffer.find(delimiter, start, limit)
            if at >= 0:
                return (yield from self.read_exactly(at + len(delimiter)))
            if len(self._buffer) >= limit:
                raise ProtocolViolationError(f"no end within {limit} bytes")
            start = max(0, len(self._buffer) - len(delimiter) + 1)
            yield from self._wait()

    def _wait(self) -> Reading[None]:
        if self._eof:
            raise TruncatedError(f"the stream ended after {len(self._buffer)} bytes of something longer")
        yield


class Parse(Generic[T]):
    """A running parser: `feed` moves it on, `done` says whether `result` is there."""

    def __init__(self, reading: Reading[T]) -> None:
        self._reading = reading
        self.done = False
        self._result: T | None = None

    def step(self) -> bool:
        """Let the parser read what there is. True once it has returned. Raises what the parser raises."""
        if not self.done:
            try:
                next(self._reading)
            except StopIteration as stop:
                self._result = stop.value
                self.done = True
        return self.done

    @property
    def result(self) -> T:
        """What the parser returned; only when `done`."""
        if not self.done:
            raise RuntimeError("the parser is still reading")
        return self._result  # type: ignore[return-value]
