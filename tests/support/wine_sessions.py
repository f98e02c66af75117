"""Sessions of a user on Wine and a helper on Linux: the user's VNC server is a stand-in, whose picture and keys are those of
a desktop on Linux.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from common.agent.settings import FILE as SETTINGS
from deploy.demo.check import TERMINAL, ViewerPage, viewer_page
from deploy.demo.desktop import Desktop, desktop
from deploy.demo.organisation import EnrolledPerson, Organisation, organisation
from deploy.demo.ports import free_port
from deploy.demo.programs import Program, Run, until
from deploy.tools import wine
from tests.support.catalogue import compile_texts
from tests.support.desktops import listens
from tests.support.organisation import run_now
from tests.support.stand_ins import DESKTOPS
from tests.support.wine import Windows, on_windows

AGENT = "from user_agent.cli import main; main()"
PIPED = ("bash", "-c", 'exec "$@" 2> >(exec cat >&2)', "bash")
"""Wine's programs take no regular file for what they log."""
OF_WINE = frozenset(
    {"services.exe", "winedevice.exe", "plugplay.exe", "svchost.exe", "rpcss.exe", "explorer.exe", "conhost.exe"}
)
WITHIN = 180.0  # seconds for a start on Wine: 10 on a quiet machine, more than 60 on two cores with a load of nine


@dataclass(frozen=True, kw_only=True)
class Office:
    """CA, relay, a helper, and a desktop with a VNC server that anybody on loopback may come to."""

    organisation: Organisation
    desktop: Desktop
    port: int
    helper: EnrolledPerson

    @property
    def run(self) -> Run:
        """Of all its processes."""
        return self.organisation.run

    async def user(self, name: str, *, server: str) -> EnrolledPerson:
        """Somebody enrolled, whose agent starts this VNC server."""
        person = await self.organisation.enrol("user", name)
        (person.folder / SETTINGS).write_text(f'[programs]\nserver = "{server}"\n', encoding="utf-8")
        return person

    @contextlib.asynccontextmanager
    async def helping(self) -> AsyncIterator[Program]:
        """The helper's agent, online, until the block is left."""
        helper = await self.helper.start("serve", "--no-open")
        try:
            await helper.event("online")
            yield helper
        finally:
            await helper.end()

    @contextlib.asynccontextmanager
    async def asking(
        self, windows: Windows, person: EnrolledPerson, *, environ: Mapping[str, str] | None = None
    ) -> AsyncIterator[Program]:
        """The person's agent there, asking for the helper, until the block is left."""
        asked = ("--to", self.helper.name, "--mode", "control", "--topic", "Printer", "--yes")
        command = windows.command("-c", AGENT, "ask", "--folder", person.folder, "--json", *asked)
        given = {**windows.environ, DESKTOPS: str(self.port), **(environ or {})}
        user = await self.run.start(f"user-{person.folder.name}", *PIPED, *command, environ=given)
        try:
            yield user
        finally:
            await user.end()

    async def connected(self, user: Program, helper: Program) -> str:
        """Let the helper take the next request, and wait until both are connected; the viewer page's address."""
        offered = await helper.event("request", within=WITHIN)
        await helper.tell(f"accept {offered['request']}")
        await user.event("connected", within=WITHIN)
        await helper.event("connected")
        return str((await helper.event("viewer"))["address"])

    async def shown_and_typed(self, address: str, text: str) -> None:
        """The page shows the desktop, and what is typed into it arrives there."""
        async with viewer_page(self.run, address) as page:
            await self.seen(page, text)

    async def seen(self, page: ViewerPage, text: str) -> None:
        """The same, in a page that is open."""
        await page.shows(self.desktop)
        await page.click(*TERMINAL)
        await page.type(text)
        await self.desktop.has_typed(f"{text}\n")


def office_fixture(folder: Path) -> Iterator[Office]:
    """The body of a fixture that gives it, and leaves nothing."""
    compile_texts()
    stack = contextlib.AsyncExitStack()
    yield run_now(stack.enter_async_context(_office(Run.new(folder))))
    run_now(stack.aclose())


@contextlib.asynccontextmanager
async def _office(run: Run) -> AsyncIterator[Office]:
    async with organisation(run) as office, desktop(run) as screen:
        port = free_port()
        served = ("-localhost", "-no6", "-noipv6", "-rfbport", str(port), "-forever", "-shared", "-repeat")
        server = ("x11vnc", "-display", screen.display, *served, "-noremote", "-norc", "-q")
        async with run.program("desktop-server", *server, environ=screen.environ):
            assert await until(lambda: listens(port), within=20)
            helper = await office.enrol("helper", "Taro Yamada")
            yield Office(organisation=office, desktop=screen, port=port, helper=helper)


def programs_of(windows: Windows) -> dict[int, str]:
    """The programs that run there, those of Wine itself left out: command lines by Linux' process ids."""
    mark = f"WINEPREFIX={windows.prefix}".encode()
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                program = words[0].decode(errors="replace").replace("\\", "/").rpartition("/")[2].strip()
                if program.endswith(".exe") and program not in OF_WINE:
                    found[int(entry.name)] = b" ".join(words).decode(errors="replace").strip()
    return found


async def none_left(windows: Windows, *, but: frozenset[int] = frozenset(), within: float = 20) -> None:
    """Wait until no program runs there, but those."""
    assert await until(lambda: not programs_of(windows).keys() - but, within=within), programs_of(windows)


def kill(windows: Windows, word: str) -> None:
    """SIGKILL for the one program there whose command line has this word."""
    (pid,) = (pid for pid, line in programs_of(windows).items() if word in line)
    os.kill(pid, signal.SIGKILL)


@dataclass(frozen=True, kw_only=True)
class Registry:
    """A key of this Windows' registry, by its own reg.exe; `folder` is for its files."""

    windows: Windows
    key: str
    folder: Path

    async def values(self) -> str:
        """All names, kinds and values, as a .reg file has them; empty where there is no such key."""
        path = self.folder / "exported.reg"
        path.unlink(missing_ok=True)
        await self._reg("export", self.key, on_windows(path), "/y")
        return path.read_text(encoding="utf-16") if path.exists() else ""

    async def set(self, values: str) -> None:
        """Add values, written as in a .reg file."""
        path = self.folder / "values.reg"
        text = f"Windows Registry Editor Version 5.00\n\n[{self.key}]\n{values}"
        path.write_bytes(text.replace("\n", "\r\n").encode("utf-16"))
        await self._reg("import", on_windows(path))

    async def delete(self) -> None:
        """Remove it and all below it."""
        await self._reg("delete", self.key, "/f")

    async def _reg(self, *argv: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *(wine.PROGRAM, "reg", *argv),
            env=self.windows.environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        await process.communicate()
