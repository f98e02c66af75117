"""A real PostgreSQL whose place a standby takes that lagged: what was said to be kept and is missing is noticed, before anything is written."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from common.host.clock import LoopClock
from relay.core.storing import StoreBehindError, StoreFault, StoreUnavailableError
from relay.settings import RelayTiming
from relay.store.sql import SqlStore, accept_store_loss, migrate_store, open_store
from tests.integration.relay.store.test_owner import logs
from tests.support.postgresql import PostgreSQL, postgresql, standby

TIMING = RelayTiming(store_probe=0.2, owner_check=0.2, group_commit=0)
PATIENCE = 30.0  # seconds


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    """One of this test's own, with tables."""
    with postgresql() as running:
        asyncio.get_event_loop().run_until_complete(
            migrate_store(running.url, timing=TIMING, clock=LoopClock(), used_by=running.relays_url)
        )
        yield running


@pytest.fixture
def remembered(tmp_path: Path) -> Path:
    """Where a relay remembers."""
    return tmp_path / "last-written"


@contextlib.asynccontextmanager
async def opened(server: PostgreSQL, remembered: Path | None) -> AsyncIterator[SqlStore]:
    """An open store of the relay's."""
    store = await open_store(server.relays_url, timing=TIMING, clock=LoopClock(), last_written=remembered)
    try:
        yield store
    finally:
        await store.close()


async def written(store: SqlStore, *numbers: int) -> None:
    """Rows of the audit log, each a transaction."""
    for number in numbers:
        await store.write(logs(number))


async def subjects(store: SqlStore) -> list[str]:
    """Of all rows."""
    return [row.entry.subject for row in await store.audit_rows()]


async def becomes(store: SqlStore, fault: StoreFault | None) -> None:
    """Wait until it is so, by itself."""
    async with asyncio.timeout(PATIENCE):
        while store.fault is not fault:  # noqa: ASYNC110 -- nobody tells
            await asyncio.sleep(0.05)


async def caught_up(server: PostgreSQL) -> None:
    """The standby has everything."""
    behind = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()"
    async with asyncio.timeout(PATIENCE):
        while (await asyncio.to_thread(server.run_sql, behind)).strip() != "1":  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def fail_over(server: PostgreSQL, follower: PostgreSQL) -> None:
    """The server's machine is lost, and the standby takes its address."""
    await asyncio.to_thread(server.stop, signal.SIGQUIT)
    await asyncio.to_thread(follower.promote, server.port)


async def test_noticed_while_it_runs(server: PostgreSQL, remembered: Path) -> None:
    """Nothing is written any more, also where nobody writes; the right server comes back, and all goes on."""
    with standby(server) as follower:
        async with opened(server, remembered) as store:
            await written(store, 1, 2)
            await caught_up(server)
            await asyncio.to_thread(follower.stop)
            await written(store, 3, 4)
            await fail_over(server, follower)
            await becomes(store, StoreFault.BEHIND)
            with pytest.raises(StoreBehindError) as raised:
                await store.write(logs(5))
            assert (raised.value.row, raised.value.found) == (4, 2)
            assert await asyncio.to_thread(follower.run_sql, "SELECT max(number), count(*) FROM audit") == "2|2\n"
            await asyncio.to_thread(follower.stop)
            await asyncio.to_thread(server.start)
            await becomes(store, None)
            await written(store, 6)
            assert await subjects(store) == ["1", "2", "3", "4", "6"]
            assert (await store.verify_audit()).holds


async def test_noticed_at_a_start(server: PostgreSQL, remembered: Path) -> None:
    """It refuses, until an operator says that it is lost; then the one that was the right one before is refused."""
    with standby(server) as follower:
        async with opened(server, remembered) as store:
            await written(store, 1, 2)
            await caught_up(server)
            await asyncio.to_thread(follower.stop)
            await written(store, 3)
        await fail_over(server, follower)
        for _ in range(2):
            with pytest.raises(StoreBehindError) as raised:
                async with opened(server, remembered):
                    pass
            assert (raised.value.row, raised.value.found) == (3, 2)
        lost = await accept_store_loss(
            server.relays_url, timing=TIMING, clock=LoopClock(), last_written=remembered, actor="operator:0"
        )
        assert lost is not None
        assert (lost.row, lost.found, lost.turn - lost.found_turn) == (3, 2, 1)
        again = await accept_store_loss(
            server.relays_url, timing=TIMING, clock=LoopClock(), last_written=remembered, actor="operator:0"
        )
        assert again is None
        async with opened(server, remembered) as store:
            row = (await store.audit_rows())[-1]
            assert (row.number, row.entry.event, row.entry.actor) == (3, "store.loss_accepted", "operator:0")
            assert (row.entry.facts["row"], row.entry.facts["found"]) == (3, 2)
            await written(store, 7)
            assert (await store.verify_audit()).holds
        await asyncio.to_thread(follower.stop)
        await asyncio.to_thread(server.start)
        with pytest.raises(StoreBehindError):
            async with opened(server, remembered):
                pass


async def test_another_has_gone_on_from_there(server: PostgreSQL, remembered: Path) -> None:
    """A relay that remembers nothing has written more rows than are missing: who remembers sees that they are others."""
    with standby(server) as follower:
        async with opened(server, remembered) as store:
            await written(store, 1, 2)
            await caught_up(server)
            await asyncio.to_thread(follower.stop)
            await written(store, 3)
        await fail_over(server, follower)
        async with opened(server, None) as store:
            await written(store, 11, 12, 13, 14)
        with pytest.raises(StoreBehindError) as raised:
            async with opened(server, remembered):
                pass
        assert (raised.value.row, raised.value.found) == (3, 6)


async def test_a_standby_that_is_waited_for(server: PostgreSQL, remembered: Path) -> None:
    """With `synchronous_standby_names` nothing is missing, though the server goes without a word, and the relay goes on by itself."""
    with standby(server) as follower:
        await asyncio.to_thread(
            server.run_sql, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"
        )
        await caught_up(server)
        async with opened(server, remembered) as store:
            await written(store, *range(20))
            await fail_over(server, follower)  # which waits for no other
            await asyncio.to_thread(
                follower.run_sql, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()"
            )
            async with asyncio.timeout(PATIENCE):
                while True:
                    with contextlib.suppress(StoreUnavailableError):
                        await written(store, 20)
                        break
                    assert store.fault is not StoreFault.BEHIND
                    await asyncio.sleep(0.05)
            assert (await subjects(store))[:20] == [str(number) for number in range(20)]


async def test_an_older_copy(server: PostgreSQL, remembered: Path) -> None:
    """Put back under the same name, while no relay ran."""
    async with opened(server, remembered) as store:
        await written(store, 1)
    server.run_sql("CREATE DATABASE older TEMPLATE tasuki", database="postgres")
    async with opened(server, remembered) as store:
        await written(store, 2)
    server.run_sql("DROP DATABASE tasuki", "ALTER DATABASE older RENAME TO tasuki", database="postgres")
    with pytest.raises(StoreBehindError):
        async with opened(server, remembered):
            pass
