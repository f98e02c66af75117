"""What the life of a matching connection tells its driver to do."""

from dataclasses import dataclass
from typing import TypeAlias

from common.protocol.matching_memory import OnlineMessage
from common.protocol.messages import FromAgent
from common.protocol.timers import SetTimer, StopTimer


@dataclass(frozen=True)
class Dial:
    """Connect; then say `connected` or `failed`."""


@dataclass(frozen=True)
class Hang:
    """Give up the dialling, or close the connection; nothing of it is told any more."""


@dataclass(frozen=True)
class SendMessage:
    """Send this message."""

    message: FromAgent


@dataclass(frozen=True)
class TakeCrl:
    """A revocation list (DER) came."""

    der: bytes


@dataclass(frozen=True)
class TakeHosts:
    """A signed list of the relay's host names came."""

    document: bytes


@dataclass(frozen=True)
class RenewCertificate:
    """The relay wants to see a certificate newer than that of this connection."""


@dataclass(frozen=True)
class Emit:
    """Tell whoever is interested."""

    message: OnlineMessage


@dataclass(frozen=True)
class ExpectLeg:
    """A grant is likely: a leg to one of these ports of the relay's will be wanted, the first by default."""

    ports: tuple[int, ...]


MatchingEffect: TypeAlias = (
    Dial | Hang | SendMessage | SetTimer | StopTimer | TakeCrl | TakeHosts | RenewCertificate | Emit | ExpectLeg
)
