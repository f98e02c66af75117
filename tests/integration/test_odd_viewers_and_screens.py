"""Old and odd viewers and screens: depths, colour maps, versions of RFB, other sizes in mid-session. What is seen is compared."""

import asyncio
import struct
import subprocess
from pathlib import Path

import pytest

from common.host.computer import Computer
from common.host.screen import x_depth
from common.protocol.rfb import vncauth
from tests.support.display import virtual_display
from tests.support.meeting_errors import both
from tests.support.odd_screens import NEAR, off, screen_shown_by, seen, viewed
from tests.support.odd_viewer import FORMATS, OddViewer
from tests.support.rfb import rectangle, server_init, set_encodings, update
from tests.support.servers import Handler, serving
from user_agent.servers.choice import why_none

VERSIONS = ("003.003", "003.005", "003.007", "003.008", "003.889", "004.000", "004.001")
PATIENCE = 60.0  # seconds for one viewer's picture
PASSWORD, CHALLENGE = b"secret", bytes(range(16))


async def shown_in(viewer: OddViewer, name: str) -> int:
    """By how much its picture is off, in the format of this name ("": as the server has it)."""
    async with asyncio.timeout(PATIENCE):
        if name:
            viewer.show_in(FORMATS[name])
        else:
            viewer.writer.write(set_encodings(0))
        await viewer.look()
        return off(seen(viewer))


@pytest.mark.parametrize(
    ("server", "depth", "formats"),
    [
        ("x11vnc", 8, ("", "32 bits", "8 bits (BGR233)", "8 bits with a colour map")),
        ("x11vnc", 16, ("", "15 of 16 bits", "8 bits with a colour map")),
        ("x11vnc", 30, ("", "32 bits", "30 of 32 bits", "3 of 8 bits", "8 bits with a colour map")),
        ("x0vncserver", 16, ("", "32 bits, big-endian", "6 of 8 bits", "8 bits with a colour map")),
        ("Xtigervnc", 24, ("", "16 bits", "8 bits (BGR233)", "8 bits with a colour map")),
    ],
)
async def test_depths_and_formats(tmp_path: Path, server: str, depth: int, formats: tuple[str, ...]) -> None:
    """Whatever the screen has and the viewer wants, the colours are the screen's."""
    with screen_shown_by(server, tmp_path, depth=depth) as (_, vnc):
        for name in formats:
            async with viewed(vnc.port, vnc.password) as viewer:
                assert await shown_in(viewer, name) <= NEAR, name


async def test_versions_of_viewers(tmp_path: Path) -> None:
    """From 3.3 to 4.1, with a colour map and without."""
    with screen_shown_by("x11vnc", tmp_path) as (_, vnc):
        for version in VERSIONS:
            async with viewed(vnc.port, vnc.password, version=f"RFB {version}\n".encode()) as viewer:
                for name in ("8 bits with a colour map", "32 bits"):
                    assert await shown_in(viewer, name) <= NEAR, (version, name)


def serving_version(version: str) -> Handler:
    """A VNC server of this version, which sends one update of 8×4 pixels and stays."""
    old = version < "003.007"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"RFB {version}\n".encode())
        answer = await reader.readexactly(12)
        assert answer <= f"RFB {version}\n".encode(), "no higher than offered"
        writer.write(b"\0\0\0\2" if old else b"\1\2")
        if not old:
            assert await reader.readexactly(1) == b"\2"
        writer.write(CHALLENGE)
        assert await reader.readexactly(16) == vncauth.response(PASSWORD, CHALLENGE)
        writer.write(bytes(4))
        assert await reader.readexactly(1) == b"\1"
        writer.write(server_init(8, 4))
        while await reader.read(4096):
            writer.write(update(rectangle(0, struct.pack("<I", 0x00FF00) * 32)))

    return serve


@pytest.mark.parametrize("version", VERSIONS)
async def test_versions_of_servers(version: str) -> None:
    """Each is answered with a version that it knows, and shown."""
    async with (
        serving(serving_version(version)) as port,
        asyncio.timeout(PATIENCE),
        viewed(port, PASSWORD.decode()) as viewer,
    ):
        viewer.writer.write(set_encodings(0))
        await viewer.look()
        assert (viewer.size, viewer.colour(3, 2)) == ((8, 4), (0, 255, 0))


async def test_another_size_in_mid_session(tmp_path: Path) -> None:
    """The viewer is told, and what it shows afterwards has the new size; with a colour map too."""
    with screen_shown_by("Xtigervnc", tmp_path) as (display, vnc):
        async with asyncio.timeout(PATIENCE), viewed(vnc.port, vnc.password) as viewer:
            for name in ("32 bits", "8 bits with a colour map"):
                viewer.show_in(FORMATS[name])
                await viewer.look()
                for size in ((1024, 768), (640, 480), (800, 600)):
                    argv = ["xrandr", "--display", display, "--size", f"{size[0]}x{size[1]}"]
                    await asyncio.to_thread(subprocess.run, argv, check=True, timeout=30)
                    await viewer.sees(size)


@pytest.mark.parametrize("server", ["x11vnc", "x0vncserver"])
async def test_a_screen_of_one_pixel(tmp_path: Path, server: str) -> None:
    """It is shown, and its pointer is all there is."""
    with screen_shown_by(server, tmp_path, size="1x1") as (_, vnc):
        async with asyncio.timeout(PATIENCE), viewed(vnc.port, vnc.password) as viewer:
            viewer.show_in(FORMATS["32 bits"])
            await viewer.look()
            assert viewer.size == (1, 1)
            assert viewer.colour(0, 0) in {(0, 0, 0), (255, 0, 0)}


@pytest.mark.parametrize("depth", [8, 30])
def test_what_x0vncserver_cannot_show_is_said_before_anybody_is_asked(depth: int) -> None:
    """At 8 bits it dies, at 30 it hangs up on whoever comes: found by the screen's depth, without starting it."""
    with virtual_display(depth=depth) as display:
        assert x_depth(display) == depth
        computer = Computer(environ={"DISPLAY": display}, platform="linux")
        assert why_none(computer, wanted="x11vnc") is None
        problem = why_none(computer, wanted="x0vncserver")
        both(problem).holds("x0vncserver", "x11vnc", depth)
    with virtual_display() as display:
        assert why_none(Computer(environ={"DISPLAY": display}, platform="linux"), wanted="x0vncserver") is None
