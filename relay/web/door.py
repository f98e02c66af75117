"""Where connections come in: the gate, then a connection with a front of its own."""

from collections.abc import Callable
from itertools import count

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from common.net.server_tls import TlsSide
from common.net.serving import ServedConnection
from relay.core.admission import Gate
from relay.settings import Limits
from relay.web.front import Front, House

_RECORD = 16 * 1024 + 512  # a TLS record that has not come whole
_SMALLEST = 16 * 1024


def buffer_size(limits: Limits) -> int:
    """How much one connection reads at once, and leaves unsent before its source is paused.

    A session holds, each way, what is unsent (one buffer full), the read that filled it (one more) and a record that has
    not come whole; both ways together that is `held_per_session` at most.
    """
    return max(_SMALLEST, (limits.held_per_session // 2 - _RECORD) // 2 - 1024)


class Door(Factory):
    """A factory for the relay's listening ports. All ports share the gate."""

    noisy = False

    def __init__(self, *, house: House, gate: Gate, tls: Callable[[], TlsSide]) -> None:
        self._house = house
        self._gate = gate
        self._tls = tls
        self._numbers = count(1)
        self._buffer = buffer_size(house.limits)
        self.open: set[ServedConnection] = set()

    def buildProtocol(self, addr: IAddress | None) -> ServedConnection | None:
        """A connection was accepted; None closes it at once."""
        entry = self._gate.admit(getattr(addr, "host", ""))
        if entry is None:
            return None

        def closed() -> None:
            entry.release()
            self.open.discard(connection)

        connection = ServedConnection(
            tls=self._tls,
            app=Front(house=self._house, entry=entry, number=next(self._numbers)),
            clock=self._house.clock,
            drain=self._house.timing.drain,
            buffer=self._buffer,
            closed=closed,
        )
        self.open.add(connection)
        return connection
