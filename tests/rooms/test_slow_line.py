"""A line of 256 kbit/s with 300 ms there and back that loses 2 % of the packets: the first picture, beside a straight connection."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from deploy.demo.desktop import SIZE, Desktop, difference, screen, write_cookie
from tests.rooms.conftest import World
from tests.support.rooms import gateways
from tests.support.rooms.network import accepting
from tests.support.rooms.people import Room

LINE = {"delay": 0.15, "loss": 0.02, "kilobits": 256}
LARGER = (1280, 1024)  # than the user's
PORT = 5999
PASSWORD = "secret12"
ALIKE = 12.0  # a viewer has a frame of its own around the picture
PATIENCE = 240.0
ROUNDS = 5
STRAIGHT, WITHOUT_UPGRADES = 1.1, 1.5  # times the straight connection's seconds
SLACK = 2  # a machine may be busy, and losses come by chance


@contextlib.asynccontextmanager
async def blank(room: Room, name: str) -> AsyncIterator[Desktop]:
    """The helper's own screen, with nothing on it."""
    run = room.user.site.run
    cookie = run.folder / f"{name}.cookie"
    write_cookie(cookie)
    async with screen(run, name, cookie, size=LARGER, on=None, title="") as display:
        yield Desktop(run=run, display=display, cookie=cookie, typed=cookie)


async def shows(own: Desktop, room: Room, began: float) -> float:
    """Seconds until the helper's screen shows the user's."""
    async with asyncio.timeout(PATIENCE):
        while True:
            seen = await asyncio.to_thread(own.picture)
            box = seen.getbbox()  # the viewer's window; around it the screen is black
            window = seen if box is None else seen.crop(box)
            if difference(window, await asyncio.to_thread(room.desktop.picture)) < ALIKE:
                return time.monotonic() - began
            await asyncio.sleep(0.2)


async def straight(room: Room, name: str, server: Path) -> float:
    """A viewer that reaches the user's VNC server itself."""
    async with blank(room, name) as own:
        began = time.monotonic()
        argv = ("xtigervncviewer", "-passwd", server, "-geometry", f"{SIZE[0]}x{SIZE[1]}+0+0", "-Shared")
        viewer = await room.helper.site.start(name, *argv, f"{room.user.site.address}::{PORT}", environ=own.environ)
        try:
            return await shows(own, room, began)
        finally:
            await viewer.end()


async def through_tasuki(room: Room, name: str) -> float:
    """From *take it* to the picture in the same viewer."""
    async with blank(room, name) as own:
        helper_screen: Mapping[str, str] = own.environ
        room.helper.screen = helper_screen
        helper = await room.helper.start("serve", "--viewer", "tigervnc")
        try:
            await helper.event("online", within=PATIENCE)
            async with room.asking():
                request = await helper.event("request", within=PATIENCE)
                began = time.monotonic()
                await helper.tell(f"accept {request['request']}")
                return await shows(own, room, began)
        finally:
            await helper.end()


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("websocket", [True, False], ids=["as usual", "without upgrades"])
async def test_the_first_picture(world: World, *, websocket: bool) -> None:
    """Not much later than where nothing lies between: handshakes and a relay cost little beside the line itself."""
    async with world.room() as room, contextlib.AsyncExitStack() as stack:
        await room.enrol()
        user = room.user.site
        await stack.enter_async_context(gateways.slow_line(user, **LINE))  # type: ignore[arg-type]
        password = user.run.folder / "straight.passwd"
        await user.run.command("x11vnc", "-storepasswd", PASSWORD, password)
        argv = ("x11vnc", "-rfbport", str(PORT), "-forever", "-shared", "-rfbauth", password, "-noxdamage")
        server = await user.start("straight", *argv, environ=room.desktop.environ)
        stack.push_async_callback(server.end)
        await accepting(user.pc, "127.0.0.1", PORT, server, within=40)
        bare = [await straight(room, f"straight-{number}", password) for number in range(ROUNDS)]
        await server.end()
        if not websocket:
            await stack.enter_async_context(gateways.inspecting_squid(user, websocket=False))
        ours = [await through_tasuki(room, f"tasuki-{number}") for number in range(ROUNDS)]
        ratio = statistics.median(ours) / statistics.median(bare)
        print(f"straight {bare}, through Tasuki {ours} s: {ratio:.2f} times")
        assert ratio < (STRAIGHT if websocket else WITHOUT_UPGRADES) * SLACK
