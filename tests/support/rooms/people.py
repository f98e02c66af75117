"""A user and a helper, each at a site, and what becomes of them there: enrolled, online, a request, a session, its picture."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.demo.desktop import Desktop, difference
from deploy.demo.organisation import change_settings, start_ca, start_relay
from deploy.demo.programs import Program, ProgramError, Run
from tests.support.rooms.network import HOST, Internet, Site
from tests.support.rooms.viewers import Viewer, viewer_at

ALIKE = 12.0  # a picture of the desktop, perhaps with a viewer's frame around it, beside the desktop
GLANCE = 0.05  # seconds between two looks at a viewer
COLOURS = ("#d08020", "#203080", "#40b060")
ENDLESS = 60.0  # seconds after which nothing is expected any more


@dataclass(kw_only=True)
class Office:
    """CA and relay in the Internet, on the ports that they have in the world."""

    internet: Internet
    folder: Path
    ca: Program
    relay: Program
    numbers: int = 0
    colours: deque[str] = field(
        default_factory=lambda: deque(COLOURS)
    )  # of the desktop's background, the present one first

    async def line(self, role: str) -> tuple[str, str]:
        """A new account: its name, and its enrolment line."""
        self.numbers += 1
        name = f"{role.title()} {self.numbers}"
        asked = ("person", "add", "--folder", self.folder, "--role", role, "--name", name, "--enrol")
        told = await self.internet.run.command("tasuki-relay", *asked)
        return name, next(word for word in told.split() if word.startswith("tasuki-enrol:"))

    async def restart(self, *, kill: bool) -> None:
        """End the relay, and start it again."""
        if kill:
            self.relay.kill()
        await self.relay.end()
        self.relay = await start_relay(placed(self.internet), self.folder)


@dataclass(frozen=True, kw_only=True)
class PlacedRun(Run):
    """A run whose programs are started in a namespace."""

    namespace: str = ""

    async def start(self, name: str, *argv: str | Path, **more: object) -> Program:
        """As Run's, there."""
        return await super().start(name, "ip", "netns", "exec", self.namespace, *argv, **more)  # type: ignore[arg-type]


def placed(internet: Internet) -> PlacedRun:
    """The run, in the relay's namespace."""
    return PlacedRun(folder=internet.run.folder, environ=internet.run.environ, namespace=internet.name)


@contextlib.asynccontextmanager
async def office(internet: Internet, host: str = HOST) -> AsyncIterator[Office]:
    """A small organisation, as an operator sets it up for the Internet; `host` as the operator writes it."""
    run, folder = internet.run, internet.run.folder / "relay"
    made = ("--folder", folder, "--organisation", "example", "--host", host, "--port", "443")
    await run.command("tasuki-relay", "init", *made)
    change_settings(folder / "relay.toml", {"listen": {"metrics_port": -1}})
    ca = await start_ca(placed(internet), folder)
    try:
        relay = await start_relay(placed(internet), folder)
    except BaseException:
        await ca.end()
        raise
    place = Office(internet=internet, folder=folder, ca=ca, relay=relay)
    try:
        yield place
    finally:
        await place.relay.end()
        await place.ca.end()


