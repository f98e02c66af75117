"""What the two directions of one RFB stream must know of each other: the pixel format that holds, and what was agreed.

The fine point is when a new pixel format begins to hold. SetPixelFormat goes one way, updates the other, and nothing in an
update says which format it is in. A viewer that is right about it uses one of three moments, and they are told apart by
what it sent before:

- a Fence with SyncNext: the server's answer to that fence parts old from new;
- EnableContinuousUpdates(off): the EndOfContinuousUpdates that answers it does;
- neither: it had no request open, so the update that is under way (if any) is the last in the old format.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from common.protocol.reading import ProtocolViolationError
from common.protocol.rfb.pixels import TRUE_COLOUR, PixelFormat

FENCE_SYNC_NEXT: Final = 1 << 2
FENCE_REQUEST: Final = 1 << 31
MAX_CHANGES: Final = 64


@dataclass(frozen=True)
class _AfterUpdate:
    """At the end of the update that is under way."""


@dataclass(frozen=True)
class _AfterEnd:
    """At this EndOfContinuousUpdates, counted from the stream's start."""

    number: int


@dataclass(frozen=True)
class _AfterFence:
    """At the server's answer to this fence."""

    payload: bytes


@dataclass
class _Change:
    moment: _AfterUpdate | _AfterEnd | _AfterFence
    format: PixelFormat


class StreamState:
    """Of one stream, from ServerInit on. Both filters of the stream share it."""

    def __init__(self) -> None:
        self.format = TRUE_COLOUR  # until ServerInit says another
        self.width = 0
        self.height = 0
        self.name = b""  # UTF-8 by the RFC; some servers send Latin-1
        self.listed: frozenset[int] = frozenset()  # the viewer's last SetEncodings, allow-listed
        self.fence_announced = False
        self.continuous_announced = False
        self.qemu_key_announced = False
        self._started = False
        self._in_update = False
        self._changes: deque[_Change] = deque()
        self._sync: bytes | None = None  # payload of the fence that the next client message is in step with
        self._ends_wanted: deque[bool] = (
            deque()
        )  # for each EndOfContinuousUpdates to come: does the viewer wait for it?
        self._ends_seen = 0

    # from the client's direction, once the message goes on

    def format_asked(self, wanted: PixelFormat) -> None:
        """SetPixelFormat. Raises ProtocolViolationError before ServerInit, or where too many wait for their moment."""
        if not self._started:
            raise ProtocolViolationError("a pixel format was asked for before ServerInit")
        moment: _AfterUpdate | _AfterEnd | _AfterFence
        if self._sync is not None:
            moment = _AfterFence(self._sync)
        elif self._ends_wanted:
            moment = _AfterEnd(self._ends_seen + len(self._ends_wanted))
        elif self._changes:
            moment = self._changes[-1].moment
        elif self._in_update:
            moment = _AfterUpdate()
        else:
            self.format = wanted
            return
        if self._changes and self._changes[-1].moment == moment:
            self._changes[-1].format = wanted
            return
        if len(self._changes) == MAX_CHANGES:
            raise ProtocolViolationError("too many pixel formats at once")
        self._changes.append(_Change(moment, wanted))

    def fence_sent(self, flags: int, payload: bytes) -> None:
        """ClientFence. It is in step with the next message only."""
        wanted = FENCE_REQUEST | FENCE_SYNC_NEXT
        self._sync = payload if flags & wanted == wanted else None

    def message_sent(self) -> None:
        """Any other client message has gone on."""
        self._sync = None

    @property
    def in_step(self) -> bool:
        """Whether the last client message was a fence that the next one belongs to: nothing may come between."""
        return self._sync is not None

    def end_asked(self, *, by_viewer: bool) -> None:
        """EnableContinuousUpdates(off). Raises ProtocolViolationError where the server owes too many answers."""
        if len(self._ends_wanted) == MAX_CHANGES:
            raise ProtocolViolationError("too many ends of continuous updates at once")
        self._ends_wanted.append(by_viewer)

    # from the server's direction

    def started(self, width: int, height: int, pixels: PixelFormat) -> None:
        """ServerInit."""
        self._started = True
        self.width, self.height, self.format = width, height, pixels

    def update_started(self) -> None:
        """FramebufferUpdate's head."""
        self._in_update = True

    def update_ended(self) -> None:
        """Its last rectangle."""
        self._in_update = False
        self._reached(_AfterUpdate())

    def end_seen(self) -> bool:
        """EndOfContinuousUpdates. Whether the viewer shall see it: not where we had asked for it ourselves."""
        if not self.continuous_announced or not self._ends_wanted:
            self.continuous_announced = True
            return True
        for_viewer = self._ends_wanted.popleft()
        self._ends_seen += 1
        self._reached(_AfterEnd(self._ends_seen))
        return for_viewer

    def fence_seen(self, flags: int, payload: bytes) -> None:
        """The server's Fence, its own or an answer."""
        self.fence_announced = True
        if not flags & FENCE_REQUEST:
            self._reached(_AfterFence(payload))

    def _reached(self, moment: _AfterUpdate | _AfterEnd | _AfterFence) -> None:
        """The change of this moment holds from now on, and so does none that was asked for before it."""
        for position, change in enumerate(self._changes):
            if change.moment == moment:
                self.format = change.format
                for _ in range(position + 1):
                    self._changes.popleft()
                return
