"""Two people with a screen each, and the real programs on them: what tests of the whole application play on.

Hanako's screen is the one that is shown; on Taro's is room for a viewer beside all windows.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from PIL import Image

from deploy.demo.desktop import SIZE, Desktop, desktop, difference
from deploy.demo.organisation import EnrolledPerson, Organisation, change_settings, organisation
from deploy.demo.programs import Program, ProgramError, Run, until
from tests.support.at_screen import GLANCE, PATIENCE, Person, at_screen
from tests.support.processes import vnc_server

LARGE = (1920, 1400)  # Taro's screen
VIEWER = (LARGE[0] - SIZE[0] - 10, LARGE[1] - SIZE[1] - 10)  # where the viewer stands there
CONTROLS = (10, 900)  # where the session's own window stands there
TERMINAL = (340, 520)  # a spot on the terminal, on either screen
AT_MOST = 8.0  # mean difference of two pictures at 64×48, of 255
MAGENTA = (0xA3, 0x12, 0x7F)  # the helper's pointer, on Hanako's screen
QUEUE, GET_HELP = "Tasuki – requests for help", "Tasuki: get help"  # the two main windows' titles
TIGERVNC = {"programs": {"viewer": "tigervnc"}}
NO_VIEWER = {"programs": {"viewer": "none"}}


@dataclass(frozen=True, kw_only=True)
class TwoScreens:
    """The organisation, the two screens, and who sits there. `user` and `helper` are enrolled."""

    run: Run
    office: Organisation
    hanakos: Desktop
    taros: Desktop
    hanako: Person
    taro: Person
    user: EnrolledPerson
    helper: EnrolledPerson

    @contextlib.asynccontextmanager
    async def asking(self, *arguments: str, settings: Mapping[str, object] | None = None) -> AsyncIterator[Program]:
        """The user's program with its windows, online, until the block is left. `settings` go into agent.toml first."""
        async with self.opened(self.user, *arguments, settings=settings) as program:
            await program.event("online")
            yield program

    @contextlib.asynccontextmanager
    async def helping(
        self, enrolled: EnrolledPerson | None = None, *, settings: Mapping[str, object] = NO_VIEWER
    ) -> AsyncIterator[Program]:
        """A helper's program with its windows (Taro's own, unless somebody else sits down there), online."""
        async with self.opened(enrolled or self.helper, settings=settings) as program:
            await program.event("online")
            yield program

    @contextlib.asynccontextmanager
    async def opened(
        self, who: EnrolledPerson, *arguments: str, settings: Mapping[str, object] | None = None
    ) -> AsyncIterator[Program]:
        """Somebody's program on the screen of their role, until the block is left."""
        (who.folder / "agent.toml").touch()
        change_settings(who.folder / "agent.toml", {"window": {"bar_folds": 0}, **(settings or {})})
        screen = self.hanako if who.role == "user" else self.taro
        program = await who.open(*arguments, environ=screen.environ)
        try:
            yield program
        except (ProgramError, AssertionError) as error:
            raise AssertionError(f"{error}\n{program.name}:{program.tail()}") from error
        finally:
            await program.end()

    def newcomer(self, role: str, line: str) -> EnrolledPerson:
        """Somebody with a line and an empty folder."""
        folder = self.run.folder / f"new-{role}-{random.randrange(1 << 30):x}"
        folder.mkdir(mode=0o700)
        return EnrolledPerson(
            run=self.run, role="user" if role == "user" else "helper", name="", folder=folder, line=line
        )

    # what is done again and again

    async def choose(self, who: str) -> None:
        """Hanako clicks on somebody in the list: a person, a group, or whoever is free."""
        await self.hanako.click(name=who, role="list item")
        await self.hanako.sees("whom", name=who)

    async def ask(self, who: str, *, topic: str = "") -> None:
        """Hanako asks somebody, in view mode, through the dialog."""
        await self.choose(who)
        if topic:
            await self.hanako.click("topic")
            await self.hanako.type(topic)
        await self.hanako.click("get_help")
        await self.hanako.sees("ask_now")
        await self.hanako.click("ask_now")

    async def take(self) -> None:
        """Taro takes who waits longest, by the keyboard."""
        await self.go_to_queue()
        await self.taro.press("ctrl+l", "Return")

    async def go_to_queue(self) -> None:
        """Taro has the keyboard in the queue's window."""
        await bring(self.taro, QUEUE)

    async def served(self, user: Program) -> int:
        """The process id of the VNC server that the user's program has started."""
        await until(lambda: vnc_server(user.pid) is not None, within=10)
        if (found := vnc_server(user.pid)) is None:
            raise ProgramError("no VNC server")
        return found

    async def new_card(self) -> None:
        """Something that nobody has seen before, behind the windows on Hanako's screen."""
        blocks = Image.new("1", (SIZE[0] // 32, SIZE[1] // 32))
        blocks.putdata(random.choices((0, 1), k=blocks.width * blocks.height))
        bitmap = self.run.folder / "card.xbm"
        blocks.resize(SIZE).save(bitmap, format="XBM")
        colours = ("-fg", "#202060", "-bg", "#e0d0a0")
        await self.run.command("xsetroot", "-bitmap", bitmap, *colours, environ=self.hanakos.environ)


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """TigerVNC on Taro's screen, at a place that nothing else covers. Spots are in pixels of Hanako's screen."""

    screens: TwoScreens
    corner: tuple[int, int]

    @classmethod
    async def of(cls, screens: TwoScreens, *, user: str) -> Self:
        """Find it, and put it and the session's window beside each other, as a person does."""
        await _put(screens.taro, f"{user} – Tasuki", CONTROLS)
        window = await _put(screens.taro, "TigerVNC", VIEWER)
        told = await screens.run.command("xwininfo", "-id", window, environ=screens.taro.environ)
        left, top = (int(told.partition(f"Absolute upper-left {axis}:")[2].split()[0]) for axis in "XY")
        return cls(screens=screens, corner=(left, top))

    def picture(self) -> Image.Image:
        """What it shows."""
        left, top = self.corner
        return self.screens.taros.picture().crop((left, top, left + SIZE[0], top + SIZE[1]))

    async def shows(self, *, within: float = 20) -> None:
        """Wait until it shows what is on Hanako's screen, which has just changed."""
        await self.screens.new_card()
        if not await until(lambda: self.differs() <= AT_MOST, within=within, every=0.1):
            raise ProgramError(f"the viewer's picture differs by {self.differs():.1f} of 255 after {within} s")

    def differs(self) -> float:
        """How much, of 255."""
        return difference(self.picture(), self.screens.hanakos.picture())

    async def point(self, x: int, y: int) -> None:
        """Move there."""
        await self.screens.taro.move(self.corner[0] + x, self.corner[1] + y)

    async def click(self, x: int, y: int) -> None:
        """Move there and click."""
        await self.screens.taro.click_at(self.corner[0] + x, self.corner[1] + y)

    async def type(self, text: str) -> None:
        """Into the viewer."""
        await self.screens.taro.type(text)


async def bring(person: Person, title: str, *, of: Program | None = None) -> None:
    """The window whose title holds this (of this program, where two have it) to the front, with the keyboard, as by Alt+Tab."""
    owned = () if of is None else ("--all", "--pid", f"{of.pid}")
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(ProgramError):  # another window went while it was looked for
                found = (await person.hands("search", "--sync", *owned, "--onlyvisible", "--name", title)).split()
                await person.hands("windowactivate", "--sync", found[0])
                return
            await asyncio.sleep(GLANCE)


async def from_menu(person: Person, program: Program, letter: str) -> None:
    """Open the menu of the program's main window, and press an entry's letter. What is read of windows leaves open menus out."""

    async def shown() -> set[str]:
        return set((await person.hands("search", "--onlyvisible", "--pid", str(program.pid))).split())

    before = await shown()
    await person.click("menu")
    async with asyncio.timeout(PATIENCE):
        while not await shown() - before:  # noqa: ASYNC110 -- what is on a screen sets no event
            await asyncio.sleep(GLANCE)
    await person.press(letter)


async def _put(person: Person, title: str, place: tuple[int, int]) -> str:
    """Wait for the window whose title holds this, and move it there; its number."""
    window = (await person.hands("search", "--sync", "--onlyvisible", "--name", title)).split()[0]
    await person.hands("windowmove", "--sync", window, *map(str, place))
    return window


@contextlib.asynccontextmanager
async def two_screens(
    folder: Path,
    *,
    sizes: tuple[tuple[int, int], tuple[int, int]] = (SIZE, LARGE),
    language: str = "",
    names: tuple[str, str] = ("Hanako Suzuki", "Taro Yamada"),
) -> AsyncIterator[TwoScreens]:
    """Everything up; at the end everything down, and nothing left. `language`: of what the two read, as desktops say it."""
    run = Run.new(folder)
    async with (
        organisation(run) as office,
        desktop(run, "hanakos", size=sizes[0]) as hanakos,
        desktop(run, "taros", size=sizes[1]) as taros,
        at_screen(run, hanakos.environ, name="hanako") as hanako,
        at_screen(run, taros.environ, name="taro") as taro,
    ):
        for person in (hanako, taro):
            person.environ = {**person.environ, **({"LC_ALL": language} if language else {})}
        user, helper = await office.enrol("user", names[0]), await office.enrol("helper", names[1])
        yield TwoScreens(
            run=run,
            office=office,
            hanakos=hanakos,
            taros=taros,
            hanako=hanako,
            taro=taro,
            user=user,
            helper=helper,
        )
    assert await until(lambda: not run.survivors(), within=5), run.survivors()