@dataclass(kw_only=True)
class Person:
    """Somebody at a site, with an agent's folder of their own."""

    site: Site
    role: str
    name: str
    folder: Path
    screen: Mapping[str, str]

    def argv(self, *arguments: str) -> tuple[str, ...]:
        """The agent's command."""
        return (f"tasuki-{self.role}", arguments[0], "--folder", str(self.folder), *arguments[1:])

    async def start(self, *arguments: str) -> Program:
        """Start the agent."""
        argv = self.argv(arguments[0], "--json", *arguments[1:])
        return await self.site.start(f"{self.role}-{self.site.number}", *argv, environ=self.screen)

    async def says(self, *arguments: str, language: str = "en") -> "Said":
        """Run one of the agent's commands to its end."""
        words = {"LC_ALL": "ja_JP.UTF-8" if language == "ja" else "C.UTF-8"}
        argv = ("ip", "netns", "exec", self.site.pc, *self.argv(*arguments))
        process = await asyncio.create_subprocess_exec(
            *argv,
            env={**self.site.run.environ, **self.site.environ, **self.screen, **words},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        began = time.monotonic()
        try:
            async with asyncio.timeout(ENDLESS):
                out, error = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise ProgramError(f"{' '.join(argv)} does not end") from None
        return Said(process.returncode or 0, out.decode(), error.decode(), time.monotonic() - began)


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    error: str
    seconds: float

    @property
    def text(self) -> str:
        """All of it on one line."""
        return " ".join(f"{self.out} {self.error}".split())


@dataclass(kw_only=True)
class Room:
    """Both at their sites. `seconds`: how long each step took that was gone."""

    office: Office
    desktop: Desktop
    user: Person
    helper: Person
    seconds: dict[str, float] = field(default_factory=dict)
    colours: deque[str] = field(
        default_factory=lambda: deque(COLOURS)
    )  # of the desktop's background, the present one first

    @property
    def sites(self) -> tuple[Site, Site]:
        """Both, the user's first."""
        return self.user.site, self.helper.site

    async def enrol(self) -> None:
        """Enrol both from where they are. Raises ProgramError with what the agent said."""
        for person in (self.user, self.helper):
            said = await self.enrolling(person)
            if said.code:
                raise ProgramError(said.text)

    async def enrolling(self, person: Person) -> Said:
        """Enrol one of them; what the agent says."""
        person.name, line = await self.office.line(person.role)
        return await person.says("enrol", line)

    @contextlib.asynccontextmanager
    async def helping(self, *arguments: str, environ: Mapping[str, str] | None = None) -> AsyncIterator[Program]:
        """The helper's agent, online. `arguments`: its viewer, else none; `environ`: its screen."""
        self.helper.screen = environ or {}
        helper = await self.helper.start("serve", *(arguments or ("--viewer", "none")))
        try:
            began = time.monotonic()
            await helper.event("online", within=ENDLESS)
            self.seconds["helper"] = time.monotonic() - began
            yield helper
        finally:
            await helper.end()

    @contextlib.asynccontextmanager
    async def asking(self, *arguments: str) -> AsyncIterator[Program]:
        """The user's agent, waiting in the queue."""
        began = time.monotonic()
        asked = ("ask", "--to", self.helper.name, "--mode", "control", "--topic", "Printer", "--yes", *arguments)
        user = await self.user.start(*asked)
        try:
            await user.event("waiting", within=ENDLESS)
            self.seconds["asked"] = time.monotonic() - began
            yield user
        finally:
            await user.end()

    @contextlib.asynccontextmanager
    async def session(self, viewer: str = "none") -> AsyncIterator["Session"]:
        """A session of both, in control mode, whose picture has come and is the user's desktop. `viewer`: viewers.viewer_at."""
        async with (
            viewer_at(self.helper.site, viewer) as (shown, arguments, environ),
            self.helping(*arguments, environ=environ) as helper,
            self.asking() as user,
        ):
            request = await helper.event("request", within=ENDLESS)
            began = time.monotonic()
            await helper.tell(f"accept {request['request']}")
            await user.event("connected", within=ENDLESS)
            self.seconds["connected"] = time.monotonic() - began
            session = Session(room=self, user=user, helper=helper, viewer=shown)
            await session.shows()
            self.seconds["picture"] = time.monotonic() - began
            yield session

    def row(self) -> str:
        """The seconds, for the table."""
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items())


@dataclass(kw_only=True)
class Session:
    """One that runs. `opened`: how many times the helper's agent has opened the viewer."""

    room: Room
    user: Program
    helper: Program
    viewer: Viewer
    opened: int = 0

    async def change(self) -> None:
        """Paint the desktop's background in another colour, so that an old picture is not taken for a new one."""
        desktop = self.room.desktop
        before = await asyncio.to_thread(desktop.picture)
        colours = self.room.office.colours
        colours.rotate(1)
        await desktop.run.command("xsetroot", "-solid", colours[0], environ=desktop.environ)
        apart = difference(before, await asyncio.to_thread(desktop.picture))
        if apart < 3 * ALIKE:
            raise ProgramError(f"the desktop has hardly changed: {apart:.1f}")

    async def shows(self, *, within: float = ENDLESS) -> float:
        """Wait until the viewer shows the desktop as it is now; seconds that it took. Raises ProgramError.

        A viewer that was opened again by the helper's agent takes the place of the one before.
        """
        began = time.monotonic()
        apart = 255.0
        try:
            async with asyncio.timeout(within):
                while True:
                    told = [event for event in self.helper.events if event["event"] == "viewer"]
                    try:
                        if len(told) > self.opened:
                            await self.viewer.open(told[-1])
                            self.opened = len(told)
                        picture = await self.viewer.picture()
                    except (OSError, EOFError):
                        await asyncio.sleep(GLANCE)  # opened again soon
                        continue
                    apart = difference(picture, await asyncio.to_thread(self.room.desktop.picture))
                    if apart < ALIKE:
                        return time.monotonic() - began
                    await asyncio.sleep(GLANCE)
        except TimeoutError:
            text = f"no picture in {within} s, it differs by {apart:.1f}"
            raise ProgramError(f"{text}{self.user.tail()}{self.helper.tail()}") from None
