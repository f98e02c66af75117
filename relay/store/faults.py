"""What a statement that failed says about the database: that it cannot work now, or that it refuses this very statement.

A database that is unreachable, full, locked, read-only, stopping, out of memory or not laid out as it should be is waited
for. Everything else is about what was to be written, and the same would be refused again.
"""

import errno
import re
import sqlite3
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from relay.core.storing import (
    StoreBehindError,
    StoreDamagedError,
    StoreFault,
    StoreTakenError,
    StoreUnavailableError,
    WriteRefusedError,
)
from relay.store import tables

_SQLITE_REFUSES: Final = frozenset({"CONSTRAINT", "MISMATCH", "RANGE", "TOOBIG"})
"""By sqlite.org/rescode.html; the rest (BUSY, CANTOPEN, CORRUPT, FULL, IOERR, …) is the state that the database is in."""

_SQLITE_DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_CORRUPTFS", "SQLITE_IOERR_DATA")
_POSTGRESQL_DAMAGED: Final = frozenset({"XX001", "XX002"})  # of a table, of an index

_POSTGRESQL_FAILS: Final = frozenset(
    {
        "08",  # connection
        "0A",  # a plan made before the tables were changed
        "25",  # read-only
        "28",  # not let in
        "3D",  # no such database
        "40",  # serialization, deadlock
        "42",  # no such table, no right to it: the statements are always the same
        "53",  # disk or memory full, too many connections
        "55",  # locked
        "57",  # stopped, starting, timed out
        "58",  # the operating system
        "F0",  # its configuration
        "XX",  # damage, or an error of its own
    }
)
"""Classes of SQLSTATE (PostgreSQL's appendix A)."""


def is_unavailable(error: BaseException) -> bool:
    """Whether the database cannot work now; False where it refuses what it was given."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        state = getattr(error.orig, "sqlstate", None)
        if isinstance(state, str):
            return state[:2] in _POSTGRESQL_FAILS
        name = getattr(error.orig, "sqlite_errorname", None)
        if isinstance(name, str):
            return name.split("_")[1] not in _SQLITE_REFUSES
        return False
    return isinstance(error, OSError | StoreUnavailableError)


def is_damaged(error: BaseException) -> bool:
    """Whether this says that what the database holds is damaged, which no repetition mends."""
    if isinstance(error, UnicodeDecodeError):  # of the schema, by Python's sqlite3
        return True
    if not isinstance(error, DBAPIError | sqlite3.Error):
        return False
    said = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(said, "sqlstate", None)
    name = getattr(said, "sqlite_errorname", None)
    if isinstance(name, str):
        return name.startswith(_SQLITE_DAMAGED)
    # Python's sqlite3 has no name for text that is none, which only damage puts there.
    return state in _POSTGRESQL_DAMAGED or "Could not decode to UTF-8" in str(said)


def fault_of(error: BaseException) -> StoreFault:
    """What kind of fault this is, of those that keep a database from working."""
    if isinstance(error, StoreTakenError):
        return StoreFault.TAKEN
    if isinstance(error, StoreBehindError):
        return StoreFault.BEHIND
    if isinstance(error, StoreDamagedError) or is_damaged(error):
        return StoreFault.DAMAGED
    if isinstance(error, OSError):
        return StoreFault.FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else StoreFault.FAILING
    said = error.orig if isinstance(error, DBAPIError) else error
    state, name = getattr(said, "sqlstate", None) or "", getattr(said, "sqlite_errorname", None) or ""
    if state == "53100" or name == "SQLITE_FULL":
        return StoreFault.FULL
    if state == "55P03" or name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreFault.LOCKED
    statement = isinstance(error, DBAPIError) and error.statement
    if statement and (state[:2] == "42" or name == "SQLITE_ERROR") and _AUDIT.search(statement):
        return StoreFault.AUDIT  # no right to it, no such table
    return StoreFault.FAILING


_AUDIT: Final = re.compile(rf"\b(FROM|INTO) {tables.audit.name}\b")


def reason(error: BaseException) -> str:
    """What the database said, for the log. Of a refusal only its kind: the text holds what people wrote."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        if is_unavailable(error):
            return str(error.orig)
        code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
        return f"{_kind(error.orig)} ({code})" if code else _kind(error.orig)
    if isinstance(error, OSError | sqlite3.Error | StoreUnavailableError):
        return str(error) or _kind(error)
    return _kind(error.orig if isinstance(error, StatementError) else error)


def _kind(error: BaseException | None) -> str:
    """The name of the driver's own error, which SQLAlchemy's adapter for asyncpg has as its cause."""
    cause = error.__cause__ if error is not None else None
    return type(cause if cause is not None and type(error).__module__.startswith("sqlalchemy.") else error).__name__


def execute(connection: sa.Connection, statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
    """Execute it. Raises SQLAlchemyError, and WriteRefusedError where the driver cannot even hand the values over."""
    try:
        return connection.execute(statement, values)
    except SQLAlchemyError:
        raise
    except (ValueError, TypeError, OverflowError) as error:  # sqlite3 raises them bare
        raise WriteRefusedError(reason(error)) from error
