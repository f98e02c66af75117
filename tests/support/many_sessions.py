"""Session after session between both programs with their windows, led by keys alone; what they hold of memory after each.

Nobody helps the programs here: a person asks, another one accepts, the viewer has a picture, the stop key ends it, and
the user closes the summary.
"""

import asyncio
import contextlib
import os
import statistics
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.organisation import change_settings, organisation
from deploy.demo.programs import Program, ProgramError, Run, until
from tests.support.desktops import bare_desktop, close_window, xdotool
from tests.support.rfb_viewer import TestViewer

PATIENCE = 30.0
MIB = 1 << 20
ROOM = 5 * MIB


@dataclass(frozen=True)
class Sample:
    """What a program holds: bytes of memory, descriptors, threads, windows at the X server."""

    memory: int
    descriptors: int
    threads: int
    windows: int

    def __str__(self) -> str:
        return (
            f"{self.memory / MIB:6.1f} MiB {self.descriptors:3} fds {self.threads:2} threads {self.windows:2} windows"
        )


def sample(pid: int, *, windows: int = 0) -> Sample:
    """What this process holds now."""
    proc = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (proc / "status").read_text(encoding="utf-8").splitlines())
    return Sample(
        memory=int((proc / "statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE"),
        descriptors=len(list((proc / "fd").iterdir())),
        threads=int(status["Threads"]),
        windows=windows,
    )


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A program and the display that its windows are on."""

    program: Program
    display: str

    async def hands(self, *orders: str) -> str:
        """xdotool."""
        return await asyncio.to_thread(xdotool, self.display, *orders)

    async def press(self, *keys: str) -> None:
        """One after the other."""
        await self.hands("key", *keys)

    async def titles(self) -> list[str]:
        """Of the windows that can be seen."""
        told = await self.hands("search", "--onlyvisible", "--name", ".+", "getwindowname", "%@")
        return told.splitlines()

    async def sees(self, title: str, *, so: bool = True) -> None:
        """Wait until a window with this in its title is there (or not `so`). Raises ProgramError."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while any(title in one for one in await self.titles()) is not so:  # noqa: ASYNC110 -- no event
                    await asyncio.sleep(0.05)
                return
        raise ProgramError(f"{title!r} {'not ' if so else ''}there: {await self.titles()}{self.program.tail()}")

    async def front(self, title: str) -> None:
        """Give this window the keys."""
        await self.sees(title)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while title not in await self.hands("getactivewindow", "getwindowname"):
                    await self.hands("search", "--onlyvisible", "--name", title, "windowactivate")
                    await asyncio.sleep(0.05)
                return
        raise ProgramError(f"{title!r} does not come to the front{self.program.tail()}")

    async def close(self, title: str) -> None:
        """Close the window with this in its title, by the window manager: a key could reach another that comes to the front."""
        await self.sees(title)
        number = (await self.hands("search", "--onlyvisible", "--name", title)).split()[0]
        await asyncio.to_thread(close_window, self.display, int(number))
        await self.sees(title, so=False)

    def told(self, event: str, session: str) -> bool:
        """Whether the program told this of this session by now."""
        return any(one["event"] == event and one.get("session") == session for one in self.program.events[-20:])

    async def sample(self) -> Sample:
        """What the program holds now."""
        if not self.program.running:
            raise ProgramError(f"{self.program.name} has ended{self.program.tail()}")
        found = await self.hands("search", "--all", "--pid", str(self.program.pid), "--name", ".*")
        return sample(self.program.pid, windows=len(found.splitlines()))


@dataclass(frozen=True, kw_only=True)
class Seats:
    """Both."""

    user: Seat
    helper: Seat

    async def round(self) -> tuple[Sample, Sample]:
        """One session, and then what both programs hold."""
        user, helper = self.user, self.helper
        await user.front("get help")
        async with asyncio.timeout(PATIENCE):
            while "Get help" not in await user.titles():
                await user.press("Home", "Return")  # whoever is free first
                await asyncio.sleep(0.1)
        await user.front("Get help")
        await user.press("Return")
        await user.program.event("waiting", within=PATIENCE)
        await helper.program.event("request", within=PATIENCE)
        await helper.front("requests for help")
        await helper.press("ctrl+l", "Return")
        question = await user.program.event("question", within=PATIENCE)
        await user.front("Allow this helper")
        session = question["session"]
        async with asyncio.timeout(PATIENCE):
            while not user.told("connected", session):
                await asyncio.sleep(1.3)  # it is deaf in the beginning, and to whoever goes on typing
                await user.press("alt+a")
        told = await helper.program.event("viewer", within=PATIENCE, session=session)
        password = await asyncio.to_thread(Path(told["password_file"]).read_text, "ascii")
        viewer = await TestViewer.login(told["port"], password.strip())
        async with asyncio.timeout(PATIENCE):
            await viewer.raw_update()
        await user.press("Pause")
        for seat in (user, helper):
            await seat.program.event("ended", within=PATIENCE, session=session, why="user_ended")
        with contextlib.suppress(OSError):
            await viewer.close()
        await helper.program.event("viewer_shows", on=False, within=PATIENCE, session=session)
        await user.close("Summary")
        return await user.sample(), await helper.sample()


@contextlib.asynccontextmanager
async def seats(folder: Path) -> AsyncIterator[Seats]:
    """Both programs, online, each on a display of its own; at the end nothing is left."""
    run = Run.new(folder)
    async with contextlib.AsyncExitStack() as stack:
        office = await stack.enter_async_context(organisation(run))
        made = []
        for role, name in (("helper", "Taro Yamada"), ("user", "Hanako Suzuki")):
            person = await office.enrol("user" if role == "user" else "helper", name)
            settings = person.folder / "agent.toml"
            settings.touch(mode=0o600)
            if role == "helper":
                change_settings(settings, {"programs": {"viewer": "none"}})
            (folder / f"desk-{role}").mkdir()
            display = stack.enter_context(bare_desktop(folder / f"desk-{role}"))
            program = await person.open(environ={"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"})
            stack.push_async_callback(program.end)
            await program.event("online", within=PATIENCE)
            made.append(Seat(program=program, display=display))
        yield Seats(helper=made[0], user=made[1])
    assert await until(lambda: not run.survivors(), within=5), run.survivors()


def grown(samples: Sequence[Sample], of: Callable[[Sample], int]) -> float:
    """By how much the median of the last fifth is above that of the second fifth."""
    fifth = len(samples) // 5
    return statistics.median(map(of, samples[-fifth:])) - statistics.median(map(of, samples[fifth : 2 * fifth]))


def leaks(samples: Sequence[Sample]) -> list[str]:
    """What is not flat, a sentence each. Of memory, fonts, pictures and the allocator's own may take some."""
    held: dict[str, tuple[Callable[[Sample], int], int]] = {
        "descriptors": (lambda one: one.descriptors, 0),
        "windows": (lambda one: one.windows, 0),
        "threads": (lambda one: one.threads, 1),  # the pool takes another one where two things coincide
        "bytes of memory": (lambda one: one.memory, ROOM),
    }
    return [
        f"{grown(samples, of):+.0f} {what} (of {room} allowed)"
        for what, (of, room) in held.items()
        if grown(samples, of) > room
    ]
