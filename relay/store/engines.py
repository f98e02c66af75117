"""What connects to a database: a file of SQLite's, or a server of PostgreSQL's."""

import os
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from relay.core.storing import DriverMissingError, StoreUnavailableError

SECONDS: Final = {"timeout": 5.0, "command_timeout": 10.0}
"""For a connection to PostgreSQL to come about, and for one statement: a server that hangs is one that is not there."""

LONGEST: Final = 2.0
"""Seconds of one transaction of a process that reads: whoever erases waits for it, and PostgreSQL clears no rows meanwhile."""

_PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "secure_delete=ON")
_NOTICED: Final = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""The server gives an owner up whose computer is gone within some 11 s of silence; its default is more than two hours."""


def url_of(database: Path | str) -> sa.URL:
    """`database`: a file of SQLite's, or an address as SQLAlchemy writes it. Raises StoreUnavailableError."""
    try:
        if isinstance(database, Path):
            return sa.URL.create("sqlite+aiosqlite", database=str(database))  # whatever characters are in it
        return sa.make_url(database)
    except (SQLAlchemyError, ValueError) as error:
        raise StoreUnavailableError(str(error)) from error


def is_postgresql(url: sa.URL) -> bool:
    """Whether a server holds it, which several programs can reach."""
    return url.get_backend_name() == "postgresql"


def open_engine(url: sa.URL, *, foreign_keys: bool = True) -> AsyncEngine:
    """For reading, and on SQLite for writing too; without `foreign_keys` SQLite looks at none. Raises OSError, SQLAlchemyError, DriverMissingError."""
    if is_postgresql(url):
        return _engine(url, pool_pre_ping=True, connect_args=SECONDS)
    if url.get_backend_name() == "sqlite" and url.database:
        os.close(os.open(url.database, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    engine = _engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", partial(_prepare, foreign_keys=foreign_keys))
        event.listen(engine.sync_engine, "begin", _begin)
    return engine


def open_reading_engine(url: sa.URL) -> AsyncEngine:
    """For a process that reads and cannot write, whatever it is told: SQLite opens the file so, PostgreSQL each transaction. Raises as `open_engine`."""
    if is_postgresql(url):
        settings = {"application_name": "tasuki-relay reading", "default_transaction_read_only": "on"}
        settings["statement_timeout"] = str(int(LONGEST * 1000))
        return _engine(url, poolclass=NullPool, connect_args={**SECONDS, "server_settings": settings})
    address = url.set(database=f"file:{quote(url.database or '')}", query={"mode": "ro", "uri": "true"})
    engine = _engine(address)
    event.listen(engine.sync_engine, "connect", _prepare_reading)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def open_owner_engine(url: sa.URL, *, name: str, patient: bool = False) -> AsyncEngine:
    """For the one connection to PostgreSQL that writes, known to the server by this name. `patient`: statements may take long."""
    seconds = SECONDS | ({"command_timeout": None} if patient else {})
    settings = {"application_name": name, **_NOTICED}
    return _engine(url, poolclass=NullPool, connect_args={**seconds, "server_settings": settings})


def _engine(url: sa.URL, **options: Any) -> AsyncEngine:
    try:
        return create_async_engine(url, **options)
    except (ImportError, NoSuchModuleError) as error:
        raise DriverMissingError(str(error)) from error


def _prepare(connection: Any, _record: object, *, foreign_keys: bool) -> None:
    """The driver opens no transactions by itself: `_begin` does, so that a writer never has to wait in the middle."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (*_PRAGMAS, f"foreign_keys={'ON' if foreign_keys else 'OFF'}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_reading(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("query_only=ON", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
