"""One owner of a database on a real PostgreSQL: who comes second, who loses it, and what the database itself refuses."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy.exc import DBAPIError

from common.host.clock import LoopClock
from relay.core.records import AuditEntry
from relay.core.storing import SchemaError, StoreTakenError, StoreUnavailableError, Unit
from relay.settings import RelayTiming
from relay.store import owner, tables
from relay.store.sql import SqlStore, open_store
from tests.support.clock import START
from tests.support.postgresql import PostgreSQL
from tests.support.stores import store_in

PROMISED = 5.0  # seconds within which who lost it knows; a busy machine has five times that
OWNERS = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {owner.LOCK}"


def logs(number: int) -> Callable[[Unit], None]:
    """A unit of work that logs one thing."""
    return lambda unit: unit.audit(AuditEntry(at=START, actor="a", event="e", subject=str(number)))


@contextlib.asynccontextmanager
async def store_on(server: PostgreSQL, url: str = "") -> AsyncIterator[SqlStore]:
    """An open store of the relay's role."""
    store = await store_in(url or server.relays_url, store_probe=0.2, migrated_by=server.url)
    try:
        yield store
    finally:
        await store.close()


async def opened(server: PostgreSQL) -> SqlStore:
    """Another one, whose tables nobody looks after."""
    return await open_store(server.relays_url, timing=RelayTiming(), clock=LoopClock())


def end_the_owner(server: PostgreSQL) -> None:
    """As an administrator of the database does: the connection with the lock is gone."""
    server.run_sql(
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND objid = {owner.LOCK}"
    )


async def test_there_is_one(fresh: PostgreSQL) -> None:
    """Who comes second is told who is first, in good time; once that one is gone the next may begin at once."""
    async with store_on(fresh) as first:
        began = time.monotonic()
        with pytest.raises(StoreTakenError, match=socket.gethostname()[:32]):
            await opened(fresh)
        assert time.monotonic() - began < 5 * owner.PATIENCE
        await first.write(logs(1))
        assert first.writable
    second = await opened(fresh)
    await second.write(logs(2))
    await second.close()
    assert fresh.run_sql(OWNERS).strip() == "0"


async def test_its_tables_are_not_changed_meanwhile(fresh: PostgreSQL) -> None:
    """Nor does anybody migrate beside an owner."""
    async with store_on(fresh):
        with pytest.raises(StoreTakenError):
            await store_in(fresh.url)


async def test_a_connection_that_was_ended(fresh: PostgreSQL) -> None:
    """Where nobody came meanwhile it takes the lock again and goes on, and nobody who writes notices."""
    async with store_on(fresh) as store:
        epoch = fresh.run_sql("SELECT epoch FROM owner")
        for number in range(1, 4):
            end_the_owner(fresh)
            await store.write(logs(number))
        assert fresh.run_sql(OWNERS).strip() == "1"
        assert fresh.run_sql("SELECT epoch FROM owner") == epoch
        assert store.writable


async def test_ended_while_idle(fresh: PostgreSQL) -> None:
    """Also where nobody writes: the lock is not left lying about for another."""
    async with store_on(fresh) as store:
        end_the_owner(fresh)
        async with asyncio.timeout(5 * PROMISED):
            while fresh.run_sql(OWNERS).strip() != "1":  # noqa: ASYNC110 -- the database tells nobody
                await asyncio.sleep(0.05)
        assert store.writable


async def test_another_takes_over(fresh: PostgreSQL) -> None:
    """Who lost it knows without writing anything, and never writes again, also once the other has gone."""
    async with store_on(fresh) as first:
        await first.write(logs(1))
        fresh.run_sql("ALTER ROLE relay CONNECTION LIMIT 0")  # it cannot come back at once
        end_the_owner(fresh)
        async with store_on(fresh, fresh.url) as second:
            fresh.run_sql("ALTER ROLE relay CONNECTION LIMIT -1")
            async with asyncio.timeout(5 * PROMISED):
                await first.taken_over()
            assert not first.writable
            with pytest.raises(StoreTakenError):
                await first.write(logs(2))
            await second.write(logs(3))
        with pytest.raises(StoreTakenError):
            await first.write(logs(4))
        assert [row.entry.subject for row in await first.audit_rows()] == ["1", "3"]
        assert (await first.verify_audit()).holds


