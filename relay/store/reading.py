"""Reading much, in a process of its own: connections that cannot write, and no transaction that lasts.

A long answer is read in parts, each in a transaction of its own: one that stays open would keep SQLite from clearing its
write-ahead log, and PostgreSQL from clearing rows. Rows that come while it is read are new ones, behind or before all parts.
"""

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection

from relay.core.history import Cursor, SessionEntry, SessionFilter, Span
from relay.core.records import (
    AccountRecord,
    AuditRow,
    CertificateRecord,
    EnrolmentRecord,
    GroupRecord,
    HeadRecord,
    PersonRecord,
    RequestRecord,
    RevocationRecord,
    Verdict,
)
from relay.core.storing import StoreDamagedError, StoreUnavailableError
from relay.store import archived, chain, directory, naming, rows, schema, tables
from relay.store.engines import LONGEST, open_reading_engine, url_of
from relay.store.faults import is_damaged, reason
from relay.store.opening import opening

T = TypeVar("T")

PART: Final = 1000
"""Rows of one transaction, where all are wanted."""

ACCOUNTS: Final = 500
"""Accounts that one statement asks for: databases bound how many values one may have."""

WINDOW: Final = 5000
"""Rows of the audit log, or sessions, that one transaction looks at, wanted or not."""


@contextlib.asynccontextmanager
async def open_reader(database: Path | str) -> AsyncIterator["Reader"]:
    """What reads in there, closed at the end. Raises StoreUnavailableError, SchemaError where the tables are not this program's."""
    url = url_of(database)
    _check_there(database)
    async with opening(url) as stack:
        engine = open_reading_engine(url)
        stack.push_async_callback(engine.dispose)
        async with engine.connect() as connection:
            await connection.run_sync(schema.check)
        stack.pop_all()
    try:
        yield Reader(engine)
    finally:
        await engine.dispose()


