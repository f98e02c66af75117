"""`tasuki-relay backup` and `restore` as commands: what they refuse, and what they change in the settings of another computer."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from common.host.errors import TasukiError
from relay.folder import open_folder
from relay.keeping import restore
from relay.settings import RelaySettings
from relay.store import leavings
from tests.support.postgresql import PostgreSQL
from tests.support.relay_program import run, serving, stored_at


def settings(folder: Path) -> RelaySettings:
    """As the relay reads them."""
    return open_folder(folder).settings


def test_there_and_back(folder: Path, tmp_path: Path) -> None:
    """Settings, root and records, without a key and without a path of before. Nothing is ever written over."""
    run(folder, "person", "add", "--role", "user", "--name", "Anna")
    saved, new = tmp_path / "saved", tmp_path / "new"
    told = run(folder, "backup", str(saved))
    assert str(saved) in told.stdout
    assert "tasuki-ca backup" in told.stderr
    assert saved.stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE KEY" not in saved.read_bytes()
    assert str(tmp_path).encode() not in saved.read_bytes()
    assert "is there already" in run(folder, "backup", str(saved), code=1).stderr
    assert "is there already" in run(folder, "restore", str(saved), code=1).stderr
    (new / "ca").mkdir(parents=True)  # the CA may be back already
    assert str(new) in run(new, "restore", str(saved)).stdout
    assert sorted(path.name for path in new.iterdir()) == ["ca", "relay.db", "relay.toml", "root.pem"]
    assert (new / "root.pem").read_bytes() == (folder / "root.pem").read_bytes()
    assert "Anna" in run(new, "person", "list").stdout
    assert {path.stat().st_mode & 0o077 for path in new.iterdir() if path.is_file() and path.name != "lock"} == {0}


def test_what_is_broken_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    """Half a file, the other program's, none at all; a place that cannot be written."""
    saved, new = tmp_path / "saved", tmp_path / "new"
    assert "cannot be opened" in run(folder, "backup", str(saved), code=1).stderr  # no records: that is no backup
    run(folder, "person", "add", "--role", "user", "--name", "Anna")
    run(folder, "backup", str(saved))
    half = tmp_path / "half"
    half.write_bytes(saved.read_bytes()[: saved.stat().st_size // 2])
    assert "cannot be restored" in run(new, "restore", str(half), code=1).stderr
    half.write_bytes(b"tasuki-ca-backup-1\n" + bytes(2000))
    assert "cannot be restored" in run(new, "restore", str(half), code=1).stderr
    assert list(new.iterdir()) == []
    assert "No such file" in run(folder, "backup", str(tmp_path / "nowhere" / "saved"), code=1).stderr
    run(new, "restore", str(saved))


def test_files_that_cannot_be_cleared(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nobody is told that what was restored has no name of those who were erased: nothing is restored."""
    run(folder, "person", "add", "--role", "user", "--name", "Anna")
    person = json.loads(run(folder, "person", "show", "Anna", "--json").stdout)["identifier"]
    saved, new, erased = tmp_path / "saved", tmp_path / "new", tmp_path / "erased.json"
    run(folder, "backup", str(saved))
    erased.write_text(json.dumps([{"person": person, "accounts": [], "at": 1.0}]))
    with monkeypatch.context() as patched:
        patched.setattr(leavings, "clear", lambda _database: False)
        with pytest.raises(TasukiError) as caught:
            restore(saved, new, erased=erased)
    assert caught.value.code == "restore_not_cleared"
    assert list(new.iterdir()) == []
    restore(saved, new, erased=erased)
    assert b"Anna" not in (new / "relay.db").read_bytes()
    assert json.loads((new / "erased.json").read_text()) == [{"person": person, "accounts": [], "at": 1.0}]


def test_paths_of_the_computer_before(folder: Path, tmp_path: Path) -> None:
    """Records that lay elsewhere lie in the folder now, and the mailbox where it is said to be."""
    run(folder, "person", "add", "--role", "user", "--name", "Anna")
    elsewhere = tmp_path / "disk" / "records.db"
    elsewhere.parent.mkdir()
    (folder / "relay.db").rename(elsewhere)
    stored_at(folder, f"sqlite+aiosqlite:///{elsewhere}")
    saved, new = tmp_path / "saved", tmp_path / "new"
    run(folder, "backup", str(saved))
    run(new, "restore", str(saved), "--mailbox", str(tmp_path / "box"))
    assert settings(new).store.url == "sqlite+aiosqlite:///relay.db"
    assert settings(new).store.mailbox == str(tmp_path / "box")
    assert settings(new).timing == settings(folder).timing
    with closing(sqlite3.connect(new / "relay.db")) as connection:
        assert connection.execute("SELECT name FROM people").fetchall() == [("Anna",)]


def test_there_and_back_on_postgresql(folder: Path, fresh: PostgreSQL, tmp_path: Path) -> None:
    """The records come along, into an empty database of another name, for the relay's role alone; nothing is written over there either."""
    password = "p%40ss"  # this server asks for none
    stored_at(folder, fresh.relays_url.replace("relay@", f"relay:{password}@"))
    run(folder, "migrate", "--url", fresh.url)
    run(folder, "person", "add", "--role", "user", "--name", "Anna")
    saved, new = tmp_path / "saved", tmp_path / "new"
    with serving(folder):
        told = run(folder, "backup", str(saved))
        run(folder, "group", "add", "Later")
    assert "PostgreSQL" not in told.stderr
    assert saved.stat().st_mode & 0o777 == 0o600
    assert "--database" in run(new, "restore", str(saved), code=1).stderr
    assert "something in that database" in run(new, "restore", str(saved), "--database", fresh.url, code=1).stderr
    assert list(new.iterdir()) == []
    fresh.run_sql("DROP DATABASE IF EXISTS moved", "CREATE DATABASE moved", database="postgres")
    other = fresh.url.removesuffix("tasuki") + "moved"
    assert str(new) in run(new, "restore", str(saved), TASUKI_RESTORE_URL=other).stdout
    assert settings(new).store.url == settings(folder).store.url.removesuffix("tasuki") + "moved"
    assert sorted(path.name for path in new.iterdir()) == ["relay.toml", "root.pem"]
    shutil.copytree(folder / "mailbox", new / "mailbox")
    assert "Anna" in run(new, "person", "list").stdout
    assert run(new, "group", "list").stdout == ""
    run(new, "group", "add", "Desk")
    assert json.loads(run(new, "audit", "verify", "--json").stdout)["holds"]
    with pytest.raises(RuntimeError, match="append-only"):
        fresh.run_sql("SET ROLE relay", "DELETE FROM audit", database="moved")
    with pytest.raises(RuntimeError, match="append-only"):
        fresh.run_sql("DELETE FROM audit", database="moved")
    fresh.run_sql("DROP DATABASE moved WITH (FORCE)", database="postgres")


def test_what_fails_on_postgresql(folder: Path, fresh: PostgreSQL, tmp_path: Path) -> None:
    """Programs that are not installed, a server that does not answer, a role that is not there: a sentence, and nothing is left."""
    stored_at(folder, fresh.relays_url)
    run(folder, "migrate", "--url", fresh.url)
    saved, new, place = tmp_path / "saved", tmp_path / "new", tmp_path / "place"
    place.mkdir()
    assert "postgresql-client" in run(folder, "backup", str(place / "saved"), code=1, PATH=str(place)).stderr
    run(folder, "backup", str(saved))
    fresh.run_sql("DROP DATABASE IF EXISTS moved", "CREATE DATABASE moved", database="postgres")
    other = fresh.url.removesuffix("tasuki") + "moved"
    words = ("restore", str(saved), "--database")
    assert "postgresql-client" in run(new, *words, other, code=1, PATH=str(place)).stderr
    assert "cannot be opened" in run(new, *words, other.replace("tasuki@127", "nobody@127"), code=1).stderr
    assert "cannot be opened" in run(new, *words, "nothing", code=1).stderr
    assert "Give --database only" in run(new, *words, other, "--without-records", code=1).stderr
    fresh.run_sql("ALTER ROLE relay RENAME TO other", database="postgres")
    try:
        assert "there is no role relay" in run(new, *words, other, code=1).stderr
    finally:
        fresh.run_sql("ALTER ROLE other RENAME TO relay", database="postgres")
    fresh.stop()
    try:
        assert "pg_dump" in run(folder, "backup", str(place / "saved"), code=1).stderr
        assert "cannot be opened" in run(new, *words, other, code=1).stderr
    finally:
        fresh.start()
    assert list(place.iterdir()) == []
    assert list(new.iterdir()) == []
    run(new, *words, other)
    fresh.run_sql("DROP DATABASE moved WITH (FORCE)", database="postgres")


def test_records_that_have_a_backup_of_their_own(folder: Path, tmp_path: Path) -> None:
    """Left out where that is said, by both commands; no server has to answer for that."""
    stored_at(folder, "postgresql+asyncpg://relay@127.0.0.1:1/tasuki")
    saved, new = tmp_path / "saved", tmp_path / "new"
    assert "pg_dump" in run(folder, "backup", str(saved), code=1).stderr
    assert "not in it" in run(folder, "backup", str(saved), "--without-records").stderr
    run(new, "restore", str(saved))
    assert settings(new) == settings(folder)
