"""A user at a real desktop with the real windows, in a session with a helper's agent whose viewer is the test's own.

The viewer says what no viewer that a person leads would say; what it achieves is seen at the terminal on the desktop,
in the events of the programs, and on the screen.
"""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from common.protocol.rfb.client_messages import KeyEvent, PointerEvent
from deploy.demo.desktop import SIZE, Desktop, desktop
from deploy.demo.organisation import EnrolledPerson, Organisation, change_settings, organisation
from deploy.demo.programs import Program, ProgramError, Run, until
from tests.support.at_screen import Person, Seen, at_screen
from tests.support.organisation import BACK
from tests.support.rfb_viewer import TestViewer

HELPER, USER = "Taro Yamada", "Hanako Suzuki"
PAUSE, RETURN, F8, F9 = 0xFF13, 0xFF0D, 0xFFC5, 0xFFC6
TERMINAL = (40, 400)  # where it stands on what is shared
IN_IT = (300, 460)  # a place in it, there
PATIENCE = 30.0


TRIES = (2.0, 4.0, 8.0)  # seconds


@dataclass(kw_only=True)
class Watched:
    """The place, and who is there. Begin with `session`."""

    run: Run
    office: Organisation
    desktop: Desktop
    person: Person
    asker: EnrolledPerson
    user: Program
    helper: Program
    corner: tuple[int, int] = (0, 0)  # of what is shared, on the desktop
    _viewers: list["Intruder"] = field(default_factory=list)
    _said: "itertools.count[int]" = field(default_factory=itertools.count)

    async def home(self) -> None:
        """After a session: away with the summary; the list is there again."""
        await self.person.sees("summary")
        while any(
            one.is_at("summary") for one in await self.person.look()
        ):  # a click may come before the window stands
            with contextlib.suppress(ProgramError):
                await self.person.click("close", so=lambda one: one.is_in("summary"), within=2)
            await asyncio.sleep(0.2)
        await self.person.sees("people")

    async def ask(self, *, mode: str, screen: int = 0) -> None:
        """The person asks the only helper, gives this mode, and shows this screen, or all (0)."""
        await self.person.sees("people", name=HELPER)
        await self.person.click(name=HELPER, role="list item")
        await self.person.sees("whom", name=f"{HELPER} is asked")
        await self.person.click("get_help")
        await self.person.sees("ask_now")
        if mode == "control":
            await self.person.click("mode_control")
        if screen:
            await self.person.sees(f"screen_{screen}")
            for number in [
                int(one.identifier[-1])
                for one in await self.person.look()
                if one.is_in("ask") and "check" in one.role and ".screen_" in one.identifier
            ]:
                if number != screen:
                    await self.person.click(f"screen_{number}")
        await self.person.click("ask_now")

    async def session(self, *, mode: str = "control", screen: int = 0) -> "Intruder":
        """Ask, be accepted, and see the bar; the helper's viewer, which is logged in."""
        told = await self.meet(mode=mode, screen=screen)
        password = await asyncio.to_thread(Path(told["password_file"]).read_text, "ascii")
        viewer = Intruder(
            viewer=await TestViewer.login(told["port"], password.strip()), corner=self.corner, place=self.desktop
        )
        self._viewers.append(viewer)
        return viewer

    async def meet(self, *, mode: str = "control", screen: int = 0) -> dict[str, Any]:
        """Ask, be accepted, and see the bar: what the helper's agent told of its viewer."""
        x, y = self.corner
        await self.person.hands(
            "search", "--name", "Type here", "windowmove", "--sync", f"{x + TERMINAL[0]}", f"{y + TERMINAL[1]}"
        )
        await self.ask(mode=mode, screen=screen)
        await self.helper.event("request", within=PATIENCE)
        await self.helper.tell("accept")
        await self.user.event("connected", within=PATIENCE)
        told = await self.helper.event("viewer", within=PATIENCE)
        await self.person.sees("session_bar")
        return told

    async def came_to_nothing(self, viewer: "Typist") -> None:
        """What the viewer did before was dropped: what it types now comes, and the session is as it was."""
        before = len(self.user.events)
        await viewer.types_in_the_terminal(f"still here {next(self._said)}")
        word = f"and now {next(self._said)}"
        await self.helper.tell(f"chat {word}")
        await self.user.event("chat", text=word)
        assert [event["event"] for event in self.user.events[before:]] == ["chat"], self.user.events[before:]
        await self.person.sees("session_bar")

    async def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """The person takes hold at `start`, and lets go at `end`."""
        between = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)
        first, second, third = (("mousemove", "--sync", f"{x}", f"{y}") for x, y in (start, between, end))
        await self.person.hands(*first, "mousedown", "1", *second, *third, "mouseup", "1")

    async def is_over(self, began: float) -> float:
        """The session, as the user ended it: seconds since `began`, when everybody knew and nothing was left on the screen."""
        await self.user.event("ended", why="user_ended")
        await self.helper.event("ended", why="user_ended")
        await self.person.sees_no("session_bar")
        await self.person.sees_no("frame_strip")
        return time.monotonic() - began

    async def open_user(self) -> None:
        """The user's program, once it is online."""
        self.user = await self.asker.open(environ=self.person.environ)
        await self.user.event("online", within=PATIENCE)

    async def leave(self) -> None:
        """All programs that talk end."""
        for viewer in self._viewers:
            await viewer.close()
        await self.helper.end()
        await self.user.end()


