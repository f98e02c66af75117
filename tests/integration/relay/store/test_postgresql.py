"""The store on a real PostgreSQL: the whole contract, what it refuses, and what becomes of a server that goes and comes back."""

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from common.protocol.messages import Mode, Request, ToAnyone
from common.protocol.reasons import Why
from relay.admin.about import about
from relay.core import requests
from relay.core.history import Cursor, SessionFilter, Span
from relay.core.records import AccountRecord, AuditEntry, RequestState, SessionRecord
from relay.core.storing import Store, StoreUnavailableError, Unit, WriteRefusedError, erase_person
from relay.store import tables
from relay.store.reading import open_reader
from relay.store.sql import SqlStore
from tests.support import first_revision
from tests.support.clock import START
from tests.support.database_restarts import HOW, restarted_under_load
from tests.support.people import ANNA, BEN, HANA, HIRO, ORGANISATION, participant, put_account
from tests.support.postgresql import PostgreSQL
from tests.support.stores import store_in
from tests.unit.relay.store import test_contract
from tests.unit.relay.store.test_contract import Opener

globals().update({name: test for name, test in vars(test_contract).items() if name.startswith("test_")})


@contextlib.asynccontextmanager
async def store_on(
    server: PostgreSQL, *, group_commit: float = 0.002, store_probe: float = 0.2
) -> AsyncIterator[SqlStore]:
    """An open store with four accounts, of a role that may change no table; closed after use."""
    store = await store_in(
        server.relays_url, group_commit=group_commit, store_probe=store_probe, migrated_by=server.url
    )
    try:
        for one in (ANNA, BEN, HANA, HIRO):
            await store.write(lambda unit, one=one: put_account(unit, one))  # type: ignore[misc]
        yield store
    finally:
        await store.close()


@pytest.fixture
def opened(fresh: PostgreSQL) -> Opener:
    """For the contract: a function that gives an open store."""

    @contextlib.asynccontextmanager
    async def open_one() -> AsyncIterator[Store]:
        async with store_on(fresh, group_commit=0) as store:
            yield store

    return open_one


def asks(number: int, account: AccountRecord = ANNA, **changes: Any) -> Callable[[Unit], None]:
    """A new request of this account, with `changes` to what is kept of it."""
    message = Request(request=f"{number:032x}", to=ToAnyone(), mode=Mode.VIEW)
    transition = requests.ask(user=participant(account), message=message, now=START)

    def work(unit: Unit) -> None:
        unit.put_request(replace(transition.life.request, **changes))
        for one in transition.entries:
            unit.audit(one)

    return work


def entry(**changes: Any) -> AuditEntry:
    """Something that happened."""
    return replace(AuditEntry(at=START, actor="a", event="e", subject="s"), **changes)


