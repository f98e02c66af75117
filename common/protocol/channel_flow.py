"""How much may go through a channel: the window over an RFB stream in each direction, and how often a peer may speak.

At most 1 MiB of RFB goes out that the other end has not consumed.
"""

from dataclasses import dataclass
from typing import Final

from common.protocol.channel_frames import RFB_LIMIT, WINDOW, FrameType, encode
from common.protocol.reading import ProtocolViolationError

ACK_EVERY: Final = WINDOW // 16
"""Consumed bytes are acknowledged in steps of this size: small input messages would else double the traffic."""
CONTROLS: Final = (200, 10.0)
"""More CONTROL frames than so many in so many seconds end the session: each of them makes this side do something."""
POINTERS: Final = (2000, 10.0)
"""Pointer moves above this are dropped."""
DRAWN: Final = (4000, 10.0)
"""Places that are drawn above this are dropped: many times what a hand draws."""
DRAWINGS: Final = (400, 10.0)
"""And so are messages that draw, however few places each has: a viewer sends what was drawn some times a second."""


class Outgoing:
    """RFB bytes of the present stream towards the peer: what is sent and not acknowledged, and what waits for room."""

    def __init__(self) -> None:
        self.sent = 0
        self.acknowledged = 0
        self.waiting = bytearray()

    @property
    def room(self) -> int:
        return WINDOW - (self.sent - self.acknowledged)

    def frames(self) -> bytes:
        """As many frames as there is room for."""
        out = bytearray()
        while self.waiting and self.room:
            size = min(len(self.waiting), RFB_LIMIT, self.room)
            out += encode(FrameType.RFB, bytes(self.waiting[:size]))
            del self.waiting[:size]
            self.sent += size
        return bytes(out)

    def acknowledge(self, total: int) -> None:
        if not self.acknowledged <= total <= self.sent:
            raise ProtocolViolationError("an ACK of bytes that were not sent")
        self.acknowledged = total


@dataclass
class FixedWindow:
    """At most `count` in any `window` seconds that begins with one of them. One that is refused takes no place."""

    count: int
    window: float
    _since: float = float("-inf")
    _seen: int = 0

    def allow(self, now: float, weight: int = 1) -> bool:
        """Whether one more is fine now; it counts as `weight`."""
        if now >= self._since + self.window:
            self._since, self._seen = now, 0
        if self._seen + weight > self.count:
            return False
        self._seen += weight
        return True


class Pace:
    """How often one peer may speak."""

    def __init__(self) -> None:
        self._controls = FixedWindow(*CONTROLS)
        self._pointers = FixedWindow(*POINTERS)
        self._drawn = FixedWindow(*DRAWN)
        self._drawings = FixedWindow(*DRAWINGS)

    def says(self, now: float) -> bool:
        """Whether one more CONTROL is fine."""
        return self._controls.allow(now)

    def points(self, now: float) -> bool:
        """Whether one more `pointer` is taken."""
        return self._pointers.allow(now)

    def draws(self, now: float, places: int) -> bool:
        """Whether one more `draw` is taken: each message is a cost, and so is each place."""
        return self._drawings.allow(now) and self._drawn.allow(now, places)


@dataclass
class Incoming:
    """RFB bytes of the present stream from the peer."""

    received: int = 0
    consumed: int = 0
    acknowledged: int = 0
    since: float | None = None  # the oldest of what was taken and is not acknowledged

    def receive(self, count: int) -> None:
        self.received += count
        if self.received - self.acknowledged > WINDOW:
            raise ProtocolViolationError("more RFB bytes than the window holds")

    def consume(self, count: int, now: float) -> bytes | None:
        """Count bytes as taken. The ACK, None while that is not worth a frame.

        What was said too much (a local side that still counts an older stream's bytes) does not count.
        """
        self.consumed = min(self.consumed + count, self.received)
        if self.consumed - self.acknowledged >= ACK_EVERY:
            return self.acknowledge()
        if self.since is None and self.consumed > self.acknowledged:
            self.since = now
        return None

    def acknowledge(self) -> bytes:
        """The ACK of all that was taken."""
        self.acknowledged, self.since = self.consumed, None
        return encode(FrameType.ACK, self.consumed.to_bytes(8, "big"))
