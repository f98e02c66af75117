"""`tasuki-relay check-config --deep`: what it opens, and what it says of each thing that is wrong.

The command itself is run for what it prints and how it ends; the rest asks what it asks, without a process for each.
"""

import asyncio
import contextlib
import shutil
import socket
import sqlite3
from pathlib import Path

import pytest

from relay.deep_check import Kind, deep_check
from relay.folder import open_folder
from tests.support.postgresql import PostgreSQL, postgresql, standby
from tests.support.relay_program import LOOPBACK, run, serving, stored_at
from tests.support.stores import store_in

NO_DRIVER = "import sys\nsys.modules['asyncpg'] = None\n"  # as where it is not installed


async def stored_on(folder: Path, server: PostgreSQL, *, url: str = "") -> Path:
    """The relay's folder, and a database with its tables."""
    stored_at(folder, url or server.relays_url)
    store = await store_in(url or server.relays_url, migrated_by=url or server.url)
    await store.close()
    return folder


async def said(folder: Path) -> tuple[list[str], list[str], list[str]]:
    """What is good, what somebody should know, what is wrong; each a sentence."""
    found: dict[Kind, list[str]] = {kind: [] for kind in Kind}
    async for finding in deep_check(open_folder(folder)):
        found[finding.kind].append(finding.text)
    return found[Kind.GOOD], found[Kind.NOTE], found[Kind.WRONG]


async def wrong(folder: Path) -> str:
    """The one thing that is wrong."""
    _good, _notes, (text,) = await said(folder)
    return text


def set_ports(folder: Path, **ports: int) -> None:
    """Other ones than any."""
    path = folder / "relay.toml"
    settings = path.read_text(encoding="utf-8")
    for name, port in ports.items():
        before = -1 if name == "metrics_port" else 0
        assert f"{name} = {before}\n" in settings
        settings = settings.replace(f"{name} = {before}\n", f"{name} = {port}\n")
    path.write_text(settings, encoding="utf-8")


def names(lines: list[str]) -> list[str]:
    """What each of them is about."""
    return [line.partition(":")[0] for line in lines]


def test_the_command(folder: Path) -> None:
    """A new relay is good and nothing is made by looking; beside one that runs, its ports are no trouble; what is wrong is exit code 1."""
    good = run(folder, "check-config", "--deep").stdout.splitlines()
    assert good[0].endswith("relay.toml is good.")
    assert names(good[1:]) == ["Database", "Tables", "Mailbox", "Ports"]
    assert not (folder / "relay.db").exists()
    with serving(folder) as relay:
        done = run(folder, "check-config", "--deep")
        assert names(done.stdout.splitlines()[1:]) == ["Database", "Tables", "Mailbox"]
        assert done.stderr == "Ports: not tried, for a relay runs in this folder.\n"
        assert "store_unwritable" not in relay.end()
    shutil.rmtree(folder / "mailbox")
    done = run(folder, "check-config", "--deep", code=1)
    assert names(done.stdout.splitlines()[1:]) == ["Database", "Tables", "Ports"]
    assert done.stderr.count("\n") == 1
    assert "mailbox" in done.stderr


def test_no_driver(folder: Path, server: PostgreSQL, tmp_path: Path) -> None:
    """What is not installed is named, by whichever command meets it."""
    (tmp_path / "sitecustomize.py").write_text(NO_DRIVER, encoding="utf-8")
    stored_at(folder, server.relays_url)
    for words in (("check-config", "--deep"), ("serve",)):
        assert "postgresql.txt" in run(folder, *words, code=1, PYTHONPATH=str(tmp_path)).stderr


