"""What a statement that failed says about the database: that it cannot work now, or that it refuses this very statement.

A database that is unreachable, full, locked, read-only, stopping, out of memory or not laid out as it should be is waited
for. Everything else is about what was to be written, and the same would be refused again.
"""

from typing import Final

from sqlalchemy.exc import DBAPIError, StatementError

from relay.core.storing import StoreDamagedError

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
    return isinstance(error, OSError | StoreDamagedError)


def is_damaged(error: BaseException) -> bool:
    """Whether this says that what the database holds is damaged, which no repetition mends."""
    if isinstance(error, UnicodeDecodeError):  # of the schema, by Python's sqlite3
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    name = getattr(error.orig, "sqlite_errorname", None)
    if isinstance(name, str):
        return name.startswith(_SQLITE_DAMAGED)
    # Python's sqlite3 has no name for text that is none, which only damage puts there.
    return state in _POSTGRESQL_DAMAGED or "Could not decode to UTF-8" in str(error.orig)


def reason(error: BaseException) -> str:
    """What the database said, for the log. Of a refusal only its kind: the text holds what people wrote."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        if is_unavailable(error):
            return str(error.orig)
        code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
        return f"{_kind(error.orig)} ({code})" if code else _kind(error.orig)
    if isinstance(error, OSError | StoreDamagedError):
        return str(error) or _kind(error)
    return _kind(error.orig if isinstance(error, StatementError) else error)


def _kind(error: BaseException | None) -> str:
    """The name of the driver's own error, which SQLAlchemy's adapter for asyncpg has as its cause."""
    cause = error.__cause__ if error is not None else None
    return type(cause if cause is not None and type(error).__module__.startswith("sqlalchemy.") else error).__name__
