"""The icon beside the clock, in a real panel (tint2): what the person reaches by it, and what the helper does not."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from deploy.demo.programs import ProgramError, until
from tests.support.watched import PATIENCE, Watched, watched

PANEL = "panel_items = S\npanel_size = 100% 32\nsystray_padding = 4 4 4\nsystray_icon_size = 24\n"


@contextlib.asynccontextmanager
async def panel(place: Watched) -> AsyncIterator[None]:
    """A panel at the lower edge of the desktop, with room for icons and nothing else."""
    settings = place.run.folder / "tint2rc"
    settings.write_text(PANEL, encoding="utf-8")
    program = await place.run.start("panel", "tint2", "-c", settings, environ=place.person.environ)
    try:
        yield
    finally:
        await program.end()


Box = tuple[int, int, int, int]  # x, y, width, height


async def small(place: Watched, so: Callable[[Box], bool], *, looks: int = 100) -> Box:
    """The program's window of such a size that has no place among those that a screen reader reads: the icon, or its menu."""
    hands = place.person.hands
    for _ in range(looks):
        for number in (
            await hands("search", "--all", "--onlyvisible", "--pid", f"{place.user.pid}", "--name", "")
        ).split():
            told = await hands("getwindowgeometry", "--shell", number)
            found = dict(line.split("=") for line in told.splitlines() if "=" in line)
            box = (int(found["X"]), int(found["Y"]), int(found["WIDTH"]), int(found["HEIGHT"]))
            if so(box):
                return box
    raise ProgramError(f"it is not there{place.user.tail()}")


async def icon(place: Watched) -> tuple[int, int]:
    """The middle of the icon in the panel."""
    x, y, _width, _height = await small(place, lambda box: box[2:] == (24, 24))
    return x + 12, y + 12


async def menu(place: Watched, spot: tuple[int, int]) -> Box:
    """The person opens the icon's menu, once no notice hangs over the icon any longer; one may come under the click."""
    for _ in range(4):
        async with asyncio.timeout(PATIENCE):
            while any(one.is_in("QBalloonTip") for one in await place.person.look()):  # noqa: ASYNC110 -- no event
                await asyncio.sleep(0.2)
        await place.person.hands("mousemove", *map(str, spot), "click", "3")
        with contextlib.suppress(ProgramError):
            return await small(place, lambda box: 100 < box[2] < 300 and 100 < box[3] < 300, looks=15)
    raise ProgramError(f"the menu does not open{place.user.tail()}")


async def choose(place: Watched, menu: Box, entry: int, *, of: int) -> None:
    """The person clicks on an entry, counted from the menu's lower end; all `of` them are equally high."""
    x, y, width, height = menu
    below = (height - 8) / of * (entry + 0.5) + 4
    await place.person.click_at(x + width // 2, round(y + height - below))


async def closed(place: Watched) -> None:
    """The person closes the main window."""
    hands = place.person.hands
    async with asyncio.timeout(PATIENCE):
        while "get help" not in await hands("getactivewindow", "getwindowname"):
            await hands("search", "--onlyvisible", "--name", "get help", "windowactivate")
            await asyncio.sleep(0.1)
    await place.person.press("alt+F4")
    await place.person.sees_no("people")


@pytest.mark.timeout(240)
async def test_the_icon_beside_the_clock(tmp_path: Path) -> None:
    """A closed window leaves the program there; the icon brings it back; its menu works, and for the person alone."""
    async with watched(tmp_path) as place, panel(place):
        person = place.person
        spot = await icon(place)
        await closed(place)
        assert place.user.running
        await person.sees(name="Tasuki goes on")
        await person.click(name="Tasuki goes on")  # the notice
        await person.sees("people")
        await closed(place)
        await person.hands("mousemove", *map(str, spot), "click", "1")
        await person.sees("people")
        await choose(place, await menu(place, spot), 3, of=6)
        await person.sees("history")
        await person.hands("search", "--name", "Recent", "windowminimize")

        viewer = await place.session()
        x, y = spot
        for buttons in (0, 1, 0, 4, 0):
            viewer.point(x, y, buttons)
        await place.came_to_nothing(viewer)
        opened = await menu(place, spot)
        left, top, width, height = opened
        for line in range(4, height, 8):
            viewer.click(left + width // 2, top + line)
        await asyncio.sleep(1)
        assert place.user.events[-1]["event"] == "chat", place.user.events
        began = time.monotonic()
        await choose(place, opened, 4, of=7)
        await place.is_over(began)
        await viewer.close()
        await place.home()

        await choose(place, await menu(place, spot), 0, of=6)
        assert await until(lambda: not place.user.running, within=PATIENCE)


@pytest.mark.timeout(240)
async def test_it_may_begin_there(tmp_path: Path) -> None:
    """With --hidden, as a desktop starts it at the log in: no window, and a request can be made all the same."""
    async with watched(tmp_path) as place, panel(place):
        await place.user.end()
        place.user = await place.asker.open("--hidden", environ=place.person.environ)
        await place.user.event("online", within=PATIENCE)
        spot = await icon(place)
        await place.person.sees_no("people")
        await place.person.hands("mousemove", *map(str, spot), "click", "1")
        await place.person.sees("people")
