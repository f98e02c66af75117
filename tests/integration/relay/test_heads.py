"""A real CA signs a real relay's audit log: heads in the file and in syslog, and a log that was cut is found out by them."""

import shutil
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

from deploy.demo.organisation import organisation
from deploy.demo.programs import Run, until
from tests.support.relay_program import run


def rows(folder: Path) -> int:
    """In the log."""
    with closing(sqlite3.connect(folder / "relay.db")) as connection:
        found: int = connection.execute("SELECT count(*) FROM audit").fetchone()[0]
        return found


def heads(folder: Path) -> int:
    """In the file."""
    path = folder / "audit-heads"
    return len(path.read_bytes().splitlines()) if path.exists() else 0


async def test_signed_heads(tmp_path: Path) -> None:
    """As the log grows; while the CA is gone they wait and are shown; what was cut or changed afterwards does not fit."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.settimeout(30)
        settings = {"audit": {"heads_every": 1, "heads_syslog": f"127.0.0.1:{heard.getsockname()[1]}"}}
        async with organisation(Run.new(tmp_path), settings=settings) as office:
            folder = office.folder
            await office.account("user", "Anna")
            assert await until(lambda: heads(folder) == 1, within=30)
            assert b"audit head " in heard.recv(65536)
            told = run(folder, "audit", "verify").stdout
            assert f"up to row {rows(folder)}." in told
            await office.ca.end()
            run(folder, "group", "add", "Desk")
            assert await until(lambda: "wait for its signature: 1" in run(folder, "audit", "verify").stderr, within=30)
            assert heads(folder) == 1
            await office.start_ca()
            assert await until(lambda: heads(folder) == 2, within=90)
            assert "wait for" not in run(folder, "audit", "verify", "--heads", str(folder / "audit-heads")).stderr
            await office.relay.end()
        whole = tmp_path / "whole.db"
        shutil.copy(folder / "relay.db", whole)
        with closing(sqlite3.connect(folder / "relay.db")) as connection, connection:
            connection.execute("DROP TRIGGER audit_no_delete")
            connection.execute("DELETE FROM audit WHERE number = ?", (rows(folder),))
        assert "does not fit" in run(folder, "audit", "verify", code=1).stderr
        with closing(sqlite3.connect(folder / "relay.db")) as connection, connection:
            connection.execute("DELETE FROM audit_heads")
        run(folder, "audit", "verify")  # a chain that was cut holds together,
        assert "does not fit" in run(folder, "audit", "verify", "--heads", str(folder / "audit-heads"), code=1).stderr
        shutil.copy(whole, folder / "relay.db")
        run(folder, "audit", "verify", "--heads", str(folder / "audit-heads"))
        with (folder / "audit-heads").open("ab") as file:
            file.write(b"no head\n")
        assert "passed by: 3." in run(folder, "audit", "verify", "--heads", str(folder / "audit-heads")).stderr
        (folder / "audit-heads").write_bytes(b"no head\n")
        assert "line 1" in run(folder, "audit", "verify", "--heads", str(folder / "audit-heads"), code=1).stderr
