"""Somebody is erased, with a real CA, a real relay and real agents: no file in either folder has the name, nor what they wrote."""

import asyncio
import base64
import json
import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from common.host.byte_search import file_has, files_below, forms
from common.protocol.messages import Mode, ToAnyone
from deploy.demo.organisation import Organisation, organisation
from deploy.demo.programs import Run, until
from relay.admin.client import ask
from relay.admin.orders import ListRequests
from relay.folder import control_socket
from tests.support.moving import at_work
from tests.support.relay_program import run

NAME = "花子 Ölmüller-Yamada"
LATER = "Ōe Kenzaburō"
COLLEAGUE = "Peregrin Longbottom"  # stands in a topic of theirs, and nowhere else


def with_names(*folders: Path) -> list[str]:
    """Files in which one of them stands, also inside a certificate."""
    inside = [base64.b64encode(b"\0" * lead + NAME.encode())[4:-4] for lead in (0, 1, 2)]
    wanted = [*forms(NAME), *forms(COLLEAGUE), *inside]
    return [path.name for folder in folders for path in files_below(folder) if file_has(path, wanted)]


async def listed(folder: Path, text: str, *, there: bool = True) -> bool:
    """Wait until an open request says this, or none does; whether one does."""

    async def now() -> bool:
        return any(text in one["topic"] for one in await ask(control_socket(folder), ListRequests()))

    async with asyncio.timeout(60):
        while await now() is not there:  # noqa: ASYNC110  (another process decides)
            await asyncio.sleep(0.1)
    return there


def a_day_later(ca: Path) -> None:
    """The revocation lists have told of everything for longer than a day."""
    for path in (ca / "listed").glob("*.json"):
        told = json.loads(path.read_text())
        path.write_text(json.dumps({**told, "at": time.time() - 2 * 86400}))


def left_two_days_ago(folder: Path) -> None:
    """As far as these records know, which no relay has open."""
    with closing(sqlite3.connect(folder / "relay.db")) as connection, connection:
        for table, column in (("people", "left_at"), ("revocations", "done_at")):
            for rowid, text in connection.execute(
                f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL"
            ).fetchall():
                before = datetime.fromisoformat(text) - timedelta(days=2)
                connection.execute(
                    f"UPDATE {table} SET {column} = ? WHERE rowid = ?",
                    (before.isoformat(" ", "microseconds"), rowid),
                )


async def leaves(office: Organisation, name: str) -> None:
    """Two days ago, and the CA's list has told of it since; the relay runs anew."""
    folder, ca = office.folder, office.folder / "ca"
    listed_before = len(list((ca / "listed").glob("*.json")))
    await office.command("person", "leave", name)
    assert await until(lambda: "owed" not in run(folder, "person", "show", name).stdout, within=30)
    assert await until(lambda: len(list((ca / "listed").glob("*.json"))) > listed_before, within=30)
    assert "less than a day ago" in run(folder, "person", "erase", name, "--yes", code=1).stderr
    await office.relay.end()
    left_two_days_ago(folder)


async def test_erased(tmp_path: Path) -> None:
    """From enrolling to a backup that was made before and is put back afterwards."""
    async with organisation(Run.new(tmp_path)) as office:
        folder, ca = office.folder, office.folder / "ca"
        hanako = await office.enrol("user", NAME)
        helper = await office.enrol("helper", "Somebody else")
        async with at_work([hanako.folder]) as [agent]:
            agent.matching.request(to=ToAnyone(), mode=Mode.VIEW, topic=f"{COLLEAGUE} has my printer")
            assert await listed(folder, COLLEAGUE)
            agent.matching.cancel()
            assert not await listed(folder, COLLEAGUE, there=False)
        (folder / "relay.db.before-0007").write_bytes(b"a copy " + NAME.encode())
        await office.command("backup", str(tmp_path / "older"))
        assert {"relay.db-wal", "relay.db.before-0007"} <= set(with_names(folder, ca))
        assert "has not left" in run(folder, "person", "erase", NAME, "--yes", code=1).stderr
        await leaves(office, NAME)
        assert "the revocation list tells of it" in run(folder, "person", "erase", NAME, "--yes", code=1).stderr
        assert with_names(folder)
        assert not (folder / "erased.json").exists()
        await office.start_relay()
        a_day_later(ca)
        person = json.loads(run(folder, "person", "show", NAME, "--json").stdout)["identifier"]
        told = run(folder, "person", "erase", NAME, "--yes")
        assert NAME not in told.stdout + told.stderr
        assert with_names(folder, ca) == []
        assert not list(folder.glob("relay.db.before-*"))
        logs = [path for path in files_below(tmp_path) if path.suffix == ".log"]
        assert logs
        assert not [path for path in logs if path.name.startswith(("relay", "ca")) and file_has(path, forms(NAME))]
        assert "holds together" in run(folder, "audit", "verify").stdout
        shown = run(folder, "audit", "show").stdout
        assert f"{person}: erased" in shown
        assert "person.erased" in shown
        assert "was erased" in run(folder, "person", "return", person, code=1).stderr
        assert (folder / "erased.json").stat().st_mode & 0o777 == 0o600
        assert (
            "--name" in run(folder, "person", "erase", person, "--yes", code=1).stderr
        )  # nobody knows the name any more
        (folder / "notes.txt").write_text(f"ask {NAME}", encoding="utf-8")
        assert "notes.txt" in run(folder, "person", "erase", person, "--yes", "--name", NAME, code=1).stderr
        (folder / "notes.txt").unlink()
        assert run(folder, "person", "erase", person, "--yes", "--name", NAME).returncode == 0
        # others go on, also those who enrol now
        assert "Somebody else" in run(folder, "person", "list").stdout
        await office.enrol("user", "Another one")
        assert helper.folder.exists()
        # while the relay is stopped: the same, by who gives the command, once
        await office.enrol("user", LATER)
        later = json.loads(run(folder, "person", "show", LATER, "--json").stdout)["identifier"]
        await leaves(office, LATER)
        a_day_later(ca)
        told = run(folder, "person", "erase", LATER, "--yes")
        assert LATER not in told.stdout + told.stderr
        assert [path.name for path in files_below(folder) if file_has(path, forms(LATER))] == []
        erasing = [one for one in run(folder, "audit", "show").stdout.splitlines() if "person.erased" in one]
        assert ["operator:" in one for one in erasing if later in one] == [True]
        await office.start_relay()
        assert "holds together" in run(folder, "audit", "verify").stdout
        # records from before do not bring the name back, wherever they are put back
        await office.relay.end()
        new = tmp_path / "new" / "relay"
        run(new, "restore", str(tmp_path / "older"), "--erased", str(folder / "erased.json"))
        assert with_names(new) == []
        run(folder, "backup", str(tmp_path / "newer"))
        newest = tmp_path / "newest" / "relay"
        run(newest, "restore", str(tmp_path / "older"), "--erased", str(tmp_path / "newer"))
        assert with_names(newest) == []
        assert "holds together" in run(newest, "audit", "verify").stdout
        by_hand = tmp_path / "by hand" / "relay"
        run(by_hand, "restore", str(tmp_path / "older"))
        assert with_names(by_hand)
        (by_hand / "erased.json").write_bytes((folder / "erased.json").read_bytes())
        run(by_hand, "person", "list")  # whatever opens them first
        assert with_names(by_hand) == []
        with closing(sqlite3.connect(by_hand / "relay.db")) as connection:
            [(left,)] = connection.execute("SELECT left_at FROM people WHERE identifier = ?", (person,)).fetchall()
            assert left is not None
