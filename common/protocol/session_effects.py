"""What the life of a session tells its driver to do."""

from dataclasses import dataclass
from typing import TypeAlias

from common.protocol.identity import Role
from common.protocol.messages import Granted
from common.protocol.reasons import Why
from common.protocol.timers import SetTimer, StopTimer


@dataclass(frozen=True)
class DialLeg:
    """Open a leg with this grant's ticket, on one connection only."""

    granted: Granted


@dataclass(frozen=True)
class AskTicket:
    """Ask matching for a new ticket."""


@dataclass(frozen=True)
class DropLeg:
    """Whatever there is of the leg: close it; nothing of it is told any more."""


@dataclass(frozen=True)
class Secure:
    """Begin the end-to-end TLS."""


@dataclass(frozen=True)
class AskPerson:
    """Ask the person whether the peer may come in; say `allow` or `over`."""


@dataclass(frozen=True)
class Greet:
    """Send HELLO."""


@dataclass(frozen=True)
class Attach:
    """Both HELLOs were exchanged: the local side may begin."""


@dataclass(frozen=True)
class Finish:
    """It is over."""

    ending: "Ending"


@dataclass(frozen=True)
class Interrupt:
    """The connection is lost, and it is tried to come back: everything on both sides waits. Say `gave_up` in so many seconds."""

    seconds: float


@dataclass(frozen=True)
class TakeUp:
    """Both HELLOs were exchanged anew: the local side goes on."""


SessionEffect: TypeAlias = (
    DialLeg
    | AskTicket
    | DropLeg
    | Secure
    | AskPerson
    | Greet
    | Attach
    | Interrupt
    | TakeUp
    | SetTimer
    | StopTimer
    | Finish
)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How it ended. `by` is the side that ended it, None for the relay, a clock or a cut."""

    why: Why
    by: Role | None = None
    detail: str = ""  # for the log
    problem: Exception | None = None  # an expected failure, which a person reads besides the reason
