"""Who is connected, and how a message reaches a person: by the certificate, whichever connection it has just now.

How a session ended reaches the account: an agent may have renewed its certificate in the middle of it.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from common.protocol.messages import Ended, FromRelay, encode
from relay.core.records import Participant
from relay.matching.ports import AgentConnection

MISSED_ENDS = 20
"""Ends of sessions that are remembered for an account which was not connected then."""

ACCOUNTS_WITH_MISSED_ENDS = 10_000
"""So many accounts have them remembered; those who missed one longest ago are forgotten first."""


@dataclass
class ConnectionCounts:
    """Counts since the start, for metrics: a line of the log for each connection would be more than a journal takes."""

    opened: int = 0
    identified: int = 0
    messages: Counter[str] = field(default_factory=Counter)  # that were handled, by type
    refused: Counter[str] = field(default_factory=Counter)  # by code; those too who never identified themselves
    closed: Counter[int] = field(default_factory=Counter)  # by close code


class Connections:
    """Identified connections."""

    def __init__(self) -> None:
        self._connections: dict[str, AgentConnection] = {}
        self._by_account: dict[str, dict[str, AgentConnection]] = {}
        self._missed: OrderedDict[str, list[Ended]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[AgentConnection]:
        """All of them, as they are now."""
        return iter(tuple(self._connections.values()))

    def add(self, connection: AgentConnection, participant: Participant) -> AgentConnection | None:
        """The connection is that person's now; the one it was before, if there is another."""
        older = self._connections.get(participant.certificate)
        self._connections[participant.certificate] = connection
        self._by_account.setdefault(participant.account, {})[participant.certificate] = connection
        return older

    def remove(self, connection: AgentConnection, participant: Participant) -> bool:
        """It is gone. False where a newer one has taken its place already."""
        if self._connections.get(participant.certificate) is not connection:
            return False
        del self._connections[participant.certificate]
        mine = self._by_account[participant.account]
        del mine[participant.certificate]
        if not mine:
            del self._by_account[participant.account]
        return True

    def of(self, certificate: str) -> AgentConnection | None:
        """The connection of this certificate."""
        return self._connections.get(certificate)

    def of_account(self, account: str) -> list[AgentConnection]:
        """All connections of this account: it may have several certificates."""
        return list(self._by_account.get(account, {}).values())

    def send(self, participant: Participant, message: FromRelay) -> bool:
        """Send it, if the person is connected."""
        connection = self._connections.get(participant.certificate)
        if connection is None:
            return False
        connection.send(message)
        return True

    def send_ended(self, participant: Participant, message: Ended) -> None:
        """Send it now, or once the person is back."""
        connections = self.of_account(participant.account)
        for connection in connections:
            connection.send(message)
        if connections:
            return
        missed = self._missed.setdefault(participant.account, [])
        missed.append(message)
        del missed[:-MISSED_ENDS]
        self._missed.move_to_end(participant.account)
        if len(self._missed) > ACCOUNTS_WITH_MISSED_ENDS:
            self._missed.popitem(last=False)

    def send_missed(self, connection: AgentConnection, account: str) -> None:
        """What ended while this account was away."""
        for message in self._missed.pop(account, ()):
            connection.send(message)

    def send_to_all(self, message: FromRelay) -> None:
        """The same text for everybody."""
        text = encode(message)
        for connection in self:
            connection.send_text(text)
