"""A copy of the records is whole while somebody writes, and none of what comes later is in it."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from relay.core.storing import StoreDamagedError, StoreUnavailableError
from relay.store.snapshot import copy_sqlite


def count(path: Path) -> list[int]:
    """Rows of both tables."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("a", "b")]


def test_one_moment_beside_a_writer(tmp_path: Path) -> None:
    """Each transaction writes both tables: a copy has either both of a pair or none. The writer is refused nothing."""
    source = tmp_path / "relay.db"
    with closing(sqlite3.connect(source, isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode=WAL; CREATE TABLE a (x); CREATE TABLE b (x);")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO a VALUES (?)", ((b"x" * 1000,) for _ in range(5000)))
        connection.executemany("INSERT INTO b VALUES (?)", ((b"x",) for _ in range(5000)))
        connection.execute("COMMIT")
    stop = threading.Event()
    failed: list[Exception] = []

    def write() -> None:
        with closing(sqlite3.connect(source, timeout=1, isolation_level=None)) as writer:
            while not stop.is_set():
                try:
                    writer.executescript("BEGIN IMMEDIATE; INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); COMMIT;")
                except sqlite3.Error as error:
                    failed.append(error)

    writing = threading.Thread(target=write)
    writing.start()
    try:
        copies = [tmp_path / f"copy-{number}" for number in range(5)]
        for copy in copies:
            copy_sqlite(source, copy)
    finally:
        stop.set()
        writing.join()
    assert not failed
    counts = [count(copy) for copy in copies]
    assert all(first == second >= 5000 for first, second in counts)
    assert counts == sorted(counts)
    assert sorted(path.name for path in tmp_path.glob("copy-*")) == [copy.name for copy in copies]


def test_what_cannot_be_copied_is_said(tmp_path: Path) -> None:
    """One that is not there is not made; one that is none is damaged. Nothing is left."""
    with pytest.raises(StoreUnavailableError):
        copy_sqlite(tmp_path / "none.db", tmp_path / "copy")
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "bad.db").write_bytes(b"no database at all" * 1000)
    with pytest.raises(StoreDamagedError):
        copy_sqlite(tmp_path / "bad.db", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
