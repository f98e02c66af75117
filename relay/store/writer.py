"""The one writer. Units of work that arrive together share a transaction and its commit.

A unit that raises is undone alone. What the units collected is written for all of them together; should the database
find fault with that, everything is rolled back and done again with a savepoint for each unit, so that only the one at
fault fails. When the database itself fails (a full disk, a file that is gone) the whole
transaction is rolled back and everyone in it hears StoreUnavailableError: nobody is told of a commit that was none.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from relay.core.records import AuditEntry
from relay.core.storing import ConflictError, StoreUnavailableError, Unit
from relay.store import chain, rows, tables
from relay.store.unit import Collected, SqlUnit

log = structlog.get_logger()

T = TypeVar("T")

BATCH = 100
"""Units in one transaction at most."""

_HEAD = sa.select(tables.audit.c.number, tables.audit.c.digest).order_by(tables.audit.c.number.desc()).limit(1)
_APPEND = sa.insert(tables.audit)


@dataclass(eq=False)
class _Job:
    """A unit of work that waits, and who waits for it."""

    work: Callable[[Unit], Any]
    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Owns the only connection that writes. `wait` in seconds: how long a unit waits for company."""

    def __init__(self, engine: AsyncEngine, *, wait: float) -> None:
        self._engine = engine.execution_options(writes=True)
        self._wait = wait
        self._jobs: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self.writable = True

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="store-writer")

    async def write(self, work: Callable[[Unit], T]) -> T:
        """See Store."""
        if self._closed:
            raise StoreUnavailableError("the store is closed")
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._jobs.put_nowait(job)
        result: T = await job.done
        return result

    async def close(self) -> None:
        """Do what was handed in, then stop."""
        self._closed = True
        if self._task is not None:
            self._jobs.put_nowait(None)
            await self._task
            self._task = None

    async def _run(self) -> None:
        more = True
        while more:
            jobs, more = await self._gather()
            if jobs:
                await self._commit(jobs)

    async def _gather(self) -> tuple[list[_Job], bool]:
        """The next jobs, and whether there may be more after them."""
        first = await self._jobs.get()
        if first is None:
            return [], False
        if self._wait:
            await asyncio.sleep(self._wait)
        jobs = [first]
        while len(jobs) < BATCH and not self._jobs.empty():
            job = self._jobs.get_nowait()
            if job is None:
                return jobs, False
            jobs.append(job)
        return jobs, True

    async def _in_transaction(self, jobs: Sequence[_Job], *, alone: bool) -> None:
        async with self._engine.begin() as connection:
            await connection.run_sync(_work_off, jobs, alone)

    async def _commit(self, jobs: Sequence[_Job]) -> None:
        try:
            try:
                await self._in_transaction(jobs, alone=False)
            except IntegrityError:
                await self._in_transaction(jobs, alone=True)
        except (SQLAlchemyError, OSError) as error:
            if self.writable:
                log.error("store_unwritable", error=type(error).__name__, detail=_reason(error))  # noqa: TRY400  (its statement holds what people wrote)
            self.writable = False
            for job in jobs:
                job.error = StoreUnavailableError(_reason(error))
        except Exception as error:  # a bug of ours must not stop the writer: who waits hears of it
            log.exception("store_writer_failed")
            for job in jobs:
                job.error = error
        else:
            self.writable = True
        for job in jobs:
            if job.done.done():
                continue  # who waited was cancelled
            if job.error is not None:
                job.done.set_exception(job.error)
            else:
                job.done.set_result(job.result)


def _work_off(connection: sa.Connection, jobs: Sequence[_Job], alone: bool) -> None:
    """All jobs in the transaction that `connection` is in, then their audit entries. Raises what means: none of it."""
    batch = Collected()
    for job in jobs:
        job.result = job.error = None
        unit = SqlUnit(connection, batch)
        try:
            job.result = job.work(unit)
            if alone:
                unit.write_alone()
        except IntegrityError as error:
            unit.undo()
            job.error = ConflictError(_reason(error))
        except DBAPIError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever the work raises belongs to whoever handed it in)
            unit.undo()
            job.error = error
        else:
            unit.keep()
    batch.write(connection)
    append_audit(connection, batch.entries)


def append_audit(connection: sa.Connection, entries: Sequence[AuditEntry]) -> None:
    """Link the entries to the chain as it is in this transaction: the head is read here, never remembered."""
    if not entries:
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7420815)")
    head = connection.execute(_HEAD).one_or_none()
    number, previous = (head.number, head.digest) if head is not None else (0, chain.START)
    linked = chain.extend(entries, number=number, previous=previous)
    connection.execute(_APPEND, [rows.audit_row(row) for row in linked])


def _reason(error: BaseException) -> str:
    """What the database said, without the statement and its values, which hold what people wrote."""
    return str(error.orig) if isinstance(error, DBAPIError) and error.orig is not None else str(error)
