"""A relay whose records are damaged: one sentence that says what to do, and exit code 1; in the middle of a run /healthz says so."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.relay_program import answer, run, serving, until

PAGE = 4096


def damage(folder: Path, table: str) -> None:
    """The first page of this table is noise."""
    path = folder / "relay.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        number: int = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    with path.open("r+b") as file:
        file.seek((number - 1) * PAGE)
        file.write(random.Random(1).randbytes(PAGE))


@pytest.mark.parametrize("table", ["accounts", "audit", "alembic_version"])
def test_commands_say_it_in_a_sentence(folder: Path, table: str) -> None:
    """Which of them meet it depends on where it is; none prints a traceback."""
    run(folder, "person", "add", "--role", "user", "--name", "Anna")
    damage(folder, table)
    met = {"accounts": ("serve", "sessions list --person Anna", "person list"), "audit": ("audit verify", "audit show")}
    for words in met.get(table, ("serve", "audit verify", "person list")):
        said = run(folder, *words.split(), code=1).stderr.splitlines()
        assert "damaged" in said[-1]
        assert "backup" in said[-1]
        assert len(said) == 1 or words == "serve"  # which logs that it stopped
        assert len(said) < 4


def test_it_is_found_in_the_middle_of_a_run(folder: Path) -> None:
    """/healthz says it in a word, the log once, orders in a sentence; the relay runs on until it is stopped, and starts with the backup."""
    run(folder, "person", "add", "--role", "user", "--name", "Anna")
    backup = (folder / "relay.db").read_bytes()
    with serving(folder) as relay:
        damage(folder, "audit")
        for _ in range(2):
            said = run(folder, "audit", "verify", code=1).stderr
            assert "damaged" in said
            assert said.count("\n") == 1
        assert "damaged" in run(folder, "group", "add", "Desk", code=1).stderr  # the relay itself meets it now
        until(lambda: answer(relay.port, "/healthz", folder / "root.pem") == (503, b'{"status":"damaged"}'))
        assert "damaged" in run(folder, "person", "add", "--role", "user", "--name", "Ben", code=1).stderr
        assert "Anna" in run(folder, "person", "list").stdout
        log = relay.end()
    assert log.count("store_damaged") == 1
    assert "Traceback" not in log
    for left in folder.glob("relay.db*"):
        left.unlink()
    (folder / "relay.db").write_bytes(backup)
    assert "holds together" in run(folder, "audit", "verify").stdout
