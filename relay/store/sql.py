"""The store on SQLAlchemy: opens the database, and reads; relay.store.writer writes."""

import asyncio
import secrets
import socket
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from common.protocol.clock import Clock
from relay.core.records import (
    AccountRecord,
    AuditEntry,
    AuditRow,
    CertificateRecord,
    EnrolmentRecord,
    GroupRecord,
    HeadRecord,
    Mentions,
    PersonRecord,
    RequestRecord,
    RequestState,
    RevocationRecord,
    SessionRecord,
    Verdict,
)
from relay.core.storing import StoreBehindError, StoreFault, StoreUnavailableError, Unit
from relay.settings import RelayTiming
from relay.store import archived, chain, directory, leavings, mentions, rows, schema, tables
from relay.store.engines import is_postgresql, open_engine, open_owner_engine, url_of
from relay.store.faults import is_damaged, reason
from relay.store.last_written import WrittenFile
from relay.store.migrating import bring_up_to_date
from relay.store.opening import opening
from relay.store.owner import Owner
from relay.store.writer import Writer

T = TypeVar("T")


async def open_store(
    database: Path | str, *, timing: RelayTiming, clock: Clock, last_written: Path | None = None
) -> "SqlStore":
    """The store in `database`: a SQLite file (made where there is none, mode 0600) or an address as SQLAlchemy writes it.

    The tables of a file are brought up to date first, after it was copied; a server's must be. `last_written`: where what was written
    last on a server is remembered. Raises StoreUnavailableError, StoreTakenError where another owns the database, StoreBehindError where
    what is remembered is missing from it, SchemaError.
    """
    url = url_of(database)
    owner: Owner | None = None
    async with opening(url) as stack:
        engine = open_engine(url)
        stack.push_async_callback(engine.dispose)
        if is_postgresql(url):
            owner = _owner(url, timing=timing, clock=clock, last_written=last_written)
            stack.push_async_callback(owner.close)
            await owner.take(schema.check)
        else:
            await bring_up_to_date(url)
        stack.pop_all()
    begin = owner.begin if owner is not None else engine.execution_options(writes=True).begin
    writer = Writer(begin, timing=timing, clock=clock)
    writer.start()
    if owner is not None:
        owner.watch(writer.failed)
    return SqlStore(engine, writer, owner, file=None if owner is not None or not url.database else Path(url.database))


async def migrate_store(
    database: Path | str, *, timing: RelayTiming, clock: Clock, used_by: Path | str | None = None
) -> str:
    """Bring the tables up to date, while nobody owns the database. Raises as `open_store`.

    `used_by`: the address that a relay opens, where that is not `database`. On PostgreSQL its role may read and write from
    then on what a relay does, and change no table; the role's name is returned, and "" where there is no other.
    """
    url = url_of(database)
    role = url_of(used_by).username if used_by is not None and is_postgresql(url) else None
    role = role if role != url.username else None
    async with opening(url) as stack:
        if not is_postgresql(url):
            await bring_up_to_date(url)
            return ""

        def prepare(connection: sa.Connection) -> None:
            schema.migrate(connection)
            if role:
                schema.grant(connection, role)

        owner = _owner(url, timing=timing, clock=clock, patient=True)
        stack.push_async_callback(owner.close)
        await owner.take(prepare)
    return role or ""


async def accept_store_loss(
    database: Path | str, *, timing: RelayTiming, clock: Clock, last_written: Path, actor: str
) -> StoreBehindError | None:
    """Have a database count as it is, though what was written last is missing from it: what is; None where nothing is.

    The audit log says so. Raises as `open_store`.
    """
    url = url_of(database)
    if not is_postgresql(url):
        return None

    def accept(behind: StoreBehindError) -> AuditEntry:
        facts: dict[str, str | int | None] = {
            "row": behind.row, "found": behind.found, "turn": behind.turn, "found_turn": behind.found_turn,
        }  # fmt: skip
        return AuditEntry(at=clock.now(), actor=actor, event="store.loss_accepted", subject="", facts=facts)

    async with opening(url) as stack:
        owner = _owner(url, timing=timing, clock=clock, last_written=last_written)
        stack.push_async_callback(owner.close)
        return await owner.take(schema.check, accept=accept)


def _owner(
    url: sa.URL, *, timing: RelayTiming, clock: Clock, patient: bool = False, last_written: Path | None = None
) -> Owner:
    name = f"tasuki-relay {socket.gethostname()[:32]} {secrets.token_hex(8)}"
    engine = open_owner_engine(url, name=name, patient=patient)
    remembered = None if last_written is None else WrittenFile(last_written)
    return Owner(engine, name=name, clock=clock, every=timing.owner_check, remembered=remembered)


