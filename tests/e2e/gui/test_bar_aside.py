"""The bar on a real X display, led by real clicks: it folds, makes room, keeps off the chat's title, and what it covers is told first."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import ImageGrab

from deploy.demo.programs import Program
from tests.e2e.gui.test_hotkey import covered, do, press, session_display
from tests.support.desktops import bare_desktop, desktop, happens, xdotool
from tests.support.two_screens import MAGENTA

SIZE = (1366, 768)
FAR = ("300", "600")
Rect = tuple[int, int, int, int]


@pytest.fixture
def display(tmp_path: Path) -> Iterator[str]:
    """A laptop's screen with a window manager."""
    with bare_desktop(tmp_path, size=SIZE) as made:
        subprocess.run(["xdotool", "mousemove", *FAR], env={"DISPLAY": made, "PATH": "/usr/bin:/bin"}, check=True)
        yield made


def rect(display: str, title: str = "Session with") -> Rect:
    """Where the window is, as X has it. When the screens change, Qt makes it anew: for a moment there is none."""
    facts: dict[str, str] = {}
    for _ in range(20):
        told = xdotool(display, "search", "--onlyvisible", "--name", title, "getwindowgeometry", "--shell")
        facts = dict(line.split("=") for line in told.splitlines())
        if facts:
            break
        time.sleep(0.05)
    return int(facts["X"]), int(facts["Y"]), int(facts["WIDTH"]), int(facts["HEIGHT"])


def inside(box: Rect, size: tuple[int, int] = SIZE) -> bool:
    """Whether all of it is on the screen."""
    x, y, width, height = box
    return x >= 0 and y >= 0 and x + width <= size[0] and y + height <= size[1]


async def click(display: str, x: int, y: int) -> None:
    """As the person does."""
    await press(display, "mousemove", "--sync", str(x), str(y), "click", "1")


async def settled(display: str) -> Rect:
    """Where the bar stands still, and the filter knows it."""
    before: Rect | None = None
    while before != (now := await asyncio.to_thread(rect, display)):
        before = now
        await asyncio.sleep(0.3)
    return now


