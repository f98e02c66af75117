"""A connection as requests and answers, where a network takes WebSocket's upgrade away: its bytes by their position. Pure.

Each way is one stream of bytes, the same that a WebSocket would have carried. A *post* brings the next bytes up and says where
they belong; a long answer brings bytes down, to a request that says how many have come. So whatever a network loses or sends
twice is asked for, or sent, once more, and counts once.
"""

from typing import Final

PART: Final = 64 * 1024
"""The most bytes of one post, and of one answer."""
_DIGITS: Final = 15


class PositionError(ValueError):
    """A position that cannot be: bytes are missing before it, or were never sent."""


def parse_position(text: str | None) -> int:
    """What a header says. Raises PositionError for anything but a few digits."""
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise PositionError("a position is a number of up to 15 digits")
    return int(text)


class SentBytes:
    """What goes one way: kept until the peer has said that it has come."""

    __slots__ = ("_kept", "arrived")

    def __init__(self) -> None:
        self.arrived = 0  # so many bytes have come to the peer
        self._kept = bytearray()  # those behind them

    def __len__(self) -> int:
        """How many have not come yet, as far as is known."""
        return len(self._kept)

    @property
    def end(self) -> int:
        """The position behind the last byte."""
        return self.arrived + len(self._kept)

    def write(self, data: bytes) -> None:
        """These come next."""
        self._kept += data

    def acknowledge(self, position: int) -> None:
        """The peer has everything before `position`. An older word than the last one is none. Raises PositionError."""
        if position > self.end:
            raise PositionError("bytes that were never sent cannot have come")
        if position > self.arrived:
            del self._kept[: position - self.arrived]
            self.arrived = position

    def part(self, position: int, most: int) -> bytes:
        """Up to `most` bytes from `position` on. Raises PositionError for what is not kept any more."""
        start = position - self.arrived
        if start < 0:
            raise PositionError("these bytes were acknowledged")
        return bytes(self._kept[start : start + most])


class ReceivedBytes:
    """What comes the other way: each byte once."""

    __slots__ = ("position",)

    def __init__(self) -> None:
        self.position = 0  # so many bytes have come

    def take(self, position: int, data: bytes) -> bytes:
        """What of `data`, which begins at `position`, has not come before. Raises PositionError where bytes before it are missing."""
        if position > self.position:
            raise PositionError("bytes are missing before these")
        fresh = data[self.position - position :]
        self.position += len(fresh)
        return fresh