class SqlStore:
    """relay.core.storing.Store. Made by `open_store`."""

    def __init__(self, engine: AsyncEngine, writer: Writer, owner: Owner | None, *, file: Path | None) -> None:
        self._engine = engine
        self._file = file
        self._writer = writer
        self._owner = owner

    @property
    def writable(self) -> bool:
        """See Store."""
        return self._writer.writable

    @property
    def fault(self) -> StoreFault | None:
        """See Store."""
        return self._writer.fault

    async def write(self, work: Callable[[Unit], T]) -> T:
        """See Store."""
        return await self._writer.write(work)

    async def mentions(self, person: str, accounts: Sequence[str], names: Sequence[str] = ()) -> Mentions:
        """See Store."""
        return await mentions.find(self._all, person=person, accounts=accounts, names=names)

    async def last_revoked(self, accounts: Sequence[str]) -> datetime | None:
        """See Store."""
        table = tables.revocations
        statement = sa.select(sa.func.max(table.c.done_at).label("at")).where(table.c.account.in_(accounts))
        found: Sequence[datetime | None] = await self._all(statement, lambda row: row["at"])
        return found[0]

    @property
    def has_files(self) -> bool:
        """See Store."""
        return self._file is not None

    async def clear(self) -> bool:
        """See Store."""
        if self._file is None:
            return False
        try:
            async with self._writer.paused():
                return await asyncio.to_thread(leavings.clear, self._file)
        except (sqlite3.Error, OSError) as error:
            if is_damaged(error):
                raise self._writer.found_damage(reason(error)) from error
            raise StoreUnavailableError(reason(error)) from error

    async def taken_over(self) -> None:
        """See Store."""
        await (self._owner.lost if self._owner is not None else asyncio.Event()).wait()

    async def close(self) -> None:
        """See Store."""
        await self._writer.close()
        if self._owner is not None:
            await self._owner.close()
        await self._engine.dispose()

    async def people(self) -> Sequence[PersonRecord]:
        """See Store."""
        return await directory.people(self._all)

    async def accounts(self) -> Sequence[AccountRecord]:
        """See Store."""
        return await directory.accounts(self._all)

    async def groups(self) -> Sequence[GroupRecord]:
        """See Store."""
        return await directory.groups(self._all)

    async def enrolled_accounts(self) -> frozenset[str]:
        """See Store."""
        statement = sa.select(tables.certificates.c.account).distinct()
        return frozenset(await self._all(statement, lambda row: str(row["account"])))

    async def open_lines(self) -> Mapping[str, datetime]:
        """See Store."""
        table = tables.enrolments
        statement = sa.select(table).where(table.c.used_at.is_(None)).order_by(table.c.created_at)
        return {one.account: one.good_until for one in await self._all(statement, rows.enrolment_of)}

    async def enrolments(self, account: str) -> Sequence[EnrolmentRecord]:
        """See Store."""
        table = tables.enrolments
        statement = sa.select(table).where(table.c.account == account).order_by(table.c.created_at)
        return await self._all(statement, rows.enrolment_of)

    async def certificates(self, account: str) -> Sequence[CertificateRecord]:
        """See Store."""
        table = tables.certificates
        statement = sa.select(table).where(table.c.account == account).order_by(table.c.not_after, table.c.fingerprint)
        return await self._all(statement, rows.certificate_of)

    async def all_certificates(self) -> Sequence[CertificateRecord]:
        """See Store."""
        table = tables.certificates
        statement = sa.select(table).order_by(table.c.computer, table.c.not_after, table.c.fingerprint)
        return await self._all(statement, rows.certificate_of)

    async def owed_revocations(self) -> Sequence[RevocationRecord]:
        """See Store."""
        table = tables.revocations
        statement = sa.select(table).where(table.c.done_at.is_(None)).order_by(table.c.asked_at, table.c.identifier)
        return await self._all(statement, rows.revocation_of)

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

    async def audit_end(self) -> tuple[int, bytes] | None:
        """See Store."""
        table = tables.audit
        statement = sa.select(table.c.number, table.c.digest).order_by(table.c.number.desc()).limit(1)
        found = await self._all(statement, lambda row: (int(row["number"]), bytes(row["digest"])))
        return found[0] if found else None

    async def heads(
        self,
        *,
        waiting: bool = False,
        newest: bool = False,
        signed_after: int | None = None,
        limit: int | None = None,
    ) -> Sequence[HeadRecord]:
        """See Store."""
        table = tables.audit_heads
        statement = sa.select(table).order_by(table.c.number)
        if waiting:
            statement = statement.where(table.c.document.is_(None), table.c.refused.is_(None))
        if newest:
            statement = sa.select(table).order_by(table.c.number.desc()).limit(1)
        if signed_after is not None:
            statement = statement.where(table.c.number > signed_after, table.c.document.is_not(None))
        if limit is not None:
            statement = statement.limit(limit)
        return await self._all(statement, rows.head_of)

    async def verify_audit(self) -> Verdict:
        """See Store."""
        verdict = await archived.start(self._all)
        while verdict.holds and (part := await self.audit_rows(after=verdict.rows)):
            verdict = chain.verify(part, verdict)
        return chain.complete(verdict)

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
