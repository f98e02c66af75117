"""A person at a screen: eyes that read windows as a screen reader does, a mouse and a keyboard. For tests of the real programs."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.programs import Program, ProgramError, Run, until
from tests.support.session_bus import bus_in

READER = Path(__file__).with_name("screen_reader_process.py")
LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
PATIENCE = 20.0  # seconds
GLANCE = 0.1


@dataclass(frozen=True)
class Seen:
    """Something on the screen: whose, what it is (AT-SPI's role), what it is called, where, in which states, what text it has."""

    program: str
    pid: int
    identifier: str  # objectNames from the window down, with dots
    role: str
    name: str
    description: str
    box: tuple[int, int, int, int]  # x, y, width, height on the screen
    states: tuple[str, ...]
    text: str

    @property
    def middle(self) -> tuple[int, int]:
        """Where to click on it."""
        x, y, width, height = self.box
        return x + width // 2, y + height // 2

    def is_at(self, identifier: str) -> bool:
        """Whether its own objectName is `identifier`."""
        return self.identifier.rpartition(".")[2] == identifier

    def is_in(self, identifier: str) -> bool:
        """Whether it is in the window, or another part, with this objectName."""
        return identifier in self.identifier.split(".")


class Person:
    """Eyes and hands at one display. `environ` is what programs need to be seen and touched there.

    What Qt shows larger it tells in its own units, which begin at each screen's corner; what is seen here is in pixels.
    """

    def __init__(
        self,
        *,
        run: Run,
        environ: Mapping[str, str],
        reader: Program,
        scale: int = 1,
        corners: Sequence[tuple[int, int]] = ((0, 0),),
    ) -> None:
        self.environ = environ
        self._scale = scale
        self._corners = corners
        self._run = run
        self._reader = reader
        self._looking = asyncio.Lock()

    async def look(self) -> list[Seen]:
        """All that is shown now."""
        async with self._looking:
            told = len(self._reader.lines)
            await self._reader.tell("")
            async with asyncio.timeout(PATIENCE):
                while len(self._reader.lines) == told:
                    if not self._reader.running:
                        raise ProgramError(f"the screen reader ended{self._reader.tail()}")
                    await asyncio.sleep(0.01)
            found = json.loads(self._reader.lines.pop())
        seen = [Seen(**{**one, "box": self._pixels(*one["box"]), "states": tuple(one["states"])}) for one in found]
        return [one for one in seen if "showing" in one.states]

    def _pixels(self, x: int, y: int, width: int, height: int) -> tuple[int, int, int, int]:
        left, top = max((corner for corner in self._corners if corner[0] <= x), default=self._corners[0])
        scale = self._scale
        return left + (x - left) * scale, top + (y - top) * scale, width * scale, height * scale

    async def sees(
        self,
        identifier: str = "",
        *,
        name: str = "",
        role: str = "",
        so: Callable[[Seen], bool] = lambda _: True,
        within: float = PATIENCE,
    ) -> Seen:
        """Wait for something with this objectName, with `name` in its name or text, of this role, and `so`. Raises ProgramError."""
        seen: list[Seen] = []

        def fits(one: Seen) -> bool:
            return (
                (not identifier or one.is_at(identifier))
                and (not name or name in one.name or name in one.text)
                and (not role or one.role == role)
                and so(one)
            )

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while True:
                    seen = await self.look()
                    found = [one for one in seen if fits(one)]
                    if found:
                        return found[0]
                    await asyncio.sleep(GLANCE)
        shown = "\n  ".join(f"{one.role} {one.identifier!r} {one.name!r} {one.text[:60]!r} {one.box}" for one in seen)
        raise ProgramError(f"not on the screen in {within} s: {identifier} {name} {role}\n  {shown}")

    async def sees_no(self, identifier: str = "", *, name: str = "", within: float = PATIENCE) -> None:
        """Wait until nothing of that is shown. Raises ProgramError."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while any(  # noqa: ASYNC110 -- what is on a screen sets no event
                    (not identifier or one.is_at(identifier)) and (not name or name in one.name or name in one.text)
                    for one in await self.look()
                ):
                    await asyncio.sleep(GLANCE)
                return
        raise ProgramError(f"still on the screen after {within} s: {identifier} {name}")

    async def click(
        self,
        identifier: str = "",
        *,
        name: str = "",
        role: str = "",
        so: Callable[[Seen], bool] = lambda _: True,
        within: float = PATIENCE,
    ) -> Seen:
        """Click on the middle of it, once it is shown and enabled and stands still: a window manager may still move it."""

        def ready(one: Seen) -> bool:
            return "enabled" in one.states and so(one)

        before = None
        seen = await self.sees(identifier, name=name, role=role, so=ready, within=within)
        while seen.box != before:
            before = seen.box
            await asyncio.sleep(GLANCE)
            seen = await self.sees(identifier, name=name, role=role, so=ready, within=within)
        await self.click_at(*seen.middle)
        return seen

    async def click_at(self, x: int, y: int, *, times: int = 1) -> None:
        """Move there and click."""
        await self.hands("mousemove", "--sync", str(x), str(y), "click", "--repeat", str(times), "1")

    async def move(self, x: int, y: int) -> None:
        """Move the pointer there."""
        await self.hands("mousemove", str(x), str(y))

    async def press(self, *keys: str) -> None:
        """Press keys by their X names, one after the other ("ctrl+a", "Return")."""
        await self.hands("key", *keys)

    async def type(self, text: str) -> None:
        """Type it where the keyboard is."""
        await self.hands("type", "--delay", "5", text)

    async def hands(self, *orders: str) -> str:
        """xdotool, at this display. It reads titles in any script only where it knows that they are UTF-8."""
        return await self._run.command("xdotool", *orders, environ={**self.environ, "LC_ALL": "C.UTF-8"})


@contextlib.asynccontextmanager
async def at_screen(
    run: Run,
    environ: Mapping[str, str],
    *,
    name: str = "person",
    scale: int = 1,
    corners: Sequence[tuple[int, int]] = ((0, 0),),
) -> AsyncIterator[Person]:
    """A person at the display that `environ` names, with a session bus of that display's own, until the block is left.

    `scale`: of all that programs show there; `corners`: of its monitors, from left to right.
    """
    place = run.folder / f"{name}-bus"
    place.mkdir(mode=0o700)
    argv, address = bus_in(place)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(run.program(f"{name}-bus", *argv, environ=environ))
        if not await until((place / "bus").exists, within=PATIENCE):
            raise ProgramError("the session bus did not start")
        full = {
            **environ,
            "DBUS_SESSION_BUS_ADDRESS": address,
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "QT_QPA_PLATFORM": "xcb",
            "QT_SCALE_FACTOR": str(scale),
        }
        # Its output is no pipe of ours: what it starts would keep that open, and its end would be waited for.
        launch = ("sh", "-c", 'exec "$0" --launch-immediately >&2', LAUNCHER)
        await stack.enter_async_context(run.program(f"{name}-reading-bus", *launch, environ=full))
        reader = await stack.enter_async_context(
            run.program(f"{name}-eyes", "/usr/bin/python3", "-W", "ignore", READER, environ=full)
        )
        yield Person(run=run, environ=full, reader=reader, scale=scale, corners=corners)
