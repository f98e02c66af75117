"""One owner at a time for a database on PostgreSQL, which every relay that has its address can reach.

The owner holds an advisory lock of the server's, on the very connection that it writes by: where that connection ends, so does
the lock, and nothing is written without it. With the lock it has raised the epoch in the table `owner` and put its name there.
Each transaction of its begins by raising the turn in that row, where epoch and name are its own still, and keeps others from
changing it until it ends: so nothing of an owner is committed once another has begun. Where the answer to a commit was lost, the
turn says whether it was kept.

It remembers its last turn, and the audit log's end then, outside the database (relay.store.last_written). Where those are not
there (a standby that lagged has taken the server's place, an older copy was put back) it writes nothing: StoreBehindError. In
one run it tries again, for the right server may come back.

An owner whose connection was lost takes the lock again, and goes on where the epoch is still its own: nobody was there meanwhile.
Where another holds the lock, or the epoch is another's, it has lost the database for good (`lost`).

A session of the server's holds the lock: a pooler that gives each transaction another one takes it away.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.protocol.clock import Clock
from relay.core.records import AuditEntry
from relay.core.storing import StoreBehindError, StoreTakenError, StoreUnavailableError
from relay.store import tables
from relay.store.audit_log import append_audit
from relay.store.last_written import Found, LastWritten, WrittenFile

log = structlog.get_logger()

LOCK: Final = 7420815
"""The advisory lock's number, the same for all versions of Tasuki."""

PATIENCE: Final = 2.0
"""Seconds in which one who goes lets go of the lock."""
DOUBT: Final = 5.0
"""Seconds in which a server that was lost in the middle of a commit is asked again whether it was kept."""

_TRY: Final = sa.text("SELECT pg_try_advisory_lock(:lock)").bindparams(sa.bindparam("lock", LOCK, sa.BigInteger))
_HOLDER: Final = sa.text(
    "SELECT l.pid, a.application_name AS name, host(a.client_addr) AS address "
    "FROM pg_locks l JOIN pg_database d ON d.oid = l.database LEFT JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database() "
    "AND l.classid = 0 AND l.objid = :lock AND l.objsubid = 1"
).bindparams(sa.bindparam("lock", LOCK, sa.BigInteger))
_END: Final = sa.text("SELECT pg_terminate_backend(:pid)")
_DURABLE: Final = sa.text(
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')"
)
"""`local` would not wait for a standby where the server is set to have one that is waited for."""
_SEEN: Final = (tables.owner.c.epoch, tables.owner.c.holder, tables.owner.c.turn)
_LOOK: Final = sa.select(*_SEEN).where(tables.owner.c.number == 1)
_FENCE: Final = (
    sa.update(tables.owner).where(tables.owner.c.number == 1).values(turn=tables.owner.c.turn + 1).returning(*_SEEN)
)
_CLAIM: Final = (
    sa.update(tables.owner)
    .where(tables.owner.c.number == 1)
    .values(epoch=tables.owner.c.epoch + 1, holder=sa.bindparam("name"))
    .returning(tables.owner.c.epoch, tables.owner.c.turn)
)
_NUMBER: Final = tables.audit.c.number
_END_OF_LOG: Final = sa.select(_NUMBER, tables.audit.c.digest).order_by(_NUMBER.desc()).limit(1)
_FIRST_OF_LOG: Final = sa.select(sa.func.min(_NUMBER))
_DIGEST: Final = sa.select(tables.audit.c.digest).where(sa.bindparam("row") == _NUMBER)


@dataclass(frozen=True)
class Holder:
    """Who holds the lock: the server's process for it, and what that process is known by (None: hidden from this role)."""

    pid: int
    name: str | None
    address: str | None

    def __str__(self) -> str:
        """For people."""
        return ", ".join(part for part in (said(self.name or ""), self.address) if part) or f"pid {self.pid}"


def said(name: str) -> str:
    """An owner's name for people: without the number that makes it this one's alone."""
    return name.rpartition(" ")[0] or name


async def holder_of(connection: AsyncConnection) -> Holder | None:
    """Who owns the database that this is a connection to."""
    row = (await connection.execute(_HOLDER)).first()
    return None if row is None else Holder(row.pid, row.name, row.address)


