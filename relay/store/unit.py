"""One unit of work on a SQL connection, and the batch of units that become one transaction.

What there are many of (requests, sessions, certificates, audit rows) is collected and written for the whole batch, one
statement a table: each statement is several hops between threads. The rest is done at once, inside a savepoint.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from relay.core.records import (
    AccountRecord,
    AuditEntry,
    CertificateRecord,
    EnrolmentRecord,
    Erasure,
    GroupRecord,
    HeadRecord,
    Kept,
    Mentions,
    PersonRecord,
    RequestRecord,
    RevocationRecord,
    SegmentRecord,
    SessionRecord,
)
from relay.core.storing import StoreDamagedError
from relay.store import chain, erasing, retaining, rows, tables
from relay.store.audit_log import append_audit
from relay.store.faults import execute

_COLLECTED = (tables.certificates, tables.requests, tables.sessions)
"""In the order of their foreign keys."""


@cache
def upsert(table: sa.Table, dialect: str) -> Insert:
    """Insert a row or, where its primary key is there, put all other columns in its place."""
    keys = [column.name for column in table.primary_key]
    kept = set(keys)
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    if table is tables.certificates:
        kept.add("computer")  # given once
        statement = statement.values(computer=_COMPUTER)
    others = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in kept}
    return statement.on_conflict_do_update(index_elements=keys, set_=others)


_NUMBERED = tables.certificates.alias()
_GIVEN = sa.bindparam("given_computer", type_=sa.Integer)
_COMPUTER = sa.case(
    (_GIVEN > 0, _GIVEN),
    else_=sa.select(sa.func.coalesce(sa.func.max(_NUMBERED.c.computer), 0) + 1).scalar_subquery(),
)
"""The number of a new certificate's computer: the next, where it was not renewed from one that has a number."""

_SEEN = (
    sa.update(tables.certificates)
    .where(tables.certificates.c.fingerprint == sa.bindparam("of"))
    .values(seen_at=sa.bindparam("at", type_=tables.Utc))
)
_REQUEST = sa.select(tables.requests).where(tables.requests.c.identifier == sa.bindparam("wanted"))


class Collected:
    """Rows to be written, and requests as they are with them. One for a unit, one for the batch."""

    def __init__(self) -> None:
        self.rows: dict[sa.Table, list[Mapping[str, Any]]] = {table: [] for table in _COLLECTED}
        self.requests: dict[str, RequestRecord] = {}
        self.entries: list[AuditEntry] = []

    def take(self, other: "Collected") -> None:
        """All of that as well, behind what is here."""
        for table, more in other.rows.items():
            self.rows[table] += more
        self.requests |= other.requests
        self.entries += other.entries

    def forget(self) -> None:
        """All of it was written: from now on it is as the database has it."""
        for some in self.rows.values():
            some.clear()
        self.requests.clear()
        self.entries.clear()

    def write(self, connection: sa.Connection) -> None:
        """Write the rows; the audit entries are the caller's."""
        for table, some in self.rows.items():
            if some:
                execute(connection, upsert(table, connection.dialect.name), some)


