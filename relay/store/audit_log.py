"""The audit log's end: rows are linked to the chain as it is in the transaction that writes them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from relay.core.records import AuditEntry
from relay.core.storing import WriteRefusedError
from relay.store import chain, rows, tables
from relay.store.faults import execute, reason
from relay.store.naming import names_now

_HEAD = sa.select(tables.audit.c.number, tables.audit.c.digest).order_by(tables.audit.c.number.desc()).limit(1)
_APPEND = sa.insert(tables.audit)
_TRIAL = AuditEntry(at=datetime.fromtimestamp(0, UTC), actor="relay", event="store.tried", subject="", facts={})


def append_audit(connection: sa.Connection, entries: Sequence[AuditEntry]) -> None:
    """Link the entries to the chain as it is in this transaction: the head is read here, never remembered.

    What those in them are called at the moment is put beside.

    Raises WriteRefusedError for an entry that no digest can be made of.
    """
    if not entries:
        return
    head = connection.execute(_HEAD).one_or_none()
    number, previous = (head.number, head.digest) if head is not None else (0, chain.START)
    names = names_now(connection, entries)
    try:
        linked = chain.extend(entries, number=number, previous=previous, names=names.of)
    except (ValueError, TypeError, OverflowError) as error:
        raise WriteRefusedError(reason(error)) from error
    execute(connection, _APPEND, [rows.audit_row(row) for row in linked])


def try_audit(connection: sa.Connection) -> None:
    """Write a row and take it back, in a savepoint: no row is left, and what hinders one is raised."""
    savepoint = connection.begin_nested()
    append_audit(connection, [_TRIAL])
    savepoint.rollback()
