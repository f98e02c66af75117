"""The values of a request's life: how it stands, what one input makes of it, what there is to do then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from common.protocol.messages import Code
from common.protocol.reasons import Why
from relay.core.records import AuditEntry, Participant, RequestRecord, SessionRecord
from relay.core.tickets import Side

RELAY = "relay"
"""The actor of what no person did."""


class RequestTimes(Protocol):
    """How long a life stays where it is, in seconds: the keys of [timing] in the relay's settings."""

    @property
    def waiting(self) -> float:
        """In the queue."""

    @property
    def user_away(self) -> float:
        """In the queue, after the user's connection was lost."""

    @property
    def granted(self) -> float:
        """From the grant to both sides' HELLO."""

    @property
    def not_now(self) -> float:
        """In the queue, unseen by the helper to whom its user said *not now*, or nothing."""

    @property
    def reason(self) -> float:
        """After the legs are gone, until an agent has said why."""

    @property
    def probe(self) -> float:
        """After a helper's accept, until the user's agent has said that it is there."""

    @property
    def interrupted(self) -> float:
        """A session without legs, until it is taken up again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """The legs of a session are gone: since when, and why, as the data plane saw it or an agent (`actor`) that knows no more.

    `said`: an agent regards the session as over.
    """

    at: datetime
    why: Why
    actor: str = RELAY
    said: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Probed:
    """A helper wants the request, and its user's agent was asked at `at` whether it is there. A session of it is called `session`."""

    at: datetime
    helper: Participant
    session: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Legs:
    """What is known of a session's legs: the number of the pair that tickets are good for, and what became of it.

    `joined`: both are there. `spent`: it was joined, or is over: the next tickets are of a next pair. `back`: in an interruption,
    the sides that have asked for a ticket.
    """

    pair: int = 0
    joined: bool = False
    spent: bool = False
    back: frozenset[Side] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Life:
    """A request as it stands, its session while it has one, and what only memory knows."""

    request: RequestRecord
    session: SessionRecord | None = None
    away_since: datetime | None = None  # waiting: the user's connection is lost since
    probed: Probed | None = None  # waiting: a helper wants it
    unreachable: bool = False  # waiting: its user's agent did not answer, so that nobody sees it until it is back
    legs: Legs = field(default_factory=Legs)
    cut: Cut | None = None
    put_backs: int = 0  # so many sessions were granted to this call back, and none came of them
    not_now: Mapping[str, datetime] = field(default_factory=dict)  # helpers' accounts: its user did not want them then


# what to do


@dataclass(frozen=True, slots=True)
class Grant:
    """Send `granted` with a new ticket to this side. The side's older ticket dies."""

    side: Side


@dataclass(frozen=True, slots=True)
class DropLegs:
    """The legs that this session has end, and its tickets die; it goes on."""

    session: str


@dataclass(frozen=True, slots=True)
class AskThere:
    """Ask the user's agent whether it is there."""


@dataclass(frozen=True, slots=True)
class NotThere:
    """It did not answer: close its user's connection, tell this helper."""

    helper: Participant


@dataclass(frozen=True, slots=True)
class Close:
    """The session is over: its tickets die, its legs end, both sides hear `ended`."""

    session: SessionRecord
    why: Why


@dataclass(frozen=True, slots=True)
class SayWaiting:
    """Tell the user the position in the queue."""


@dataclass(frozen=True, slots=True)
class SayOver:
    """Tell the user that the request is over. `note` is from the helper who declined."""

    why: Why
    note: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """It waits now: it stands in the queue and in the lists of helpers who may take it."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """It waits no longer, and why helpers see it go."""

    why: Why


@dataclass(frozen=True, slots=True)
class Hidden:
    """It waits on in its place, but no helper sees it any more, and why."""

    why: Why


@dataclass(frozen=True, slots=True)
class NotFor:
    """It goes from this helper's list only."""

    account: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer whoever asked with this error."""

    code: Code


Effect: TypeAlias = (
    Grant | DropLegs | AskThere | NotThere | Close | Hidden | SayWaiting | SayOver | Listed | Unlisted | NotFor | Refuse
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """What one input makes of a life: adopt `life`, then do `effects`, once what is to be written was written.

    `changed`: `life.request` is to be written. `session` is to be written where it is not None (an ended one too). The
    entries belong in the same transaction.
    """

    life: Life
    changed: bool = False
    session: SessionRecord | None = None
    entries: tuple[AuditEntry, ...] = ()
    effects: tuple[Effect, ...] = ()
