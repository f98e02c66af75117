"""One unit of work on a SQL connection, and what its errors mean."""

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


@cache
def _upsert(table: sa.Table, dialect: str) -> Insert:
    """Insert a row or, where its primary key is there, put all other columns in its place."""
    keys = [column.name for column in table.primary_key]
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    others = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=others)


_ACCOUNT = sa.select(tables.accounts).where(tables.accounts.c.identifier == sa.bindparam("wanted"))
_REQUEST = sa.select(tables.requests).where(tables.requests.c.identifier == sa.bindparam("wanted"))


class SqlUnit:
    """relay.core.storing.Unit on a connection that is in a transaction. Audit entries are collected; the writer links them."""

    def __init__(self, connection: sa.Connection) -> None:
        self._outer = connection
        self.savepoint: sa.NestedTransaction | None = None  # made when the unit first touches the database
        self.entries: list[AuditEntry] = []

    @property
    def _connection(self) -> sa.Connection:
        if self.savepoint is None:
            self.savepoint = self._outer.begin_nested()
        return self._outer

    def account(self, identifier: str) -> Account | None:
        """The account, or None."""
        row = self._one(_ACCOUNT, identifier)
        return None if row is None else rows.account_of(row)

    def put_account(self, account: Account) -> None:
        """See Unit."""
        self._put(tables.accounts, rows.account_row(account))

    def put_group(self, group: Group) -> None:
        """See Unit."""
        self._connection.execute(
            sqlite.insert(tables.groups).on_conflict_do_nothing()
            if self._connection.dialect.name == "sqlite"
            else postgresql.insert(tables.groups).on_conflict_do_nothing(),
            {"name": group.name, "created_at": group.created_at},
        )
        self._connection.execute(sa.delete(tables.memberships).where(tables.memberships.c.group == group.name))
        if group.members:
            self._connection.execute(
                sa.insert(tables.memberships),
                [{"group": group.name, "account": account} for account in sorted(group.members)],
            )

    def remove_group(self, name: str) -> None:
        """See Unit."""
        self._connection.execute(sa.delete(tables.groups).where(tables.groups.c.name == name))

    def put_enrolment(self, enrolment: Enrolment) -> None:
        """See Unit."""
        self._put(tables.enrolments, rows.enrolment_row(enrolment))

    def put_certificate(self, certificate: Certificate) -> None:
        """See Unit."""
        self._put(tables.certificates, rows.certificate_row(certificate))

    def request(self, identifier: str) -> RequestRecord | None:
        """The request, or None."""
        row = self._one(_REQUEST, identifier)
        return None if row is None else rows.request_of(row)

    def put_request(self, record: RequestRecord) -> None:
        """See Unit."""
        self._put(tables.requests, rows.request_row(record))

    def put_session(self, record: SessionRecord) -> None:
        """See Unit."""
        self._put(tables.sessions, rows.session_row(record))

    def audit(self, entry: AuditEntry) -> None:
        """See Unit."""
        self.entries.append(entry)

    def _put(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        self._connection.execute(_upsert(table, self._connection.dialect.name), row)

    def _one(self, statement: sa.Select[Any], identifier: str) -> sa.RowMapping | None:
        found: Sequence[sa.RowMapping] = self._connection.execute(statement, {"wanted": identifier}).mappings().all()
        return found[0] if found else None
