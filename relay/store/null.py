"""A store in memory that keeps the whole contract but the disk, for tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from common.protocol.identity import name_key
from relay.core.records import (
    AccountRecord,
    AuditEntry,
    AuditRow,
    CertificateRecord,
    EnrolmentRecord,
    GroupRecord,
    RequestRecord,
    RequestState,
    SessionRecord,
    Verdict,
)
from relay.core.storing import ConflictError, StoreUnavailableError, Unit, WriteRefusedError
from relay.store import chain

T = TypeVar("T")


@dataclass
class NullUnit:
    """Everything there is. A unit of work gets a copy, which takes the original's place when it returns."""

    accounts: dict[str, AccountRecord] = field(default_factory=dict)
    groups: dict[str, GroupRecord] = field(default_factory=dict)
    enrolments: dict[tuple[str, datetime], EnrolmentRecord] = field(default_factory=dict)
    certificates: dict[str, CertificateRecord] = field(default_factory=dict)
    requests: dict[str, RequestRecord] = field(default_factory=dict)
    sessions: dict[str, SessionRecord] = field(default_factory=dict)
    rows: list[AuditRow] = field(default_factory=list)
    entries: list[AuditEntry] = field(default_factory=list)

    def copy(self) -> "NullUnit":
        """All of it, to work on."""
        return NullUnit(
            dict(self.accounts),
            dict(self.groups),
            dict(self.enrolments),
            dict(self.certificates),
            dict(self.requests),
            dict(self.sessions),
            self.rows,
        )

    def put_account(self, account: AccountRecord) -> None:
        """See Unit."""
        mine = (account.role, name_key(account.name))
        for other in self.accounts.values():
            if other.identifier != account.identifier and (other.role, name_key(other.name)) == mine:
                raise ConflictError("the name is taken")
        self.accounts[account.identifier] = account

    def put_group(self, group: GroupRecord) -> None:
        """See Unit."""
        for member in group.members:
            self._known(self.accounts, member)
        old = self.groups.get(group.name)
        self.groups[group.name] = group if old is None else replace(group, created_at=old.created_at)

    def remove_group(self, name: str) -> None:
        """See Unit."""
        self.groups.pop(name, None)

    def put_enrolment(self, enrolment: EnrolmentRecord) -> None:
        """See Unit."""
        self._known(self.accounts, enrolment.account)
        self.enrolments[enrolment.account, enrolment.created_at] = enrolment

    def put_certificate(self, certificate: CertificateRecord) -> None:
        """See Unit."""
        self._known(self.accounts, certificate.account)
        self.certificates[certificate.fingerprint] = certificate

    def request(self, identifier: str) -> RequestRecord | None:
        """See Unit."""
        return self.requests.get(identifier)

    def put_request(self, record: RequestRecord) -> None:
        """See Unit."""
        self._known(self.accounts, record.user.account)
        self.requests[record.identifier] = record

    def put_session(self, record: SessionRecord) -> None:
        """See Unit."""
        self._known(self.requests, record.request)
        self._known(self.accounts, record.helper.account)
        self.sessions[record.identifier] = record

    def audit(self, entry: AuditEntry) -> None:
        """See Unit."""
        self.entries.append(entry)

    @staticmethod
    def _known(table: dict[str, T], key: str) -> None:
        if key not in table:
            raise ConflictError(f"{key} is not there")


class NullStore:
    """relay.core.storing.Store in memory. Set `broken` and nothing can be written, or `refusing` and all is refused, until it is cleared."""

    def __init__(self) -> None:
        self._kept = NullUnit()
        self._closed = False
        self.broken = False
        self.refusing = False
        self.writable = True

    @property
    def damaged(self) -> bool:
        """See Store."""
        return False

    async def write(self, work: Callable[[Unit], T]) -> T:
        """See Store."""
        self.writable = not (self.broken or self._closed)
        if not self.writable:
            raise StoreUnavailableError("the null store was told to fail, or is closed")
        if self.refusing:
            raise WriteRefusedError("told to")
        unit = self._kept.copy()
        result = work(unit)
        last = unit.rows[-1] if unit.rows else None
        number, previous = (last.number, last.digest) if last is not None else (0, chain.START)
        unit.rows = [*unit.rows, *chain.extend(unit.entries, number=number, previous=previous)]
        self._kept = unit
        return result

    async def close(self) -> None:
        """See Store."""
        self._closed = True

    async def accounts(self) -> Sequence[AccountRecord]:
        """See Store."""
        return sorted(self._kept.accounts.values(), key=attrgetter("created_at", "identifier"))

    async def groups(self) -> Sequence[GroupRecord]:
        """See Store."""
        return sorted(self._kept.groups.values(), key=attrgetter("name"))

    async def enrolments(self, account: str) -> Sequence[EnrolmentRecord]:
        """See Store."""
        mine = [one for one in self._kept.enrolments.values() if one.account == account]
        return sorted(mine, key=attrgetter("created_at"))

    async def certificates(self, account: str) -> Sequence[CertificateRecord]:
        """See Store."""
        mine = [one for one in self._kept.certificates.values() if one.account == account]
        return sorted(mine, key=attrgetter("seen_at"))

    async def open_requests(self) -> Sequence[RequestRecord]:
        """See Store."""
        still = [one for one in self._kept.requests.values() if one.state is not RequestState.OVER]
        return sorted(still, key=attrgetter("asked_at"))

    async def requests(self, *, limit: int, before: datetime | None = None) -> Sequence[RequestRecord]:
        """See Store."""
        earlier = [one for one in self._kept.requests.values() if before is None or one.asked_at < before]
        return sorted(earlier, key=attrgetter("asked_at"), reverse=True)[:limit]

    async def open_sessions(self) -> Sequence[SessionRecord]:
        """See Store."""
        still = [one for one in self._kept.sessions.values() if one.ended_at is None]
        return sorted(still, key=attrgetter("granted_at"))

    async def sessions(self, *, limit: int, before: datetime | None = None) -> Sequence[SessionRecord]:
        """See Store."""
        earlier = [one for one in self._kept.sessions.values() if before is None or one.granted_at < before]
        return sorted(earlier, key=attrgetter("granted_at"), reverse=True)[:limit]

    async def audit_rows(self, *, after: int = 0, limit: int = 1000) -> Sequence[AuditRow]:
        """See Store."""
        return self._kept.rows[after : after + limit]

    async def verify_audit(self) -> Verdict:
        """See Store."""
        return chain.verify(self._kept.rows)
