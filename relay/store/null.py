"""A store in memory that keeps the whole contract but the disk, for tests."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from common.protocol.messages import ToGroup
from relay.core.records import (
    AccountRecord,
    AuditEntry,
    AuditRow,
    CertificateRecord,
    EnrolmentRecord,
    Erasure,
    GroupRecord,
    HeadRecord,
    Kept,
    Mentions,
    NameBeside,
    PersonRecord,
    RequestRecord,
    RequestState,
    RevocationRecord,
    SegmentRecord,
    SessionRecord,
    Verdict,
)
from relay.core.storing import ConflictError, StoreFault, StoreUnavailableError, Unit, WriteRefusedError
from relay.store import chain, naming

T = TypeVar("T")


@dataclass
class NullUnit:
    """Everything there is. A unit of work gets a copy, which takes the original's place when it returns."""

    people: dict[str, PersonRecord] = field(default_factory=dict)
    accounts: dict[str, AccountRecord] = field(default_factory=dict)
    groups: dict[str, GroupRecord] = field(default_factory=dict)
    enrolments: dict[tuple[str, datetime], EnrolmentRecord] = field(default_factory=dict)
    certificates: dict[str, CertificateRecord] = field(default_factory=dict)
    revocations: dict[str, RevocationRecord] = field(default_factory=dict)
    requests: dict[str, RequestRecord] = field(default_factory=dict)
    sessions: dict[str, SessionRecord] = field(default_factory=dict)
    rows: list[AuditRow] = field(default_factory=list)
    beside: dict[tuple[str, str], NameBeside] = field(default_factory=dict)
    heads: dict[int, HeadRecord] = field(default_factory=dict)
    segments: dict[int, SegmentRecord] = field(default_factory=dict)
    entries: list[AuditEntry] = field(default_factory=list)

    def copy(self) -> "NullUnit":
        """All of it, to work on."""
        return NullUnit(
            dict(self.people),
            dict(self.accounts),
            dict(self.groups),
            dict(self.enrolments),
            dict(self.certificates),
            dict(self.revocations),
            dict(self.requests),
            dict(self.sessions),
            self.rows,
            dict(self.beside),
            dict(self.heads),
            dict(self.segments),
        )

    def put_person(self, person: PersonRecord) -> None:
        """See Unit."""
        for other in self.people.values():
            if other.identifier != person.identifier and person.external_id == other.external_id is not None:
                raise ConflictError("the external id is taken")
        self.people[person.identifier] = person

    def put_people(self, people: Sequence[PersonRecord], accounts: Sequence[AccountRecord]) -> None:
        """See Unit."""
        for person in people:
            self.put_person(person)
        for account in accounts:
            self.put_account(account)

    def remove_person(self, identifier: str) -> None:
        """See Unit."""
        if any(one.person == identifier for one in self.accounts.values()):
            raise ConflictError("accounts are left")
        self.people.pop(identifier, None)

    def put_account(self, account: AccountRecord) -> None:
        """See Unit."""
        self._known(self.people, account.person)
        mine = (account.role, account.person)
        for other in self.accounts.values():
            if other.identifier != account.identifier and (other.role, other.person) == mine:
                raise ConflictError("the person has one in this role")
        self.accounts[account.identifier] = account

    def put_group(self, group: GroupRecord) -> None:
        """See Unit."""
        for one in group.members | group.askers:
            self._known(self.accounts, one)
        old = self.groups.get(group.name)
        self.groups[group.name] = group if old is None else replace(group, created_at=old.created_at)

    def remove_group(self, name: str) -> None:
        """See Unit."""
        self.groups.pop(name, None)

    def rename_group(self, name: str, group: GroupRecord) -> None:
        """See Unit."""
        if group.name in self.groups:
            raise ConflictError("there is a group of that name")
        self.remove_group(name)
        self.put_group(group)
        for one in list(self.requests.values()):
            if one.to == ToGroup(group=name):
                self.put_request(replace(one, to=ToGroup(group=group.name)))

    def put_enrolment(self, enrolment: EnrolmentRecord) -> None:
        """See Unit."""
        self._known(self.accounts, enrolment.account)
        self.enrolments[enrolment.account, enrolment.created_at] = enrolment

    def put_certificate(self, certificate: CertificateRecord) -> None:
        """See Unit."""
        self._known(self.accounts, certificate.account)
        old = self.certificates.get(certificate.fingerprint)
        last = max((one.computer for one in self.certificates.values()), default=0)
        number = old.computer if old is not None else certificate.computer or last + 1
        self.certificates[certificate.fingerprint] = replace(certificate, computer=number)

    def note_seen(self, seen: Mapping[str, datetime]) -> None:
        """See Unit."""
        for fingerprint, at in seen.items():
            if fingerprint in self.certificates:
                self.certificates[fingerprint] = replace(self.certificates[fingerprint], seen_at=at)

    def put_revocation(self, revocation: RevocationRecord) -> None:
        """See Unit."""
        self._known(self.accounts, revocation.account)
        self.revocations[revocation.identifier] = revocation

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

    def erase_person(self, person: str, accounts: Sequence[str], entry: AuditEntry, where: Mentions) -> Erasure:
        """See Unit; what others wrote, and rows of the log, stay."""
        del where
        names = self.names_of(person, accounts)
        if person in self.people:
            old = self.people[person]
            self.people[person] = PersonRecord(
                identifier=person, name="", created_at=old.created_at, left_at=old.left_at or entry.at
            )
        for account in (self.accounts[one] for one in accounts if one in self.accounts):
            gone = account.disabled_at or entry.at
            self.accounts[account.identifier] = replace(account, name="", languages=(), skills=(), disabled_at=gone)
        for certificate in [one for one in self.certificates.values() if one.account in accounts]:
            said = replace(certificate, computer_name="", system="", version="")
            self.certificates[certificate.fingerprint] = said
        asked = [one for one in self.requests.values() if one.user.account in accounts]
        for one in asked:
            user = replace(one.user, name="")
            self.requests[one.identifier] = replace(one, user=user, topic="", note="", inventory={})
        held = [one for one in self.sessions.values() if {one.user.account, one.helper.account} & set(accounts)]
        for session in held:
            user, helper = (
                replace(one, name="") if one.account in accounts else one for one in (session.user, session.helper)
            )
            self.sessions[session.identifier] = replace(session, user=user, helper=helper)
        beside = [key for key in self.beside if key[0] in accounts]
        for key in beside:
            del self.beside[key]
        self.audit(entry)
        return Erasure(
            names=names,
            requests=len(asked),
            sessions=len(held),
            beside=len(beside),
            others=0,
            rows=(),
        )

    def forget(self, kind: Kept, *, before: datetime, limit: int) -> int:
        """See Unit."""
        nothing: dict[Kept, tuple[str, str | dict[str, str]]] = {
            Kept.TOPICS: ("topic", ""), Kept.NOTES: ("note", ""), Kept.COMPUTERS: ("inventory", {}),
        }  # fmt: skip
        name, empty = nothing[kind]
        old = [
            one for one in self.requests.values()
            if one.over_at is not None and one.over_at < before and getattr(one, name) != empty
        ][:limit]  # fmt: skip
        for one in old:
            self.requests[one.identifier] = replace(one, **{name: empty})  # type: ignore[arg-type]
        return len(old)

    def put_segment(self, segment: SegmentRecord) -> None:
        """See Unit."""
        self.segments[segment.last] = segment

    def remove_audit(self, *, up_to: int, limit: int) -> int:
        """See Unit."""
        gone = [row for row in self.rows if row.number <= up_to][:limit]
        signed = [
            one.last for one in self.segments.values() if one.last in self.heads and self.heads[one.last].document
        ]
        if gone and (gone[-1].number > max(signed, default=0) or gone[-1] == self.rows[-1]):
            raise ConflictError("the audit log is append-only")
        self.rows = self.rows[len(gone) :]
        return len(gone)

    def names_of(self, person: str, accounts: Sequence[str]) -> tuple[str, ...]:
        """What they are and were called."""
        found = {one.name for one in self.people.values() if one.identifier == person}
        found |= {one.name for one in self.accounts.values() if one.identifier in accounts}
        found |= {one.name for key, one in self.beside.items() if key[0] in accounts}
        return tuple(sorted(found - {""}))

    def put_head(self, head: HeadRecord) -> None:
        """See Unit."""
        self.heads[head.number] = head

    def audit(self, entry: AuditEntry) -> None:
        """See Unit."""
        self.entries.append(entry)

    def names_in(self, entry: AuditEntry) -> dict[str, str]:
        """As relay.store.naming has them."""
        mine = [self.accounts[one] for one in sorted(naming.accounts_in(entry)) if one in self.accounts]
        found = {}
        for one in mine:
            if not one.name:
                continue
            name = self.beside.setdefault((one.identifier, one.name), naming.beside(one.identifier, one.name))
            found[one.identifier] = naming.digest(name.salt, name.name)
        return found

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
        self.fault: StoreFault | None = None

    @property
    def writable(self) -> bool:
        """See Store."""
        return self.fault is None

    async def write(self, work: Callable[[Unit], T]) -> T:
        """See Store."""
        self.fault = StoreFault.FAILING if self.broken or self._closed else None
        if not self.writable:
            raise StoreUnavailableError("the null store was told to fail, or is closed")
        if self.refusing:
            raise WriteRefusedError("told to")
        unit = self._kept.copy()
        result = work(unit)
        last = unit.rows[-1] if unit.rows else None
        number, previous = (last.number, last.digest) if last is not None else (0, chain.START)
        unit.rows = [*unit.rows, *chain.extend(unit.entries, number=number, previous=previous, names=unit.names_in)]
        self._kept = unit
        return result

    async def mentions(self, person: str, accounts: Sequence[str], names: Sequence[str] = ()) -> Mentions:
        """See Store; what others wrote is not looked at."""
        return Mentions(names=tuple(sorted({*self._kept.names_of(person, accounts), *names})))

    async def last_revoked(self, accounts: Sequence[str]) -> datetime | None:
        """See Store."""
        done = [one.done_at for one in self._kept.revocations.values() if one.account in accounts]
        return max((one for one in done if one is not None), default=None)

    @property
    def has_files(self) -> bool:
        """See Store."""
        return True

    async def clear(self) -> bool:
        """See Store: there are no files."""
        return True

    async def taken_over(self) -> None:
        """See Store."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """See Store."""
        self._closed = True

    async def people(self) -> Sequence[PersonRecord]:
        """See Store."""
        return sorted(self._kept.people.values(), key=attrgetter("created_at", "identifier"))

    async def accounts(self) -> Sequence[AccountRecord]:
        """See Store."""
        return sorted(self._kept.accounts.values(), key=attrgetter("created_at", "identifier"))

    async def groups(self) -> Sequence[GroupRecord]:
        """See Store."""
        return sorted(self._kept.groups.values(), key=attrgetter("name"))

    async def enrolled_accounts(self) -> frozenset[str]:
        """See Store."""
        return frozenset(one.account for one in self._kept.certificates.values())

    async def open_lines(self) -> Mapping[str, datetime]:
        """See Store."""
        lines = sorted(self._kept.enrolments.values(), key=attrgetter("created_at"))
        return {one.account: one.good_until for one in lines if one.used_at is None}

    async def enrolments(self, account: str) -> Sequence[EnrolmentRecord]:
        """See Store."""
        mine = [one for one in self._kept.enrolments.values() if one.account == account]
        return sorted(mine, key=attrgetter("created_at"))

    async def certificates(self, account: str) -> Sequence[CertificateRecord]:
        """See Store."""
        mine = [one for one in self._kept.certificates.values() if one.account == account]
        return sorted(mine, key=attrgetter("not_after", "fingerprint"))

    async def all_certificates(self) -> Sequence[CertificateRecord]:
        """See Store."""
        return sorted(self._kept.certificates.values(), key=attrgetter("computer", "not_after", "fingerprint"))

    async def owed_revocations(self) -> Sequence[RevocationRecord]:
        """See Store."""
        owed = [one for one in self._kept.revocations.values() if one.done_at is None]
        return sorted(owed, key=attrgetter("asked_at", "identifier"))

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
        return [row for row in self._kept.rows if row.number > after][:limit]

    async def audit_end(self) -> tuple[int, bytes] | None:
        """See Store."""
        rows = self._kept.rows
        return (rows[-1].number, rows[-1].digest) if rows else None

    async def heads(
        self,
        *,
        waiting: bool = False,
        newest: bool = False,
        signed_after: int | None = None,
        limit: int | None = None,
    ) -> Sequence[HeadRecord]:
        """See Store."""
        found = [one for _, one in sorted(self._kept.heads.items()) if one.waits or not waiting]
        if signed_after is not None:
            found = [one for one in found if one.number > signed_after and one.document is not None]
        return found[-1:] if newest else found[:limit]

    async def verify_audit(self) -> Verdict:
        """See Store."""
        rows = self._kept.rows
        begun = self._kept.segments.get(rows[0].number - 1) if rows else None
        start = Verdict(rows=0) if begun is None else Verdict(rows=begun.last, head=begun.digest, archived=begun.last)
        return chain.complete(chain.verify(rows, start))
