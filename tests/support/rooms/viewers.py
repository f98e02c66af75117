"""Viewers at the helper's site, and what each shows of the user's desktop.

The tests' own asks for a whole new picture each time. The real ones, noVNC's page in Chromium and TigerVNC on a display of the
helper's, are only looked at: whoever wants to know whether their picture is alive changes the desktop first.
"""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final, Protocol

from PIL import Image

from deploy.demo.check import ViewerPage, viewer_page
from deploy.demo.desktop import Desktop, screen, write_cookie
from deploy.demo.programs import ProgramError, Run
from tests.support.rfb_viewer import TestViewer
from tests.support.rooms.network import Site, connect

LARGER: Final = (1280, 1024)  # than the user's desktop
NOTHING: Final = Image.new("RGB", (64, 48))

Told = Mapping[str, object]


class Viewer(Protocol):
    """One session's."""

    async def open(self, told: Told) -> None:
        """The agent's event `viewer`: at first, and each time that it has opened the viewer again."""

    async def picture(self) -> Image.Image:
        """What it shows now; black where that is nothing yet. Raises OSError, EOFError where it was hung up on."""


class OwnViewer:
    """The tests' own."""

    arguments: tuple[str, ...] = ("--viewer", "none")

    def __init__(self, site: Site) -> None:
        self._site = site
        self.rfb: TestViewer | None = None

    async def open(self, told: Told) -> None:
        """Log in from the helper's PC."""
        await self.close()
        password = await asyncio.to_thread(Path(str(told["password_file"])).read_text, "ascii")
        port = int(str(told["port"]))
        sock = await asyncio.to_thread(connect, self._site.pc, "127.0.0.1", port)
        self.rfb = await TestViewer.login(port, password.strip(), sock=sock)

    async def picture(self) -> Image.Image:
        """Asked for anew."""
        return NOTHING if self.rfb is None else await self.rfb.raw_update()

    async def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            if self.rfb is not None:
                await self.rfb.close()


class PageViewer:
    """noVNC's page in a Chromium on the helper's PC."""

    arguments: tuple[str, ...] = ("--viewer", "builtin", "--no-open")

    def __init__(self, run: Run, chromium: Path, stack: contextlib.AsyncExitStack) -> None:
        self._run = run
        self._chromium = chromium
        self._stack = stack
        self._page: ViewerPage | None = None

    async def open(self, told: Told) -> None:
        """Where the address is another one, in another Chromium."""
        await self._stack.aclose()
        opening = viewer_page(self._run, str(told["address"]), program=self._chromium)
        self._page = await self._stack.enter_async_context(opening)

    async def picture(self) -> Image.Image:
        """The canvas."""
        return NOTHING if self._page is None else await self._page.picture()


class WindowViewer:
    """TigerVNC, which the agent itself starts, on a display of the helper's that has nothing else on it."""

    arguments: tuple[str, ...] = ("--viewer", "tigervnc")

    def __init__(self, display: Desktop) -> None:
        self._display = display

    async def open(self, told: Told) -> None:
        """It is open."""

    async def picture(self) -> Image.Image:
        """Its window: around it the display is black."""
        seen = await asyncio.to_thread(self._display.picture)
        box = seen.getbbox()
        return NOTHING if box is None else seen.crop(box)


@contextlib.asynccontextmanager
async def viewer_at(site: Site, kind: str) -> AsyncIterator[tuple[Viewer, tuple[str, ...], Mapping[str, str]]]:
    """One of `none`, `noVNC`, `tigervnc`; the agent's arguments for it, and what the agent's environment holds besides."""
    async with contextlib.AsyncExitStack() as stack:
        match kind:
            case "none":
                own = OwnViewer(site)
                stack.push_async_callback(own.close)
                yield own, own.arguments, {}
            case "noVNC":
                pages = await stack.enter_async_context(contextlib.AsyncExitStack())
                page = PageViewer(site.run, _chromium(site), pages)
                yield page, page.arguments, {}
            case "tigervnc":
                cookie = site.run.folder / f"helper-{site.number}.cookie"
                write_cookie(cookie)
                opening = screen(site.run, f"helper-{site.number}", cookie, size=LARGER, on=None, title="")
                display = await stack.enter_async_context(opening)
                desktop = Desktop(run=site.run, display=display, cookie=cookie, typed=cookie)
                yield WindowViewer(desktop), WindowViewer.arguments, desktop.environ
            case _:
                raise ProgramError(f"no viewer is called {kind}")


def _chromium(site: Site) -> Path:
    """A program that is Chromium in the PC's namespace."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        raise ProgramError("there is no Chromium here")
    program = site.run.folder / "chromium"
    program.write_text(f'#!/bin/sh\nexec ip netns exec {site.pc} {found} "$@"\n', encoding="ascii")
    program.chmod(0o700)
    return program
