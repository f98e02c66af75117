"""What matching's parts see of each other and of the network, as Protocols.

`AgentConnection` is implemented here (relay.matching.agent_connection), on top of all the parts that use it. The rest is
handed in by relay.app, so that nothing in this room knows sockets: the WebSocket and its heartbeat.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from common.protocol.messages import Code, FromAgent, FromRelay
from relay.matching.authentication import Identified


class ListWatcher(Protocol):
    """The part of an AgentConnection that lists need."""

    @property
    def full(self) -> bool:
        """Whether what it was sent waits unread: it gets no lists meanwhile."""

    def send(self, message: FromRelay) -> None:
        """Send it. Nothing happens once the connection is over."""

    def send_text(self, text: str) -> None:
        """Send a message that was encoded already."""


class AgentConnection(ListWatcher, Protocol):
    """A matching connection whose agent has identified itself, as handlers, hub and open requests see it."""

    @property
    def identified(self) -> Identified:
        """Who it is."""

    @property
    def is_helper(self) -> bool:
        """Whether this is a helper's agent."""

    @property
    def relay(self) -> str:
        """The name of ours that its agent has dialled."""

    @property
    def features(self) -> frozenset[str]:
        """What its agent understands (common.protocol.messages.Feature), and whatever else it named."""

    def refuse(self, message: FromAgent, code: Code) -> None:
        """Answer a message with `error`."""

    def silent(self) -> None:
        """Its agent did not answer a probe: close."""

    def look(self) -> None:
        """Whether somebody waits for what it does next may have changed: how often it is pinged goes by that."""

    def replaced(self) -> asyncio.Task[None] | None:
        """A newer connection of the same certificate has come: close. What comes back is what it has still to do."""

    def dismiss(self, code: Code) -> None:
        """It may not stay: its account was disabled, its certificate was revoked or has ended."""

    def going_away(self) -> None:
        """The relay stops: close."""


class AgentSocket(Protocol):
    """One agent's WebSocket, at the relay."""

    @property
    def is_open(self) -> bool:
        """Whether messages go both ways."""

    @property
    def heard(self) -> int:
        """Bytes received so far: whether the peer lives."""

    def send(self, payload: str, /) -> None:
        """One text message. Nothing happens once it is not open any more."""

    def ping(self) -> None:
        """Send a ping; its answer shows in `heard`."""

    def close(self, code: int, reason: str) -> None:
        """Close with one of the CloseCodes. No message comes after this."""

    def abort(self) -> None:
        """Cut it now."""

    def pause(self) -> None:
        """Deliver no more messages, until `resume`."""

    def resume(self) -> None:
        """Deliver what waited, and read on."""


class RunningHeartbeat(Protocol):
    """Pings that go out while a connection lasts."""

    def look(self) -> None:
        """Whether it is awaited may have changed."""

    def stop(self) -> None:
        """No more pings."""


class StartHeartbeat(Protocol):
    """Pings a WebSocket from now on, more often while `awaited`, and aborts it once a ping stayed without an answer."""

    def __call__(self, socket: AgentSocket, awaited: Callable[[], bool], /) -> RunningHeartbeat:
        """What stops it."""
