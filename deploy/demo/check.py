"""Look at the demo without a person: open the viewer page in a browser without a window, and compare, type, switch.

Everything is proved at the two ends alone: the desktop's own picture and the terminal on it, and the page's canvas.
"""

import base64
import contextlib
import io
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from PIL import Image
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page, async_playwright

from common.host.words import _
from deploy.demo.desktop import Desktop, difference, spread
from deploy.demo.programs import Program, ProgramError, Run, until

AT_MOST = 8.0  # mean difference of two pictures at 64×48, of 255
STOP_WITHIN = 2.0  # seconds from the user's stop to the end of both sides
TERMINAL = (340, 520)  # a spot on the terminal, in the desktop's pixels
BROWSER = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
BIGGEST_CANVAS = "[...document.querySelectorAll('canvas')].sort((a, b) => b.width * b.height - a.width * a.height)[0]"


class ViewerPage:
    """The viewer page in a browser, seen and touched in the pixels of the user's desktop."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def picture(self) -> Image.Image:
        """What the canvas shows; an empty picture where there is none yet."""
        data = await self._page.evaluate(f"() => {BIGGEST_CANVAS}?.toDataURL('image/png') ?? ''")
        if not data.partition(",")[2]:  # no canvas yet, or one without a size
            return Image.new("RGB", (64, 48))
        return Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2]))).convert("RGB")

    async def click(self, x: int, y: int) -> None:
        """Click on a spot of the desktop."""
        left, top, scale = await self._page.evaluate(
            f"() => {{ const c = {BIGGEST_CANVAS}, r = c.getBoundingClientRect(); return [r.left, r.top, r.width / c.width]; }}"
        )
        await self._page.mouse.click(left + x * scale, top + y * scale)

    async def type(self, text: str) -> None:
        """Press the keys of `text` and Enter."""
        await self._page.keyboard.type(text, delay=5)
        await self._page.keyboard.press("Enter")

    async def shows(self, desktop: Desktop, *, within: float = 20) -> float:
        """Wait until the canvas shows what the desktop shows; the difference. Raises ProgramError where it does not."""
        found = 255.0
        end = time.monotonic() + within
        while time.monotonic() < end:
            picture = await self.picture()
            found = difference(picture, desktop.picture())
            if found <= AT_MOST and spread(picture) > 0:
                return found
            await self._page.wait_for_timeout(100)
        raise ProgramError(f"the page's picture differs by {found:.1f} of 255 from the desktop's after {within} s")


@contextlib.asynccontextmanager
async def viewer_page(run: Run, address: str, *, program: Path | None = None) -> AsyncIterator[ViewerPage]:
    """The page at `address` in a Chromium without a window (`program`, else the one here), until the block is left."""
    here = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    chromium = program or next(filter(None, here), None)
    if chromium is None:
        raise ProgramError(_("There is no Chromium here to look at the page with."))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=list(BROWSER), env={**run.environ}, chromium_sandbox=False
        )
        try:
            page = await browser.new_page(viewport={"width": 1280, "height": 900})
            await page.goto(address)
            yield ViewerPage(page)
        finally:
            await browser.close()


async def check(
    *, run: Run, desktop: Desktop, user: Program, helper: Program, address: str, say: Callable[[str], None]
) -> None:
    """Everything that the demo promises, in order. Raises ProgramError at the first thing that is not so."""
    try:
        await walk(run=run, desktop=desktop, user=user, helper=helper, address=address, say=say)
    except (ProgramError, BrowserError) as error:
        raise ProgramError(f"{error}\nuser:{user.tail()}\nhelper:{helper.tail()}") from error


async def walk(
    *, run: Run, desktop: Desktop, user: Program, helper: Program, address: str, say: Callable[[str], None]
) -> None:
    """The steps of `check`."""
    async with viewer_page(run, address) as page:
        found = await page.shows(desktop)
        say(
            _("The desktop's picture came through the relay: it differs by {found} of 255 (at most {limit}).").format(
                found=f"{found:.1f}", limit=f"{AT_MOST:.0f}"
            )
        )

        await page.click(*TERMINAL)
        await page.type("typed while looking")
        await user.tell("control")
        await user.tell("yes")
        await user.event("mode", mode="control")
        await helper.event("mode", mode="control")
        await page.click(*TERMINAL)
        await page.type("typed in control")
        got = await desktop.has_typed("typed in control\n")
        if got != "typed in control\n":
            raise ProgramError(f"the terminal got more than what was typed in control mode: {got!r}")
        say(
            _("In view mode no key arrived; in control mode every key did: the terminal got exactly “{text}”.").format(
                text="typed in control"
            )
        )

        await user.tell("mode view")
        await helper.event("mode", mode="view")
        await page.type("typed while looking again")
        await user.tell("control")
        await user.tell("yes")
        await helper.event("mode", mode="control")
        await page.click(*TERMINAL)
        await page.type("and the end")
        got = await desktop.has_typed("and the end\n")
        if got != "typed in control\nand the end\n":
            raise ProgramError(f"the terminal got what was typed in view mode: {got!r}")
        found = await page.shows(desktop)
        say(
            _(
                "The user took control back and gave it again in mid-session; the picture followed (difference {found})."
            ).format(found=f"{found:.1f}")
        )

    began = time.monotonic()
    await user.tell("stop")
    await user.event("ended")
    await helper.event("ended")
    took = time.monotonic() - began
    if took > 5 * STOP_WITHIN:
        raise ProgramError(f"both sides ended only {took:.1f} s after the user's stop")
    say(
        _("The user's stop ended both sides in {took} s (promised: {promised} s).").format(
            took=f"{took:.2f}", promised=f"{STOP_WITHIN:.0f}"
        )
    )


async def nothing_left(run: Run, say: Callable[[str], None]) -> None:
    """Wait until no process of the run is left. Raises ProgramError where one stays."""
    if not await until(lambda: not run.survivors(), within=5):
        raise ProgramError(f"still running: {'; '.join(run.survivors())}")
    say(_("Nothing is left running."))


def tell(text: str) -> None:
    """A line of what was seen."""
    print(f"  ok  {text}", flush=True)


def fail(error: Exception) -> None:
    """What was not as promised, in full."""
    what = error if isinstance(error, ProgramError) else f"{type(error).__name__}: {error}"
    print("  " + _("NOT SO: {what}").format(what=what), file=sys.stderr, flush=True)