class Typist(Protocol):
    """A viewer in control mode."""

    async def types_in_the_terminal(self, text: str) -> None:
        """Click there, type, and see that it came."""


@dataclass(kw_only=True)
class Intruder:
    """A helper's viewer that means no good. Places are the desktop's."""

    viewer: TestViewer
    corner: tuple[int, int]
    place: Desktop
    sent: int = 0
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tasks.append(asyncio.create_task(self._read()))

    async def _read(self) -> None:
        """What the server says is of no interest."""
        with contextlib.suppress(OSError):
            while await self.viewer.reader.read(1 << 16):
                pass

    def point(self, x: int, y: int, buttons: int = 0) -> None:
        """The pointer there."""
        self._say(PointerEvent(buttons, x - self.corner[0], y - self.corner[1]).encode())

    def click(self, x: int, y: int) -> None:
        """With the left button."""
        for buttons in (0, 1, 0):
            self.point(x, y, buttons)

    def click_on(self, seen: Seen) -> None:
        """In the middle of it."""
        self.click(*seen.middle)

    def key(self, *keysyms: int) -> None:
        """One after the other."""
        for keysym in keysyms:
            self._say(KeyEvent(True, keysym).encode(), KeyEvent(False, keysym).encode())

    def _say(self, *messages: bytes) -> None:
        self.viewer.say(*messages)
        self.sent += len(messages)

    async def types_in_the_terminal(self, text: str) -> None:
        """Click there, type, and see that it came. While a window of ours still has the keyboard, nothing does: then once more."""
        for patience in TRIES:
            self.click(self.corner[0] + IN_IT[0], self.corner[1] + IN_IT[1])
            await asyncio.sleep(patience / 10)  # the window manager gives it the keys a moment later
            self.key(*map(ord, text), RETURN)
            with contextlib.suppress(ProgramError):
                await self.place.has_typed(f"{text}\n", within=patience)
                return
        await self.place.has_typed(f"{text}\n")

    def flood(self, spots: list[tuple[int, int]], keysyms: list[int]) -> None:
        """From now on, as fast as it is taken: clicks on these spots, moves, and these keys, the stop key among them."""
        self._tasks.append(asyncio.create_task(self._flood(spots, keysyms)))

    async def _flood(self, spots: list[tuple[int, int]], keysyms: list[int]) -> None:
        with contextlib.suppress(OSError):
            for step in itertools.count():
                x, y = spots[step % len(spots)]
                self.click(x, y)
                for shift in range(20):
                    self.point(x + shift, y + shift)
                self.key(*keysyms)
                await self.viewer.writer.drain()

    async def close(self) -> None:
        """Hang up."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(OSError):
            await self.viewer.close()


@contextlib.asynccontextmanager
async def watched(
    folder: Path,
    *,
    size: tuple[int, int] = SIZE,
    scale: int = 1,
    stop_key: str = "",
    bar_folds: int = 0,
    monitors: tuple[int, ...] = (),
    corner: tuple[int, int] = (0, 0),
    viewer: str = "none",
    helpers_display: str = "",
) -> AsyncIterator[Watched]:
    """Everything up, both online; at the end nothing is left. The helper's agent opens `viewer` on `helpers_display`.

    `monitors`: the widths of as many that stand beside each other, A, B…; else it is one. `corner`: of what will be shared.
    """
    run = Run.new(folder)
    async with contextlib.AsyncExitStack() as stack:
        office = await stack.enter_async_context(organisation(run, settings={"timing": {"interrupted": BACK}}))
        screen = await stack.enter_async_context(desktop(run, size=size))
        corners = [(left, 0) for left in itertools.accumulate(monitors[:-1], initial=0)]
        for name, width, (left, _) in zip("ABC", monitors, corners, strict=False):
            area = f"{width}/300x{size[1]}/250+{left}+0"
            await run.command(
                "xrandr", "--setmonitor", name, area, "none" if left else "screen", environ=screen.environ
            )
        person = await stack.enter_async_context(
            at_screen(run, screen.environ, name="hanako", scale=scale, corners=corners)
        )
        asker, supporter = await office.enrol("user", USER), await office.enrol("helper", HELPER)
        settings = asker.folder / "agent.toml"
        settings.touch(mode=0o600)
        change_settings(settings, {"window": {"bar_folds": bar_folds}})
        if stop_key:
            change_settings(settings, {"hotkey": {"stop": stop_key}})
        helper = await supporter.start("serve", "--viewer", viewer, environ={"DISPLAY": helpers_display})
        stack.push_async_callback(helper.end)
        await helper.event("online", within=PATIENCE)
        user = await asker.open(environ=person.environ)
        place = Watched(
            run=run,
            office=office,
            desktop=screen,
            person=person,
            asker=asker,
            user=user,
            helper=helper,
            corner=corner,
        )
        stack.push_async_callback(place.leave)
        await user.event("online", within=PATIENCE)
        yield place
    assert await until(lambda: not run.survivors(), within=5), run.survivors()
