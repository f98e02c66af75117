"""What the parts of the desk share: everything that was passed in, and the directory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from common.protocol.reasons import Why
from relay.core.accounts import Directory
from relay.core.life import Times
from relay.core.ports import Bus, Clock, SessionEnder
from relay.core.storing import Store
from relay.core.tickets import TicketTable
from relay.web.numbers import DeskNumbers


@dataclass(kw_only=True)
class Services:
    """See Desk for what each is."""

    store: Store
    tickets: TicketTable
    dataplane: SessionEnder | None
    bus: Bus
    authority_root: bytes
    organisation: str
    relay: str
    legs: Sequence[tuple[str, int]]
    numbers: DeskNumbers
    clock: Clock
    random: Callable[[int], bytes]
    directory: Directory

    @property
    def times(self) -> Times:
        """The numbers that a request's life needs."""
        numbers = self.numbers
        return Times(
            waiting=numbers.waiting,
            held=numbers.held,
            granted=numbers.granted,
            cut_grace=numbers.cut_grace,
            retickets=numbers.retickets,
        )

    def end_legs(self, session: str, why: Why) -> bool:
        """Its tickets die, its legs end. True where the end of legs will be reported."""
        self.tickets.revoke(session)
        return self.dataplane is not None and self.dataplane.end(session, why)
