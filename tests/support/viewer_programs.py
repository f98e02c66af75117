"""The helper's hands at each viewer program: look, type, click, hold, copy and paste, close. By its own window only.

X viewers are led by xdotool on the helper's display, noVNC by playwright, vncdotool by lines on its stdin. Places are in the
pixels of the user's desktop.
"""

import asyncio
import base64
import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol

from PIL import Image, ImageGrab
from playwright.async_api import BrowserContext, Page

from deploy.demo.programs import Program, Run
from tests.support.desktops import SIZE, bare_desktop, running, wait_for, xdotool

OUTSIDE = (1200, 950)  # a place on the helper's display that no viewer of 800 × 600 covers
SELECTIONS = ("primary", "clipboard", "buffer-cut")
LARGEST = "[...document.querySelectorAll('canvas')].sort((a, b) => b.width * b.height - a.width * a.height)[0]"


class Hands(Protocol):
    """What a helper does with a viewer."""

    async def open(self, told: dict[str, Any]) -> None:
        """A viewer was opened, or may be opened now: the agent's event `viewer`."""

    async def picture(self) -> Image.Image:
        """What it shows of the desktop now."""

    async def key(self, name: str) -> None:
        """Press and let go of a letter's key."""

    async def point(self, x: int, y: int) -> None:
        """Move the pointer there."""

    async def click(self, x: int, y: int) -> None:
        """Move there, press and let go of the first button."""

    async def hold(self, x: int, y: int) -> None:
        """Move there, press the first button and Shift, and hold both."""

    async def let_go(self) -> None:
        """Let go of both."""

    async def copy(self, text: str) -> None:
        """Copy a text in another program, and come back to the viewer."""

    async def clipboard(self) -> set[str]:
        """What can be pasted into another program of the helper's."""

    async def close(self) -> None:
        """Close it, as a person does."""

    async def is_open(self) -> bool:
        """Whether it still shows something."""


