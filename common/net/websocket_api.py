"""What a WebSocket's two ends and their owners agree on: close codes, limits, and who is told what."""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

if TYPE_CHECKING:
    from common.net.websocket import WebSocket


class CloseCode:
    """The close codes that Tasuki sends (RFC 6455 section 7.4; 4000 and up are ours)."""

    NORMAL: Final = 1000
    GOING_AWAY: Final = 1001
    PROTOCOL_ERROR: Final = 1002
    ABNORMAL: Final = 1006  # never on the wire: the connection was cut
    INVALID_DATA: Final = 1007
    POLICY: Final = 1008
    TOO_BIG: Final = 1009
    INTERNAL_ERROR: Final = 1011
    REPLACED: Final = 4001  # a newer connection of the same certificate


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bytes and seconds."""

    max_message: int = 64 * 1024
    control_frames: int = 10  # more than so many ...
    control_window: float = 10.0  # ... within so many seconds is 1008
    stop_reading_unread: bool = True  # a peer that leaves 64 KiB of ours unread is not read from
    max_unread: int = 4 * 1024 * 1024  # a peer that leaves so much unread is cut off
    drain: float = 10.0  # how long closing may take before the connection is aborted


RELAY_LIMITS: Final = Limits()
AGENT_LIMITS: Final = Limits(max_message=1024 * 1024, stop_reading_unread=False)


class State(Enum):
    """Where a WebSocket's life is."""

    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"  # this side ends it: nothing is sent or delivered any more
    CLOSED = "closed"
    DETACHED = "detached"


class Clock(Protocol):
    """The part of Twisted's reactor (or task.Clock) that deadlines need."""

    def seconds(self) -> float:
        """Of any steady clock."""
        ...

    def callLater(self, delay: float, callable: Any, *args: object, **kw: object) -> Any:  # noqa: A002, N802
        """A delayed call, which has `cancel()` and `active()`."""
        ...


class Listener(Protocol):
    """Who is told. An exception that leaves one of these is a bug: it is logged and ends this connection with 1011."""

    def opened(self, ws: "WebSocket", /) -> None:
        """The opening handshake is done: `send` may be called, and at a server `detach`."""

    def message(self, ws: "WebSocket", payload: str | bytes, /) -> None:
        """A whole message came: str for text, bytes for binary."""

    def closed(self, ws: "WebSocket", code: int, reason: str, /) -> None:
        """Nothing more will come: the code this side ended it with, else the peer's, else 1006. Once, `opened` or not."""

    def paused(self, ws: "WebSocket", /) -> None:
        """The transport holds more than 64 KiB unsent: stop sending where that can wait."""

    def resumed(self, ws: "WebSocket", /) -> None:
        """Everything was handed to the network: send on."""


class GoneTransport:
    """In a transport's place once it is lost or somebody else's: takes every call and does nothing."""

    def write(self, data: bytes) -> None: ...
    def loseConnection(self) -> None: ...
    def abortConnection(self) -> None: ...
    def pauseProducing(self) -> None: ...
    def resumeProducing(self) -> None: ...
    def unregisterProducer(self) -> None: ...


class Recent:
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


def reactor_clock() -> Clock:
    """Twisted's reactor, which must be installed by now."""
    from twisted.internet import reactor

    return cast("Clock", reactor)
