"""One WebSocket adapter for both roles, over any Twisted transport. The protocol itself is websockets' sans-io layer.

Nothing here dials, does TLS or knows what messages mean. No compression, no extensions. The order of a life, as its
listener sees it: `opened` once (never, where the opening handshake fails), `message` any number of times, `closed` once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from twisted.internet.interfaces import ITransport
from twisted.python.failure import Failure


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
    CLOSING = "closing"  # this side sent its close frame, the peer's has not come
    CLOSED = "closed"
    DETACHED = "detached"


class Listener(Protocol):
    """Who is told. An exception that leaves one of these is a bug: it is logged and ends this connection with 1011."""

    def opened(self, ws: "WebSocket") -> None:
        """The opening handshake is done: `send` may be called, and at a server `detach`."""

    def message(self, ws: "WebSocket", payload: str | bytes) -> None:
        """A whole message came: str for text, bytes for binary."""

    def closed(self, ws: "WebSocket", code: int, reason: str) -> None:
        """Nothing more will come: the peer's code, else the one this side failed with, else 1006. Once."""

    def paused(self, ws: "WebSocket") -> None:
        """The transport holds more than 64 KiB unsent: stop sending where that can wait."""

    def resumed(self, ws: "WebSocket") -> None:
        """Everything was handed to the network: send on."""


class WebSocket:
    """One connection. Whoever owns the transport's protocol passes on `data_received` and `connection_lost`."""

    state: State
    status: int | None  # client: the HTTP status of the answer
    date: str | None  # client: the answer's Date header
    buffered: int  # bytes sent since the transport said that it holds more than 64 KiB; 0 when it took all
    heard: int  # bytes received so far: whether the peer lives

    @classmethod
    def server(
        cls,
        transport: ITransport,
        listener: Listener,
        raw_head: bytes,
        *,
        subprotocol: str,
        limits: Limits = RELAY_LIMITS,
        clock: "Clock | None" = None,
    ) -> "WebSocket":
        """Answer an upgrade whose head passed `check_head`. Bytes that came behind the head go to `data_received` next.

        `opened` is called before this returns. A head that is no proper upgrade, or does not offer `subprotocol`, gets
        400 or 426 and the connection is closed: `state` is CLOSED then and `closed` was called with 1002.
        """
        ...

    @classmethod
    def client(
        cls,
        transport: ITransport,
        listener: Listener,
        *,
        host: str,
        port: int,
        target: str,
        subprotocol: str,
        headers: Iterable[tuple[str, str]] = (),
        limits: Limits = AGENT_LIMITS,
        clock: "Clock | None" = None,
    ) -> "WebSocket":
        """Ask for an upgrade over `transport` (TLS is up). Agents call common.net.connect instead."""
        ...

    def data_received(self, data: bytes) -> None:
        """Bytes came from the transport."""
        ...

    def connection_lost(self, reason: Failure | None = None) -> None:
        """The transport is gone."""
        ...

    def send(self, payload: str | bytes | memoryview) -> None:
        """One message: text for str, else binary. Dropped silently once the connection is not open any more."""
        ...

    def ping(self) -> None:
        """Send a ping; the pong shows in `heard`."""
        ...

    def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """Send a close frame, then drain for at most `limits.drain` seconds, then abort. No `message` comes after this."""
        ...

    def abort(self) -> None:
        """Cut the connection now: `closed` is called with 1006."""
        ...

    def pause(self) -> None:
        """Deliver no more messages and stop reading, until `resume`."""
        ...

    def resume(self) -> None:
        """Deliver what waited, and read on."""
        ...

    def detach(self) -> None:
        """Server, within `opened` only: the 101 is sent, frames are the caller's from here on. No `closed` will come.

        The adapter takes its producer off the transport and forgets it. Bytes glued behind the head were not given
        here yet: they are still with whoever called `server`. RuntimeError once a byte was given to `data_received`.
        """
        ...


class Clock(Protocol):
    """The part of Twisted's reactor (or task.Clock) that deadlines need."""

    def seconds(self) -> float:
        """Of any steady clock."""
        ...

    def callLater(self, delay: float, callable: object, *args: object, **kw: object) -> object:  # noqa: A002, N802
        """A delayed call."""
        ...
