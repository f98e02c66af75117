"""What is written now, what is owed, and in which order."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from relay.core.records import AuditEntry
from relay.core.storing import ConflictError, StoreUnavailableError, Unit
from relay.matching.recorder import TransitionRecorder
from relay.store.null import NullStore
from tests.support.clock import START
from tests.support.people import ANNA, put_account
from tests.support.relay_in_memory import RelayInMemory, relay_in_memory


def entry(subject: str) -> Callable[[Unit], None]:
    """A unit of work that logs."""
    return lambda unit: unit.audit(AuditEntry(at=START, actor="a", event="e", subject=subject))


@asynccontextmanager
async def recording(folder: Path) -> AsyncIterator[tuple[RelayInMemory, TransitionRecorder, NullStore]]:
    """A recorder and its store."""
    async with relay_in_memory(folder) as relay:
        assert isinstance(relay.store, NullStore)
        yield relay, relay.hub.recorder, relay.store


async def written(store: NullStore) -> list[str]:
    """What is in the log."""
    return [row.entry.subject for row in await store.audit_rows()]


async def test_what_is_owed_comes_first(tmp_path: Path) -> None:
    """In its order, before anything later; once, not twice; without a timer left behind."""
    async with recording(tmp_path) as (relay, recorder, store):
        store.broken = True
        for subject in "abc":
            await recorder.write(entry(subject), required=False, subject="s")
        with pytest.raises(StoreUnavailableError):
            await recorder.write(entry("never"), required=True, subject="s")
        for _ in range(3):
            await relay.advance(6)
        assert recorder.owing == 3
        store.broken = False
        await recorder.write(entry("d"), required=True, subject="s")
        assert await written(store) == ["a", "b", "c", "d"]
        await relay.advance(6)
        assert await written(store) == ["a", "b", "c", "d"]
        assert (recorder.owing, relay.clock.waiting) == (0, 0)


async def test_the_timer_pays(tmp_path: Path) -> None:
    """Also when nothing else is to be written."""
    async with recording(tmp_path) as (relay, recorder, store):
        store.broken = True
        await recorder.write(entry("a"), required=False, subject="s")
        store.broken = False
        await relay.advance(6)
        assert await written(store) == ["a"]


async def test_what_can_never_be_written_is_set_aside(tmp_path: Path) -> None:
    """A record at fault holds up nobody, owed or written now: it is logged by its subject, counted, and missed in the audit log."""

    def wrong(unit: Unit) -> None:
        put_account(unit, ANNA)
        unit.put_account(replace(ANNA, identifier="another"))

    async with recording(tmp_path) as (relay, recorder, store):
        store.broken = True
        await recorder.write(wrong, required=False, subject="anna")
        await recorder.write(entry("b"), required=False, subject="s")
        store.broken = False
        with structlog.testing.capture_logs() as logs:
            await relay.advance(6)
        assert [(one["event"], one["subject"]) for one in logs] == [("record_refused", "anna")]
        rows = await store.audit_rows()
        assert [(row.entry.event, row.entry.subject) for row in rows] == [("e", "b"), ("record.refused", "anna")]
        await recorder.write(wrong, required=False, subject="anna")
        await relay.advance(6)
        assert await written(store) == ["b", "anna", "anna"]
        assert (recorder.owing, recorder.refused, relay.clock.waiting) == (0, 2, 0)


async def test_what_is_required_and_refused_is_told(tmp_path: Path) -> None:
    """Who asked for it hears of it, and nothing is missing."""

    def wrong(unit: Unit) -> None:
        put_account(unit, ANNA)
        unit.put_account(replace(ANNA, identifier="another"))

    async with recording(tmp_path) as (_, recorder, store):
        with pytest.raises(ConflictError):
            await recorder.write(wrong, required=True, subject="anna")
        assert (await written(store), recorder.owing, recorder.refused) == ([], 0, 0)


async def test_a_refusal_that_is_refused(tmp_path: Path) -> None:
    """Where the audit log itself takes no row about it, the log of the program has to do: nothing goes round for ever."""

    async with recording(tmp_path) as (relay, recorder, store):
        store.refusing = True
        await recorder.write(entry("a"), required=False, subject="s")
        await relay.advance(6)
        assert (recorder.owing, recorder.refused, relay.clock.waiting) == (0, 1, 0)


async def test_room_for_what_is_owed_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes, and the log names its subject."""
    monkeypatch.setattr("relay.matching.recorder.OWED", 2)
    async with recording(tmp_path) as (relay, recorder, store):
        store.broken = True
        with structlog.testing.capture_logs() as logs:
            for subject in "abc":
                await recorder.write(entry(subject), required=False, subject=subject)
        assert [(one["event"], one["subject"]) for one in logs] == [("record_lost_for_room", "a")]
        store.broken = False
        await relay.advance(6)
        assert await written(store) == ["b", "c"]
