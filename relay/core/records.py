"""What the relay remembers, as values: people, accounts, groups, requests, sessions, audit rows. The store keeps them, nobody changes one in place.

Times are aware datetimes in UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from common.protocol.identity import Role
from common.protocol.messages import Mode, To
from common.protocol.reasons import Why


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonRecord:
    """Somebody, in whatever roles. `external_id` is what the organisation's own records call them, None where they do not.

    `name` is the one of those records, which others may have too; what is certified stands in the accounts. `left_by_list`: a list
    has had them leave, and a later one may take them back.
    """

    identifier: str
    name: str
    created_at: datetime
    external_id: str | None = None
    department: str = ""
    email: str = ""
    note: str = ""
    left_at: datetime | None = None
    left_by_list: bool = False

    @property
    def erased(self) -> bool:
        """Whether nothing but identifiers is known of them any more."""
        return not self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountRecord:
    """A person in one role: an identity. `identifier` is the UUID in the certificate's URI, `person` whose it is.

    `name` is the certified display name, unique among all who are enrolled: the CA sees to that. `disabled_by_list`: not an operator has
    disabled it but a list, and a later one may enable it.
    """

    identifier: str
    person: str
    role: Role
    name: str
    created_at: datetime
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    disabled_at: datetime | None = None
    disabled_by_list: bool = False

    @property
    def enabled(self) -> bool:
        """Whether this account may come in at all."""
        return self.disabled_at is None


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupRecord:
    """Helpers who answer for each other. `members` (helpers) and `askers` (users) are identifiers of accounts.

    `restricted`: only the askers may ask it, be they none; else everybody may. `most`: what a helper may be allowed who is asked
    through it. `hours` are lines as relay.core.hours reads them, in the zone `time_zone`; none: it has no hours of its own.
    """

    name: str
    created_at: datetime
    members: frozenset[str] = frozenset()
    restricted: bool = False
    askers: frozenset[str] = frozenset()
    most: Mode = Mode.CONTROL
    hours: tuple[str, ...] = ()
    time_zone: str = ""

    def may_be_asked_by(self, account: str) -> bool:
        """Whether this user may ask it."""
        return not self.restricted or account in self.askers


LINE_LIFE: Final = timedelta(days=1)
"""As long as the CA makes a line good for by itself (`timing.code` there)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrolmentRecord:
    """An enrolment line of an account: when it was made, until when it is good, and when its certificate was fetched."""

    account: str
    created_at: datetime
    used_at: datetime | None = None
    expires_at: datetime | None = None  # None: as one line alone is, for LINE_LIFE

    @property
    def good_until(self) -> datetime:
        """From then on nobody can enrol with it."""
        return self.expires_at or self.created_at + LINE_LIFE


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateRecord:
    """A certificate the relay has seen. `fingerprint` is the SHA-256 of its DER in hex, `serial` hex as well.

    `computer` is the number of the computer that has it: those that were renewed from one another have one number, and no other
    computer ever gets it. 0: the store gives the next one, or leaves the one that the certificate has. `seen_at` is when its agent was
    last here, and is a few minutes old at most; the rest is what the agent says of its computer.
    """

    fingerprint: str
    account: str
    serial: str
    not_after: datetime
    seen_at: datetime
    computer: int = 0
    computer_name: str = ""
    system: str = ""
    version: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RevocationRecord:
    """What the CA is to revoke: all that an account has, or of one certificate's computer; owed until `done_at`.

    `serial` is hex, "" for all. `superseded`: only that certificate and those before it, for a newer one has taken their place.
    """

    identifier: str
    account: str
    serial: str = ""
    superseded: bool = False
    asked_at: datetime
    done_at: datetime | None = None


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
    call_back_until: datetime | None = None  # left as a call back, which stays so long; None once a session came of it


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRecord:
    """A session: one helper's attempt at one request, granted with `mode`. Byte counts come from the legs, `up` from the user to the helper.

    `resumable`: both agents can take it up again where its legs are lost. `retickets_…`: how often that side has asked for a
    new ticket, before it was active or in this interruption.
    """

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
    resumable: bool = False
    interrupted_at: datetime | None = None  # while it is
    interruptions: int = 0
    last_mode: Mode | None = None  # that the user's agent has said; None: an older one, which says nothing of it
    mode_changes: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """What happened, before it has a place in the chain. `actor` is an identity URI, "operator:NAME" or "relay"."""

    at: datetime
    actor: str
    event: str  # "request.waiting", "session.over", "account.disabled", …
    subject: str  # the identifier of what it happened to
    facts: dict[str, str | int | None] = field(default_factory=dict)


