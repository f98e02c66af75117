"""What only the store on SQLite has: the file, the migrations, triggers, group commit, a full disk."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event

from common.protocol.messages import Mode, Request, ToAnyone
from relay.core import requests
from relay.core.records import ERASED, AccountRecord, AuditEntry, GroupRecord
from relay.core.storing import ConflictError, StoreFault, StoreUnavailableError, Unit, WriteRefusedError
from relay.store import tables
from relay.store.sql import SqlStore
from tests.support.clock import START, FakeClock
from tests.support.people import ANNA, HANA, participant, put_account
from tests.support.stores import store_in

NO_JSON: Any = {"a": object()}


@asynccontextmanager
async def store_at(path: Path, *, group_commit: float = 0) -> AsyncIterator[SqlStore]:
    """An open store, closed after use."""
    store = await store_in(path, group_commit=group_commit)
    try:
        yield store
    finally:
        await store.close()


def entry(number: int) -> AuditEntry:
    """Something that happened."""
    return AuditEntry(at=START, actor="a", event="e", subject=str(number))


def entries(count: int) -> Callable[[Unit], None]:
    """A unit of work that logs so many things."""

    def work(unit: Unit) -> None:
        for number in range(count):
            unit.audit(entry(number))

    return work


def modes(folder: Path) -> dict[str, int]:
    """The permissions of what is in the folder."""
    return {one.name: one.stat().st_mode & 0o777 for one in folder.iterdir()}


async def test_the_file(tmp_path: Path) -> None:
    """The file is made for its owner only, and so is what SQLite puts beside it."""
    async with store_at(tmp_path / "relay.db") as store:
        await store.write(lambda unit: put_account(unit, ANNA))
        assert set(modes(tmp_path)) >= {"relay.db", "relay.db-wal"}
        assert set(modes(tmp_path).values()) == {0o600}


async def test_opened_again(tmp_path: Path) -> None:
    """What was committed is there after closing and opening; migrations run twice do nothing."""
    async with store_at(tmp_path / "relay.db") as store:
        await store.write(lambda unit: put_account(unit, ANNA))
    async with store_at(tmp_path / "relay.db") as store:
        assert list(await store.accounts()) == [ANNA]


async def test_migrations_make_todays_tables(tmp_path: Path) -> None:
    """The migrations end in exactly the tables that the program uses."""
    async with store_at(tmp_path / "relay.db") as store, store._engine.connect() as connection:

        def differences(sync: sa.Connection) -> list[object]:
            return list(compare_metadata(MigrationContext.configure(sync), tables.metadata))

        assert await connection.run_sync(differences) == []


async def test_pragmas(tmp_path: Path) -> None:
    """WAL, every commit on the disk, foreign keys checked, patience with other readers."""
    async with store_at(tmp_path / "relay.db") as store, store._engine.connect() as connection:
        values = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


@pytest.mark.parametrize("what", ["nowhere/relay.db", "."])
async def test_no_such_place(tmp_path: Path, what: str) -> None:
    """A place where no file can be is said so."""
    with pytest.raises(StoreUnavailableError):
        await store_in(tmp_path / what)


async def test_no_database(tmp_path: Path) -> None:
    """A file that is something else is not overwritten."""
    path = tmp_path / "relay.db"
    path.write_bytes(b"not a database, and long enough to be looked at by SQLite" * 20)
    with pytest.raises(StoreUnavailableError):
        await store_in(path)
    assert path.read_bytes().startswith(b"not a database")


async def test_a_newer_database(tmp_path: Path) -> None:
    """A database of a later version is left alone."""
    async with store_at(tmp_path / "relay.db"):
        pass
    with closing(sqlite3.connect(tmp_path / "relay.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreUnavailableError, match="9999"):
        await store_in(tmp_path / "relay.db")


_ERASED = "UPDATE audit SET facts = '{}', erased = 1"
_ROW = "number, at, actor, event, subject, facts, previous, digest"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'x' WHERE number = 1",
        "UPDATE audit SET facts = '{}' WHERE number = 1",
        f"{_ERASED}, actor = 'x' WHERE number = 1",
        f"{_ERASED}, event = '' WHERE number = 1",
        f"{_ERASED}, names = '{{}} ' WHERE number = 1",
        f"{_ERASED}, digest = previous WHERE number = 1",
        f"{_ERASED}, version = 3 WHERE number = 1",
        "UPDATE audit SET facts = '{\"a\": 1}', erased = 1 WHERE number = 1",
        "DELETE FROM audit WHERE number = 2",
        f"INSERT OR REPLACE INTO audit ({_ROW}) SELECT 1, at, 'x', event, subject, facts, previous, digest FROM audit WHERE number = 1",
        f"INSERT INTO audit ({_ROW}) SELECT 9, at, actor, event, subject, facts, previous, digest FROM audit WHERE number = 1",
    ],
)
async def test_the_audit_log_is_append_only(tmp_path: Path, statement: str) -> None:
    """The database itself refuses to change, remove, replace or misplace a row."""
    async with store_at(tmp_path / "relay.db") as store:
        await store.write(entries(2))
    with closing(sqlite3.connect(tmp_path / "relay.db")) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)


async def test_all_that_can_be_changed_is_that_a_row_says_nothing(tmp_path: Path) -> None:
    """Who can write the database can do that: it is damage, unless a later row names it."""
    async with store_at(tmp_path / "relay.db") as store:
        await store.write(entries(2))
        with closing(sqlite3.connect(tmp_path / "relay.db")) as connection, connection:
            connection.execute(f"{_ERASED}, actor = '', subject = '' WHERE number = 1")
        assert (await store.verify_audit()).broken_at == 1
        confirming = AuditEntry(at=START, actor="a", event=ERASED, subject="", facts={"rows": "1"})
        await store.write(lambda unit: unit.audit(confirming))
        verdict = await store.verify_audit()
        assert (verdict.holds, verdict.rows, verdict.erased) == (True, 3, 1)
        with closing(sqlite3.connect(tmp_path / "relay.db")) as connection, pytest.raises(sqlite3.IntegrityError):
            connection.execute("UPDATE audit SET erased = 0 WHERE number = 1")


async def test_who_goes_round_the_triggers_is_found(tmp_path: Path) -> None:
    """A row changed by somebody who took the triggers away breaks the chain at that row."""
    async with store_at(tmp_path / "relay.db") as store:
        await store.write(entries(5))
        with closing(sqlite3.connect(tmp_path / "relay.db")) as connection, connection:
            connection.execute("DROP TRIGGER audit_no_update")
            connection.execute("UPDATE audit SET actor = 'somebody else' WHERE number = 3")
        verdict = await store.verify_audit()
    assert (verdict.holds, verdict.broken_at, verdict.rows) == (False, 3, 2)


async def test_group_commit(tmp_path: Path) -> None:
    """Units that come together are one transaction; one that fails takes nobody with it and leaves no audit row."""
    async with store_at(tmp_path / "relay.db", group_commit=0.002) as store:
        commits: list[object] = []
        event.listen(store._engine.sync_engine, "commit", commits.append)

        def work(number: int) -> int:
            def do(unit: Unit) -> None:
                unit.put_group(GroupRecord(name=f"group {number}", created_at=START))
                unit.audit(entry(number))
                if number == 3:
                    unit.put_group(GroupRecord(name="bad", created_at=START, members=frozenset({"nobody"})))
                if number == 4:
                    raise LookupError

            return do  # type: ignore[return-value]

        results = await asyncio.gather(*(store.write(work(one)) for one in range(20)), return_exceptions=True)  # type: ignore[arg-type]
        assert [type(one) for one in results if one is not None] == [ConflictError, LookupError]
        assert len(commits) == 1
        assert len(await store.groups()) == 18
        assert [row.entry.subject for row in await store.audit_rows()] == [str(n) for n in range(20) if n not in {3, 4}]
        assert (await store.verify_audit()).holds


async def test_an_audit_log_that_cannot_be_written(tmp_path: Path) -> None:
    """What fails is that alone, and it is not taken for well as long as a row could not be written; then by itself. No row is left of that."""
    clock = FakeClock(START)
    store = await store_in(tmp_path / "relay.db", clock=clock)
    try:
        await store.write(lambda unit: unit.audit(entry(1)))

        async def rename(one: str, other: str) -> None:
            async with store._writer._begin() as connection:
                await connection.exec_driver_sql(f"ALTER TABLE {one} RENAME TO {other}")

        async def looked() -> None:
            clock.advance(5)
            probing = store._writer._probing._task
            assert probing is not None
            await probing

        await rename("audit", "away")
        with pytest.raises(StoreUnavailableError):
            await store.write(lambda unit: unit.audit(entry(2)))
        for _ in range(2):
            assert store.fault is StoreFault.AUDIT
            await looked()
        await rename("away", "audit")
        await looked()
        assert store.fault is None
        await store.write(lambda unit: unit.audit(entry(3)))
        assert [row.entry for row in await store.audit_rows()] == [entry(1), entry(3)]
        assert (await store.verify_audit()).holds
    finally:
        await store.close()


async def test_a_full_disk(tmp_path: Path) -> None:
    """Where nothing more can be written, writers hear it, nothing is half there, reading goes on; with room all is well again."""
    async with store_at(tmp_path / "relay.db", group_commit=0.002) as store:
        await store.write(lambda unit: put_account(unit, ANNA))

        async def pages(limit: int) -> None:
            async with store._writer._begin() as connection:
                await connection.exec_driver_sql(f"PRAGMA max_page_count = {limit}")

        await pages(1)
        big = replace(HANA, skills=("x" * 100_000,))
        results = await asyncio.gather(
            store.write(lambda unit: unit.audit(entry(1))),
            store.write(lambda unit: put_account(unit, big)),
            store.write(lambda unit: unit.audit(entry(2))),
            return_exceptions=True,
        )
        assert [type(one) for one in results] == [StoreUnavailableError] * 3
        assert not store.writable
        assert "xxx" not in str(results[1])
        assert list(await store.accounts()) == [ANNA]
        assert list(await store.audit_rows()) == []
        await pages(1_000_000)
        await store.write(lambda unit: unit.audit(entry(3)))
        assert store.writable
        assert (await store.verify_audit()).rows == 1


async def test_a_writer_that_was_cancelled(tmp_path: Path) -> None:
    """Who stops waiting for a commit disturbs nobody."""
    async with store_at(tmp_path / "relay.db", group_commit=0.01) as store:
        gone = asyncio.ensure_future(store.write(lambda unit: unit.audit(entry(1))))
        await asyncio.sleep(0)
        gone.cancel()
        await store.write(lambda unit: unit.audit(entry(2)))
        assert (await store.verify_audit()).rows == 2


async def test_close_finishes(tmp_path: Path) -> None:
    """What was handed in before closing is done."""
    async with store_at(tmp_path / "relay.db", group_commit=0.01) as store:
        waiting = [asyncio.ensure_future(store.write(lambda unit: unit.audit(entry(1)))) for _ in range(3)]
        await asyncio.sleep(0)
        await store.close()
        await asyncio.gather(*waiting)
    async with store_at(tmp_path / "relay.db") as store:
        assert (await store.verify_audit()).rows == 3


async def test_naive_times_are_a_bug(tmp_path: Path) -> None:
    """A time without a zone never gets into the database."""
    async with store_at(tmp_path / "relay.db") as store:
        with pytest.raises(WriteRefusedError, match="ValueError"):
            await store.write(lambda unit: put_account(unit, replace(ANNA, created_at=START.replace(tzinfo=None))))


async def test_a_unit_at_fault_fails_alone(tmp_path: Path) -> None:
    """What the database refuses only when all is written takes nobody with it either; an identifier is new only once."""

    def ask(number: int, account: AccountRecord) -> Callable[[Unit], bool]:
        message = Request(request=f"{number:032x}", to=ToAnyone(), mode=Mode.VIEW)
        transition = requests.ask(user=participant(account), message=message, now=START)

        def work(unit: Unit) -> bool:
            known = unit.request(message.request) is not None
            unit.put_request(transition.life.request)
            unit.audit(transition.entries[0])
            return known

        return work

    async with store_at(tmp_path / "relay.db", group_commit=0.002) as store:
        await store.write(lambda unit: put_account(unit, ANNA))
        people = [ANNA, ANNA, HANA, ANNA]
        results = await asyncio.gather(
            *(store.write(ask(number, one)) for number, one in enumerate(people)),
            store.write(ask(0, ANNA)),
            return_exceptions=True,
        )
        assert [one if isinstance(one, bool) else type(one) for one in results] == [
            False,
            False,
            ConflictError,
            False,
            True,
        ]
        assert len(await store.open_requests()) == 3
        assert (await store.verify_audit()).rows == 4


def asks(number: int, account: AccountRecord, **changes: Any) -> Callable[[Unit], None]:
    """A new request of this account, with `changes` to what is kept of it."""
    message = Request(request=f"{number:032x}", to=ToAnyone(), mode=Mode.VIEW)
    transition = requests.ask(user=participant(account), message=message, now=START)

    def work(unit: Unit) -> None:
        unit.put_request(replace(transition.life.request, **changes))
        for one in transition.entries:
            unit.audit(one)

    return work


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(asks(99, ANNA, topic="a\ud800b"), id="collected"),
        pytest.param(lambda unit: unit.audit(replace(entry(99), actor="a\ud800b")), id="audit"),
        pytest.param(lambda unit: put_account(unit, replace(HANA, name="a\ud800b")), id="at once"),
        pytest.param(lambda unit: unit.request("a\ud800b"), id="read"),
        pytest.param(lambda unit: unit.audit(replace(entry(99), facts=NO_JSON)), id="no JSON"),
    ],
)
async def test_a_unit_that_can_never_be_written(tmp_path: Path, wrong: Callable[[Unit], None]) -> None:
    """It alone is refused, its words are not told, and those beside it are kept with their audit rows, in their order."""
    async with store_at(tmp_path / "relay.db", group_commit=0.002) as store:
        await store.write(lambda unit: put_account(unit, ANNA))
        results = await asyncio.gather(
            store.write(asks(1, ANNA)),
            store.write(wrong),
            store.write(asks(2, ANNA)),
            return_exceptions=True,
        )
        assert [type(one) for one in results] == [type(None), WriteRefusedError, type(None)]
        assert "a\ud800b" not in str(results[1])
        assert store.writable
        assert [int(one.identifier, 16) for one in await store.open_requests()] == [1, 2]
        assert (await store.verify_audit()).rows == 2
        await store.write(asks(3, ANNA))
        assert (await store.verify_audit()).rows == 3


async def test_it_looks_by_itself_whether_it_can_write_again(tmp_path: Path) -> None:
    """Every 5 s while nothing can be written, by a clock; with room it is well again without anybody's work, and looks no more."""
    clock = FakeClock()
    store = await store_in(tmp_path / "relay.db", clock=clock)
    try:

        async def pages(limit: int) -> None:
            async with store._writer._begin() as connection:
                await connection.exec_driver_sql(f"PRAGMA max_page_count = {limit}")

        async def looked() -> None:
            clock.advance(5)
            probing = store._writer._probing._task
            assert probing is not None
            await probing

        assert clock.waiting == 0
        await pages(1)
        with pytest.raises(StoreUnavailableError):
            await store.write(lambda unit: put_account(unit, replace(HANA, skills=("x" * 100_000,))))
        assert not store.writable
        clock.advance(4.9)
        assert store._writer._probing._task is None
        clock.advance(0.1)
        for _ in range(3):
            await looked()
            assert not store.writable
        await pages(1_000_000)
        await looked()
        assert store.writable
        assert clock.waiting == 0
        async with store._engine.connect() as connection:
            assert (await connection.exec_driver_sql("SELECT length(ballast) FROM probe")).scalar_one() == 0
    finally:
        await store.close()


async def test_room_for_a_few_bytes_is_not_enough(tmp_path: Path) -> None:
    """What finds room in pages that are half empty says nothing about the next unit of work."""
    async with store_at(tmp_path / "relay.db") as store:
        await store.write(entries(1))

        async with store._writer._begin() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        await store.write(entries(1))
        with pytest.raises(StoreUnavailableError):
            await store._writer._probe()
        assert not store.writable


async def test_closed_while_it_cannot_write(tmp_path: Path) -> None:
    """Nothing is tried any more, and no call is left waiting."""
    clock = FakeClock()
    store = await store_in(tmp_path / "relay.db", clock=clock)
    async with store._writer._begin() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count = 1")
    with pytest.raises(StoreUnavailableError):
        await store.write(lambda unit: put_account(unit, replace(HANA, skills=("x" * 100_000,))))
    clock.advance(5)
    assert store._writer._probing._task is not None
    await store.close()
    assert clock.waiting == 0
    assert store._writer._probing._task is None
