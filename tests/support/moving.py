"""An organisation whose relay moves to another name, with agents that were enrolled before: real processes, real agents.

The old name is 127.0.0.1, the new one 127.0.0.2: whoever dials the old one afterwards reaches nobody, or an impostor.
"""

import asyncio
import contextlib
import os
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from common.agent.composition import Agent
from common.agent.enrolment.enrol import enrol
from common.agent.matching.matching import Matching
from common.host.clock import utc_now
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from deploy.demo.organisation import Organisation, change_settings
from deploy.demo.ports import HOST as OLD
from deploy.demo.programs import until
from relay.admin.client import ask
from relay.admin.orders import AddPerson
from relay.ca.opening import open_ca
from relay.folder import control_socket

NEW = "127.0.0.2"
PATIENCE = 120.0  # seconds


@dataclass(kw_only=True)
class Member:
    """Somebody's agent, in this process."""

    folder: Path
    matching: Matching

    @classmethod
    def of(cls, folder: Path) -> "Member":
        """As its program would start it, from what lies in its folder."""
        agent = Agent.open(role=Role.USER, folder=folder, environ={})
        return cls(folder=folder, matching=agent.matching(on_change=lambda _: None))

    @property
    def online(self) -> bool:
        """Whether the relay knows it."""
        return self.matching.view.phase is MatchingPhase.ONLINE

    def dials(self, host: str) -> bool:
        """Whether it would dial this name."""
        return any(one == host for one, _ in self.matching.profile.relay_addresses)  # type: ignore[attr-defined]


async def enrolled(office: Organisation, count: int) -> list[Path]:
    """So many users' folders, each enrolled by a line of the CA's over the running relay."""
    folders = []
    ca = open_ca(office.folder / "ca", clock=utc_now, random=os.urandom)
    for number in range(count):
        account = str(uuid.uuid4())
        order = AddPerson(name=f"Anna {number}", roles=(Role.USER,), identifier=account)
        person = await ask(control_socket(office.folder), order)
        [its] = person["accounts"]
        line, _ = ca.registrar.make_code(role=Role.USER, name=f"Anna {number}", account=its["identifier"])
        folder = office.run.folder / f"agent-{number}"
        agent = Agent.open(role=Role.USER, folder=folder, environ={})
        await enrol(agent.profile, line, clock=utc_now, routes=agent.routes)
        folders.append(folder)
    return folders


@contextlib.asynccontextmanager
async def at_work(folders: list[Path]) -> AsyncIterator[list[Member]]:
    """All of them, started and online."""
    members = [Member.of(folder) for folder in folders]
    try:
        for member in members:
            member.matching.start()
        await all_online(members)
        yield members
    finally:
        await asyncio.gather(*(member.matching.stop() for member in members))


async def all_online(members: list[Member], *, at: str = "") -> None:
    """Wait until all are, by this name of the relay's if one is given."""
    await all_so(members, lambda member: member.online and at in {"", member.matching.relay})


async def all_so(members: list[Member], so: Callable[[Member], bool]) -> None:
    """Wait until it is so of all."""
    assert await until(lambda: all(map(so, members)), within=PATIENCE), [
        (member.matching.view.phase, str(member.matching.view.problem)) for member in members if not so(member)
    ]


async def hosts(office: Organisation, *words: str) -> str:
    """`tasuki-ca hosts …`."""
    return await office.run.command("tasuki-ca", "hosts", words[0], "--folder", office.folder / "ca", *words[1:])


async def move(office: Organisation, count: int, *, impostor: bool = False) -> None:
    """Learn the new name, move, come back, forget the old one, start anew: all of them, without a new line.

    `impostor`: for a while the old name is answered by a relay that is not called so.
    """
    port = office.ports[0]
    folders = await enrolled(office, count)
    async with at_work(folders) as members:
        assert all(member.matching.relay == OLD and not member.dials(NEW) for member in members)
        await hosts(office, "add", f"{NEW}:{port}")
        await all_so(members, lambda member: member.dials(NEW) and member.dials(OLD))
        await restart(office, host=NEW, other_hosts=[OLD], addresses=[OLD, NEW])
        await all_online(members)
        assert any(
            member.matching.relay == OLD for member in members
        )  # first on the list; NEW where it took two seconds
        if impostor:
            await restart(office, host=NEW, other_hosts=[], addresses=[OLD, NEW])
            await all_online(members, at=NEW)
        await restart(office, host=NEW, other_hosts=[], addresses=[NEW])
        await all_online(members, at=NEW)
        await hosts(office, "remove", f"{OLD}:{port}")
        await all_so(members, lambda member: member.dials(NEW) and not member.dials(OLD))
    async with at_work(folders) as members:
        assert all(member.matching.relay == NEW for member in members)


async def restart(office: Organisation, *, host: str, other_hosts: list[str], addresses: list[str]) -> None:
    """The relay, with these names, where it listens."""
    await office.relay.end()
    changes = {"host": host, "other_hosts": other_hosts, "listen": {"addresses": addresses}}
    change_settings(office.folder / "relay.toml", changes)
    await office.start_relay()
