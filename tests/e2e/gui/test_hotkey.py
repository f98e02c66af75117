"""Bar, frame, pointer, question and stop key on a real X display with a window manager, led by real keys and clicks."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from Xlib import XK, X
from Xlib.display import Display

from deploy.demo.programs import Program, Run
from tests.support.desktops import LISTENER, TERMINAL, Desktop, bare_desktop, desktop, happens, running, xdotool

SCRIPT = Path(__file__).parents[2] / "support" / "session_display_process.py"
HOUSE = Path(__file__).parents[3]
BLUE, MAGENTA = (0x1F, 0x6F, 0xD6), (0xA3, 0x12, 0x7F)  # of the frame while the helper looks, and of the pointer


@contextlib.asynccontextmanager
async def session_display(
    folder: Path, display: str, *, key: str = "Pause", scale: str = "1"
) -> AsyncIterator[Program]:
    """The program, with a session that it shows."""
    run = Run.new(folder)
    environ = {
        "DISPLAY": display,
        "PYTHONPATH": str(HOUSE),
        "QT_QPA_PLATFORM": "xcb",
        "QT_SCALE_FACTOR": scale,
        "QT_ACCESSIBILITY": "0",
    }
    async with run.program("display", sys.executable, SCRIPT, key, environ=environ) as program:
        await program.event("ready")
        assert await do(program, "view") == "yes"
        yield program


async def do(program: Program, line: str) -> str:
    """One line; whether the key is held."""
    await program.tell(line)
    return str((await program.event("shown"))["hotkey"])


async def press(display: str, *arguments: str) -> None:
    """By xdotool."""
    await asyncio.to_thread(xdotool, display, *arguments)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Desktop]:
    """A desktop with a terminal that writes down what is typed."""
    with desktop(tmp_path) as made:
        yield made


async def test_the_stop_key_ends_it_wherever_the_keyboard_is(place: Desktop, tmp_path: Path) -> None:
    """In another window; while Ctrl is held, by a helper perhaps; and while a menu holds the whole keyboard."""
    async with session_display(tmp_path, place.display) as program:
        await asyncio.to_thread(place.focus, TERMINAL, "typewriter")
        await press(place.display, "key", "Pause")
        await program.event("stopped")
        await press(
            place.display, "keydown", "ctrl", "keydown", "shift", "key", "Pause", "keyup", "shift", "keyup", "ctrl"
        )
        await program.event("stopped")
        menu = Display(place.display)
        try:
            assert menu.screen().root.grab_keyboard(True, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime) == 0
            before = len(program.events)
            await press(place.display, "key", "Pause")
            await happens("the key is heard", lambda: any(e["event"] == "stopped" for e in program.events[before:]))
        finally:
            menu.close()


async def test_another_program_that_has_the_key_is_no_hindrance(place: Desktop, tmp_path: Path) -> None:
    """It had it first, and is heard over."""
    other = Display(place.display)
    try:
        code = other.keysym_to_keycode(XK.XK_Pause)
        other.screen().root.grab_key(code, X.AnyModifier, True, X.GrabModeAsync, X.GrabModeAsync)
        other.sync()
        async with session_display(tmp_path, place.display) as program:
            await press(place.display, "key", "Pause")
            await program.event("stopped")
    finally:
        other.close()


async def test_a_combination_is_pressed_whole_and_given_back(place: Desktop, tmp_path: Path) -> None:
    """F9 alone is somebody else's; after the session so is Ctrl+F9."""
    async with session_display(tmp_path, place.display, key="Ctrl+F9") as program:
        await press(place.display, "key", "F9")
        await press(place.display, "key", "ctrl+F9")
        await program.event("stopped")
        assert await do(program, "end") == "no"
        before = len(program.events)
        await press(place.display, "key", "ctrl+F9")
        await do(program, "point 1 1")
        assert not [event for event in program.events[before:] if event["event"] == "stopped"]


async def test_the_bar_takes_no_keys_and_its_buttons_work(place: Desktop, tmp_path: Path) -> None:
    """The person goes on typing while it appears, and after a click on it."""
    await asyncio.to_thread(place.focus, TERMINAL, "typewriter")
    place.forget()
    async with session_display(tmp_path, place.display) as program:
        await press(place.display, "key", "a")
        await happens("typing goes on", lambda: place.text() == "a")
        x, y, width, height = (await bar(program))[:4]
        await press(place.display, "mousemove", str(x + width - 50), str(y + height - 30), "click", "1")
        await program.event("stopped")
        await press(place.display, "key", "b")
        await happens("typing goes on", lambda: place.text() == "ab")


async def bar(program: Program) -> list[int]:
    """Where it is, as the filter is told."""
    await happens("something is covered", lambda: bool(covered(program)))
    return covered(program)[0]


