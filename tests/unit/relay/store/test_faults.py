"""What an error of a database means."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy.exc import DBAPIError, StatementError

from relay.core.storing import StoreDamagedError, StoreFault, StoreTakenError
from relay.store.faults import fault_of, is_damaged, is_unavailable, reason


class PostgresError(Exception):
    """As asyncpg has them, by what counts."""

    def __init__(self, text: str, sqlstate: str | None) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


def wrapped(orig: Exception, *, invalidated: bool = False) -> DBAPIError:
    """As SQLAlchemy raises it."""
    return DBAPIError("INSERT secret", {"topic": "secret"}, orig, connection_invalidated=invalidated)


def sqlite_error(statement: str) -> DBAPIError:
    """What SQLite itself says to a statement."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (a TEXT NOT NULL CHECK (a <> 'secret'))")
        with pytest.raises(sqlite3.Error) as caught:
            connection.execute(statement)
        return wrapped(caught.value)


@pytest.mark.parametrize(
    "sqlstate",
    [
        "08003",
        "25006",
        "28P01",
        "3D000",
        "40P01",
        "42P01",
        "53100",
        "53300",
        "55P03",
        "57P01",
        "57P03",
        "58030",
        "XX002",
    ],
)
def test_postgresql_cannot_work_now(sqlstate: str) -> None:
    """Not reached, not let in, full, locked, stopping, damaged, another layout: all of it may be mended."""
    error = wrapped(PostgresError("disk full", sqlstate))
    assert is_unavailable(error)
    assert reason(error) == "disk full"


def test_damage_is_told_from_what_passes() -> None:
    """By PostgreSQL's code and SQLite's name; text and a schema that are none; what was found already. All of it cannot work."""
    for state, damaged in (("XX001", True), ("XX002", True), ("XX000", False), ("53100", False)):
        assert is_damaged(wrapped(PostgresError("x", state))) is damaged
    for name, damaged in (
        ("CORRUPT", True),
        ("CORRUPT_INDEX", True),
        ("NOTADB", True),
        ("IOERR_READ", False),
        ("FULL", False),
    ):
        error = sqlite3.DatabaseError("x")
        error.sqlite_errorname = f"SQLITE_{name}"
        assert is_damaged(wrapped(error)) is damaged
        assert is_unavailable(wrapped(error))
    assert is_damaged(wrapped(sqlite3.OperationalError("Could not decode to UTF-8 column 'name' with text 'x'")))
    assert is_damaged(UnicodeDecodeError("utf-8", b"x", 0, 1, "x"))
    assert is_unavailable(StoreDamagedError("x"))
    assert reason(StoreDamagedError("a page")) == "a page"
    assert not is_damaged(ValueError("x"))


@pytest.mark.parametrize("sqlstate", ["22000", "22001", "22021", "23505", "21000", "54000", "P0001", None])
def test_postgresql_refuses(sqlstate: str | None) -> None:
    """What was to be written is at fault, and its values are not told."""
    error = wrapped(PostgresError("invalid input: 'secret'", sqlstate))
    assert not is_unavailable(error)
    assert reason(error) == (f"PostgresError ({sqlstate})" if sqlstate else "PostgresError")


def test_a_connection_that_is_gone() -> None:
    """Whatever the driver says then."""
    assert is_unavailable(wrapped(PostgresError("connection is closed", None), invalidated=True))
    assert is_unavailable(ConnectionRefusedError(111, "refused"))
    assert reason(ConnectionRefusedError(111, "refused")) == "[Errno 111] refused"
    assert reason(TimeoutError()) == "TimeoutError"


@pytest.mark.parametrize(
    "statement", ["INSERT INTO t VALUES ('secret')", "INSERT INTO t VALUES (NULL)", "SELECT zeroblob(2000000000)"]
)
def test_sqlite_refuses(statement: str) -> None:
    """A constraint, a text that is too big."""
    error = sqlite_error(statement)
    assert not is_unavailable(error)
    assert "secret" not in reason(error)
    assert "SQLITE_" in reason(error)


def test_sqlite_cannot_work_now() -> None:
    """Its own layout, and a database that somebody else holds."""
    error = sqlite_error("INSERT INTO nowhere VALUES (1)")
    assert is_unavailable(error)
    assert reason(error) == "no such table: nowhere"


@pytest.mark.parametrize(
    "error",
    [
        StatementError("secret", "INSERT secret", {}, ValueError("secret")),
        UnicodeEncodeError("utf-8", "secret\ud800", 6, 7, "surrogates not allowed"),
        OverflowError("secret"),
    ],
)
def test_values_that_are_not_even_handed_over(error: Exception) -> None:
    """They are at fault, and not told either."""
    assert not is_unavailable(error)
    assert "secret" not in reason(error)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (wrapped(PostgresError("", "53100")), StoreFault.FULL),
        (OSError(28, "No space left on device"), StoreFault.FULL),
        (wrapped(PostgresError("", "55P03")), StoreFault.LOCKED),
        (wrapped(PostgresError("", "55006")), StoreFault.FAILING),
        (wrapped(PostgresError("", "57P01"), invalidated=True), StoreFault.FAILING),
        (ConnectionRefusedError(111, "refused"), StoreFault.FAILING),
        (wrapped(PostgresError("", "42501")), StoreFault.FAILING),
        (DBAPIError("INSERT INTO audit (number) VALUES ($1)", {}, PostgresError("", "42501")), StoreFault.AUDIT),
        (DBAPIError("SELECT audit.number \nFROM audit ORDER BY 1", {}, PostgresError("", "42P01")), StoreFault.AUDIT),
        (DBAPIError("INSERT INTO audit (number) VALUES ($1)", {}, PostgresError("", "53100")), StoreFault.FULL),
        (wrapped(PostgresError("", "XX002")), StoreFault.DAMAGED),
        (StoreTakenError("another"), StoreFault.TAKEN),
    ],
)
def test_the_kind_of_fault(error: Exception, fault: StoreFault) -> None:
    """What an operator has to mend: the disk, whoever holds the lock, the audit log's table, the server."""
    assert fault_of(error) is fault