class XHands:
    """A viewer with a window on the helper's X display. It has the display to itself, but for a small window beside."""

    def __init__(self, display: str, beside: str, *, shows: tuple[int, int] = SIZE) -> None:
        """`shows`: how large the user's desktop is, and by that the viewer's window."""
        self._display = display
        self._beside = beside
        self._shows = shows
        self._pid = 0
        self._window = ""
        self._corner = (0, 0)
        self._cross = (0, 0)

    async def open(self, told: dict[str, Any]) -> None:
        """Its window is found when it is there."""
        self._pid, self._window = told["pid"], ""

    async def picture(self) -> Image.Image:
        """The part of the display that its window covers."""
        if not self._window and not await asyncio.to_thread(self._find):
            return Image.new("RGB", self._shows)
        left, top = self._corner
        grabbed = await asyncio.to_thread(ImageGrab.grab, xdisplay=self._display)
        return grabbed.crop((left, top, left + self._shows[0], top + self._shows[1]))

    def _find(self) -> bool:
        for number in xdotool(self._display, "search", "--onlyvisible", "--name", ".").split():
            told = xdotool(self._display, "getwindowgeometry", "--shell", number)
            found = dict(line.split("=") for line in told.splitlines() if "=" in line)
            if self._shows[0] - 20 <= int(found.get("WIDTH", 0)) <= self._shows[0] + 20:
                left, top = _frame(self._display, number)
                self._window, self._corner = number, (int(found["X"]) - left, int(found["Y"]) - top)
                self._cross = (self._corner[0] + int(found["WIDTH"]) - 10, self._corner[1] - top // 2)
                return True
        return False

    async def _do(self, *actions: str) -> None:
        await asyncio.to_thread(xdotool, self._display, "windowfocus", "--sync", self._window, *actions)

    def _at(self, x: int, y: int) -> tuple[str, str, str]:
        return ("mousemove", str(self._corner[0] + x), str(self._corner[1] + y))

    async def key(self, name: str) -> None:
        """By the keyboard."""
        await self._do("key", name)

    async def point(self, x: int, y: int) -> None:
        """By the mouse."""
        await self._do(*self._at(x, y))

    async def click(self, x: int, y: int) -> None:
        """By the mouse."""
        await self._do(*self._at(x, y), "click", "1")

    async def hold(self, x: int, y: int) -> None:
        """Both stay down."""
        await self._do(*self._at(x, y), "mousedown", "1", "keydown", "shift")

    async def let_go(self) -> None:
        """Both come up."""
        await self._do("mouseup", "1", "keyup", "shift")

    async def _leave_and_come_back(self) -> None:
        """Old viewers exchange selections when the pointer leaves and enters, newer ones when the keyboard does."""
        away = ("windowfocus", "--sync", self._beside, "mousemove", *map(str, OUTSIDE))
        await asyncio.to_thread(xdotool, self._display, *away)
        await self._do(*self._at(400, 100))

    async def copy(self, text: str) -> None:
        """Selected, copied, and in the oldest of X's clipboards, as a terminal does it."""
        for selection in SELECTIONS:
            argv = ["xclip", "-selection", selection, "-in", "-display", self._display]
            await asyncio.to_thread(
                subprocess.run,
                argv,
                input=text.encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=True,
            )
        await self._leave_and_come_back()

    async def clipboard(self) -> set[str]:
        """All that X has."""
        await self._leave_and_come_back()
        found = set()
        for selection in SELECTIONS:
            argv = ["timeout", "5", "xclip", "-selection", selection, "-out", "-display", self._display]
            done = await asyncio.to_thread(subprocess.run, argv, capture_output=True, check=False)
            found.add(done.stdout.decode("latin-1"))
        return found

    async def close(self) -> None:
        """By the cross in its title bar."""
        await self._do("mousemove", *map(str, self._cross), "click", "1")
        self._window = ""

    async def is_open(self) -> bool:
        """Whether its process runs."""
        return Path(f"/proc/{self._pid}").exists()


def _frame(display: str, number: str) -> tuple[int, int]:
    """How wide the window manager's frame is at the left and the top, which xdotool counts twice."""
    argv = ["xprop", "-display", display, "-id", number, "_NET_FRAME_EXTENTS"]
    said = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    left, _, top, _ = map(int, said.partition("=")[2].split(",")) if "=" in said else (0, 0, 0, 0)
    return left, top


@contextlib.contextmanager
def helpers_display(folder: Path, *, shows: tuple[int, int] = SIZE) -> Iterator[tuple[str, XHands]]:
    """The helper's display with a clock beside the viewer; its name, and hands. `shows`: how large the user's desktop is."""
    with (
        bare_desktop(folder, size=(shows[0] + 480, shows[1] + 424)) as display,
        running(["xclock", "-geometry", "100x100-0-0"], folder, display=display),
    ):
        search = ("search", "--onlyvisible", "--class", "xclock")
        wait_for("the clock", lambda: bool(xdotool(display, *search)))
        yield display, XHands(display, xdotool(display, *search).split()[0], shows=shows)


class PageHands:
    """The built-in viewer in a browser."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._page: Page | None = None

    @property
    def page(self) -> Page:
        """The tab."""
        assert self._page is not None
        return self._page

    async def open(self, told: dict[str, Any]) -> None:
        """A tab at the address that the agent told."""
        self._page = await self._context.new_page()
        await self._page.goto(told["address"])

    async def picture(self) -> Image.Image:
        """What its canvas shows."""
        data = await self.page.evaluate(f"() => {LARGEST}?.toDataURL('image/png') ?? ''")
        if not data.partition(",")[2]:
            return Image.new("RGB", SIZE)
        return Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2]))).convert("RGB")

    async def key(self, name: str) -> None:
        """By the keyboard."""
        await self.page.keyboard.press(name)

    async def point(self, x: int, y: int) -> None:
        """By the mouse."""
        left, top, scale = await self.page.evaluate(
            f"() => {{ const c = {LARGEST}, r = c.getBoundingClientRect(); return [r.left, r.top, r.width / c.width]; }}"
        )
        await self.page.mouse.move(left + (x + 0.5) * scale, top + (y + 0.5) * scale)

    async def click(self, x: int, y: int) -> None:
        """By the mouse."""
        await self.point(x, y)
        await self.page.mouse.down()
        await self.page.mouse.up()

    async def hold(self, x: int, y: int) -> None:
        """Both stay down."""
        await self.point(x, y)
        await self.page.mouse.down()
        await self.page.keyboard.down("Shift")

    async def let_go(self) -> None:
        """Both come up."""
        await self.page.mouse.up()
        await self.page.keyboard.up("Shift")

    async def copy(self, text: str) -> None:
        """Into the browser's clipboard, with the pointer elsewhere."""
        await self.page.mouse.move(2, 2)
        await self.page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
        await self.point(400, 100)

    async def clipboard(self) -> set[str]:
        """The browser's."""
        return {await self.page.evaluate("() => navigator.clipboard.readText()")}

    async def close(self) -> None:
        """The tab."""
        await self.page.close()

    async def is_open(self) -> bool:
        """Whether the page still has the picture's connection."""
        if self.page.is_closed():
            return False
        return str(await self.page.get_attribute("body", "data-picture")) == "connected"


class ToolHands:
    """vncdotool, started by the helper on the port and with the password file that the agent told."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._program: Program | None = None
        self._picture = run.folder / "seen.png"
        self._at = (0, 0)

    @property
    def program(self) -> Program:
        """The process."""
        assert self._program is not None
        return self._program

    async def open(self, told: dict[str, Any]) -> None:
        """Start it."""
        await self.end()
        script = Path(__file__).with_name("vncdotool_process.py")
        where = (told["host"], str(told["port"]), told["password_file"])
        self._program = await self._run.start("vncdotool", sys.executable, "-W", "ignore", script, *where)
        await self._program.event("ready")

    async def _do(self, *order: object) -> None:
        await self.program.tell(json.dumps(order))
        await self.program.event("done")

    async def picture(self) -> Image.Image:
        """What it captures."""
        await self._do("captureScreen", str(self._picture))
        with Image.open(self._picture) as seen:
            return seen.convert("RGB")

    async def key(self, name: str) -> None:
        """One key."""
        await self._do("keyPress", name)

    async def point(self, x: int, y: int) -> None:
        """A move."""
        await self._do("mouseMove", x, y)

    async def click(self, x: int, y: int) -> None:
        """A move and a click."""
        await self._do("mouseMove", x, y)
        await self._do("mousePress", 1)

    async def hold(self, x: int, y: int) -> None:
        """Both stay down."""
        await self._do("mouseMove", x, y)
        await self._do("mouseDown", 1)
        await self._do("keyDown", "shift")

    async def let_go(self) -> None:
        """Both come up."""
        await self._do("mouseUp", 1)
        await self._do("keyUp", "shift")

    async def copy(self, text: str) -> None:
        """It says it to the server at once."""
        await self._do("paste", text)

    async def clipboard(self) -> set[str]:
        """All that ever came since it was started."""
        return {event["text"] for event in self.program.events if event["event"] == "copied"}

    async def close(self) -> None:
        """By the end of its orders."""
        assert self.program.process.stdin is not None
        self.program.process.stdin.close()
        await self.program.ended()

    async def is_open(self) -> bool:
        """Whether it runs: it ends where the other side hangs up."""
        return self.program.running

    async def end(self) -> None:
        """Whatever it does."""
        if self._program is not None:
            await self._program.end()


@contextlib.asynccontextmanager
async def browser_hands() -> AsyncIterator[PageHands]:
    """Chromium without a window, whose clipboard pages may read and write."""
    from playwright.async_api import async_playwright

    from deploy.demo.check import BROWSER

    async with async_playwright() as playwright:
        environ: dict[str, str | float | bool] = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(BROWSER), env=environ, chromium_sandbox=False
        )
        try:
            context = await browser.new_context(
                viewport={"width": 1024, "height": 760}, permissions=["clipboard-read", "clipboard-write"]
            )
            yield PageHands(context)
        finally:
            await browser.close()
