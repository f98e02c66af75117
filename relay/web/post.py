"""Who is connected, and how a message reaches a person: by the certificate, whichever connection it has just now.

How a session ended reaches the account: an agent may have renewed its certificate in the middle of it.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from common.protocol.messages import Ended, FromRelay, encode
from relay.core.records import Person

if TYPE_CHECKING:
    from relay.web.matching import MatchingListener

KEPT = 10_000
"""Accounts for which missed ends are remembered."""


class Post:
    """Identified connections. `missed_ends` is how many missed ends are remembered for one account."""

    def __init__(self, *, missed_ends: int) -> None:
        self._connections: dict[str, MatchingListener] = {}
        self._by_account: dict[str, dict[str, MatchingListener]] = {}
        self._missed: OrderedDict[str, list[Ended]] = OrderedDict()
        self._missed_ends = missed_ends

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator["MatchingListener"]:
        """All of them, as they are now."""
        return iter(tuple(self._connections.values()))

    def add(self, connection: "MatchingListener", person: Person) -> "MatchingListener | None":
        """The connection is that person's now; the one it was before, if there is another."""
        older = self._connections.get(person.certificate)
        self._connections[person.certificate] = connection
        self._by_account.setdefault(person.account, {})[person.certificate] = connection
        return older

    def remove(self, connection: "MatchingListener", person: Person) -> bool:
        """It is gone. False where a newer one has taken its place already."""
        if self._connections.get(person.certificate) is not connection:
            return False
        del self._connections[person.certificate]
        mine = self._by_account[person.account]
        del mine[person.certificate]
        if not mine:
            del self._by_account[person.account]
        return True

    def of(self, certificate: str) -> "MatchingListener | None":
        """The connection of this certificate."""
        return self._connections.get(certificate)

    def of_account(self, account: str) -> list["MatchingListener"]:
        """All connections of this account: it may have several certificates."""
        return list(self._by_account.get(account, {}).values())

    def send(self, person: Person, message: FromRelay) -> bool:
        """Send it, if the person is connected."""
        connection = self._connections.get(person.certificate)
        if connection is None:
            return False
        connection.send(message)
        return True

    def send_ended(self, person: Person, message: Ended) -> None:
        """Send it now, or once the person is back."""
        connections = self.of_account(person.account)
        for connection in connections:
            connection.send(message)
        if connections:
            return
        missed = self._missed.setdefault(person.account, [])
        missed.append(message)
        del missed[: -self._missed_ends]
        self._missed.move_to_end(person.account)
        if len(self._missed) > KEPT:
            self._missed.popitem(last=False)

    def send_missed(self, connection: "MatchingListener", account: str) -> None:
        """What ended while this account was away."""
        for message in self._missed.pop(account, ()):
            connection.send(message)

    def send_to_all(self, message: FromRelay) -> None:
        """The same text for everybody."""
        text = encode(message)
        for connection in self:
            connection.send_text(text)
