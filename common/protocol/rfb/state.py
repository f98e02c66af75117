"""What the two directions of one RFB stream must know of each other: the pixel format that holds, and what was agreed.

The fine point is when a new pixel format begins to hold. SetPixelFormat goes one way, updates the other, and nothing in an
update says which format it is in. A viewer that is right about it uses one of three moments, and they are told apart by
what it sent before:

- a Fence with SyncNext: the server's answer to that fence parts old from new;
- EnableContinuousUpdates(off): the EndOfContinuousUpdates that answers it does;
- neither: it had no request open, so the update that is under way (if any) is the last in the old format.

A stream may go on over another connection to the server (`cut`, then ServerInit again): what the server still owed the
viewer on the old one comes from here, and what the viewer wished last holds.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from common.protocol.reading import ProtocolViolationError
from common.protocol.rfb.pixels import TRUE_COLOUR, PixelFormat

FENCE_SYNC_NEXT: Final = 1 << 2
FENCE_REQUEST: Final = 1 << 31
MAX_CHANGES: Final = 64
TIGHT_STREAMS: Final = 0x0F
"""In a Tight rectangle's first byte: begin all four zlib streams anew."""


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


@dataclass(frozen=True)
class Owed:
    """What the server has not answered, and never will: its connection was cut."""

    ends: int  # EndOfContinuousUpdates
    fences: tuple[tuple[int, bytes], ...]  # flags and payload of the viewer's requests


@dataclass
class _Change:
    moment: _AfterUpdate | _AfterEnd | _AfterFence
    format: PixelFormat


