"""The tables brought up to date: what is there stays, a copy lies beside it, and what is newer is left alone."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from common.protocol.identity import Role
from common.protocol.messages import Mode
from relay.core.records import AuditEntry
from relay.core.storing import ConflictError, SchemaError, StoreDamagedError, StoreUnavailableError
from tests.support import first_revision
from tests.support.clock import START
from tests.support.first_revision import ANNA, HANA, TWIN
from tests.support.stores import store_in


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A filled database of the first revision."""
    path = tmp_path / "relay.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        first_revision.make(connection)
    engine.dispose()
    return path


def count(path: Path, what: str) -> int:
    """A number out of the database."""
    with closing(sqlite3.connect(path)) as connection:
        found: int = connection.execute(what).fetchone()[0]
        return found


async def test_every_account_becomes_a_person(first: Path) -> None:
    """From a filled database of the first revision: people by the accounts' own UUIDs, and everything else as it was."""
    store = await store_in(first)
    assert [(one.identifier, one.name, one.external_id) for one in await store.people()] == [
        (ANNA, "Anna", None),
        (HANA, "Hana", None),
        (TWIN, "Anna", None),
    ]
    accounts = await store.accounts()
    assert [(one.identifier, one.person, one.role, one.enabled) for one in accounts] == [
        (ANNA, ANNA, Role.USER, True),
        (HANA, HANA, Role.HELPER, True),
        (TWIN, TWIN, Role.HELPER, False),
    ]
    assert {(one.skills, one.created_at) for one in accounts} == {(("mail",), START)}
    [group] = await store.groups()
    assert group.members == {HANA}
    [request], [session] = await store.requests(limit=9), await store.sessions(limit=9)
    assert (request.user.account, session.helper.account, session.resumable) == (ANNA, HANA, False)
    assert [one.used_at for one in await store.enrolments(ANNA)] == [None]
    assert [one.serial for one in await store.certificates(HANA)] == ["1f"]
    assert [(one.computer, one.computer_name) for one in await store.all_certificates()] == [
        (number, "") for number in range(1, 1 + len(await store.all_certificates()))
    ]
    assert (await store.verify_audit()).rows == 1
    await store.close()
    with closing(sqlite3.connect(first)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("DELETE FROM people")


async def test_rows_of_the_first_digest_stay_as_they_were(tmp_path: Path) -> None:
    """From a filled database of the revision before names stood beside: what was written verifies, and goes on in the new digest."""
    path = tmp_path / "relay.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        first_revision.make(connection, up_to="0010", audit_rows=5)
    engine.dispose()
    store = await store_in(path)
    before = await store.audit_rows()
    assert [(row.version, row.names, row.erased) for row in before] == [(1, {}, False)] * 5
    assert before[4].entry.facts == {"n": 4}
    await store.write(lambda unit: unit.audit(AuditEntry(at=START, actor="relay", event="e", subject=HANA)))
    verdict = await store.verify_audit()
    assert (verdict.holds, verdict.rows) == (True, 6)
    assert [(row.version, set(row.names)) for row in (await store.audit_rows())[5:]] == [(2, {HANA})]
    await store.close()


async def test_sessions_of_whose_modes_nobody_has_said_anything(tmp_path: Path) -> None:
    """From a filled database of the revision before: they are there, with the mode that was granted and no other."""
    path = tmp_path / "relay.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        first_revision.make(connection, up_to="0012")
    engine.dispose()
    store = await store_in(path)
    [session] = await store.sessions(limit=10)
    assert (session.mode, session.last_mode, session.mode_changes) == (Mode.VIEW, None, 0)
    await store.write(lambda unit: unit.put_session(replace(session, last_mode=Mode.CONTROL, mode_changes=3)))
    [session] = await store.sessions(limit=10)
    assert (session.last_mode, session.mode_changes) == (Mode.CONTROL, 3)
    await store.close()


@pytest.mark.parametrize("before", ["0011", "0014"])
async def test_a_log_of_which_nothing_is_signed_or_archived(tmp_path: Path, before: str) -> None:
    """From a filled database of the revision before heads, and before segments: it verifies, and none of its rows may go."""
    path = tmp_path / "relay.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        first_revision.make(connection, up_to=before, audit_rows=3)
    engine.dispose()
    store = await store_in(path)
    verdict = await store.verify_audit()
    assert (verdict.holds, verdict.rows, verdict.archived) == (True, 3, 0)
    assert list(await store.heads()) == []
    with pytest.raises(ConflictError):
        await store.write(lambda unit: unit.remove_audit(up_to=2, limit=9))
    await store.close()


async def test_nobody_was_put_out_by_a_list_before_that_was_known(tmp_path: Path) -> None:
    """From a filled database of the revision before: people, accounts and who is disabled stay; no list enables them."""
    path = tmp_path / "relay.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        first_revision.make(connection, up_to="0015")
        connection.execute(sa.text("UPDATE accounts SET disabled_at = created_at WHERE role = 'helper'"))
    engine.dispose()
    store = await store_in(path)
    accounts = await store.accounts()
    assert {one.enabled for one in accounts} == {True, False}
    assert not any(one.disabled_by_list for one in accounts)
    assert not any(one.left_by_list for one in await store.people())
    await store.close()


async def test_what_was_is_copied_before(first: Path) -> None:
    """For its owner only, by the name of the revision that came; a database that is up to date is not copied."""
    await (await store_in(first)).close()
    [copy] = first.parent.glob("relay.db.before-*")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert count(copy, "SELECT count(*) FROM accounts") == 3
    assert count(copy, "SELECT version_num = '0001' FROM alembic_version") == 1
    copy.unlink()
    await (await store_in(first)).close()
    assert not list(first.parent.glob("relay.db.before-*"))


async def test_a_copy_that_cannot_be_made_changes_nothing(first: Path) -> None:
    """A folder stands in its place: the database is as it was."""
    for number in range(5, 100):
        (first.parent / f"relay.db.before-{number:04}.part").mkdir()
    with pytest.raises(StoreUnavailableError):
        await store_in(first)
    assert count(first, "SELECT version_num = '0001' FROM alembic_version") == 1


async def test_a_step_that_fails_changes_nothing(first: Path) -> None:
    """A row refers to nothing: the transaction is undone, and the next try meets the same."""
    with closing(sqlite3.connect(first)) as connection, connection:
        connection.execute("INSERT INTO memberships VALUES ('Nobody', ?)", (HANA,))
    for _ in range(2):
        with pytest.raises(StoreDamagedError, match="memberships"):
            await store_in(first)
        assert count(first, "SELECT version_num = '0001' FROM alembic_version") == 1
        assert count(first, "SELECT count(*) FROM sqlite_master WHERE name = 'people'") == 0


async def test_a_newer_database(first: Path) -> None:
    """A later program has been there: it is told apart from one that cannot be opened, and left alone."""
    await (await store_in(first)).close()
    with closing(sqlite3.connect(first)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaError, match="9999"):
        await store_in(first)