async def test_the_epoch_is_looked_at(fresh: PostgreSQL) -> None:
    """A connection that still has the lock writes nothing either where another epoch has begun."""
    async with store_on(fresh) as store:
        await store.write(logs(1))
        fresh.run_sql("UPDATE owner SET epoch = epoch + 1, holder = 'somebody else'")
        with pytest.raises(StoreTakenError, match="somebody"):
            await store.write(logs(2))
        async with asyncio.timeout(5 * PROMISED):
            await store.taken_over()
        assert len(await store.audit_rows()) == 1


async def test_no_epoch_begins_in_the_middle(fresh: PostgreSQL) -> None:
    """Whoever wants to begin one waits until a transaction of the owner's is over."""
    async with store_on(fresh) as store:
        async with store._writer._begin():
            with pytest.raises(RuntimeError, match="lock timeout"):
                fresh.run_sql("SET lock_timeout = 300", "UPDATE owner SET epoch = epoch + 1")
        fresh.run_sql("SET lock_timeout = 10000", "UPDATE owner SET epoch = epoch + 1")
        with pytest.raises(StoreTakenError):
            await store.write(logs(1))


class Line:
    """A way to the server that ends towards the store and not towards the server: at `cut`, or at the next commit.

    `commit`: "before" it reaches the server, or "after", so that its answer is lost.
    """

    def __init__(self) -> None:
        self.commit = ""
        self._near: list[asyncio.StreamWriter] = []
        self._far: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []

    def cut(self) -> None:
        """Now."""
        for one in self._near:
            one.transport.abort()

    @contextlib.asynccontextmanager
    async def to(self, server: PostgreSQL) -> AsyncIterator[str]:
        """The address of the database by this way."""

        async def out(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while data := await reader.read(65536):
                    commit = self.commit if b"COMMIT" in data else ""
                    if commit != "before":
                        writer.write(data)
                        await writer.drain()
                    if commit:
                        self.commit = ""
                        self.cut()

        async def back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while data := await reader.read(65536):
                    writer.write(data)
            writer.close()

        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", server.port)
            self._near.append(writer)
            self._far.append(to_server)
            self._tasks.append(asyncio.ensure_future(out(reader, to_server)))
            self._tasks.append(asyncio.ensure_future(back(from_server, writer)))

        between = await asyncio.start_server(forward, "127.0.0.1", 0)
        port = between.sockets[0].getsockname()[1]
        try:
            yield server.relays_url.replace(str(server.port), str(port))
        finally:
            between.close()
            for one in (*self._near, *self._far):
                one.close()
            await asyncio.gather(*self._tasks)


async def test_the_server_takes_a_lost_connection_for_alive(fresh: PostgreSQL) -> None:
    """A network that was cut leaves the lock with a connection that nobody has any more: its owner ends that one."""
    line = Line()
    async with line.to(fresh) as url, store_on(fresh, url) as store:
        await store.write(logs(1))
        line.cut()
        assert fresh.run_sql(OWNERS).strip() == "1"
        began = time.monotonic()
        await store.write(logs(2))
        assert time.monotonic() - began < 5 * owner.PATIENCE
        assert store.writable


async def test_the_answer_to_a_commit_was_lost(fresh: PostgreSQL) -> None:
    """It is found out whether it was kept: then it was written, once; and where not, whoever wrote hears so and may try again."""
    line = Line()
    async with line.to(fresh) as url, store_on(fresh, url) as store:
        await store.write(logs(1))
        line.commit = "after"
        await store.write(logs(2))
        assert store.writable
        line.commit = "before"
        with pytest.raises(StoreUnavailableError):
            await store.write(logs(3))
        await store.write(logs(4))
        assert [row.entry.subject for row in await store.audit_rows()] == ["1", "2", "4"]
        assert (await store.verify_audit()).holds


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'x' WHERE number = 1",
        "UPDATE audit SET facts = '{}' WHERE number = 1",
        "UPDATE audit SET facts = '{}', erased = true, actor = 'x' WHERE number = 1",
        "UPDATE audit SET facts = '{}', erased = true, event = '' WHERE number = 1",
        "UPDATE audit SET facts = '{}', erased = true, names = '{\"a\": \"\"}' WHERE number = 1",
        "DELETE FROM audit WHERE number = 2",
        "TRUNCATE audit",
        "INSERT INTO audit SELECT 9, at, actor, event, subject, facts, previous, digest, 2, names, false FROM audit WHERE number = 1",
        "INSERT INTO audit SELECT * FROM audit WHERE number = 1 ON CONFLICT (number) DO UPDATE SET actor = 'x'",
    ],
)
async def test_the_audit_log_is_append_only(fresh: PostgreSQL, statement: str) -> None:
    """The database refuses to change, remove, replace or misplace a row, by its rules even to whoever may do everything."""
    async with store_on(fresh) as store:
        await store.write(logs(1))
        await store.write(logs(2))
        with pytest.raises(RuntimeError, match="the audit log"):
            fresh.run_sql(statement)
        assert (await store.verify_audit()).rows == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET event = 'x'",
        "UPDATE audit SET digest = previous",
        "TRUNCATE audit",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "DROP TABLE audit CASCADE",
        "DROP TRIGGER audit_no_update ON audit",
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TABLE another (number integer)",
        "UPDATE alembic_version SET version_num = 'x'",
        "INSERT INTO owner VALUES (2, 0, '')",
        "TRUNCATE requests CASCADE",
        "SET session_replication_role = replica",
    ],
)
async def test_what_the_relays_role_may_not_do(fresh: PostgreSQL, statement: str) -> None:
    """It has no right to change tables, rules or history: who breaks into a relay cannot either."""
    async with store_on(fresh) as store, store._engine.connect() as connection:
        await store.write(logs(1))
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            await connection.exec_driver_sql(statement)


