"""A small organisation on loopback: its CA, its relay, and the people who were enrolled, each with a folder of their own."""

import contextlib
import secrets
import tomllib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from deploy.demo.ports import HOST, free_port
from deploy.demo.programs import Program, ProgramError, Run

Role = Literal["user", "helper"]
Settings = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class EnrolledPerson:
    """Somebody enrolled: their agent's folder, and the enrolment line that was used up for it."""

    run: Run
    role: Role
    name: str
    folder: Path
    line: str

    async def start(self, *arguments: str, program: str = "", environ: Mapping[str, str] | None = None) -> Program:
        """Start the person's agent with these arguments; `program` names its log."""
        argv = (f"tasuki-{self.role}", arguments[0], "--folder", str(self.folder), "--json", *arguments[1:])
        return await self.run.start(program or f"{self.role}-{self.folder.name}", *argv, environ=environ)

    async def open(self, *arguments: str, environ: Mapping[str, str]) -> Program:
        """Start the person's program with its windows, on the screen that `environ` names."""
        argv = (f"tasuki-{self.role}", "--folder", str(self.folder), "--json", *arguments)
        return await self.run.start(f"{self.role}-windows-{self.folder.name}", *argv, environ=environ)


@dataclass(kw_only=True)
class Organisation:
    """CA and relay that run. `ca` and `relay` are replaced when a test starts them anew."""

    run: Run
    folder: Path
    ports: tuple[int, int]
    ca: Program
    relay: Program

    @property
    def address(self) -> str:
        """Where agents reach the relay."""
        return f"{HOST}:{self.ports[0]}"

    async def account(self, role: Role, name: str) -> str:
        """Create an account; its enrolment line."""
        asked = ("person", "add", "--folder", self.folder, "--role", role, "--name", name, "--enrol")
        told = await self.run.command("tasuki-relay", *asked)
        for word in told.split():
            if word.startswith("tasuki-enrol:"):
                return word
        raise ProgramError(f"tasuki-relay person add printed no enrolment line: {told}")

    async def enrol(
        self, role: Role, name: str, *, arguments: tuple[str, ...] = (), environ: Mapping[str, str] | None = None
    ) -> EnrolledPerson:
        """Create an account and enrol an agent for it; `arguments` go to the enrol command (a proxy, for example)."""
        line = await self.account(role, name)
        folder = self.run.folder / f"{role}-{secrets.token_hex(3)}"
        await self.run.command(f"tasuki-{role}", "enrol", line, "--folder", folder, *arguments, environ=environ)
        return EnrolledPerson(run=self.run, role=role, name=name, folder=folder, line=line)

    async def command(self, *arguments: str) -> str:
        """A `tasuki-relay` command on this relay's folder (the first two words name it); what it printed."""
        words = 2 if len(arguments) > 1 and not arguments[1].startswith("-") else 1
        return await self.run.command("tasuki-relay", *arguments[:words], "--folder", self.folder, *arguments[words:])

    async def start_relay(self) -> None:
        """Start the relay, anew where it ended."""
        self.relay = await start_relay(self.run, self.folder)

    async def start_ca(self) -> None:
        """Start the CA, anew where it ended."""
        self.ca = await start_ca(self.run, self.folder)


@contextlib.asynccontextmanager
async def organisation(
    run: Run, *, name: str = "example", settings: Settings | None = None
) -> AsyncIterator[Organisation]:
    """CA and relay on two free ports of loopback, with SQLite in the run's folder, until the block is left.

    `settings` (tables of tables) go into relay.toml.
    """
    folder = run.folder / "relay"
    ports = free_port(), free_port()
    made = ("--folder", folder, "--organisation", name, "--host", HOST, "--port", str(ports[0]))
    await run.command("tasuki-relay", "init", *made)
    listen = {"addresses": [HOST], "matching_port": ports[0], "vnc_port": ports[1], "metrics_port": 0}
    change_settings(folder / "relay.toml", {"listen": listen})
    change_settings(folder / "relay.toml", settings or {})
    ca = await start_ca(run, folder)
    try:
        relay = await start_relay(run, folder)
    except BaseException:
        await ca.end()
        raise
    place = Organisation(run=run, folder=folder, ports=ports, ca=ca, relay=relay)
    try:
        yield place
    finally:
        await place.relay.end()
        await place.ca.end()


async def start_ca(run: Run, folder: Path) -> Program:
    """The CA's process."""
    return await run.start("ca", "tasuki-ca", "serve", "--folder", folder / "ca", "--json")


async def start_relay(run: Run, folder: Path) -> Program:
    """The relay's process, once it listens."""
    relay = await run.start("relay", "tasuki-relay", "serve", "--folder", folder, "--json")
    try:
        await relay.event("serving")
    except BaseException:
        await relay.end()
        raise
    return relay


def change_settings(path: Path, changes: Settings) -> None:
    """Put `changes` over what a TOML file of scalars, lists of scalars and one level of tables says."""
    settings = tomllib.loads(path.read_text(encoding="utf-8"))
    for name, value in changes.items():
        settings[name] = {**settings.get(name, {}), **value} if isinstance(value, Mapping) else value
    lines = [f"{name} = {toml(value)}" for name, value in settings.items() if not isinstance(value, dict)]
    for name, table in settings.items():
        if isinstance(table, dict):
            lines += [f"[{name}]", *(f"{key} = {toml(value)}" for key, value in table.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def toml(value: object) -> str:
    """A scalar, or a list of them, as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, int | float):
        return repr(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
