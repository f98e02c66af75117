"""What a pause counts on with some servers: that an update shows, to its end, the screen as it was when the update began."""

import asyncio
import contextlib
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.desktops import VncServer, bare_desktop, x0vncserver, x11vnc
from tests.support.rfb import RGB32, request, set_encodings, set_pixel_format
from tests.support.rfb_viewer import TestViewer
from user_agent.servers.x0vncserver import X0vncserver
from user_agent.servers.x11vnc import X11vnc

SIZE = (2560, 1600)  # 16 MB a picture: far more than the kernel holds between two programs
BEFORE, LATER = "#1b3a5c", "#10d020"
Starts = Callable[[str, Path], contextlib.AbstractContextManager[VncServer]]


@pytest.fixture(scope="module")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with bare_desktop(tmp_path_factory.mktemp("large"), size=SIZE) as found:
        yield found


async def paint(display: str, colour: str) -> None:
    argv = ["xsetroot", "-display", display, "-solid", colour]
    await asyncio.to_thread(subprocess.run, argv, check=True, timeout=10)


async def picture(viewer: TestViewer, *, after: Callable[[], object] | None = None) -> tuple[int, int]:
    """One whole update in Raw, after whose beginning something happens: how many bytes are of the old colour, how many of the new."""
    viewer.say(request(0, 0, *SIZE, incremental=0))
    counts = [0, 0]
    kind, rectangles = struct.unpack(">BxH", await viewer.reader.readexactly(4))
    assert kind == 0
    for number in range(rectangles):
        _, _, width, height, encoding = struct.unpack(">HHHHi", await viewer.reader.readexactly(12))
        assert encoding == 0
        if number == 0 and after is not None:
            after()
            await asyncio.sleep(1)
        pixels = await viewer.reader.readexactly(width * height * 4)
        for at, colour in enumerate((BEFORE, LATER)):
            counts[at] += pixels.count(bytes(reversed(bytes.fromhex(colour[1:]))))
    return counts[0], counts[1]


@pytest.mark.parametrize(("starts", "kind"), [(x11vnc, X11vnc), (x0vncserver, X0vncserver)])
async def test_an_update_shows_one_moment(
    display: str, tmp_path: Path, starts: Starts, kind: type[X11vnc | X0vncserver]
) -> None:
    """However long it takes to be read: what is on the screen meanwhile is in the next one."""
    assert kind.one_look
    with starts(display, tmp_path) as server:
        await paint(display, BEFORE)
        viewer = await TestViewer.login(server.port, server.password, shared=True, buffer=65536)
        viewer.say(set_pixel_format(RGB32), set_encodings(0))
        most = SIZE[0] * SIZE[1] * 9 // 10

        async def looks(which: int) -> bool:
            return (await picture(viewer))[which] > most

        async with asyncio.timeout(20):
            while not await looks(0):
                pass
        painting: list[asyncio.Task[None]] = []
        before, later = await picture(
            viewer, after=lambda: painting.append(asyncio.ensure_future(paint(display, LATER)))
        )
        assert (before > most, later) == (True, 0)
        await painting[0]
        async with asyncio.timeout(20):
            while not await looks(1):
                pass
        await viewer.close()
