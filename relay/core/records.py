"""What the relay remembers, as values: accounts, groups, requests, sessions, audit rows. The store keeps them, nobody changes one in place.

Times are aware datetimes in UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from common.protocol.identity import Role
from common.protocol.messages import Mode, To
from common.protocol.reasons import Why


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountRecord:
    """A person in one role. `identifier` is the UUID in the certificate's URI, `name` the display name."""

    identifier: str
    role: Role
    name: str
    created_at: datetime
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    disabled_at: datetime | None = None

    @property
    def enabled(self) -> bool:
        """Whether this account may come in at all."""
        return self.disabled_at is None


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupRecord:
    """Helpers who answer for each other. `members` are identifiers of accounts."""

    name: str
    created_at: datetime
    members: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrolmentRecord:
    """An enrolment line of an account: when it was made, and when its certificate was fetched."""

    account: str
    created_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateRecord:
    """A certificate the relay has seen. `fingerprint` is the SHA-256 of its DER in hex, `serial` hex as well."""

    fingerprint: str
    account: str
    serial: str
    not_after: datetime
    seen_at: datetime


class RequestState(StrEnum):
    """Where a request is in its life. Values are in the store: never rename one."""

    WAITING = "waiting"
    GRANTED = "granted"
    ACTIVE = "active"
    OVER = "over"


@dataclass(frozen=True, kw_only=True, slots=True)
class Participant:
    """Somebody at one end of a request: the account, the certificate in use (fingerprint) and what it says."""

    account: str
    certificate: str
    uri: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestRecord:
    """A request. `waiting_since` starts the waiting time anew after a transfer, `asked_at` keeps the place in the queue."""

    identifier: str
    state: RequestState
    user: Participant
    to: To
    mode: Mode
    topic: str = ""
    inventory: dict[str, str] = field(default_factory=dict)
    note: str = ""
    asked_at: datetime
    waiting_since: datetime
    over_at: datetime | None = None
    why: Why | None = None
    session: str | None = None  # the live one, while granted or active
    declined: frozenset[str] = frozenset()  # accounts of helpers who do not want it


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRecord:
    """A session: one helper's attempt at one request. Byte counts come from the legs, `up` from the user to the helper."""

    identifier: str
    request: str
    user: Participant
    helper: Participant
    mode: Mode
    granted_at: datetime
    spliced_at: datetime | None = None
    active_at: datetime | None = None
    ended_at: datetime | None = None
    why: Why | None = None
    up: int | None = None
    down: int | None = None
    retickets_user: int = 0
    retickets_helper: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """What happened, before it has a place in the chain. `actor` is an identity URI, "operator:NAME" or "relay"."""

    at: datetime
    actor: str
    event: str  # "request.waiting", "session.over", "account.disabled", …
    subject: str  # the identifier of what it happened to
    facts: dict[str, str | int | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRow:
    """An entry in the chain: `previous` is the digest of the row before (32 zero bytes before the first)."""

    number: int
    entry: AuditEntry
    previous: bytes
    digest: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Of a walk along the audit chain: how many rows hold together, and the first number that does not."""

    rows: int
    broken_at: int | None = None
    head: bytes = bytes(32)

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, taken out or put in."""
        return self.broken_at is None