class SqlUnit:
    """relay.core.storing.Unit on a connection that is in a transaction; `batch` is what units before it have collected."""

    def __init__(self, connection: sa.Connection, batch: Collected) -> None:
        self.connection = connection
        self._batch = batch
        self._savepoint: sa.NestedTransaction | None = None
        self.collected = Collected()

    def put_person(self, person: PersonRecord) -> None:
        """See Unit."""
        self._put(tables.people, rows.person_row(person))

    def put_people(self, people: Sequence[PersonRecord], accounts: Sequence[AccountRecord]) -> None:
        """See Unit."""
        dialect = self.connection.dialect.name
        if people:
            self._do(upsert(tables.people, dialect), [rows.person_row(one) for one in people])
        if accounts:
            self._do(upsert(tables.accounts, dialect), [rows.account_row(one) for one in accounts])

    def remove_person(self, identifier: str) -> None:
        """See Unit."""
        self._do(sa.delete(tables.people).where(tables.people.c.identifier == identifier))

    def put_account(self, account: AccountRecord) -> None:
        """See Unit."""
        self._put(tables.accounts, rows.account_row(account))

    def put_group(self, group: GroupRecord) -> None:
        """See Unit."""
        self._put(tables.groups, rows.group_row(group))
        for table, accounts in ((tables.memberships, group.members), (tables.askers, group.askers)):
            self._do(sa.delete(table).where(table.c.group == group.name))
            if accounts:
                self._do(sa.insert(table), [{"group": group.name, "account": one} for one in sorted(accounts)])

    def remove_group(self, name: str) -> None:
        """See Unit."""
        self._do(sa.delete(tables.groups).where(tables.groups.c.name == name))

    def rename_group(self, name: str, group: GroupRecord) -> None:
        """See Unit."""
        self._do(sa.insert(tables.groups), rows.group_row(group))
        self.put_group(group)
        self.remove_group(name)
        asked = tables.requests
        to_old = sa.and_(asked.c.to_kind == "group", asked.c.to_target == name)
        self._do(sa.update(asked).where(to_old).values(to_target=group.name))

    def put_enrolment(self, enrolment: EnrolmentRecord) -> None:
        """See Unit."""
        self._put(tables.enrolments, rows.enrolment_row(enrolment))

    def put_certificate(self, certificate: CertificateRecord) -> None:
        """See Unit."""
        self.collected.rows[tables.certificates].append(rows.certificate_row(certificate))

    def note_seen(self, seen: Mapping[str, datetime]) -> None:
        """See Unit."""
        if seen:
            self._do(_SEEN, [{"of": fingerprint, "at": at} for fingerprint, at in sorted(seen.items())])

    def put_revocation(self, revocation: RevocationRecord) -> None:
        """See Unit."""
        self._put(tables.revocations, rows.revocation_row(revocation))

    def request(self, identifier: str) -> RequestRecord | None:
        """The request, or None."""
        known = self.collected.requests.get(identifier) or self._batch.requests.get(identifier)
        if known is not None:
            return known
        try:
            found = execute(self.connection, _REQUEST, {"wanted": identifier}).mappings().one_or_none()
            return None if found is None else rows.request_of(found)
        except rows.UNREADABLE as error:
            raise StoreDamagedError(f"{type(error).__name__} in a row") from error

    def put_request(self, record: RequestRecord) -> None:
        """See Unit."""
        self.collected.rows[tables.requests].append(rows.request_row(record))
        self.collected.requests[record.identifier] = record

    def put_session(self, record: SessionRecord) -> None:
        """See Unit."""
        self.collected.rows[tables.sessions].append(rows.session_row(record))

    def erase_person(self, person: str, accounts: Sequence[str], entry: AuditEntry, where: Mentions) -> Erasure:
        """See Unit."""
        self._flush()
        self.begin()
        erasure = erasing.erase(self.connection, person=person, accounts=accounts, at=entry.at, where=where)
        for rows_erased in chain.erased_texts(erasure.rows):
            self.audit(replace(entry, facts={"rows": rows_erased} if rows_erased else {}))
        return erasure

    def forget(self, kind: Kept, *, before: datetime, limit: int) -> int:
        """See Unit."""
        self.begin()
        return retaining.forget(self.connection, kind, before=before, limit=limit)

    def put_segment(self, segment: SegmentRecord) -> None:
        """See Unit."""
        self._put(tables.audit_segments, rows.segment_row(segment))

    def remove_audit(self, *, up_to: int, limit: int) -> int:
        """See Unit."""
        self.begin()
        return retaining.remove_rows(self.connection, up_to=up_to, limit=limit)

    def put_head(self, head: HeadRecord) -> None:
        """See Unit."""
        self._put(tables.audit_heads, rows.head_row(head))

    def audit(self, entry: AuditEntry) -> None:
        """See Unit."""
        self.collected.entries.append(entry)

    def keep(self) -> None:
        """It returned: what it did stays, what it collected goes with the batch."""
        if self._savepoint is not None:
            self._savepoint.commit()
        self._batch.take(self.collected)

    def undo(self) -> None:
        """It raised: nothing of it stays."""
        if self._savepoint is not None:
            self._savepoint.rollback()

    @property
    def begun(self) -> bool:
        """Whether there is a savepoint to go back to."""
        return self._savepoint is not None

    def begin(self) -> None:
        """Do everything from here on inside a savepoint of this unit's own."""
        if self._savepoint is None:
            self._savepoint = self.connection.begin_nested()

    def _flush(self) -> None:
        """Write what units before this one have collected: written at the end it would bring back what this one takes out."""
        self._batch.write(self.connection)
        append_audit(self.connection, self._batch.entries)
        self._batch.forget()

    def _put(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        self._do(upsert(table, self.connection.dialect.name), row)

    def _do(self, statement: sa.Executable, values: Any = None) -> None:
        self.begin()
        execute(self.connection, statement, values)
