"""A relay and its CA, backed up while they work, lost, and made anew elsewhere: real processes, real agents that were enrolled before."""

import asyncio
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from common.protocol.identity import Role
from deploy.demo.organisation import Organisation
from relay.admin.client import ask
from relay.admin.orders import AddPerson
from relay.folder import control_socket
from tests.support.moving import all_online, at_work, enrolled

PASSPHRASE = "correct horse battery staple"


@dataclass(kw_only=True)
class Spans:
    """Seconds that each took, and bytes of the relay's backup. `orders`: of each that wrote something beside the relay's."""

    relay_backup: float
    ca_backup: float
    restore: float
    size: int
    orders: list[float] = field(repr=False)

    @property
    def slowest(self) -> float:
        """Of those orders."""
        return max(self.orders)


async def lose_and_restore(office: Organisation, count: int, *, sessions: int = 0) -> Spans:
    """Back up beside `count` agents, lose everything, restore under another path: all agents are back by themselves."""
    run, old = office.run, office.folder
    folders = await enrolled(office, count)
    if sessions:
        await office.relay.end()
        fill(old / "relay.db", sessions)
        await office.start_relay()
    saved = run.folder / "saved"
    saved.mkdir()
    passphrase = saved / "passphrase"
    passphrase.write_text(PASSPHRASE)
    given = ("--passphrase-file", passphrase)
    async with at_work(folders) as members:
        orders: list[float] = []
        writing = asyncio.create_task(write(control_socket(old), orders))
        began = time.monotonic()
        await run.command("tasuki-relay", "backup", "--folder", old, saved / "relay")
        backed_up = time.monotonic()
        assert not writing.done(), writing.result()
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await run.command("tasuki-ca", "backup", "--folder", old / "ca", saved / "ca", *given)
        kept = time.monotonic()
        assert all(member.online for member in members)
        people = await annas(office)
        await office.relay.end()
        await office.ca.end()
        old.rename(run.folder / "lost")
        new = office.folder = run.folder / "elsewhere" / "tasuki"
        restoring = time.monotonic()
        await run.command("tasuki-relay", "restore", "--folder", new, saved / "relay")
        await run.command("tasuki-ca", "restore", "--folder", new / "ca", saved / "ca", *given)
        restored = time.monotonic()
        await office.start_ca()
        await office.start_relay()
        await all_online(members)
        assert await annas(office) == people
        assert len(people) == count
        await office.command("audit", "verify")
        if sessions:
            assert rows(new / "relay.db") == sessions
    return Spans(
        relay_backup=backed_up - began,
        ca_backup=kept - backed_up,
        restore=restored - restoring,
        size=(saved / "relay").stat().st_size,
        orders=orders,
    )


async def annas(office: Organisation) -> list[str]:
    """Everything that the relay knows of those who are enrolled."""
    told = await office.command("person", "list", "--json")
    return [line for line in told.splitlines() if "Anna " in line]


async def write(control: Path, seconds: list[float]) -> None:
    """Orders that each write something, one after another, until cancelled; ends where one is refused."""
    while True:
        began = time.monotonic()
        await ask(control, AddPerson(name="Berta", roles=(Role.USER,)))
        seconds.append(time.monotonic() - began)
        await asyncio.sleep(0.01)


def rows(database: Path) -> int:
    """Sessions in it."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM sessions").fetchone()[0])


def fill(database: Path, count: int) -> None:
    """So many sessions that are over, of the first account there is, with their requests."""
    with closing(sqlite3.connect(database)) as connection, connection:
        account, name = connection.execute("SELECT identifier, name FROM accounts LIMIT 1").fetchone()
        at, who = "2026-01-01 12:00:00.000000", (account, "0" * 64, f"tasuki://example/user/{account}", name)
        request = "(identifier, state, user_account, user_certificate, user_uri, user_name, to_kind, to_target, mode, topic, inventory, note, asked_at, waiting_since, over_at, why, declined)"
        connection.executemany(
            f"INSERT INTO requests {request} VALUES (?, 'over', ?, ?, ?, ?, 'anyone', '', 'view', ?, '{{}}', '', ?, ?, ?, 'user_ended', '[]')",
            (
                (f"{n:032x}", *who, f"The printer prints empty pages, for the {n}th time", at, at, at)
                for n in range(count)
            ),
        )
        session = "(identifier, request, user_account, user_certificate, user_uri, user_name, helper_account, helper_certificate, helper_uri, helper_name, mode, granted_at, ended_at, why, retickets_user, retickets_helper)"
        connection.executemany(
            f"INSERT INTO sessions {session} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'view', ?, ?, 'user_ended', 0, 0)",
            ((f"{n:032x}", f"{n:032x}", *who, *who, at, at) for n in range(count)),
        )
