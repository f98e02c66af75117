"""Reading beside the relay: filters, pages, parts, and that nothing can be written that way."""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from common.protocol.messages import ToHelper
from common.protocol.reasons import Why
from relay.admin.about import about
from relay.core.history import Cursor, SessionFilter, Span
from relay.core.records import AuditEntry
from relay.core.storing import SchemaError, StoreUnavailableError
from relay.store import reading
from relay.store.reading import Reader, open_reader
from tests.support.history import DESK, HELPERS, USERS, fill, session
from tests.support.people import ANNA, HANA, ORGANISATION, participant, put_account, uri
from tests.support.stores import store_in

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SESSIONS = 60


@asynccontextmanager
async def filled(tmp_path: Path) -> AsyncIterator[Reader]:
    """One session at each midnight for 60 days, and 100 audit rows."""
    path = tmp_path / "a?b#c%20" / "relay.db"  # as a folder may be called
    path.parent.mkdir()
    await (await store_in(path)).close()
    fill(path, sessions=SESSIONS, audit_rows=100, begin=BEGIN, end=BEGIN + SESSIONS * DAY)
    async with open_reader(path) as reader:
        yield reader


async def numbers(reader: Reader, wanted: SessionFilter) -> list[int]:
    """Which sessions these are."""
    return [one.session.up or 0 async for part in reader.all_sessions(wanted) for one in part]


async def test_filters(tmp_path: Path) -> None:
    """Each by itself and together; spans begin with their first moment and end before their last."""
    async with filled(tmp_path) as reader:
        newest = list(reversed(range(SESSIONS)))
        assert await numbers(reader, SessionFilter()) == newest
        span = Span(begin=BEGIN + DAY, end=BEGIN + 3 * DAY)
        assert await numbers(reader, SessionFilter(span=span)) == [2, 1]
        user, helper = USERS[7].identifier, HELPERS[1].identifier
        assert await numbers(reader, SessionFilter(accounts=frozenset({user}))) == [7]
        assert await numbers(reader, SessionFilter(accounts=frozenset({helper}))) == [n for n in newest if n % 6 == 1]
        assert await numbers(reader, SessionFilter(accounts=frozenset())) == []
        assert await numbers(reader, SessionFilter(why=Why.CUT)) == [n for n in newest if n % 10 == 0]
        of_desk = [n for n in newest if n % 3 == 0 or n % 6 == 0]
        assert await numbers(reader, SessionFilter(group=DESK.name)) == of_desk
        assert await numbers(reader, SessionFilter(group=DESK.name, why=Why.CUT, span=span)) == []
        assert await reader.group_known(DESK.name)
        assert not await reader.group_known("Nowhere")


async def test_pages(tmp_path: Path) -> None:
    """Every session is on exactly one page, also where many were granted in the same microsecond; the last page says so."""
    path = tmp_path / "relay.db"
    await (await store_in(path)).close()
    fill(path, sessions=25, audit_rows=0, begin=BEGIN, end=BEGIN)
    async with open_reader(path) as reader:
        seen: list[int] = []
        after: Cursor | None = None
        for size in (10, 10, 5):
            page, after = await reader.sessions(SessionFilter(), limit=10, after=after)
            assert len(page) == size
            seen += [one.session.up or 0 for one in page]
            after = None if after is None else Cursor.parse(str(after))
        assert after is None
        assert seen == list(reversed(range(25)))


@pytest.mark.parametrize("text", ["", ".", "1", "1.", "-1.a", "x.a", "9" * 30 + ".a", "１.a"])
def test_cursors_that_are_none(text: str) -> None:
    """Nothing else than what was said is taken."""
    with pytest.raises(ValueError, match="no cursor"):
        Cursor.parse(text)