async def test_who_goes_round_the_rules_is_found(fresh: PostgreSQL) -> None:
    """A row that an administrator of the database changes breaks the chain there, as on SQLite."""
    async with store_on(fresh) as store:
        for number in range(1, 6):
            await store.write(logs(number))
        fresh.run_sql("ALTER TABLE audit DISABLE TRIGGER ALL", "UPDATE audit SET actor = 'x' WHERE number = 3")
        verdict = await store.verify_audit()
        assert (verdict.holds, verdict.broken_at, verdict.rows) == (False, 3, 2)


async def test_tables_of_another_version(fresh: PostgreSQL) -> None:
    """None, older and newer ones are told apart, left alone, and the lock is free again."""
    with pytest.raises(SchemaError) as none:
        await opened(fresh)
    assert (none.value.found, none.value.newer) == ("", False)
    async with store_on(fresh):
        pass
    for found, newer in (("0001", False), ("9999", True)):
        fresh.run_sql(f"UPDATE alembic_version SET version_num = '{found}'")
        with pytest.raises(SchemaError, match=found) as error:
            await opened(fresh)
        assert (error.value.found, error.value.newer) == (found, newer)
    with pytest.raises(SchemaError, match="9999"):
        await store_in(fresh.url)
    assert fresh.run_sql(OWNERS).strip() == "0"


async def test_every_table_has_rights(fresh: PostgreSQL) -> None:
    """What is migrated can be read by the relay's role, and nothing else is there for it."""
    async with store_on(fresh):
        told = fresh.run_sql(
            "SELECT table_name, string_agg(privilege_type, ' ' ORDER BY privilege_type) "
            "FROM information_schema.table_privileges WHERE grantee = 'relay' GROUP BY table_name"
        )
    rights = dict(line.split("|") for line in told.splitlines())
    assert rights.pop("audit") == "DELETE INSERT SELECT"
    assert rights.pop("owner") == "SELECT UPDATE"
    assert rights.pop("alembic_version") == "SELECT"
    assert rights.pop("audit_names") == "DELETE INSERT SELECT"
    assert {rights.pop(name) for name in ("audit_heads", "audit_segments")} == {"INSERT SELECT UPDATE"}
    assert rights == dict.fromkeys(
        tables.metadata.tables.keys() - {"audit", "audit_names", "audit_heads", "audit_segments", "owner"},
        "DELETE INSERT SELECT UPDATE",
    )


async def test_a_server_that_forgets(fresh: PostgreSQL) -> None:
    """A server that is set to acknowledge before a commit is on its disk is told to wait for the owner's."""
    fresh.run_sql("ALTER ROLE relay SET synchronous_commit = off")
    try:
        async with store_on(fresh) as store, store._writer._begin() as connection:
            assert (await connection.exec_driver_sql("SHOW synchronous_commit")).scalar_one() == "on"
    finally:
        fresh.run_sql("ALTER ROLE relay RESET synchronous_commit")


async def test_an_address_that_makes_no_sense(fresh: PostgreSQL) -> None:
    """What the driver does not understand is said in words, like what is not there."""
    for wrong in ("postgresql+asyncpg://[", fresh.relays_url + "?sslmode=no", "postgresql+nothing://x/y"):
        with pytest.raises(StoreUnavailableError) as error:
            await open_store(wrong, timing=RelayTiming(), clock=LoopClock())
        assert "\n" not in str(error.value)
