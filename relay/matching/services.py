"""What the parts of matching share: everything that was passed in, and the directory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from common.protocol.clock import Clock
from common.protocol.reasons import Why
from relay.core.accounts import Directory
from relay.core.ports import SessionEnder
from relay.core.storing import Store
from relay.core.tickets import TicketTable
from relay.matching.ports import StartHeartbeat
from relay.settings import RelayLimits, RelayTiming


@dataclass(kw_only=True)
class Services:
    """`relay` is the name that agents sign for, `legs` the public addresses given out with tickets.

    `authority_root` is the root's DER, `organisation` the one it belongs to. Without a dataplane no leg ever comes (an
    order that is carried out while no relay runs).
    """

    store: Store
    tickets: TicketTable
    dataplane: SessionEnder | None
    authority_root: bytes
    organisation: str
    relay: str
    legs: Sequence[tuple[str, int]]
    limits: RelayLimits
    timing: RelayTiming
    clock: Clock
    random: Callable[[int], bytes]
    start_heartbeat: StartHeartbeat
    directory: Directory = field(init=False)

    def __post_init__(self) -> None:
        """A directory of nobody: the store is read later."""
        self.directory = Directory(organisation=self.organisation)

    def end_legs(self, session: str, why: Why) -> bool:
        """Its tickets die, its legs end. True where the end of legs will be reported."""
        self.tickets.revoke(session)
        return self.dataplane is not None and self.dataplane.end(session, why)