async def test_the_audit_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row once, in order, whatever the size of a part; by time; from behind a number; and the chain is walked."""
    monkeypatch.setattr(reading, "WINDOW", 7)
    monkeypatch.setattr(reading, "PART", 7)
    async with filled(tmp_path) as reader:
        assert [row.number async for part in reader.audit() for row in part] == list(range(1, 101))
        assert [row.number async for part in reader.audit(after=97) for row in part] == [98, 99, 100]
        span = Span(begin=BEGIN + 59 * DAY)
        rows = [row async for part in reader.audit(span) for row in part]
        assert [row.number for row in rows] == [100]
        verdict = await reader.verify()
        assert (verdict.holds, verdict.rows, verdict.head) == (True, 100, rows[-1].digest)


async def test_nothing_is_written(tmp_path: Path) -> None:
    """Not even by a statement that would."""
    async with filled(tmp_path) as reader, reader._engine.connect() as connection:
        with pytest.raises(OperationalError, match="readonly"):
            await connection.execute(sa.text("DELETE FROM sessions"))


async def test_beside_the_writer(tmp_path: Path) -> None:
    """What is committed is seen at once, and a reader that has a part in its hands keeps nobody from clearing the write-ahead log."""
    path = tmp_path / "relay.db"
    store = await store_in(path)
    try:
        fill(path, sessions=2500, audit_rows=0, begin=BEGIN, end=BEGIN + DAY)
        async with open_reader(path) as reader:
            async for part in reader.all_sessions(SessionFilter()):
                assert part
                async with store._engine.connect() as connection:
                    pragma = await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                    assert pragma.one()[0] == 0  # not busy
    finally:
        await store.close()


async def test_no_records(tmp_path: Path) -> None:
    """Where there are none, none are made; and those of another version are left alone."""
    with pytest.raises(StoreUnavailableError):
        async with open_reader(tmp_path / "relay.db"):
            pass
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "relay.db").touch()
    with pytest.raises(SchemaError):
        async with open_reader(tmp_path / "relay.db"):
            pass


async def test_all_about_one_person(tmp_path: Path) -> None:
    """What others asked of them and what they declined is there, without what was theirs; groups on either side are."""
    path = tmp_path / "relay.db"
    store = await store_in(path)
    try:
        fill(path, sessions=0, audit_rows=0, begin=BEGIN, end=BEGIN)
        helper, other = participant(HELPERS[0]), participant(HELPERS[1])
        records = [session(number, BEGIN)[0] for number in range(3)]
        records[0] = replace(records[0], to=ToHelper(uri=helper.uri))
        records[1] = replace(records[1], declined=frozenset({other.account, helper.account}))
        for one in records:
            await store.write(lambda unit, one=one: unit.put_request(one))  # type: ignore[misc]
        async with open_reader(path) as reader:

            async def pieces(who: str) -> list[tuple[str, object]]:
                return [piece async for piece in about(reader, who, organisation=ORGANISATION, now=BEGIN)]

            found = await pieces(HELPERS[0].name)
            assert ("groups", DESK.name) in found
            others = [value for name, value in found if name == "requests_of_others"]
            assert others == [
                {
                    "identifier": records[0].identifier,
                    "asked_at": "2026-09-30T23:59:00Z",
                    "asked": True,
                    "declined": False,
                },
                {
                    "identifier": records[1].identifier,
                    "asked_at": "2026-09-30T23:59:00Z",
                    "asked": False,
                    "declined": True,
                },
            ]
            assert not [value for name, value in found if name == "requests"]
            assert ("groups_that_may_be_asked", DESK.name) in await pieces(USERS[7].name)
    finally:
        await store.close()


async def test_names_beside_the_log(tmp_path: Path) -> None:
    """Known where they still are, gone where not; one that is not what was written is told by its account."""
    path = tmp_path / "relay.db"
    store = await store_in(path)
    try:
        for one in (ANNA, HANA):
            await store.write(lambda unit, one=one: put_account(unit, one))  # type: ignore[misc]
        about_both = AuditEntry(at=BEGIN, actor=uri(HANA), event="e", subject="s", facts={"user": uri(ANNA)})
        await store.write(lambda unit: unit.audit(about_both))
        async with open_reader(path) as reader:
            [row] = [row async for part in reader.audit() for row in part]
            known = await reader.names_of([row])
            assert {account: known[account, digest] for account, digest in row.names.items()} == {
                ANNA.identifier: "Anna",
                HANA.identifier: "Hana",
            }
            assert await reader.names_had(frozenset({ANNA.identifier})) == ["Anna"]
            verdict = await reader.verify()
            assert (verdict.holds, verdict.names, verdict.names_gone) == (True, 2, 0)
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute("DELETE FROM audit_names WHERE account = ?", (ANNA.identifier,))
            verdict = await reader.verify()
            assert (verdict.holds, verdict.names, verdict.names_gone) == (True, 1, 1)
            assert len(await reader.names_of([row])) == 1
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute("UPDATE audit_names SET name = 'Somebody else'")
            verdict = await reader.verify()
            assert (verdict.holds, verdict.broken_at, verdict.false_names) == (False, None, (HANA.identifier,))
    finally:
        await store.close()


async def test_filters_that_hardly_anything_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are looked for a window at a time, and what is found is the same; also many of one moment."""
    async with filled(tmp_path) as reader:
        for window in (1, 7, 59, 60):
            monkeypatch.setattr(reading, "WINDOW", window)
            for wanted, found in (
                (SessionFilter(), list(reversed(range(SESSIONS)))),
                (SessionFilter(accounts=frozenset({USERS[7].identifier})), [7]),
                (SessionFilter(why=Why.CUT, span=Span(end=BEGIN + 41 * DAY)), [40, 30, 20, 10, 0]),
                (SessionFilter(accounts=frozenset({"nobody"})), []),
            ):
                assert await numbers(reader, wanted) == found
                one, after = await reader.sessions(wanted, limit=2)
                assert [entry.session.up for entry in one] == found[:2]
                assert (after is not None) == (len(found) > 2)


async def test_no_transaction_lasts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that goes on and on is given up, and the connection is good for the next one."""
    monkeypatch.setattr(reading, "LONGEST", 0.2)
    for_ever = sa.text("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) AS c FROM n")
    async with filled(tmp_path) as reader:
        began = time.monotonic()
        with pytest.raises(StoreUnavailableError, match="interrupted"):
            await reader._all(for_ever, dict)
        assert time.monotonic() - began < 5
        assert await reader.last_number() == 100
