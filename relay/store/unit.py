"""One unit of work on a SQL connection, and the batch of units that become one transaction.

What there are many of (requests, sessions, certificates, audit rows) is collected and written for the whole batch, one
statement a table: each statement is several hops between threads. The rest is done at once, inside a savepoint.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from relay.core.records import (
    Account,
    AuditEntry,
    Certificate,
    Enrolment,
    Group,
    RequestRecord,
    SessionRecord,
)
from relay.store import rows, tables

_COLLECTED = (tables.certificates, tables.requests, tables.sessions)
"""In the order of their foreign keys."""


@cache
def _upsert(table: sa.Table, dialect: str) -> Insert:
    """Insert a row or, where its primary key is there, put all other columns in its place."""
    keys = [column.name for column in table.primary_key]
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    others = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=others)


_ACCOUNT = sa.select(tables.accounts).where(tables.accounts.c.identifier == sa.bindparam("wanted"))
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

    def write(self, connection: sa.Connection) -> None:
        """Write the rows; the audit entries are the caller's."""
        for table, some in self.rows.items():
            if some:
                connection.execute(_upsert(table, connection.dialect.name), some)


class SqlUnit:
    """relay.core.storing.Unit on a connection that is in a transaction; `batch` is what units before it have collected."""

    def __init__(self, connection: sa.Connection, batch: Collected) -> None:
        self._connection = connection
        self._batch = batch
        self._savepoint: sa.NestedTransaction | None = None
        self.collected = Collected()

    def account(self, identifier: str) -> Account | None:
        """The account, or None."""
        row = self._one(_ACCOUNT, identifier)
        return None if row is None else rows.account_of(row)

    def put_account(self, account: Account) -> None:
        """See Unit."""
        self._put(tables.accounts, rows.account_row(account))

    def put_group(self, group: Group) -> None:
        """See Unit."""
        members = tables.memberships
        self._put(tables.groups, {"name": group.name, "created_at": group.created_at})
        self._do(sa.delete(members).where(members.c.group == group.name))
        if group.members:
            self._do(
                sa.insert(members), [{"group": group.name, "account": account} for account in sorted(group.members)]
            )

    def remove_group(self, name: str) -> None:
        """See Unit."""
        self._do(sa.delete(tables.groups).where(tables.groups.c.name == name))

    def put_enrolment(self, enrolment: Enrolment) -> None:
        """See Unit."""
        self._put(tables.enrolments, rows.enrolment_row(enrolment))

    def put_certificate(self, certificate: Certificate) -> None:
        """See Unit."""
        self.collected.rows[tables.certificates].append(rows.certificate_row(certificate))

    def request(self, identifier: str) -> RequestRecord | None:
        """The request, or None."""
        known = self.collected.requests.get(identifier) or self._batch.requests.get(identifier)
        if known is not None:
            return known
        row = self._one(_REQUEST, identifier)
        return None if row is None else rows.request_of(row)

    def put_request(self, record: RequestRecord) -> None:
        """See Unit."""
        self.collected.rows[tables.requests].append(rows.request_row(record))
        self.collected.requests[record.identifier] = record

    def put_session(self, record: SessionRecord) -> None:
        """See Unit."""
        self.collected.rows[tables.sessions].append(rows.session_row(record))

    def audit(self, entry: AuditEntry) -> None:
        """See Unit."""
        self.collected.entries.append(entry)

    def write_alone(self) -> None:
        """Write what was collected inside this unit's own savepoint, not with the batch."""
        self._begin()
        self.collected.write(self._connection)
        self.collected.rows = {table: [] for table in _COLLECTED}

    def keep(self) -> None:
        """It returned: what it did stays, what it collected goes with the batch."""
        if self._savepoint is not None:
            self._savepoint.commit()
        self._batch.take(self.collected)

    def undo(self) -> None:
        """It raised: nothing of it stays."""
        if self._savepoint is not None:
            self._savepoint.rollback()

    def _begin(self) -> None:
        if self._savepoint is None:
            self._savepoint = self._connection.begin_nested()

    def _put(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        self._do(_upsert(table, self._connection.dialect.name), row)

    def _do(self, statement: sa.Executable, values: Any = None) -> None:
        self._begin()
        self._connection.execute(statement, values)

    def _one(self, statement: sa.Select[Any], identifier: str) -> sa.RowMapping | None:
        found: Sequence[sa.RowMapping] = self._connection.execute(statement, {"wanted": identifier}).mappings().all()
        return found[0] if found else None