@pytest.mark.parametrize("name", ["matching_port", "vnc_port", "metrics_port"])
async def test_a_port_that_is_taken(folder: Path, name: str) -> None:
    """Each that is named is tried."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        set_ports(folder, **{name: taken.getsockname()[1]})
        assert f"{LOOPBACK}:{taken.getsockname()[1]} (Address already in use)" in await wrong(folder)


async def test_a_file(folder: Path) -> None:
    """One with tables, one that is something else, one that a folder is missing for, a newer version's."""
    await (await store_in(folder / "relay.db")).close()
    good, _, _ = await said(folder)
    assert "revision 0" in good[1]
    with contextlib.closing(sqlite3.connect(folder / "relay.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer version" in await wrong(folder)
    (folder / "relay.db").write_bytes(b"not a database, and long enough to be looked at by SQLite" * 20)
    assert "damaged" in await wrong(folder)
    stored_at(folder, "sqlite+aiosqlite:///nowhere/relay.db")
    assert "No such file" in await wrong(folder)


async def test_a_mailbox_that_cannot_be_used(folder: Path) -> None:
    """Without its folders, without a list, of another authority, with a root that is none."""
    mailbox = folder / "mailbox"
    shutil.move(mailbox / "requests", folder / "aside")
    assert "mailbox" in await wrong(folder)
    shutil.move(folder / "aside", mailbox / "requests")
    shutil.move(mailbox / "crl.der", folder / "crl.der")
    assert "no revocation list" in await wrong(folder)
    shutil.move(folder / "crl.der", mailbox / "crl.der")
    assert (await said(folder))[2] == []
    assert list((mailbox / "requests").iterdir()) == []
    (folder / "root.pem").write_bytes((folder / "relay-cert.pem").read_bytes())
    assert "is not the one that this relay knows" in await wrong(folder)
    (folder / "root.pem").write_text("nothing")
    assert "root.pem" in await wrong(folder)


async def test_a_server(folder: Path, fresh: PostgreSQL) -> None:
    """What it is; while a relay works on it, whose it is."""
    await stored_on(folder, fresh)
    good, notes, bad = await said(folder)
    assert good[0].startswith("Database: PostgreSQL 1")
    assert notes == bad == []
    store = await store_in(fresh.url)
    try:
        _, (note,), bad = await said(folder)
        assert "works on it now" in note
        assert bad == []
        assert store.writable
    finally:
        await store.close()


@pytest.mark.parametrize(
    ("hinder", "mend", "found"),
    [
        ("REVOKE INSERT ON audit FROM relay", "", "INSERT audit"),
        ("REVOKE ALL ON alembic_version FROM relay", "", "SELECT alembic_version"),
        ("UPDATE alembic_version SET version_num = '0001'", "", "tasuki-relay migrate"),
        ("UPDATE alembic_version SET version_num = '9999'", "", "newer version"),
        ("DROP TABLE alembic_version", "", "tasuki-relay migrate"),
        ("ALTER ROLE relay NOLOGIN", "ALTER ROLE relay LOGIN", "not permitted to log in"),
        ("ALTER ROLE relay SET default_transaction_read_only = on", "ALTER ROLE relay RESET ALL", "read_only = on"),
    ],
)
async def test_a_server_that_would_not_do(folder: Path, fresh: PostgreSQL, hinder: str, mend: str, found: str) -> None:
    """Each is found before a relay is started, and nothing else is said to be wrong."""
    await stored_on(folder, fresh)
    fresh.run_sql(hinder)
    try:
        assert found in await wrong(folder)
    finally:
        if mend:
            fresh.run_sql(mend)


async def test_a_role_that_may_too_much(folder: Path, fresh: PostgreSQL) -> None:
    """A relay runs as it, so it is told and is no failure."""
    await stored_on(folder, fresh, url=fresh.url)
    _, (note,), bad = await said(folder)
    assert "Give it another role" in note
    assert bad == []


async def test_standbys_that_are_not_waited_for(folder: Path) -> None:
    """One that follows is named as one that may lack records, until the server waits for it."""

    async def told() -> bool:
        _good, notes, _bad = await said(folder)
        return any("synchronous_standby_names" in note for note in notes)

    with postgresql() as server:
        await stored_on(folder, server)
        assert not await told()
        with standby(server):
            assert await told()
            server.run_sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'", "SELECT pg_reload_conf()")
            async with asyncio.timeout(30):
                while await told():  # noqa: ASYNC110 -- the server has read it soon
                    await asyncio.sleep(0.1)


async def test_another_encoding(folder: Path, server: PostgreSQL) -> None:
    """A database that cannot hold all names is found out."""
    server.run_sql("DROP DATABASE IF EXISTS latin", database="postgres")
    server.run_sql("CREATE DATABASE latin ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0", database="postgres")
    await stored_on(folder, server, url=server.url.removesuffix("tasuki") + "latin")
    assert "server_encoding = SQL_ASCII" in await wrong(folder)


async def test_all_of_it_is_found(folder: Path, fresh: PostgreSQL) -> None:
    """Not the first fault alone; and a server that is not there is one of them."""
    stored_at(folder, fresh.relays_url)
    shutil.rmtree(folder / "mailbox")
    fresh.stop()
    try:
        with socket.create_server((LOOPBACK, 0)) as taken:
            set_ports(folder, matching_port=taken.getsockname()[1])
            _, _, bad = await said(folder)
    finally:
        fresh.start()
    assert len(bad) == 3
    assert "cannot be opened" in bad[0]


async def test_an_address_of_nothing(folder: Path) -> None:
    """A kind of database that nobody knows."""
    stored_at(folder, "postgresql+nothing://relay@127.0.0.1/tasuki")
    assert "postgresql.txt" in await wrong(folder)
