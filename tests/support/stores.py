"""Stores on SQL for tests."""

from pathlib import Path

from common.host.clock import LoopClock
from common.protocol.clock import Clock
from relay.settings import RelayTiming
from relay.store.sql import SqlStore, migrate_store, open_store


async def store_in(
    database: Path | str,
    *,
    group_commit: float = 0,
    store_probe: float = RelayTiming().store_probe,
    clock: Clock | None = None,
    migrated_by: str | None = None,
) -> SqlStore:
    """An open store with today's tables, in which a unit of work waits for no other unless it is to.

    `migrated_by`: an address as a role that may make tables, where that in `database` may not.
    """
    timing = RelayTiming(group_commit=group_commit, store_probe=store_probe)
    clock = clock or LoopClock()
    await migrate_store(migrated_by or database, timing=timing, clock=clock, used_by=database)
    return await open_store(database, timing=timing, clock=clock)