def covered(program: Program) -> list[list[int]]:
    """The boxes that were told last."""
    told: list[list[list[int]]] = [event["boxes"] for event in program.events if event["event"] == "covered"]
    return told[-1] if told else []


async def test_clicks_go_through_frame_and_pointer(place: Desktop, tmp_path: Path) -> None:
    """Both are seen, and what lies below is what is clicked on."""
    await press(place.display, "search", "--name", "Event Tester", "windowmove", "--sync", "500", "380")
    async with session_display(tmp_path, place.display) as program:
        await do(program, f"point {LISTENER[0]} {LISTENER[1]}")
        tip = (LISTENER[0] + 4, LISTENER[1] + 12)
        await happens("the pointer is seen", lambda: place.picture().getpixel(tip) == MAGENTA)
        place.forget()
        await press(place.display, "mousemove", str(tip[0]), str(tip[1]), "click", "1")
        await happens("the click goes through the pointer", lambda: "ButtonPress" in place.heard())
        place.forget()
        assert place.picture().getpixel((797, 450)) == BLUE
        await press(place.display, "mousemove", "797", "450", "click", "1")
        await happens("the click goes through the frame", lambda: "ButtonPress" in place.heard())


async def test_the_pointer_fades(place: Desktop, tmp_path: Path) -> None:
    """Some seconds after the last move."""
    async with session_display(tmp_path, place.display) as program:
        await do(program, "point 300 300")
        await happens("the pointer is seen", lambda: place.picture().getpixel((304, 312)) == MAGENTA)
        await happens("it is gone", lambda: place.picture().getpixel((304, 312)) != MAGENTA)


async def test_bar_and_frame_stay_above_a_full_screen_window(place: Desktop, tmp_path: Path) -> None:
    """A film, a game, or a helper who would like to be forgotten."""
    async with session_display(tmp_path, place.display) as program:
        x, y, width, height = await bar(program)
        box = (x, y, x + width, y + height)
        await happens("the bar is drawn", lambda: len(place.picture().crop(box).getcolors(99999) or []) > 20)
        with running(["xterm", "-fullscreen", "-title", "film", "-bg", "#123456"], tmp_path, display=place.display):
            await happens("the film is there", lambda: place.picture().getpixel((400, 580)) == (0x12, 0x34, 0x56))
            await happens("the film has the keys", lambda: place.active() == "film")
            seen = place.picture()
            assert (0x12, 0x34, 0x56) not in {colour for _, colour in seen.crop(box).getcolors(99999) or []}
            assert seen.getpixel((2, 300)) == BLUE
            assert seen.getpixel((400, 598)) == BLUE


async def test_a_question_comes_to_the_front_and_enter_is_no(place: Desktop, tmp_path: Path) -> None:
    """However often it is pressed: whoever goes on typing answers nothing, and then it is no. And it is covered."""
    async with session_display(tmp_path, place.display) as program:
        await bar(program)
        await do(program, "ask")
        await happens("the question is covered", lambda: len(covered(program)) > 1)

        def answered() -> list[bool]:
            return [event["yes"] for event in program.events if event["event"] == "answered"]

        for _ in range(15):  # 3 s: longer than it is deaf to whoever is still
            await press(place.display, "key", "Return")
            await asyncio.sleep(0.2)
        assert not answered()
        await asyncio.sleep(1.5)
        for _ in range(3):
            await press(place.display, "key", "Return")
        await happens("it is answered", lambda: bool(answered()))
        assert answered() == [False]


async def test_two_monitors_at_twice_the_size(tmp_path: Path) -> None:
    """What is covered is where the windows are, and the pointer is where the helper points, in pixels."""
    with bare_desktop(tmp_path, size=(2400, 1000)) as display:
        for name, x, output in (("A", 0, "screen"), ("B", 1200, "none")):
            argv = ["xrandr", "-display", display, "--setmonitor", name, f"1200/300x1000/250+{x}+0", output]
            await asyncio.to_thread(subprocess.run, argv, check=True)
        place = Desktop(display, tmp_path, tmp_path, None, None)  # type: ignore[arg-type]
        async with session_display(tmp_path, display, scale="2") as program:
            x, y, width, height = await bar(program)
            told = dict(
                line.split("=")
                for line in xdotool(
                    display, "search", "--onlyvisible", "--name", "Session with", "getwindowgeometry", "--shell"
                ).splitlines()
            )
            assert [x, y, width, height] == [int(told[name]) for name in ("X", "Y", "WIDTH", "HEIGHT")]
            assert x + width <= 1200
            await do(program, "point 1500 500")
            await happens("the pointer is seen", lambda: place.picture().getpixel((1508, 524)) == MAGENTA)
            seen = place.picture()
            for spot in ((3, 500), (1197, 500), (1203, 500), (2397, 500), (600, 997), (1800, 3)):
                assert seen.getpixel(spot) == BLUE, spot
