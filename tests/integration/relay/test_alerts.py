"""Each fault raises its own alert and no other; /healthz says a word where nothing new can begin, and is well by itself once it is mended."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from relay.core.storing import StoreFault
from tests.support.alerts import RULES, check, series
from tests.support.faults import FAULTS, WatchedFault, play, value, well
from tests.support.organisation import run_now
from tests.support.postgresql import PostgreSQL, postgresql, standby
from tests.support.watched_relay import PROMISED, WatchedRelay, watched_relay

BUSY = 5
"""So many times as long may a promise take on a busy machine."""
OF_STORE = {
    StoreFault.FAILING: "TasukiDatabaseGone",
    StoreFault.FULL: "TasukiDiskFull",
    StoreFault.LOCKED: "TasukiDatabaseLocked",
    StoreFault.AUDIT: "TasukiAuditUnwritable",
    StoreFault.DAMAGED: "TasukiDatabaseDamaged",
    StoreFault.TAKEN: "TasukiDatabaseGone",
    StoreFault.BEHIND: "TasukiDatabaseBehind",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedRelay]:
    """One for all tests here: after each it is well again."""
    stack = contextlib.AsyncExitStack()
    yield run_now(stack.enter_async_context(watched_relay(tmp_path_factory.mktemp("watched"))))
    run_now(stack.aclose())


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault(place: WatchedRelay, name: str) -> None:
    """It is seen, said, mended, over."""
    took = await play(place, FAULTS[name])
    print(f"{name}: well again after {took:.1f} s")
    assert took <= BUSY * PROMISED


async def test_a_relay_that_is_gone(place: WatchedRelay) -> None:
    """Nothing answers; started again it is well."""
    before = await place.seen(well)
    place.relay.kill()
    await place.relay.ended()
    during = await place.scrape()
    await place.start_relay()
    await place.told(200, "ok")
    after = await place.seen(well)
    await asyncio.to_thread(check, before, during, after, fire=frozenset({"TasukiDown"}))


async def test_a_database_that_is_gone(tmp_path: Path) -> None:
    """A server that stops, and nobody writes: it is missed all the same; started again all is well."""

    @contextlib.asynccontextmanager
    async def stopped(_: WatchedRelay):  # type: ignore[no-untyped-def]
        await asyncio.to_thread(server.stop)
        try:
            yield
        finally:
            await asyncio.to_thread(server.start)

    fault = WatchedFault(
        alerts=frozenset({"TasukiDatabaseGone"}),
        inject=stopped,
        shows=lambda samples: value(samples, "store_fault", fault="failing") == 1,
        word="database",
    )
    server: PostgreSQL
    with postgresql() as server:
        async with watched_relay(tmp_path, server=server) as relay:
            assert await play(relay, fault) <= BUSY * PROMISED


async def test_a_standby_that_lagged(tmp_path: Path) -> None:
    """It has taken the server's place, and nobody writes: it is seen all the same; the right server is back and all is well."""

    @contextlib.asynccontextmanager
    async def failed_over(relay: WatchedRelay):  # type: ignore[no-untyped-def]
        with standby(server) as follower:
            await asyncio.to_thread(follower.stop)
            await relay.order()
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(follower.promote, server.port)
            try:
                yield
            finally:
                await asyncio.to_thread(follower.stop)
                await asyncio.to_thread(server.start)

    fault = WatchedFault(
        alerts=frozenset({"TasukiDatabaseBehind"}),
        inject=failed_over,
        shows=lambda samples: value(samples, "store_fault", fault="behind") == 1,
        word="behind",
    )
    with postgresql() as server:
        async with watched_relay(tmp_path, server=server) as relay:
            took = await play(relay, fault)
            print(f"behind: well again after {took:.1f} s")
            assert took <= BUSY * PROMISED


@pytest.mark.parametrize(
    ("alert", "name", "labels", "number"),
    [
        ("TasukiDatabaseDamaged", "store_fault", {"fault": "damaged"}, 1),
        ("TasukiDatabaseGone", "store_fault", {"fault": "taken"}, 1),
        ("TasukiRecordsLost", "records_lost_total", {}, 3),
        ("TasukiRecordsOwed", "records_owed", {}, 1),
        ("TasukiRevocationsOwed", "revocations_owed", {}, 2),
    ],
)
async def test_what_is_not_injected(
    place: WatchedRelay, alert: str, name: str, labels: dict[str, str], number: float
) -> None:
    """The rules for faults that take another relay or too long: over a scrape in which that number alone is another."""
    whole = await place.seen(well)
    changed = {**whole, series(f"tasuki_{name}", labels): number}
    assert changed.keys() == whole.keys()
    after = changed if name.endswith("_total") else whole
    await asyncio.to_thread(check, whole, changed, after, fire=frozenset({alert}))


@pytest.mark.parametrize("name", ["authority_answering", "mailbox_usable"])
async def test_a_revocation_that_waits_makes_it_critical(place: WatchedRelay, name: str) -> None:
    """One alert still, for one fault; without the revocation somebody has to look within the day."""
    whole = await place.seen(well)
    fault = {**whole, series(f"tasuki_{name}", {}): 0.0}
    for owed, severity in ((0.0, "warning"), (1.0, "critical")):
        during = {**fault, series("tasuki_revocations_owed", {}): owed}
        await asyncio.to_thread(check, whole, during, whole, fire=frozenset({severity}), by="severity")


@pytest.mark.parametrize("owed", ["records_owed", "revocations_owed"])
@pytest.mark.parametrize("fault", StoreFault)
async def test_what_follows_from_the_stores_fault(place: WatchedRelay, owed: str, fault: StoreFault) -> None:
    """It has no alert beside the fault's own, whichever that is."""
    whole = await place.seen(well)
    during = {**whole, series("tasuki_store_fault", {"fault": fault}): 1.0, series(f"tasuki_{owed}", {}): 1.0}
    assert during.keys() == whole.keys()
    await asyncio.to_thread(check, whole, during, whole, fire=frozenset({OF_STORE[fault]}))


def test_every_alert_is_tried() -> None:
    """None is in the rules that no test here raises."""
    tried = {alert for fault in FAULTS.values() for alert in fault.alerts}
    tried |= {"TasukiDown", "TasukiRecordsLost", "TasukiRecordsOwed", "TasukiRevocationsOwed", *OF_STORE.values()}
    rules = RULES.read_text(encoding="utf-8").splitlines()
    alerts = [line.split()[-1] for line in rules if "- alert:" in line]
    assert set(alerts) == tried
    assert sum("summary:" in line for line in rules) == sum("summary_ja:" in line for line in rules) == len(alerts)
