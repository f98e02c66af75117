"""What is behind the public port, and its rules: the same for every connection."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from twisted.internet.interfaces import IProtocol

from common.net.app_transport import AppTransport
from common.net.websocket import Listener
from common.protocol.clock import Clock
from relay.core.tickets import LegSlot
from relay.settings import RelayLimits, RelayTiming
from relay.web.enrolment_handlers import CertificateCounts
from relay.web.exchange import Budget
from relay.web.routes import Routes


class LegPort(Protocol):
    """What legs are given to: the data plane."""

    def take(self, ticket: str) -> LegSlot | None:
        """Use up a ticket."""

    def attach(self, slot: LegSlot, connection: AppTransport) -> IProtocol:
        """A leg on this connection."""


class MatchingPort(Protocol):
    """What matching connections are given to: the matching service."""

    def __call__(self, address: str, *, host: str, identified: Callable[[], None]) -> Listener:
        """A listener for a new matching connection from `address`, to the name `host` as its request has it."""


@dataclass
class RequestCounts:
    """Counts since the start, for metrics."""

    requests: int = 0
    refused: Counter[int] = field(default_factory=Counter)  # by status
    certificates: CertificateCounts = field(default_factory=CertificateCounts)


@dataclass(frozen=True, kw_only=True)
class PublicPort:
    """One for all connections."""

    legs: LegPort
    matching: MatchingPort
    routes: Routes
    clock: Clock
    limits: RelayLimits
    timing: RelayTiming
    bodies: Budget
    counts: RequestCounts


def host_of(connection: AppTransport) -> str:
    """The peer's address as text; empty where its socket has none."""
    return getattr(connection.getPeer(), "host", "")
