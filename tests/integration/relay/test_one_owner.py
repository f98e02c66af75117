"""Two relays, each with a folder of its own, that are given one database on PostgreSQL."""

import json
import shutil
import signal
import time
from pathlib import Path

import pytest

from relay.store.owner import LOCK
from tests.support.postgresql import PostgreSQL
from tests.support.relay_program import run, serving, stored_at

TAKEN = "Another relay or command works on the same database"
PROMISED = 5.0  # seconds within which one that lost the database ends; a busy machine has five times that


@pytest.fixture
def two(folder: Path, server: PostgreSQL) -> tuple[Path, Path]:
    """Folders of two relays on one new database."""
    server.create_database()
    stored_at(folder, server.relays_url)
    other = folder.with_name("other")
    shutil.copytree(folder, other)
    assert "cannot change them" in run(folder, "migrate", "--url", server.url).stdout
    return folder, other


def test_a_second_relay_refuses(two: tuple[Path, Path], server: PostgreSQL) -> None:
    """In a sentence, also while the first is stopped; so do orders of the second's and a migration, and the first hears nothing of it."""
    first, second = two
    with serving(first) as relay:
        run(first, "group", "add", "Desk")
        assert TAKEN in run(second, "serve", code=1).stderr.splitlines()[-1]
        relay.process.send_signal(signal.SIGSTOP)
        for words in (("serve",), ("group", "list"), ("migrate", "--url", server.url)):
            assert TAKEN in run(second, *words, code=1).stderr.splitlines()[-1]
        relay.process.send_signal(signal.SIGCONT)
        run(first, "group", "add", "Attic")
        assert "store_unwritable" not in relay.end()
    with serving(second):
        assert run(second, "group", "list").stdout.split() == ["Attic:", "Desk:"]


def test_one_that_lost_the_database_ends(two: tuple[Path, Path], server: PostgreSQL) -> None:
    """Its connection ended while it stood still, another began: it ends by itself with a sentence, and has written nothing more."""
    first, second = two
    with serving(first) as lost:
        run(first, "group", "add", "Desk")
        lost.process.send_signal(signal.SIGSTOP)
        server.run_sql(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND objid = {LOCK}"
        )
        with serving(second) as relay:
            rows = run(second, "audit", "show", "--json").stdout
            lost.process.send_signal(signal.SIGCONT)
            began = time.monotonic()
            _, log = lost.process.communicate(timeout=5 * PROMISED)
            assert lost.process.returncode == 1
            assert time.monotonic() - began < 5 * PROMISED
            assert "Another relay has taken over the database" in log.splitlines()[-1]
            assert "Traceback" not in log
            assert run(second, "audit", "show", "--json").stdout == rows
            run(second, "group", "add", "Attic")
            assert json.loads(run(second, "audit", "verify", "--json").stdout)["holds"]
            relay.end()


def test_an_older_copy_was_put_back(folder: Path, server: PostgreSQL) -> None:
    """Relay and commands refuse, in a sentence; once an operator has accepted what is lost they go on, and the audit log says who."""
    server.create_database()
    stored_at(folder, server.relays_url)
    run(folder, "migrate", "--url", server.url)
    run(folder, "group", "add", "Desk")
    server.run_sql("DROP DATABASE IF EXISTS older", "CREATE DATABASE older TEMPLATE tasuki", database="postgres")
    run(folder, "group", "add", "Attic")
    assert "Nothing" in run(folder, "accept-loss").stdout
    server.run_sql("DROP DATABASE tasuki", "ALTER DATABASE older RENAME TO tasuki", database="postgres")
    for words in (("serve",), ("group", "list")):
        told = run(folder, *words, code=1).stderr.splitlines()[-1]
        assert "its audit log ends at row 1, and row 2 was written" in told
        assert "tasuki-relay accept-loss" in told
    told = run(folder, "accept-loss", LC_ALL="ja_JP.UTF-8").stdout
    assert "監査ログ" in told
    last = json.loads(run(folder, "audit", "show", "--json").stdout.splitlines()[-1])
    assert (last["event"], last["actor"].partition(":")[0]) == ("store.loss_accepted", "operator")
    assert (last["facts"]["row"], last["facts"]["found"]) == (2, 1)
    with serving(folder):
        assert "is used by another" in run(folder, "accept-loss", code=1).stderr
        assert run(folder, "group", "list").stdout.split() == ["Desk:"]


def test_tables_that_nobody_made(folder: Path, server: PostgreSQL) -> None:
    """A relay does not make them on a server: it says which command does, and that one says what it found and did."""
    server.create_database()
    stored_at(folder, server.relays_url)
    assert "tasuki-relay migrate" in run(folder, "serve", code=1).stderr
    assert "permission denied" in run(folder, "migrate", code=1).stderr
    assert "cannot change them" in run(folder, "migrate", TASUKI_MIGRATE_URL=server.url).stdout
    run(folder, "group", "add", "Desk")
    server.run_sql("UPDATE alembic_version SET version_num = '9999'")
    for words in (("serve",), ("migrate", "--url", server.url)):
        assert "newer version" in run(folder, *words, code=1).stderr


def test_a_role_that_may_too_much(folder: Path, server: PostgreSQL) -> None:
    """Where the relay is the role that makes the tables, that is said."""
    server.create_database()
    stored_at(folder, server.url)
    assert "Give it another role" in run(folder, "migrate").stderr
    run(folder, "group", "add", "Desk")


def test_migrate_on_a_file(folder: Path) -> None:
    """There the relay does it itself, and the command does no harm."""
    done = run(folder, "migrate")
    assert (done.stdout, done.stderr) == ("The tables are up to date.\n", "")
    with serving(folder):
        assert "is used by another" in run(folder, "migrate", code=1).stderr
