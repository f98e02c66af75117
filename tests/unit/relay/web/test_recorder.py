"""What is written now, what is owed, and in which order."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from relay.core.records import AuditEntry
from relay.core.storing import ConflictError, StoreUnavailableError, Unit
from relay.store.null import NullStore
from relay.web.recorder import Recorder
from tests.support.clock import START
from tests.support.desk import House, house_in
from tests.support.people import ANNA


def entry(subject: str) -> Callable[[Unit], None]:
    """A unit of work that logs."""
    return lambda unit: unit.audit(AuditEntry(at=START, actor="a", event="e", subject=subject))


@asynccontextmanager
async def recording(folder: Path) -> AsyncIterator[tuple[House, Recorder, NullStore]]:
    """A recorder and its store."""
    async with house_in(folder) as house:
        assert isinstance(house.store, NullStore)
        yield house, house.desk._office.recorder, house.store


async def written(store: NullStore) -> list[str]:
    """What is in the log."""
    return [row.entry.subject for row in await store.audit_rows()]


async def test_what_is_owed_comes_first(tmp_path: Path) -> None:
    """In its order, before anything later; once, not twice; without a timer left behind."""
    async with recording(tmp_path) as (house, recorder, store):
        store.broken = True
        for subject in "abc":
            await recorder.write(entry(subject), required=False)
        with pytest.raises(StoreUnavailableError):
            await recorder.write(entry("never"), required=True)
        for _ in range(3):
            await house.advance(6)
        assert recorder.owing == 3
        store.broken = False
        await recorder.write(entry("d"), required=True)
        assert await written(store) == ["a", "b", "c", "d"]
        await house.advance(6)
        assert await written(store) == ["a", "b", "c", "d"]
        assert (recorder.owing, house.clock.waiting) == (0, 0)


async def test_the_timer_pays(tmp_path: Path) -> None:
    """Also when nothing else is to be written."""
    async with recording(tmp_path) as (house, recorder, store):
        store.broken = True
        await recorder.write(entry("a"), required=False)
        store.broken = False
        await house.advance(6)
        assert await written(store) == ["a"]


async def test_what_can_never_be_written_is_dropped(tmp_path: Path) -> None:
    """A record at fault is logged and holds up nobody; one that is written now raises its own error."""

    def wrong(unit: Unit) -> None:
        unit.put_account(ANNA)
        unit.put_account(replace(ANNA, identifier="another"))

    async with recording(tmp_path) as (house, recorder, store):
        store.broken = True
        await recorder.write(wrong, required=False)
        await recorder.write(entry("b"), required=False)
        store.broken = False
        with structlog.testing.capture_logs() as logs:
            await house.advance(6)
        assert [one["event"] for one in logs] == ["record_lost"]
        assert await written(store) == ["b"]
        with pytest.raises(ConflictError):
            await recorder.write(wrong, required=False)
        assert recorder.owing == 0
