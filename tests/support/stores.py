"""Stores on SQL for tests."""

from pathlib import Path

from common.host.clock import LoopClock
from common.protocol.clock import Clock
from relay.settings import RelayTiming
from relay.store.sql import SqlStore, open_store


async def store_in(
    database: Path | str,
    *,
    group_commit: float = 0,
    store_probe: float = RelayTiming().store_probe,
    clock: Clock | None = None,
) -> SqlStore:
    """An open store, in which a unit of work waits for no other unless it is to."""
    timing = RelayTiming(group_commit=group_commit, store_probe=store_probe)
    return await open_store(database, timing=timing, clock=clock or LoopClock())
