"""The store on SQLAlchemy: opens the database, brings its tables up to date, and reads; relay.store.writer writes."""

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from common.protocol.clock import Clock
from relay.core.records import (
    AccountRecord,
    AuditRow,
    CertificateRecord,
    EnrolmentRecord,
    GroupRecord,
    RequestRecord,
    RequestState,
    SessionRecord,
    Verdict,
)
from relay.core.storing import StoreDamagedError, StoreUnavailableError, Unit
from relay.settings import RelayTiming
from relay.store import chain, rows, tables
from relay.store.faults import is_damaged, reason
from relay.store.writer import Writer

T = TypeVar("T")

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_POSTGRESQL: Final = {"timeout": 5.0, "command_timeout": 10.0}
"""Seconds for a connection to come about and for one statement: a server that hangs is one that is not there."""
_PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")


async def open_store(database: Path | str, *, timing: RelayTiming, clock: Clock) -> "SqlStore":
    """The store in `database`: a SQLite file (made where there is none, mode 0600) or an address as SQLAlchemy writes it.

    Its tables are brought up to date first. Raises StoreUnavailableError.
    """
    url = sa.make_url(f"sqlite+aiosqlite:///{database}" if isinstance(database, Path) else database)
    try:
        if url.get_backend_name() == "sqlite" and url.database:
            os.close(os.open(url.database, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        engine = _engine(url)
    except (OSError, SQLAlchemyError, ImportError) as error:
        raise StoreUnavailableError(f"{url.render_as_string()}: {error}") from error
    try:
        async with engine.execution_options(writes=True).begin() as connection:
            await connection.run_sync(_migrate)
    except (SQLAlchemyError, OSError, CommandError, UnicodeDecodeError) as error:
        await engine.dispose()
        if is_damaged(error):
            raise StoreDamagedError(reason(error)) from error
        raise StoreUnavailableError(f"{url.render_as_string()}: {error}") from error
    writer = Writer(engine, timing=timing, clock=clock)
    writer.start()
    return SqlStore(engine, writer)


def _engine(url: sa.URL) -> AsyncEngine:
    if url.get_backend_name() == "postgresql":
        return create_async_engine(url, pool_pre_ping=True, connect_args=_POSTGRESQL)
    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare)
        event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    """The driver opens no transactions by itself: `_begin` does, so that a writer never has to wait in the middle."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(connection: sa.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


class SqlStore:
    """relay.core.storing.Store. Made by `open_store`."""

    def __init__(self, engine: AsyncEngine, writer: Writer) -> None:
        self._engine = engine
        self._writer = writer

    @property
    def writable(self) -> bool:
        """See Store."""
        return self._writer.writable

    @property
    def damaged(self) -> bool:
        """See Store."""
        return self._writer.damaged

    async def write(self, work: Callable[[Unit], T]) -> T:
        """See Store."""
        return await self._writer.write(work)

    async def close(self) -> None:
        """See Store."""
        await self._writer.close()
        await self._engine.dispose()

    async def accounts(self) -> Sequence[AccountRecord]:
        """See Store."""
        statement = sa.select(tables.accounts).order_by(tables.accounts.c.created_at, tables.accounts.c.identifier)
        return await self._all(statement, rows.account_of)

    async def groups(self) -> Sequence[GroupRecord]:
        """See Store."""
        members: dict[str, list[str]] = {}
        for group, account in await self._all(sa.select(tables.memberships), rows.membership_of):
            members.setdefault(group, []).append(account)
        statement = sa.select(tables.groups).order_by(tables.groups.c.name)
        return await self._all(statement, lambda row: rows.group_of(row, members.get(row["name"], ())))

    async def enrolments(self, account: str) -> Sequence[EnrolmentRecord]:
        """See Store."""
        table = tables.enrolments
        statement = sa.select(table).where(table.c.account == account).order_by(table.c.created_at)
        return await self._all(statement, rows.enrolment_of)

    async def certificates(self, account: str) -> Sequence[CertificateRecord]:
        """See Store."""
        table = tables.certificates
        statement = sa.select(table).where(table.c.account == account).order_by(table.c.seen_at)
        return await self._all(statement, rows.certificate_of)

    async def open_requests(self) -> Sequence[RequestRecord]:
        """See Store."""
        table = tables.requests
        statement = sa.select(table).where(table.c.state != RequestState.OVER.value).order_by(table.c.asked_at)
        return await self._all(statement, rows.request_of)

    async def requests(self, *, limit: int, before: datetime | None = None) -> Sequence[RequestRecord]:
        """See Store."""
        table = tables.requests
        statement = sa.select(table).order_by(table.c.asked_at.desc()).limit(limit)
        if before is not None:
            statement = statement.where(table.c.asked_at < before)
        return await self._all(statement, rows.request_of)

    async def open_sessions(self) -> Sequence[SessionRecord]:
        """See Store."""
        table = tables.sessions
        statement = sa.select(table).where(table.c.ended_at.is_(None)).order_by(table.c.granted_at)
        return await self._all(statement, rows.session_of)

    async def sessions(self, *, limit: int, before: datetime | None = None) -> Sequence[SessionRecord]:
        """See Store."""
        table = tables.sessions
        statement = sa.select(table).order_by(table.c.granted_at.desc()).limit(limit)
        if before is not None:
            statement = statement.where(table.c.granted_at < before)
        return await self._all(statement, rows.session_of)

    async def audit_rows(self, *, after: int = 0, limit: int = 1000) -> Sequence[AuditRow]:
        """See Store."""
        table = tables.audit
        statement = sa.select(table).where(table.c.number > after).order_by(table.c.number).limit(limit)
        return await self._all(statement, rows.audit_of)

    async def verify_audit(self) -> Verdict:
        """See Store."""
        verdict = Verdict(rows=0)
        while verdict.holds and (part := await self.audit_rows(after=verdict.rows)):
            verdict = chain.verify(part, verdict)
        return verdict

    async def _all(self, statement: sa.Select[Any], read: Callable[[sa.RowMapping], T]) -> Sequence[T]:
        """What `read` makes of each row. Raises StoreUnavailableError, StoreDamagedError."""
        try:
            async with self._engine.connect() as connection:
                found = (await connection.execute(statement)).mappings().all()
                return [read(row) for row in found]
        except (SQLAlchemyError, OSError) as error:
            if is_damaged(error):
                raise self._writer.found_damage(reason(error)) from error
            raise StoreUnavailableError(type(error).__name__) from error
        except rows.UNREADABLE as error:
            raise self._writer.found_damage(f"{type(error).__name__} in a row") from error
