"""Screens of one colour or with a test card, and every kind of VNC server that shows them: some as ours, some as found running."""

import asyncio
import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageGrab

from tests.support.desktops import SIZE, VncServer, bare_desktop, draw_card, x0vncserver, x11vnc, xtigervnc
from user_agent.servers.base import TcpAddress
from user_agent.servers.foreign import ForeignServer
from user_agent.servers.x0vncserver import X0vncserver
from user_agent.servers.x11vnc import X11vnc

SHOWN_BY = ("x11vnc", "x0vncserver", "foreign x11vnc", "foreign Xtigervnc")


@dataclass(frozen=True)
class Screen:
    """A display of 800 × 600, and what shows it. `kind` is what the agent knows of that, if anything."""

    display: str
    folder: Path
    server: VncServer
    kind: X11vnc | X0vncserver | None

    async def paint(self, colour: str) -> None:
        """All of it, in this colour ("#rrggbb")."""
        argv = ["xsetroot", "-display", self.display, "-solid", colour]
        await asyncio.to_thread(subprocess.run, argv, check=True, timeout=10)

    async def show_card(self, seed: int) -> Image.Image:
        """A test card; what is there then."""
        await asyncio.to_thread(draw_card, self.display, self.folder, seed)
        return await asyncio.to_thread(self._picture)

    def _picture(self) -> Image.Image:
        return ImageGrab.grab(xdisplay=self.display).convert("RGB")

    def reached(self) -> ForeignServer:
        """As the broker knows it."""
        address = TcpAddress(host="127.0.0.1", port=self.server.port)
        server = ForeignServer(address=address, password=self.server.password)
        if self.kind is not None:
            server.one_look, server.sleeps_alone = self.kind.one_look, self.kind.sleeps_alone
        return server


@contextlib.contextmanager
def shown_by(name: str, folder: Path) -> Iterator[Screen]:
    """One of SHOWN_BY. What is found running may be anything, so nothing is known of it."""
    with contextlib.ExitStack() as stack:
        if name == "foreign Xtigervnc":
            display, server = stack.enter_context(xtigervnc(folder))
            yield Screen(display, folder, server, None)
            return
        display = stack.enter_context(bare_desktop(folder, size=SIZE))
        starts = x0vncserver if name == "x0vncserver" else x11vnc
        server = stack.enter_context(starts(display, folder))
        kinds: dict[str, X11vnc | X0vncserver] = {"x11vnc": X11vnc(), "x0vncserver": X0vncserver()}
        yield Screen(display, folder, server, kinds.get(name))