class Reader:
    """Made by `open_reader`. Every method raises StoreUnavailableError, StoreDamagedError."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def people(self) -> Sequence[PersonRecord]:
        """All, oldest first."""
        return await directory.people(self._all)

    async def accounts(self) -> Sequence[AccountRecord]:
        """All, oldest first."""
        return await directory.accounts(self._all)

    async def groups(self) -> Sequence[GroupRecord]:
        """All, by name."""
        return await directory.groups(self._all)

    async def group_known(self, name: str) -> bool:
        """Whether there is, or was, such a group: one that is there, or that somebody asked."""
        there = sa.select(sa.literal(1)).where(tables.groups.c.name == name)
        asked = sa.select(sa.literal(1)).where(
            tables.requests.c.to_kind == "group", tables.requests.c.to_target == name
        )
        return bool(await self._all(sa.union_all(there, asked).limit(1), dict))

    # sessions

    async def sessions(
        self, wanted: SessionFilter, *, limit: int, after: Cursor | None = None
    ) -> tuple[Sequence[SessionEntry], Cursor | None]:
        """At most `limit` sessions, newest first, from behind `after`; and where the next ones are, None where there are none."""
        found: list[SessionEntry] = []
        begin: datetime | None = None
        while len(found) <= limit:
            end, begin = begin, await self._window(wanted, after, begin)
            statement = _sessions(wanted, after)
            if begin is not None:
                statement = statement.where(tables.sessions.c.granted_at >= begin)
            if end is not None:
                statement = statement.where(tables.sessions.c.granted_at < end)
            found += await self._all(statement.limit(limit + 1 - len(found)), _entry)
            if begin is None:
                break
        if len(found) <= limit:
            return found, None
        last = found[limit - 1].session
        return found[:limit], Cursor(granted_at=last.granted_at, identifier=last.identifier)

    async def _window(self, wanted: SessionFilter, after: Cursor | None, before: datetime | None) -> datetime | None:
        """Back to when one transaction looks for sessions, wanted or not; None: as far as there are any."""
        granted = tables.sessions.c.granted_at
        statement = _within(sa.select(granted), granted, wanted.span)
        if before is not None:
            statement = statement.where(granted < before)
        elif after is not None:
            statement = statement.where(granted <= after.granted_at)
        statement = statement.order_by(granted.desc()).limit(1).offset(WINDOW)
        found = await self._all(statement, lambda row: row["granted_at"])
        return found[0] if found else None

    async def all_sessions(self, wanted: SessionFilter) -> AsyncIterator[Sequence[SessionEntry]]:
        """Every one, newest first, in parts."""
        after: Cursor | None = None
        while True:
            part, after = await self.sessions(wanted, limit=PART, after=after)
            yield part
            if after is None:
                return

    # the audit log

    async def audit(self, span: Span = Span(), *, after: int = 0) -> AsyncIterator[Sequence[AuditRow]]:  # noqa: B008  (frozen)
        """Rows from the one after number `after`, in the order of their numbers, in parts that may be empty."""
        table = tables.audit
        last = await self.last_number()
        for begin in range(max(after, (await self.beginning())[0] - 1), last, WINDOW):
            statement = sa.select(table).where(table.c.number > begin, table.c.number <= begin + WINDOW)
            yield await self._all(_within(statement, table.c.at, span).order_by(table.c.number), rows.audit_of)

    async def heads(self) -> Sequence[HeadRecord]:
        """All that were noted, by number."""
        return await self._all(sa.select(tables.audit_heads).order_by(tables.audit_heads.c.number), rows.head_of)

    async def verify(self, heads: Mapping[int, bytes] = MappingProxyType({})) -> Verdict:
        """Walk the whole chain, as it is when this begins. `heads`: digests that rows must have, by number.

        Where rows are erased meanwhile, what confirms them stands behind that end: it is read as well.
        """
        table = tables.audit
        end, verdict = await self.last_number(), await archived.start(self._all)
        written: set[tuple[str, str]] = set()
        statement = sa.select(table).order_by(table.c.number).limit(PART)
        last = 0
        while last < end and verdict.holds:
            last = end
            up_to = statement.where(table.c.number <= last)
            while verdict.holds and (
                part := await self._all(up_to.where(table.c.number > verdict.rows), rows.audit_of)
            ):
                verdict = chain.verify(part, verdict)
                for row in part:
                    written.update(row.names.items())
                    if heads.get(row.number, row.digest) != row.digest and verdict.false_head is None:
                        verdict = replace(verdict, false_head=row.number)
            if verdict.unconfirmed:
                end = await self.last_number()
        beyond = [number for number in heads if number > last]
        if beyond and verdict.false_head is None:
            verdict = replace(verdict, false_head=min(beyond))
        return await self._names_compared(chain.complete(verdict), written)

    async def names_of(self, written: Sequence[AuditRow]) -> dict[tuple[str, str], str]:
        """The names that stand in these rows and are still beside, by account and digest."""
        table = tables.audit_names
        accounts = sorted({one for row in written for one in row.names})
        found: dict[tuple[str, str], str] = {}
        for begin in range(0, len(accounts), ACCOUNTS):
            statement = sa.select(table).where(table.c.account.in_(accounts[begin : begin + ACCOUNTS]))
            for digest, one in await self._all(statement, rows.beside_of):
                found[one.account, digest] = one.name
        return found

    async def names_had(self, accounts: frozenset[str]) -> Sequence[str]:
        """What these accounts were called in the audit log, as far as it is still known."""
        table = tables.audit_names
        statement = sa.select(table).where(table.c.account.in_(accounts)).order_by(table.c.name)
        return list(dict.fromkeys(await self._all(statement, lambda row: str(row["name"]))))

    async def _names_compared(self, verdict: Verdict, written: set[tuple[str, str]]) -> Verdict:
        """With how many of the names in the log are known, and which are not what was written."""
        table, known, wrong, last = tables.audit_names, 0, set(), ("", "")
        statement = sa.select(table).order_by(table.c.account, table.c.digest).limit(PART)
        while part := await self._all(
            statement.where(sa.tuple_(table.c.account, table.c.digest) > sa.tuple_(*map(sa.literal, last))),
            rows.beside_of,
        ):
            for digest, one in part:
                last = (one.account, digest)
                known += last in written
                if not naming.is_true(one, digest):
                    wrong.add(one.account)
        return replace(verdict, names=known, names_gone=len(written) - known, false_names=tuple(sorted(wrong)))

    async def beginning(self) -> tuple[int, bytes]:
        """Number of the first row there is, and the digest of the one before."""
        return await archived.beginning(self._all)

    async def last_number(self) -> int:
        """Of the newest row; 0 where there is none."""
        [last] = await self._all(
            sa.select(sa.func.max(tables.audit.c.number).label("last")), lambda row: row["last"] or 0
        )
        return int(last)

    # of one person

    async def enrolments(self, accounts: frozenset[str]) -> Sequence[EnrolmentRecord]:
        """Of these accounts, oldest first."""
        table = tables.enrolments
        statement = sa.select(table).where(table.c.account.in_(accounts)).order_by(table.c.created_at)
        return await self._all(statement, rows.enrolment_of)

    async def certificates(self, accounts: frozenset[str]) -> Sequence[CertificateRecord]:
        """Of these accounts, oldest first."""
        table = tables.certificates
        statement = (
            sa.select(table).where(table.c.account.in_(accounts)).order_by(table.c.not_after, table.c.fingerprint)
        )
        return await self._all(statement, rows.certificate_of)

    async def revocations(self, accounts: frozenset[str]) -> Sequence[RevocationRecord]:
        """Of these accounts, oldest first."""
        table = tables.revocations
        statement = sa.select(table).where(table.c.account.in_(accounts)).order_by(table.c.asked_at)
        return await self._all(statement, rows.revocation_of)

    async def requests_with(
        self, accounts: frozenset[str], uris: frozenset[str]
    ) -> AsyncIterator[Sequence[RequestRecord]]:
        """Those that these accounts made, were asked to take by name, or declined; by their identifiers, in parts."""
        table = tables.requests
        declined = sa.cast(table.c.declined, sa.Text)
        concerned = sa.or_(
            table.c.user_account.in_(accounts),
            sa.and_(table.c.to_kind == "helper", table.c.to_target.in_(uris)),
            *(declined.contains(account, autoescape=True) for account in sorted(accounts)),
        )
        statement = sa.select(table).where(concerned).order_by(table.c.identifier).limit(PART)
        last = ""
        while part := await self._all(statement.where(table.c.identifier > last), rows.request_of):
            yield part
            last = part[-1].identifier

    async def _all(self, statement: sa.Executable, read: Callable[[sa.RowMapping], T]) -> Sequence[T]:
        """What `read` makes of each row, in a transaction that is given up after LONGEST seconds: whoever erases waits for it."""
        try:
            async with self._engine.connect() as connection:
                with _given_up(await connection.get_raw_connection()):
                    found = (await connection.execute(statement)).mappings().all()
        except (SQLAlchemyError, OSError) as error:
            kind = StoreDamagedError if is_damaged(error) else StoreUnavailableError
            raise kind(reason(error)) from error
        try:
            return [read(row) for row in found]
        except rows.UNREADABLE as error:
            raise StoreDamagedError(f"{type(error).__name__} in a row") from error


@contextlib.contextmanager
def _given_up(raw: PoolProxiedConnection) -> Iterator[None]:
    """Interrupt SQLite in the block's statement after LONGEST seconds; PostgreSQL was told at its connection."""
    interrupt = getattr(raw.driver_connection, "interrupt", None)
    if interrupt is None:
        yield
        return
    loop = asyncio.get_running_loop()
    timer = loop.call_later(LONGEST, lambda: loop.create_task(interrupt()))
    try:
        yield
    finally:
        timer.cancel()


