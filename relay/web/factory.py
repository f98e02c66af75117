"""Where connections come in: counted at the gate, then each with a protocol of its own."""

from collections.abc import Callable
from itertools import count

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from common.net.server_tls import TlsSide
from common.net.serving import ServedConnection
from common.net.turns import Turns
from relay.core.admission import Gate, group_of
from relay.settings import RelayLimits
from relay.web.http_connection import HttpConnection
from relay.web.polling import Polling
from relay.web.public_port import PublicPort

_RECORD = 16 * 1024 + 512  # a TLS record that has not come whole
_SMALLEST = 16 * 1024


def buffer_size(limits: RelayLimits) -> int:
    """How much one connection reads at once, and leaves unsent before its source is paused.

    A session holds, each way, what is unsent (one buffer full), the read that filled it (one more) and a record that has
    not come whole; both ways together that is `held_per_session` at most.
    """
    return max(_SMALLEST, (limits.held_per_session // 2 - _RECORD) // 2 - 1024)


class ConnectionFactory(Factory):
    """A factory for the relay's listening ports. All ports share the gate."""

    noisy = False

    def __init__(self, *, public_port: PublicPort, gate: Gate, tls: Callable[[], TlsSide]) -> None:
        self._public_port = public_port
        self._gate = gate
        self._tls = tls
        self._numbers = count(1)
        self._turns = Turns(
            clock=public_port.clock,
            steps=public_port.limits.strangers_steps,
            unfinished=public_port.limits.handshakes_per_address,
            patience=public_port.timing.handshake,
        )
        self._buffer = buffer_size(public_port.limits)
        self.polling = Polling(public_port=public_port, gate=gate)
        self.open: set[ServedConnection] = set()

    def buildProtocol(self, addr: IAddress | None) -> ServedConnection | None:
        """A connection was accepted; None closes it at once."""
        address = getattr(addr, "host", "")
        entry = self._gate.admit(address)
        if entry is None:
            return None

        def closed() -> None:
            entry.release()
            self.open.discard(connection)

        connection = ServedConnection(
            tls=self._tls,
            app=HttpConnection(
                public_port=self._public_port, polling=self.polling, entry=entry, number=next(self._numbers)
            ),
            turns=self._turns,
            address=group_of(address),
            clock=self._public_port.clock,
            drain=self._public_port.timing.drain,
            buffer=self._buffer,
            closed=closed,
        )
        self.open.add(connection)
        return connection