ERASED: Final = "person.erased"
"""The event by which rows are known to have been erased: its fact `rows` names them (relay.store.chain)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NameBeside:
    """What an account was called in rows of the audit log, which hold SHA-256(salt ‖ name) of it alone."""

    account: str
    salt: bytes
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Mentions:
    """Where the names of somebody stand who is to be erased, as it was found before. `names`: all they were called.

    `requests`: of others, those with a name in their texts, of all that were asked until `asked_until` (None: there were none).
    `rows`: numbers of the audit log's rows that say a name, of all up to row `last`; `subjects`: those where the subject does.
    """

    names: tuple[str, ...]
    requests: tuple[str, ...] = ()
    asked_until: datetime | None = None
    rows: tuple[int, ...] = ()
    subjects: frozenset[int] = frozenset()
    last: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasure:
    """What was erased of a person. `names`: all they were called. `others`: requests of others that lost their texts.

    `beside`: names beside the audit log; `rows`: numbers of its rows that say nothing any more.
    """

    names: tuple[str, ...]
    requests: int
    sessions: int
    beside: int
    others: int
    rows: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRow:
    """An entry in the chain: `previous` is the digest of the row before (32 zero bytes before the first).

    `names`: by the identifiers of accounts in it, SHA-256(salt ‖ name) of what each was called then, in hex. `erased`: it says
    nothing any more, and a later row says so. `version`: of its digest.
    """

    number: int
    entry: AuditEntry
    names: dict[str, str] = field(default_factory=dict)
    previous: bytes
    digest: bytes
    version: int = 2
    erased: bool = False


class Kept(StrEnum):
    """What can be kept for so many days only."""

    TOPICS = "topics"
    NOTES = "notes"
    COMPUTERS = "computers"


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentRecord:
    """Rows `first` to `last` lie in a file; `digest` is the last one's."""

    first: int
    last: int
    digest: bytes
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadRecord:
    """The log's end at some time: this row has this digest. `document`: signed by the CA; `refused`: why it will not be."""

    number: int
    digest: bytes
    at: datetime
    document: bytes | None = None
    refused: str | None = None

    @property
    def waits(self) -> bool:
        """Whether the CA is still to be asked."""
        return self.document is None and self.refused is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Of a walk along the audit chain: how many rows hold together, and the first number that does not.

    `erased`: how many of them say nothing any more; `unconfirmed`: those that no later row has named yet. `names` are known and
    `names_gone` are not, of all names that stand in rows; `false_names`: accounts with one that is not what was written. `signed`: up to which row the CA has
    signed it, 0 for none; `false_head`: the number of a head that the CA did not sign, or of which the log has another row, or none. `archived`: so many rows are gone.
    """

    rows: int
    broken_at: int | None = None
    head: bytes = bytes(32)
    erased: int = 0
    unconfirmed: frozenset[int] = frozenset()
    names: int = 0
    names_gone: int = 0
    false_names: tuple[str, ...] = ()
    signed: int = 0
    heads_waiting: int = 0
    heads_refused: int = 0
    broken_lines: tuple[int, ...] = ()  # of the file of heads that was held against it, those that are none
    false_head: int | None = None
    archived: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, taken out or put in."""
        return self.broken_at is None and not self.false_names and self.false_head is None