async def folded(display: str, program: Program) -> Rect:
    """Fold it by a click on its button, beside Stop; where the tab is."""
    x, y, width, height = await settled(display)
    await click(display, x + width - 105, y + height // 2 - 3)
    await happens("it is a tab", lambda: rect(display)[2] < width / 2)
    await press(display, "mousemove", *FAR)
    return await settled(display)


async def test_a_click_folds_and_opens_it_and_stop_is_on_the_tab(display: str, tmp_path: Path) -> None:
    """One click each; the tab is at the edge, where the bar was, and is covered as the bar was."""
    async with session_display(tmp_path, display) as program:
        opened = await settled(display)
        tab = await folded(display, program)
        assert tab[1] == opened[1] == 0
        assert abs((tab[0] + tab[2] / 2) - (opened[0] + opened[2] / 2)) <= 2
        assert inside(tab)
        await happens("only the tab is covered", lambda: covered(program) == [list(tab)])
        await click(display, tab[0] + 30, tab[1] + tab[3] // 2)
        await happens("it is open", lambda: rect(display) == opened)
        assert list(opened) in covered(program)
        tab = await folded(display, program)
        await click(display, tab[0] + tab[2] - 30, tab[1] + tab[3] // 2)
        await program.event("stopped")


async def test_it_folds_by_itself_and_comes_for_what_is_new(display: str, tmp_path: Path) -> None:
    """Not while the pointer is on it; a message that nobody has read, a question and another mode open it."""
    async with session_display(tmp_path, display) as program:
        x, y, width, height = await settled(display)
        await press(display, "mousemove", str(x + 100), str(y + 20))
        await do(program, "folds 1")
        await asyncio.sleep(3)
        assert rect(display) == (x, y, width, height)
        await press(display, "mousemove", *FAR)
        await happens("it folds", lambda: rect(display)[2] < width / 2)
        for line in ("control", "view"):
            await do(program, line)
            await happens("it says what is new", lambda: rect(display)[2] > width / 2)
            await happens("it folds again", lambda: rect(display)[2] < width / 2)
        for line in ("said Hello", "ask"):
            await do(program, line)
            await happens("it opens", lambda: rect(display)[2] > width / 2)
            await asyncio.sleep(3)
            assert rect(display)[2] > width / 2


async def test_it_makes_room_for_the_helper_and_is_told_before(display: str, tmp_path: Path) -> None:
    """A helper's pointer that rests on it; the place is covered at every moment at which X has it there."""
    async with session_display(tmp_path, display) as program:
        await do(program, "folds 60")
        await do(program, "control")
        x, y, width, height = await settled(display)
        spot = x + width // 2, y + height // 2
        await asyncio.sleep(3.2)  # since the person's pointer was moved
        await do(program, f"drive {spot[0]} {spot[1]}")
        await press(display, "mousemove", str(spot[0]), str(spot[1]))
        seen: set[Rect] = set()

        def away() -> bool:
            now = rect(display)
            seen.add(now)
            return not (now[0] - 30 < spot[0] < now[0] + now[2] + 30 and now[1] - 30 < spot[1] < now[1] + now[3] + 30)

        await happens("it has made room", away)
        now = await settled(display)
        assert inside(now)
        told = {tuple(box) for event in program.events if event["event"] == "covered" for box in event["boxes"]}
        assert seen <= told
        await happens("only the tab is covered", lambda: covered(program) == [list(now)])
        await asyncio.sleep(2)
        assert rect(display) == now


async def test_it_lies_above_what_the_helper_draws(display: str, tmp_path: Path) -> None:
    """Whatever is drawn across it, seen beside it and not on it."""
    async with session_display(tmp_path, display) as program:
        x, y, width, height = await settled(display)
        row = y + height // 2
        await do(program, f"draw 2 {row} {SIZE[0] - 3} {row}")

        def pixel(at: int) -> tuple[int, ...]:
            found = ImageGrab.grab(xdisplay=display).convert("RGB").getpixel((at, row))
            assert isinstance(found, tuple)
            return found

        await happens("it is drawn", lambda: pixel(x - 30) == MAGENTA)
        await happens("the bar is above it", lambda: MAGENTA not in {pixel(x + at) for at in range(3, width, 40)})


async def test_a_person_drags_it_and_it_is_there_the_next_time(display: str, tmp_path: Path) -> None:
    """Not off the screen; in the next session too."""
    async with session_display(tmp_path, display) as program:
        x, y = (await settled(display))[:2]
        start = ("mousemove", "--sync", str(x + 4), str(y + 4), "mousedown", "1")
        between, end = ("mousemove", "--sync", "40", "300"), ("mousemove", "--sync", "60", "900", "mouseup", "1")
        await press(display, *start)
        await press(display, *between)
        await press(display, *end)
        await program.event("kept")
        await press(display, "mousemove", *FAR)
        there = await settled(display)
        assert inside(there)
        assert there[1] + there[3] == SIZE[1]
        await do(program, "end")
        await do(program, "view")
        assert await settled(display) == there
        tab = await folded(display, program)
        assert tab[1] + tab[3] == SIZE[1]


async def test_the_chats_title_stays_free(tmp_path: Path) -> None:
    """Where the chat comes, and where it is moved to, under the bar as well."""
    with desktop(tmp_path) as place:
        async with session_display(tmp_path, place.display) as program:
            await settled(place.display)
            await do(program, "said Hello")
            await do(program, "chat")
            await happens("the chat is there", lambda: "Chat with" in place.active())
            for spot in (None, ("100", "0"), ("100", "330")):
                if spot is not None:
                    await press(place.display, "search", "--name", "Chat with", "windowmove", "--sync", *spot)

                def free() -> bool:
                    x, y, width, _ = rect(place.display, "Chat with")
                    left, top, wide, high = rect(place.display)
                    return y - 24 >= top + high or y <= top or x >= left + wide or x + width <= left

                await happens("its title is free", free)
                assert inside(await settled(place.display), (800, 600))


async def test_it_goes_to_a_screen_that_exists(tmp_path: Path) -> None:
    """The screen becomes small; it is on what is left, all of it."""
    with bare_desktop(tmp_path, size=(1600, 1000)) as display:
        async with session_display(tmp_path, display) as program:
            await settled(display)
            await asyncio.to_thread(
                subprocess.run,
                ["xrandr", "-display", display, "--setmonitor", "A", "1024/300x600/250+0+0", "screen"],
                check=True,
            )
            await happens("it is there", lambda: inside(rect(display), (1024, 600)))
            tab = await folded(display, program)
            assert inside(tab, (1024, 600))
