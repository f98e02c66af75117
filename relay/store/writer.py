"""The one writer. Units of work that arrive together share a transaction and its commit.

A unit that raises is undone alone. What the units collected is written for all of them together; should the database
refuse any of it, everything is rolled back and done again with a savepoint for each unit, so that only the one at fault
fails, with WriteRefusedError. When the database itself fails (relay.store.faults) the whole transaction is rolled back and
everyone in it hears StoreUnavailableError: nobody is told of a commit that was none. From then on the writer tries by
itself whether it can write again (relay.store.probe). No other process writes meanwhile: SQLite's file is locked, and
PostgreSQL has an owner (relay.store.owner).
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from common.protocol.clock import Clock
from relay.core.storing import (
    ConflictError,
    StoreBehindError,
    StoreDamagedError,
    StoreFault,
    StoreTakenError,
    StoreUnavailableError,
    Unit,
    WriteRefusedError,
)
from relay.settings import RelayTiming
from relay.store import probe
from relay.store.audit_log import append_audit
from relay.store.faults import fault_of, is_damaged, is_unavailable, reason
from relay.store.unit import Collected, SqlUnit

log = structlog.get_logger()

T = TypeVar("T")

Begin = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""A connection in a transaction, which is committed where the block is left in peace, and else rolled back."""

BATCH = 100
"""Units in one transaction at most."""


@dataclass(eq=False)
class _Job:
    """A unit of work that waits, and who waits for it."""

    work: Callable[[Any], Any]
    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Writer:
    """The only one that writes, in transactions that `begin` gives. A unit of work waits for company as long as the settings say."""

    def __init__(self, begin: Begin, *, timing: RelayTiming, clock: Clock) -> None:
        self._begin = begin
        self._group_commit = timing.group_commit
        self._jobs: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._probing = probe.Probing(self._probe, clock=clock, every=timing.store_probe)
        self._transaction = asyncio.Lock()
        self.fault: StoreFault | None = None
        self._damage = ""

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="store-writer")

    async def write(self, work: Callable[[Unit], T]) -> T:
        """See Store."""
        return await self._do(work)

    async def close(self) -> None:
        """Do what was handed in, then stop."""
        self._closed = True
        self._probing.stop()
        if self._task is not None:
            self._jobs.put_nowait(None)
            await self._task
            self._task = None
        await self._probing.close()

    async def _do(self, work: Callable[[Any], T]) -> T:
        if self._closed:
            raise StoreUnavailableError("the store is closed")
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._jobs.put_nowait(job)
        result: T = await job.done
        return result

    async def _probe(self) -> None:
        await self._do(probe.take_room)
        await self._do(probe.give_back)

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
        if self._group_commit:
            await asyncio.sleep(self._group_commit)
        jobs = [first]
        while len(jobs) < BATCH and not self._jobs.empty():
            job = self._jobs.get_nowait()
            if job is None:
                return jobs, False
            jobs.append(job)
        return jobs, True

    async def _commit(self, jobs: Sequence[_Job]) -> None:
        try:
            await self._write(jobs)
        except (SQLAlchemyError, OSError, StoreUnavailableError) as error:
            failure = self.failed(error)
            for job in jobs:
                job.error = failure
        except Exception as error:  # a bug of ours must not stop the writer: whoever waits hears of it
            log.exception("store_writer_failed")
            for job in jobs:
                job.error = error
        else:
            self._works()
        for job in jobs:
            if job.done.done():
                continue  # whoever waited was cancelled
            if job.error is not None:
                job.done.set_exception(job.error)
            else:
                job.done.set_result(job.result)

    async def _write(self, jobs: Sequence[_Job]) -> None:
        if self._damage:
            raise StoreDamagedError(self._damage)
        try:
            await self._in_transaction(_together, jobs)
        except Exception as error:
            if is_unavailable(error):
                raise
            await self._in_transaction(_each_alone, jobs)

    async def _in_transaction(self, do: Callable[[sa.Connection, Sequence[_Job]], None], jobs: Sequence[_Job]) -> None:
        async with self._transaction, self._begin() as connection:
            await connection.run_sync(do, jobs)

    def paused(self) -> asyncio.Lock:
        """While it is held nothing is written; what is handed in waits."""
        return self._transaction

    @property
    def writable(self) -> bool:
        """Whether the last thing written was written."""
        return self.fault is None

    def found_damage(self, detail: str) -> StoreDamagedError:
        """Write nothing any more: what is built on damage makes it worse. The error to raise."""
        if not self._damage:
            log.error("store_damaged", detail=detail, what_to_do="stop the relay, put its records back from a backup")
        self._damage = self._damage or detail
        self.fault = StoreFault.DAMAGED
        self._probing.stop()
        return StoreDamagedError(detail)

    def failed(self, error: Exception) -> StoreUnavailableError:
        """The database cannot be written, whoever found that out. The error to raise."""
        if isinstance(error, StoreDamagedError) or is_damaged(error):
            return self.found_damage(reason(error))
        fault = fault_of(error)
        if self.writable:
            log.error("store_unwritable", fault=fault.value, error=type(error).__name__, detail=reason(error))
        self.fault = fault
        if isinstance(error, StoreTakenError):  # for good
            self._probing.stop()
            return StoreTakenError(reason(error))
        if not self._closed:
            self._probing.start()
        if isinstance(error, StoreBehindError):
            return error
        return StoreUnavailableError(reason(error))

    def _works(self) -> None:
        if not self.writable:
            log.info("store_writable")
        self.fault = None
        self._probing.stop()


def _together(connection: sa.Connection, jobs: Sequence[_Job]) -> None:
    """All jobs in the transaction that `connection` is in, then their rows and audit entries. Raises what means: none of it."""
    batch = Collected()
    for job in jobs:
        _work(job, SqlUnit(connection, batch))
    batch.write(connection)
    append_audit(connection, batch.entries)


def _each_alone(connection: sa.Connection, jobs: Sequence[_Job]) -> None:
    """Each job with all it writes in a savepoint of its own: what the database refuses then is this job's fault.

    Raises what is nobody's fault: none of it, then.
    """
    probe.touch(connection)
    for job in jobs:
        unit = SqlUnit(connection, Collected())
        unit.begin()
        _work(job, unit, finish=lambda collected: _write(connection, collected))


def _write(connection: sa.Connection, collected: Collected) -> None:
    collected.write(connection)
    append_audit(connection, collected.entries)


def _work(job: _Job, unit: SqlUnit, *, finish: Callable[[Collected], None] = lambda _: None) -> None:
    """Do the work, then `finish` with what it collected. Raises where the transaction cannot go on."""
    job.result = job.error = None
    try:
        job.result = job.work(unit)
        finish(unit.collected)
    except Exception as error:
        refused = isinstance(error, SQLAlchemyError)
        if is_unavailable(error) or (refused and not unit.begun):
            raise
        unit.undo()
        job.error = _refusal(error) if refused else error
    else:
        unit.keep()


def _refusal(error: Exception) -> WriteRefusedError:
    kind = ConflictError if isinstance(error, IntegrityError) else WriteRefusedError
    return kind(reason(error))
