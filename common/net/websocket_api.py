"""What a WebSocket's two ends and their owners agree on: limits, the states of its life."""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final


@dataclass(frozen=True, kw_only=True)
class WebSocketLimits:
    """Bytes and seconds."""

    max_message: int = 64 * 1024
    fragments: int = 64  # of one message; more is 1008
    data_frames: int = 200  # in a second; more is 1008, and 0 is no bound
    frames_per_turn: int = 64  # worked on in one call of `data_received`; 0 is no bound
    control_frames: int = 10  # more than so many ...
    control_window: float = 10.0  # ... within so many seconds is 1008
    stop_reading_unread: bool = True  # a peer that leaves 64 KiB of ours unread is not read from
    max_unread: int = 4 * 1024 * 1024  # a peer that leaves so much unread is cut off
    drain: float = 10.0  # how long closing may take before the connection is aborted


RELAY_LIMITS: Final = WebSocketLimits()
AGENT_LIMITS: Final = WebSocketLimits(
    max_message=1024 * 1024, data_frames=0, frames_per_turn=0, stop_reading_unread=False
)


class WebSocketState(Enum):
    """Where a WebSocket's life is."""

    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"  # this side ends it: nothing is sent or delivered any more
    CLOSED = "closed"


class GoneTransport:
    """In a transport's place once it is lost or somebody else's: takes every call and does nothing."""

    def write(self, data: bytes) -> None: ...
    def loseConnection(self) -> None: ...
    def abortConnection(self) -> None: ...
    def pauseProducing(self) -> None: ...
    def resumeProducing(self) -> None: ...
    def unregisterProducer(self) -> None: ...


class SlidingWindow:
    """How many of something came within the last `window` seconds."""

    __slots__ = ("_times", "_window")

    def __init__(self, window: float) -> None:
        self._window = window
        self._times: deque[float] = deque()

    def count(self, now: float) -> int:
        """One more came: how many that makes."""
        self._times.append(now)
        while self._times[0] <= now - self._window:
            self._times.popleft()
        return len(self._times)


class FrameCounts:
    """What a peer sends, against what it may: fragments of a message, data frames in a second, control frames in a window."""

    __slots__ = ("_control", "_fragments", "_frames", "_limits", "_since")

    def __init__(self, limits: WebSocketLimits) -> None:
        self._limits = limits
        self._control: SlidingWindow | None = None  # made for the first: most peers send none
        self._fragments = 0  # of the message under way
        self._frames = 0  # since `_since`
        self._since = 0.0

    def data(self, now: float, *, begins: bool) -> str:
        """A data frame came at `now` (monotonic seconds), which `begins` a message or goes on with one: what it breaks, if anything."""
        self._fragments = 1 if begins else self._fragments + 1
        if now - self._since >= 1.0:
            self._since, self._frames = now, 0
        self._frames += 1
        if self._fragments > self._limits.fragments:
            return "a message in too many fragments"
        return "too many frames" if self._frames > self._limits.data_frames > 0 else ""

    def control(self, now: float) -> str:
        """A ping or a pong came: what it breaks, if anything."""
        if self._control is None:
            self._control = SlidingWindow(self._limits.control_window)
        return "too many control frames" if self._control.count(now) > self._limits.control_frames else ""
