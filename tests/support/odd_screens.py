"""Screens of other depths and sizes, and what a viewer of any kind sees of them through broker, filter and viewer front."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from common.protocol.messages import Mode
from helper_agent.viewer_front import ViewerFront
from tests.support.desktops import VncServer, x0vncserver, x11vnc, xtigervnc
from tests.support.display import virtual_display
from tests.support.odd_viewer import Colour, OddViewer
from tests.support.rfb_channel import JoinedSession
from user_agent.broker import Broker
from user_agent.servers.base import TcpAddress
from user_agent.servers.foreign import ForeignServer

BANDS: tuple[Colour, ...] = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0))  # from left to right
ROW = 100  # pixels from the top: above the pointer, which is in the middle
NEAR = 20  # of 255: what fewer bits may make of a colour

# In a process of its own: python-xlib keeps one table of events for all X servers that a process has seen.
PAINTER = """
import sys
from common.host.x11 import open_display
bands = [tuple(int(part) for part in band.split(",")) for band in sys.argv[2:]]
display = open_display(sys.argv[1])
screen = display.screen()
width, height = screen.width_in_pixels, screen.height_in_pixels
card = screen.root.create_pixmap(width, height, screen.root_depth)
for number, colour in enumerate(bands):
    pixel = screen.default_colormap.alloc_color(*(part * 257 for part in colour)).pixel
    left = number * width // len(bands)
    card.fill_rectangle(card.create_gc(foreground=pixel), left, 0, width - left, height)
screen.root.change_attributes(background_pixmap=card)
screen.root.clear_area()
display.sync()
"""


def paint(display: str) -> None:
    """Upright bands of the pure colours, all over the screen."""
    bands = [",".join(map(str, band)) for band in BANDS]
    subprocess.run([sys.executable, "-c", PAINTER, display, *bands], check=True, timeout=60)


@contextlib.contextmanager
def screen_shown_by(
    server: str, folder: Path, *, depth: int = 24, size: str = "800x600"
) -> Iterator[tuple[str, VncServer]]:
    """A painted screen: the display's name, and the server that shows it."""
    with contextlib.ExitStack() as stack:
        if server == "Xtigervnc":
            display, vnc = stack.enter_context(xtigervnc(folder))
        else:
            display = stack.enter_context(virtual_display(size=size, depth=depth))
            starting = {"x11vnc": x11vnc, "x0vncserver": x0vncserver}[server]
            vnc = stack.enter_context(starting(display, folder))
        paint(display)
        yield display, vnc


@contextlib.asynccontextmanager
async def viewed(port: int, password: str, *, version: bytes = b"RFB 003.008\n") -> AsyncIterator[OddViewer]:
    """A viewer of this version, logged in to a session of its own over the VNC server there."""
    address = TcpAddress(host="127.0.0.1", port=port)
    broker = Broker(server=ForeignServer(address=address, password=password))
    front = ViewerFront(random=os.urandom)
    session = JoinedSession(user=broker, helper=front, mode=Mode.VIEW)
    try:
        offer = await front.offer()
        viewer = await OddViewer.login(offer.port, offer.password, version=version)
        try:
            yield viewer
        finally:
            await viewer.close()
        assert not session.user.failures
        assert not session.helper.failures
    finally:
        session.close()
        for _ in range(3):
            await asyncio.sleep(0)


def seen(viewer: OddViewer) -> list[Colour]:
    """The colour in the middle of each band."""
    width, height = viewer.size
    row = min(ROW, height - 1)
    return [viewer.colour((2 * number + 1) * width // (2 * len(BANDS)), row) for number in range(len(BANDS))]


def off(colours: list[Colour]) -> int:
    """By how much the worst of them differs from the band it should be, of 255."""
    pairs = zip(colours, BANDS, strict=True)
    return max(abs(one - other) for had, wanted in pairs for one, other in zip(had, wanted, strict=True))
