"""`make soak ARGS=--screens`: every depth in every format, sizes up to 8K, and viewers that were told to use few colours."""

import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from common.protocol.messages import Mode
from helper_agent.viewer_front import ViewerFront
from tests.support.desktops import (
    bare_desktop,
    desktop,
    difference,
    running,
    tigervnc_password_file,
    x11vnc,
)
from tests.support.odd_screens import off, screen_shown_by, seen, viewed
from tests.support.odd_viewer import FORMATS
from tests.support.rfb import set_encodings
from tests.support.rfb_channel import JoinedSession
from tests.support.viewer_programs import XHands
from user_agent.broker import Broker
from user_agent.servers.base import TcpAddress
from user_agent.servers.foreign import ForeignServer

SCREENS = (
    ("x11vnc", 8, "800x600"), ("x11vnc", 16, "800x600"), ("x11vnc", 24, "800x600"), ("x11vnc", 30, "800x600"),
    ("x0vncserver", 16, "800x600"), ("x0vncserver", 24, "800x600"), ("Xtigervnc", 24, "800x600"),
    ("x11vnc", 24, "7680x4320"), ("x0vncserver", 24, "7680x4320"), ("x11vnc", 24, "3x2000"),
)  # fmt: skip
DEEP = "30 of 32 bits"  # TigerVNC's servers hang up on it
NEAR = 20  # of 255
PATIENCE = 180.0  # seconds for a picture: one of 8K has 133 MB in Raw
WINDOW, GLANCE = 30.0, 0.2  # seconds for a viewer's window, and between two looks at it
TIGERVNC = ("xtigervncviewer", "-AlertOnFatalError=0", "-ReconnectOnError=0", "-RemoteResize=0", "-AutoSelect=0")


@dataclass(frozen=True)
class Few:
    """A viewer with few colours, and by how much its picture may differ in the mean, of 255."""

    argv: tuple[str, ...]
    secret: str
    near: float


FEW = (
    Few((*TIGERVNC, "-FullColor=0", "-LowColorLevel=0"), "-PasswordFile", 60),  # 8 colours
    Few((*TIGERVNC, "-FullColor=0", "-LowColorLevel=1"), "-PasswordFile", 40),  # 64
    Few((*TIGERVNC, "-FullColor=0", "-LowColorLevel=2"), "-PasswordFile", 25),  # 256
    Few(("xtightvncviewer", "-bgr233"), "-passwd", 25),
)


async def one_screen(server: str, depth: int, size: str, folder: Path) -> int:
    """A line for each format; how many were wrong."""
    wrong = 0
    with screen_shown_by(server, folder, depth=depth, size=size) as (_, vnc):
        for name in ("", *FORMATS):
            if name == DEEP and server != "x11vnc":
                continue
            began = time.monotonic()
            try:
                async with asyncio.timeout(PATIENCE), viewed(vnc.port, vnc.password) as viewer:
                    if name:
                        viewer.show_in(FORMATS[name])
                    else:
                        viewer.writer.write(set_encodings(0))
                    await viewer.look()
                    error = off(seen(viewer)) if viewer.size[0] > 100 else 0
                said = f"off by {error}"
            except Exception as problem:  # noqa: BLE001 -- it is counted, and the next one is tried
                error, said = 256, f"{type(problem).__name__}: {problem}"
            wrong += error > NEAR
            took = time.monotonic() - began
            print(
                f"{server:12} {depth:2} bits {size:10} in {name or 'its own format':26} {took:6.1f} s  {said}",
                flush=True,
            )
    return wrong


async def few_colours(folder: Path) -> int:
    """Real viewers; how many show something else than the screen."""
    wrong = 0
    with desktop(folder) as place, x11vnc(place.display, folder) as vnc, bare_desktop(folder) as helpers:
        for few in FEW:
            broker = Broker(
                server=ForeignServer(address=TcpAddress(host="127.0.0.1", port=vnc.port), password=vnc.password)
            )
            front = ViewerFront(random=os.urandom)
            session = JoinedSession(user=broker, helper=front, mode=Mode.VIEW)
            offer = await front.offer()
            secret = tigervnc_password_file(folder, offer.password)
            argv = [*few.argv, few.secret, secret, f"127.0.0.1::{offer.port}"]
            hands, off_by, failed = XHands(helpers, ""), 256.0, False
            try:
                with running(argv, folder, display=helpers):
                    async with asyncio.timeout(WINDOW):
                        while off_by > few.near:
                            off_by = min(off_by, difference(await hands.picture(), place.card))
                            await asyncio.sleep(GLANCE)
            except TimeoutError:
                failed = True
            failed = failed or bool(session.user.failures or session.helper.failures)
            wrong += failed
            print(
                f"{' '.join(few.argv)}: off by {off_by:.0f} in the mean, {'WRONG' if failed else 'good'}",
                flush=True,
            )
            session.close()
            await asyncio.sleep(0.2)
    return wrong


async def soak_screens(screens: Sequence[tuple[str, int, str]] = SCREENS) -> int:
    """All of it; how many went wrong."""
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        for server, depth, size in screens:
            wrong += await one_screen(server, depth, size, Path(name))
        wrong += await few_colours(Path(name))
    print(f"{wrong} went wrong")
    return wrong