def _check_there(database: Path | str) -> None:
    if isinstance(database, Path) and not database.exists():
        raise StoreUnavailableError(f"{database}: {os.strerror(errno.ENOENT)}")


def _sessions(wanted: SessionFilter, after: Cursor | None) -> sa.Select[Any]:
    table, asked, members = tables.sessions, tables.requests, tables.memberships
    statement = sa.select(table, asked.c.topic, asked.c.to_kind, asked.c.to_target).join(
        asked, asked.c.identifier == table.c.request
    )
    statement = _within(statement, table.c.granted_at, wanted.span)
    if wanted.accounts is not None:
        either = table.c.user_account.in_(wanted.accounts), table.c.helper_account.in_(wanted.accounts)
        statement = statement.where(sa.or_(*either))
    if wanted.group is not None:
        of_now = sa.select(members.c.account).where(members.c.group == wanted.group)
        made_to = sa.and_(asked.c.to_kind == "group", asked.c.to_target == wanted.group)
        statement = statement.where(sa.or_(made_to, table.c.helper_account.in_(of_now)))
    if wanted.why is not None:
        statement = statement.where(table.c.why == wanted.why.value)
    if after is not None:
        same = sa.and_(table.c.granted_at == after.granted_at, table.c.identifier < after.identifier)
        statement = statement.where(table.c.granted_at <= after.granted_at)  # by which the index is entered
        statement = statement.where(sa.or_(table.c.granted_at < after.granted_at, same))
    return statement.order_by(table.c.granted_at.desc(), table.c.identifier.desc())


def _within(statement: sa.Select[Any], column: sa.Column[Any], span: Span) -> sa.Select[Any]:
    if span.begin is not None:
        statement = statement.where(column >= span.begin)
    if span.end is not None:
        statement = statement.where(column < span.end)
    return statement


def _entry(row: sa.RowMapping) -> SessionEntry:
    to = rows.to_of(row["to_kind"], row["to_target"])
    return SessionEntry(session=rows.session_of(row), to=to, topic=row["topic"])