class Owner:
    """The connection that owns the database, and takes itself up again. `name`: of this owner and of no other, at most 63 bytes."""

    def __init__(
        self, engine: AsyncEngine, *, name: str, clock: Clock, every: float, remembered: WrittenFile | None = None
    ) -> None:
        """`every`: seconds between two looks whether it still owns it. `remembered`: what was written last, over runs."""
        self._engine = engine
        self._name = name
        self._clock = clock
        self._every = every
        self._busy = asyncio.Lock()
        self._connection: AsyncConnection | None = None
        self._driver: Any = None
        self._epoch = 0
        self._last = LastWritten(turn=0)
        self._remembered = remembered
        self._wake = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._why = ""
        self.lost = asyncio.Event()

    async def take(
        self,
        prepare: Callable[[sa.Connection], None],
        *,
        accept: Callable[[StoreBehindError], AuditEntry] | None = None,
    ) -> StoreBehindError | None:
        """Become the owner. `prepare` is done in the transaction in which that is written down, and may raise.

        What is missing there is written down as `accept` has it, and returned. Raises StoreBehindError where there is none,
        StoreTakenError where there is an owner already, SQLAlchemyError, OSError.
        """
        async with self._busy:
            try:
                connection = await self._locked(first=True)
                async with connection.begin():
                    await connection.run_sync(prepare)
                    row = (await connection.execute(_CLAIM, {"name": self._name})).one()
                    behind = await self._behind(connection, row.turn, accept)
                    last = await _end_of_log(connection, row.turn)
            except BaseException:
                await self._drop()
                raise
            self._epoch = row.epoch
            self._remember(last)
        log.info("store_owned", epoch=self._epoch)
        return behind

    def watch(self, report: Callable[[Exception], object]) -> None:
        """Look from now on whether it is still owned and reached; `report` is told where not."""
        self._watching = asyncio.get_running_loop().create_task(self._watch(report), name="store-owner")

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A transaction of the owner's. Raises StoreTakenError, SQLAlchemyError, OSError."""
        async with self._busy:
            connection, turn = await self._entered(_FENCE)
            try:
                yield connection
                last = await _end_of_log(connection, turn)
            except BaseException as error:
                await self._leave(connection, error)
                raise
            try:
                await connection.commit()
            except BaseException as error:
                await self._leave(connection, error)
                if self._connection is not None or not isinstance(error, Exception) or not await self._was_kept(turn):
                    raise
            self._remember(last)

    async def close(self) -> None:
        """Let go of it."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        async with self._busy:
            await self._drop()
        await self._engine.dispose()
        if self._remembered is not None:
            await asyncio.to_thread(self._remembered.close)

    async def _watch(self, report: Callable[[Exception], object]) -> None:
        while not self.lost.is_set():
            timer = self._clock.call_later(self._every, self._wake.set)
            try:
                await self._wake.wait()
            finally:
                timer.cancel()
            self._wake.clear()
            if self._remembered is not None:
                await asyncio.to_thread(self._remembered.sync)
            if self._busy.locked():  # whoever writes finds out
                continue
            try:
                await self._look()
            except (SQLAlchemyError, OSError, StoreUnavailableError) as error:
                report(error)

    async def _look(self) -> None:
        async with self._busy:
            connection, _turn = await self._entered(_LOOK)
            try:
                await connection.rollback()
            except BaseException as error:
                await self._leave(connection, error)
                raise

    async def _was_kept(self, turn: int) -> bool:
        """Whether the transaction of this turn was committed, though its connection was lost. False where that cannot be known."""
        loop = asyncio.get_running_loop()
        end = loop.time() + DOUBT
        while True:
            try:
                connection, last = await self._entered(_LOOK)
                await connection.rollback()
            except (StoreTakenError, StoreBehindError):
                return False
            except (SQLAlchemyError, OSError, StoreUnavailableError):
                if loop.time() > end:
                    return False
                await asyncio.sleep(0.1)
            else:
                return last == turn

    async def _entered(self, statement: sa.Executable) -> tuple[AsyncConnection, int]:
        """The connection, in a transaction that has begun with this look at the epoch, and the turn it is."""
        again = False
        while True:
            connection = await self._owned()
            try:
                row = (await connection.execute(statement)).one_or_none()
                at = row.turn - (statement is _FENCE) if row is not None else self._last.turn
                end = await _end_of_log(connection, at) if at < self._last.turn else None
            except BaseException as error:
                await self._leave(connection, error)
                if again or self._connection is not None or not isinstance(error, SQLAlchemyError):
                    raise
                again = True  # it had died meanwhile, and nothing was written by it yet
                continue
            if end is not None:
                await self._drop()
                raise StoreBehindError(row=self._last.row, found=end.row, turn=self._last.turn, found_turn=end.turn)
            if row is None or (row.epoch, row.holder) != (self._epoch, self._name):
                raise await self._lose("" if row is None else said(row.holder))
            return connection, row.turn

    async def _behind(
        self, connection: AsyncConnection, turn: int, accept: Callable[[StoreBehindError], AuditEntry] | None
    ) -> StoreBehindError | None:
        """What is missing of what is remembered from before this run, in a database that is at this turn. Raises it where nobody accepts it."""
        last = self._remembered.read() if self._remembered is not None else None
        if last is None:
            return None
        end = (await _end_of_log(connection, turn)).row
        digest = (await connection.execute(_DIGEST, {"row": last.row})).scalar_one_or_none()
        first = (await connection.execute(_FIRST_OF_LOG)).scalar_one() or 0
        if not Found(turn=turn, row=end, first_row=first, digest=digest).lacks(last):
            return None
        behind = StoreBehindError(row=last.row, found=end, turn=last.turn, found_turn=turn)
        if accept is None:
            raise behind
        await connection.run_sync(append_audit, [accept(behind)])
        return behind

    def _remember(self, last: LastWritten) -> None:
        self._last = last
        if self._remembered is not None:
            self._remembered.write(last)

    async def _owned(self) -> AsyncConnection:
        """The connection with the lock; where it is gone, another one, if nobody was there meanwhile."""
        if self.lost.is_set():
            raise StoreTakenError(self._why)
        if self._connection is not None and self._driver.is_closed():
            await self._drop()
        if self._connection is None:
            try:
                return await self._locked(first=False)
            except BaseException:
                await self._drop()
                raise
        return self._connection

    async def _locked(self, *, first: bool) -> AsyncConnection:
        """A new connection that has taken the lock."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        self._connection = connection = await self._engine.connect()
        self._driver = (await connection.get_raw_connection()).driver_connection
        while not (await connection.execute(_TRY)).scalar_one():
            holder = await holder_of(connection)
            if holder is not None and holder.name == self._name:  # a connection of ours that the server takes for alive
                await connection.execute(_END, {"pid": holder.pid})
            elif holder is not None and not first:
                raise await self._lose(str(holder))
            await connection.rollback()  # or it would see the same holder again
            if loop.time() > end:
                if holder is None or not first:
                    raise StoreUnavailableError("the lock of a connection that was lost is not free yet")
                raise StoreTakenError(str(holder))
            await asyncio.sleep(0.05)
        await connection.execute(_DURABLE)
        await connection.commit()
        self._driver.add_termination_listener(lambda _connection: self._wake.set())
        return connection

    async def _leave(self, connection: AsyncConnection, error: BaseException) -> None:
        """The transaction is not to be; nor is the connection where it is not sure that it can go on."""
        if isinstance(error, Exception) and not isinstance(
            error, OSError
        ):  # a statement that took too long is one, too
            with contextlib.suppress(SQLAlchemyError, OSError):
                await connection.rollback()
                if not connection.invalidated and not self._driver.is_closed():
                    return
        await self._drop()

    async def _lose(self, to: str) -> StoreTakenError:
        self._why = to
        self.lost.set()
        log.error("store_taken_over", by=to)
        await self._drop()
        return StoreTakenError(to)

    async def _drop(self) -> None:
        """End the connection, which ends the lock."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._driver is not None:
            self._driver.terminate()
            self._driver = None
        with contextlib.suppress(SQLAlchemyError, OSError):
            await connection.invalidate()
        with contextlib.suppress(SQLAlchemyError, OSError):
            await connection.close()


async def _end_of_log(connection: AsyncConnection, turn: int) -> LastWritten:
    """What will have been written where this transaction, which is of this turn, is committed as it is now."""
    row = (await connection.execute(_END_OF_LOG)).one_or_none()
    return LastWritten(turn=turn) if row is None else LastWritten(turn=turn, row=row.number, digest=row.digest)
