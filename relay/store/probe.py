"""Whether a database that failed can be written again, found out without anybody's work.

A write of a few bytes would say too little: SQLite puts it into the room that its log has already, PostgreSQL into a page
that is half empty, and the next real write fails again. So the probe takes as much room as a full unit of work, commits,
and gives it back in a second transaction. Nothing is written without its row in the audit log, so that one is tried as well.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from hashlib import shake_256
from typing import Final

import sqlalchemy as sa

from common.protocol.clock import Clock, Timer
from relay.core.storing import StoreError
from relay.store import tables
from relay.store.audit_log import try_audit
from relay.store.unit import SqlUnit, upsert

ROOM: Final = 256 * 1024
"""Bytes that must find room: a request with all it may carry takes half of that, with its indexes and its audit rows."""


def touch(connection: sa.Connection) -> None:
    """Write something: where this commits, the database takes writes, and what fails beside it has itself to blame."""
    _put(connection, b"")


def take_room(unit: SqlUnit) -> None:
    """A unit of work that needs room for itself on the disk."""
    _put(unit.connection, shake_256(b"tasuki").digest(ROOM))  # nothing that could be compressed
    try_audit(unit.connection)


def give_back(unit: SqlUnit) -> None:
    """A unit of work that frees that room again."""
    _put(unit.connection, b"")


def _put(connection: sa.Connection, ballast: bytes) -> None:
    connection.execute(upsert(tables.probe, connection.dialect.name), {"number": 1, "ballast": ballast})


class Probing:
    """From `start` to `stop`, `probe` is awaited every so many seconds; it raises StoreError where it was in vain."""

    def __init__(self, probe: Callable[[], Awaitable[None]], *, clock: Clock, every: float) -> None:
        self._probe = probe
        self._clock = clock
        self._every = every
        self._timer: Timer | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """The first one comes when the time between two has passed. Started already: nothing happens."""
        if self._timer is None and self._task is None:
            self._timer = self._clock.call_later(self._every, self._due)

    def stop(self) -> None:
        """No further one."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def close(self) -> None:
        """No further one, and none under way."""
        self.stop()
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _due(self) -> None:
        self._timer = None
        self._task = asyncio.get_running_loop().create_task(self._run(), name="store-probe")

    async def _run(self) -> None:
        try:
            await self._probe()
        except StoreError:
            failed = True
        else:
            failed = False
        self._task = None
        if failed:
            self.start()
