"""What the parts of matching share: everything that was passed in, and the directory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from common.protocol.clock import Clock
from common.protocol.enrolment import PORTS_LIMIT
from relay.core.accounts import Directory
from relay.core.leg_messages import SendToLegs
from relay.core.storing import Store
from relay.matching.ports import StartHeartbeat
from relay.settings import DeskSection, RelayLimits, RelayTiming


@dataclass(kw_only=True)
class Services:
    """`relay` is the name that agents sign for, unless they dialled one of `other_names`; `legs` the public addresses given out with tickets.

    `authority_root` is the root's DER, `organisation` the one it belongs to. `to_legs` is the way to the data plane.
    """

    store: Store
    to_legs: SendToLegs
    authority_root: bytes
    organisation: str
    relay: str
    legs: Sequence[tuple[str, int]]
    limits: RelayLimits
    timing: RelayTiming
    clock: Clock
    random: Callable[[int], bytes]
    start_heartbeat: StartHeartbeat
    desk: DeskSection = field(default_factory=DeskSection)
    other_names: Sequence[str] = ()
    directory: Directory = field(init=False)

    def __post_init__(self) -> None:
        """A directory of nobody: the store is read later."""
        self.directory = Directory(organisation=self.organisation)

    def name_for(self, host: str) -> str:
        """Which of its own names this relay goes by where `host` was dialled: no other relay's is ever said."""
        return host if host in self.other_names else self.relay

    def legs_by(self, name: str) -> list[tuple[str, int]]:
        """The addresses of legs for an agent that reached us by `name`: where they are under our own name, under that one."""
        return [(name if host == self.relay else host, port) for host, port in self.legs]

    @property
    def ports(self) -> list[int]:
        """Where we listen under our own name."""
        return [port for host, port in self.legs if host == self.relay][:PORTS_LIMIT]
