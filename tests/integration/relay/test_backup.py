"""`tasuki-relay backup` and `restore` as commands: what they refuse, and what they change in the settings of another computer."""

import sqlite3
from contextlib import closing
from pathlib import Path

from relay.folder import open_folder
from relay.settings import RelaySettings
from tests.support.relay_program import run, stored_at


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


def test_records_on_postgresql_are_said_to_be_elsewhere(folder: Path, tmp_path: Path) -> None:
    """By both commands; no server has to answer for that."""
    stored_at(folder, "postgresql+asyncpg://relay@127.0.0.1:1/tasuki")
    saved, new = tmp_path / "saved", tmp_path / "new"
    assert "pg_dump" in run(folder, "backup", str(saved)).stderr
    assert "pg_restore" in run(new, "restore", str(saved)).stderr
    assert settings(new) == settings(folder)
