"""The values of a request's life: how it stands, what one input makes of it, what there is to do then."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from common.protocol.messages import Code
from common.protocol.reasons import Why
from relay.core.records import AuditEntry, RequestRecord, SessionRecord
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
    def reason(self) -> float:
        """After the legs are gone, until an agent has said why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """The legs of a session are gone: since when, and what the dataplane said, or an agent (`actor`) that knows no more.

    Bytes as in SessionRecord.
    """

    at: datetime
    why: Why
    up: int = 0
    down: int = 0
    actor: str = RELAY


@dataclass(frozen=True, kw_only=True, slots=True)
class Life:
    """A request as it stands, its session while it has one, and what only memory knows."""

    request: RequestRecord
    session: SessionRecord | None = None
    away_since: datetime | None = None  # waiting: the user's connection is lost since
    cut: Cut | None = None


# what to do


@dataclass(frozen=True, slots=True)
class Grant:
    """Send `granted` with a new ticket to this side. The side's older ticket dies."""

    side: Side


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
class NotFor:
    """It goes from this helper's list only."""

    account: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer whoever asked with this error."""

    code: Code


Effect: TypeAlias = Grant | Close | SayWaiting | SayOver | Listed | Unlisted | NotFor | Refuse


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