class StreamState:
    """Of one stream, from ServerInit on, over any number of connections to the server. Both filters of it share it."""

    def __init__(self) -> None:
        self.format = TRUE_COLOUR  # until ServerInit says another
        self.width = 0
        self.height = 0
        self.name = b""  # UTF-8 by the RFC; some servers send Latin-1
        self.listed: frozenset[int] = frozenset()  # the viewer's last SetEncodings, allow-listed
        self.waits = False  # whether the viewer has asked for an update and has got none since
        self.tight_resets = 0  # what the next Tight rectangle must begin anew
        self.tied = False  # to this connection: something compresses through it, or depends on it, and nothing can begin it anew
        self.initialised = False  # whether ServerInit has come
        # Of this connection to the server:
        self.fence_announced = False
        self.continuous_announced = False
        self.qemu_key_announced = False
        self.shown = False  # whether something of an update has gone to the viewer
        self._in_update = False
        self._answers = False  # the update that has begun answers the viewer, who has got nothing of it yet
        self._changes: deque[_Change] = deque()
        self._sync: tuple[int, bytes] | None = (
            None  # flags and payload of the fence that the next client message is in step with
        )
        self._fences: deque[tuple[int, bytes]] = deque()  # the viewer's requests that the server has not answered
        self._foreign_fences = 0  # requests of a server that is no more; the viewer's answers to them are under way
        self._server_fences = 0  # requests of this server that the viewer has not answered
        self._ends_wanted = 0
        self._ends_seen = 0
        self.fence_known = False  # whether the viewer has heard that there are any
        self.continuous_known = False

    # from the client's direction, once the message goes on

    def format_asked(self, wanted: PixelFormat) -> None:
        """SetPixelFormat. Raises ProtocolViolationError before ServerInit, or where too many wait for their moment."""
        if not self.initialised:
            raise ProtocolViolationError("a pixel format was asked for before ServerInit")
        moment: _AfterUpdate | _AfterEnd | _AfterFence
        if self._sync is not None:
            moment = _AfterFence(self._sync[1])
        elif self._ends_wanted:
            moment = _AfterEnd(self._ends_seen + self._ends_wanted)
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

    def fence_answered(self) -> bool:
        """The viewer answers a fence. Whether it is one of the present server's."""
        if self._foreign_fences:
            self._foreign_fences -= 1
            return False
        self._server_fences = max(0, self._server_fences - 1)
        return True

    def fence_sent(self, flags: int, payload: bytes) -> None:
        """ClientFence. It is in step with the next message only. Raises ProtocolViolationError at too many without an answer."""
        self._sync = None
        if not flags & FENCE_REQUEST:
            return
        if len(self._fences) == MAX_CHANGES:
            raise ProtocolViolationError("too many fences at once")
        self._fences.append((flags, payload))
        if flags & FENCE_SYNC_NEXT:
            self._sync = (flags, payload)

    def message_sent(self) -> None:
        """Any other client message has gone on."""
        self._sync = None

    @property
    def in_step(self) -> tuple[int, bytes] | None:
        """Flags and payload of the fence that the next client message belongs to: nothing may come between."""
        return self._sync

    def end_asked(self) -> None:
        """EnableContinuousUpdates(off). Raises ProtocolViolationError where the server owes too many answers."""
        if self._ends_wanted == MAX_CHANGES:
            raise ProtocolViolationError("too many ends of continuous updates at once")
        self._ends_wanted += 1

    # from the server's direction

    def started(self, width: int, height: int, pixels: PixelFormat) -> None:
        """ServerInit, the first of the stream."""
        self.initialised = True
        self.width, self.height, self.format = width, height, pixels

    def update_started(self) -> None:
        """FramebufferUpdate's head: the answer to whatever the viewer has asked for until now."""
        self._in_update = True
        self._answers, self.waits = self.waits, False

    def update_shown(self) -> None:
        """Something of it goes to the viewer."""
        self.shown = True
        self._answers = False

    def update_ended(self) -> None:
        """Its last rectangle."""
        self._in_update = False
        self._reached(_AfterUpdate())

    def end_seen(self) -> bool:
        """EndOfContinuousUpdates. Whether the viewer shall see it: of the announcements it needs only the first."""
        if not self.continuous_announced:
            self.continuous_announced = True
            known, self.continuous_known = self.continuous_known, True
            return not known
        if self._ends_wanted:
            self._ends_wanted -= 1
            self._ends_seen += 1
            self._reached(_AfterEnd(self._ends_seen))
        return True

    def fence_seen(self, flags: int, payload: bytes) -> None:
        """The server's Fence, its own or an answer."""
        self.fence_announced = self.fence_known = True
        if flags & FENCE_REQUEST:
            self._server_fences += 1
            return
        for fence in self._fences:
            if fence[1] == payload:
                self._fences.remove(fence)
                break
        self._reached(_AfterFence(payload))

    def owed(self) -> Owed:
        """What the viewer waits for and no server will answer any more, once: whoever calls this answers it.

        With that the viewer has had every moment that it waited for: its last wish for a pixel format holds. A fence that the
        next message belongs to is not owed before that has come.
        """
        half = [self._fences.pop()] if self._fences and self._fences[-1] == self._sync else []
        owed = Owed(ends=self._ends_wanted, fences=tuple(self._fences))
        if self._changes:
            self.format = self._changes[-1].format
        self._changes.clear()
        self._fences = deque(half)
        self._ends_wanted = 0
        return owed

    def cut(self) -> None:
        """The connection to the server has ended. Another one begins from nothing."""
        self.waits = self.waits or self._answers
        self._in_update = self.shown = self._answers = False
        self.fence_announced = self.continuous_announced = self.qemu_key_announced = False
        self._foreign_fences += self._server_fences
        self._server_fences = 0
        self.tight_resets = TIGHT_STREAMS

    def _reached(self, moment: _AfterUpdate | _AfterEnd | _AfterFence) -> None:
        """The change of this moment holds from now on, and so does none that was asked for before it."""
        for position, change in enumerate(self._changes):
            if change.moment == moment:
                self.format = change.format
                for _ in range(position + 1):
                    self._changes.popleft()
                return