async def healed(store: SqlStore, *, within: float) -> float:
    """Wait, writing nothing, until the store can be written; how many seconds that took."""
    began = time.monotonic()
    while not store.writable:
        assert time.monotonic() - began < within
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_migrations_make_todays_tables(fresh: PostgreSQL) -> None:
    """The migrations end in exactly the tables that the program uses, also here."""
    async with store_on(fresh) as store, store._engine.connect() as connection:

        def differences(sync: sa.Connection) -> list[object]:
            return list(compare_metadata(MigrationContext.configure(sync), tables.metadata))

        assert await connection.run_sync(differences) == []


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(asks(99, topic="a\0secret"), id="NUL in a topic"),
        pytest.param(asks(99, topic="a\ud800secret"), id="half a character"),
        pytest.param(asks(99, topic="secret" * 84), id="too long"),
        pytest.param(asks(99, replace(ANNA, identifier="nobody")), id="of nobody"),
        pytest.param(lambda unit: unit.audit(entry(subject="a\0secret")), id="NUL in the audit log"),
        pytest.param(lambda unit: unit.audit(entry(actor="secret" * 51)), id="too long for the audit log"),
        pytest.param(lambda unit: put_account(unit, replace(HANA, name="a\0secret")), id="NUL, written at once"),
        pytest.param(lambda unit: unit.request("a\0secret"), id="NUL, read"),
    ],
)
async def test_a_unit_that_can_never_be_written(fresh: PostgreSQL, wrong: Callable[[Unit], None]) -> None:
    """It alone is refused, its words are not told, and those beside it are kept with their audit rows, in their order."""
    async with store_on(fresh) as store:
        results = await asyncio.gather(
            store.write(asks(1)),
            store.write(wrong),
            store.write(asks(2)),
            return_exceptions=True,
        )
        assert isinstance(results[1], WriteRefusedError)
        assert "secret" not in str(results[1])
        assert [results[0], results[2]] == [None, None]
        assert store.writable
        assert [int(one.identifier, 16) for one in await store.open_requests()] == [1, 2]
        verdict = await store.verify_audit()
        assert (verdict.holds, verdict.rows) == (True, 2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
async def test_a_server_that_is_started_again(fresh: PostgreSQL, number: signal.Signals) -> None:
    """While it is gone everything waits; once it is back the store is well within a probe, and nobody had to write."""
    async with store_on(fresh) as store:
        await store.write(asks(1))
        fresh.stop(number)
        try:
            for two in (asks(2), asks(3)):
                with pytest.raises(StoreUnavailableError):
                    await store.write(two)
            with pytest.raises(StoreUnavailableError):
                await store.open_requests()
            assert not store.writable
            await asyncio.sleep(0.5)
            assert not store.writable
        finally:
            fresh.start()
        await healed(store, within=10)
        assert [int(one.identifier, 16) for one in await store.open_requests()] == [1]
        await store.write(asks(2))
        assert (await store.verify_audit()).rows == 2


async def test_restarts_under_load(fresh: PostgreSQL) -> None:
    """With fifty requests a second none is lost that was said to be kept, by a shutdown or as by a power cut."""
    load = await restarted_under_load(fresh, restarts=len(HOW), chance=random.Random(1))
    assert len(load.kept) > len(load.back)


async def test_a_server_that_was_started_again_meanwhile(fresh: PostgreSQL) -> None:
    """Nobody wrote while it was gone, so nobody notices: connections that died are not used."""
    async with store_on(fresh) as store:
        await store.write(asks(1))
        fresh.stop()
        fresh.start()
        assert len(await store.open_requests()) == 1
        await store.write(asks(2))
        assert store.writable


async def test_a_server_that_hangs(fresh: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes a statement and never answers is one that is not there; nobody waits for it for ever."""
    monkeypatch.setattr("relay.store.engines.SECONDS", {"timeout": 0.5, "command_timeout": 0.5})
    async with store_on(fresh) as store:
        fresh.freeze()
        try:
            began = time.monotonic()
            with pytest.raises(StoreUnavailableError):
                await store.write(asks(1))
            assert time.monotonic() - began < 5
            assert not store.writable
        finally:
            fresh.thaw()
        await healed(store, within=10)
        await store.write(asks(2))


@pytest.mark.parametrize(
    ("hinder", "mend"),
    [
        pytest.param(
            "ALTER SYSTEM SET default_transaction_read_only = on",
            "ALTER SYSTEM RESET ALL",
            id="read-only, as a standby",
        ),
        pytest.param(
            "ALTER TABLE probe RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO probe", id="a table gone"
        ),
    ],
)
async def test_a_database_that_takes_nothing(fresh: PostgreSQL, hinder: str, mend: str) -> None:
    """What the operator can mend is waited for, and blamed on no record."""
    async with store_on(fresh) as store:
        fresh.run_sql(hinder, "SELECT pg_reload_conf()")
        await asyncio.sleep(0.1)  # the reload reaches the server's processes
        with pytest.raises(StoreUnavailableError):
            await asyncio.gather(store.write(asks(1)), store.write(asks(99, topic="a\0b")))
        assert not store.writable
        fresh.run_sql(mend, "SELECT pg_reload_conf()")
        await healed(store, within=10)
        await store.write(asks(1))


async def test_somebody_holds_the_tables(fresh: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is waited for, so long and no longer; then the work is owed like any other."""
    monkeypatch.setattr("relay.store.engines.SECONDS", {"timeout": 5.0, "command_timeout": 0.3})
    async with store_on(fresh) as store, store._engine.connect() as other:
        await other.exec_driver_sql("LOCK TABLE requests IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreUnavailableError):
            await store.write(asks(1))
        await other.rollback()
        await healed(store, within=10)
        await store.write(asks(1))


async def test_no_server(fresh: PostgreSQL) -> None:
    """A relay that starts without its database is told so in words."""
    fresh.stop()
    try:
        with pytest.raises(StoreUnavailableError, match=r"refused|failed"):
            await store_in(fresh.url)
    finally:
        fresh.start()


async def test_not_let_in(fresh: PostgreSQL) -> None:
    """Nor is a name that the server does not know, or a database that is not there."""
    with pytest.raises(StoreUnavailableError, match="nobody"):
        await store_in(fresh.url.replace("://tasuki@", "://nobody:secret@"))
    with pytest.raises(StoreUnavailableError, match="elsewhere"):
        await store_in(fresh.url.removesuffix("tasuki") + "elsewhere")


async def test_from_a_filled_database_of_the_first_revision(fresh: PostgreSQL) -> None:
    """Every account becomes a person there too, and everything else is as it was."""
    engine = create_async_engine(fresh.url)
    async with engine.begin() as connection:
        await connection.run_sync(first_revision.make)
    await engine.dispose()
    store = await store_in(fresh.relays_url, migrated_by=fresh.url)
    try:
        everybody = [first_revision.ANNA, first_revision.HANA, first_revision.TWIN]
        assert [one.identifier for one in await store.people()] == everybody
        assert [one.person for one in await store.accounts()] == everybody
        assert [one.identifier for one in await store.sessions(limit=9)] == ["b" * 32]
        assert (await store.verify_audit()).rows == 1
        await store.write(lambda unit: put_account(unit, ANNA))
    finally:
        await store.close()


async def test_from_a_filled_database_without_names_beside(fresh: PostgreSQL) -> None:
    """What was written verifies, and goes on in the new digest; all that the relay's role may change is that a row says nothing."""
    engine = create_async_engine(fresh.url)
    async with engine.begin() as connection:
        await connection.run_sync(partial(first_revision.make, up_to="0010", audit_rows=3))
    await engine.dispose()
    store = await store_in(fresh.relays_url, migrated_by=fresh.url)
    try:
        await store.write(lambda unit: unit.audit(entry(subject=first_revision.HANA)))
        rows = await store.audit_rows()
        assert [(row.version, set(row.names)) for row in rows] == [(1, set())] * 3 + [(2, {first_revision.HANA})]
        assert (await store.verify_audit()).rows == 4
        relay = create_async_engine(fresh.relays_url)
        async with relay.begin() as connection:
            await connection.execute(sa.text("UPDATE audit SET facts = '{}', erased = true WHERE number = 2"))
        await relay.dispose()
        assert (await store.verify_audit()).broken_at == 2
        await store.write(lambda unit: unit.audit(entry(event="person.erased", facts={"rows": "2"})))
        assert (await store.verify_audit()).holds
    finally:
        await store.close()


async def test_erased_where_others_name_them(fresh: PostgreSQL) -> None:
    """By the role that may change no row of the log else: what was looked for before is written in one transaction, and the chain holds."""
    async with store_on(fresh) as store:
        for number in range(30):
            text = "ask anna, please" if number % 3 == 0 else "the annals"
            over = {"state": RequestState.OVER, "over_at": START, "why": Why.CANCELLED, "topic": text}
            await store.write(asks(number, BEN, **over))
        await store.write(lambda unit: unit.audit(entry(event="group.added", subject="Anna and friends")))
        await store.write(lambda unit: unit.audit(entry(event="group.members", subject="Desk", facts={"Anna": "x"})))
        await store.write(lambda unit: unit.audit(entry(event="e", facts={"to": "group:ANNA"}, actor="operator:anna")))
        found = await store.mentions(ANNA.person, (ANNA.identifier,))
        assert (len(found.requests), len(found.rows), len(found.subjects)) == (10, 2, 1)
        by = entry(event="person.erased", subject=ANNA.person)
        done = await erase_person(store, ANNA.person, (ANNA.identifier,), by)
        assert (done.others, done.rows) == (10, found.rows)
        assert {one.topic for one in await store.requests(limit=99)} == {"", "the annals"}
        verdict = await store.verify_audit()
        assert (verdict.holds, verdict.erased) == (True, 2)


async def test_read_beside_the_relay(fresh: PostgreSQL) -> None:
    """By transactions that can write nothing, though the relay's role could; what is about one person is found there too."""
    async with store_on(fresh) as store:
        await store.write(asks(1, declined=frozenset({HANA.identifier})))
        session = SessionRecord(
            identifier="c" * 32,
            request=f"{1:032x}",
            user=participant(ANNA),
            helper=participant(HANA),
            mode=Mode.VIEW,
            granted_at=START,
        )
        await store.write(lambda unit: unit.put_session(session))
        async with open_reader(fresh.relays_url) as reader:
            wanted = SessionFilter(span=Span(begin=START), accounts=frozenset({HANA.identifier}))
            [entry], following = await reader.sessions(wanted, limit=1)
            assert (entry.session, following) == (session, None)
            cursor = Cursor(granted_at=START, identifier="d" * 32)
            assert len((await reader.sessions(wanted, limit=1, after=cursor))[0]) == 1
            assert not await reader.group_known("Nowhere")
            assert [row.number async for part in reader.audit() for row in part] == [1]
            assert (await reader.verify()).rows == 1
            found = [name async for name, _ in about(reader, HANA.identifier, organisation=ORGANISATION, now=START)]
            assert {"requests_of_others", "sessions"} <= set(found)
            async with reader._engine.connect() as connection:
                with pytest.raises(DBAPIError, match="read-only"):
                    await connection.execute(sa.text("DELETE FROM sessions"))
