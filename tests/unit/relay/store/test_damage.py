"""A SQLite file whose pages are damaged: one error that says so, from the first statement to the last, and no write after it."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from structlog.testing import capture_logs

from relay.core.records import AccountRecord, AuditEntry
from relay.core.storing import StoreDamagedError, StoreFault, StoreUnavailableError, Unit
from relay.store.sql import SqlStore
from tests.support.clock import START, FakeClock
from tests.support.people import ANNA, HANA, put_account
from tests.support.stores import store_in

PAGE: Final = 4096


def fill(unit: Unit) -> None:
    """People and what happened, on several pages of each."""
    put_account(unit, ANNA)
    put_account(unit, HANA)
    for number in range(100):
        put_account(
            unit,
            AccountRecord(
                identifier=f"{number:032x}",
                person=f"{number:032x}",
                role=ANNA.role,
                name=f"Person {number}",
                created_at=START,
            ),
        )
        unit.audit(AuditEntry(at=START, actor="a", event="e", subject=str(number)))


def one_more(unit: Unit) -> None:
    """Something happens."""
    unit.audit(AuditEntry(at=START, actor="a", event="e", subject="one more"))


async def whole_file(tmp_path: Path) -> bytes:
    """The bytes of a good one."""
    store = await store_in(tmp_path / "whole.db")
    await store.write(fill)
    await store.close()
    return (tmp_path / "whole.db").read_bytes()


def first_page(path: Path, name: str) -> int:
    """Where a table's tree begins, in bytes."""
    with closing(sqlite3.connect(path)) as connection:
        found: int = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
    return (found - 1) * PAGE


def damaged(whole: bytes, at: int, kind: str) -> bytes:
    """The file with one page that is not what it was."""
    page = bytearray(whole[at : at + PAGE])
    if kind == "noise":
        page[:] = random.Random(at).randbytes(PAGE)
    else:
        page[3000:3200] = b"\xff" * 200
    return whole[:at] + page + whole[at + PAGE :]


async def use(store: SqlStore) -> None:
    """All that a relay does with it."""
    await store.accounts()
    await store.groups()
    await store.open_requests()
    await store.open_sessions()
    await store.requests(limit=100)
    await store.sessions(limit=100)
    await store.certificates(ANNA.identifier)
    await store.enrolments(ANNA.identifier)
    await store.write(lambda unit: unit.request("7" * 32))
    await store.write(one_more)
    await store.verify_audit()


async def open_and_use(path: Path) -> None:
    """From the first statement to the last."""
    store = await store_in(path)
    try:
        await use(store)
    finally:
        await store.close()


@pytest.mark.parametrize("kind", ["noise", "no text"])
async def test_any_damaged_page_is_that_one_error_or_harmless(tmp_path: Path, kind: str) -> None:
    """Each page in turn. Nothing else is ever raised; most of the pages that are used are found out."""
    whole = await whole_file(tmp_path)
    found = 0
    path = tmp_path / "relay.db"
    for at in range(0, len(whole), PAGE):
        for left in tmp_path.glob("relay.db*"):
            left.unlink()
        path.write_bytes(damaged(whole, at, kind))
        try:
            store = await store_in(path)
        except StoreDamagedError:
            found += 1
            continue
        try:
            await use(store)
        except StoreDamagedError:
            found += 1
            assert store.fault is StoreFault.DAMAGED
        finally:
            await store.close()
    assert found > 5


@pytest.mark.parametrize("tenths", range(1, 10))
async def test_a_file_that_was_cut(tmp_path: Path, tenths: int) -> None:
    """A disk that was full while it was copied, say."""
    path, whole = tmp_path / "relay.db", await whole_file(tmp_path)
    path.write_bytes(whole[: len(whole) * tenths // 10 // PAGE * PAGE])
    with pytest.raises(StoreDamagedError):
        await open_and_use(path)


async def test_what_is_no_database(tmp_path: Path) -> None:
    """A file of something else."""
    (tmp_path / "relay.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreDamagedError, match="not a database"):
        await store_in(tmp_path / "relay.db")


@pytest.mark.parametrize("by", ["reading", "writing"])
async def test_damage_that_is_met_in_the_middle_ends_all_writing(tmp_path: Path, by: str) -> None:
    """It is logged once, tried again by nobody, and what can be read still is: those who are connected may go on."""
    path = tmp_path / "relay.db"
    path.write_bytes(await whole_file(tmp_path))
    clock = FakeClock(START)
    with capture_logs() as logs:
        store = await store_in(path, clock=clock)
        try:
            path.write_bytes(damaged(path.read_bytes(), first_page(path, "audit"), "noise"))
            with pytest.raises(StoreDamagedError):
                await (store.verify_audit() if by == "reading" else store.write(one_more))
            assert (store.fault, store.writable) == (StoreFault.DAMAGED, False)
            for _ in range(3):
                clock.advance(100)
                with pytest.raises(StoreUnavailableError):
                    await store.write(lambda unit: put_account(unit, ANNA))
            assert len(await store.accounts()) == 102
            assert (store.fault, store.writable) == (StoreFault.DAMAGED, False)
        finally:
            await store.close()
    assert [entry["event"] for entry in logs] == ["store_damaged"]
