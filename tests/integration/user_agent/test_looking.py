"""Looking at a VNC server before anybody is asked for help: what is wrong is a sentence, and what is right is not harmed."""

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.screen import x_answers
from deploy.demo.ports import HOST, free_port
from tests.support.desktops import PASSWORD, VncServer, listens, running, wait_for, x0vncserver, xtigervnc
from tests.support.display import virtual_display
from tests.support.meeting_errors import both
from tests.support.servers import saying, serving
from user_agent.servers.base import Address, TcpAddress, UnixAddress
from user_agent.servers.choice import why_none
from user_agent.servers.foreign import ForeignServer, written
from user_agent.servers.looking import framebuffer_size, look

SECURITY_FAILURES = (
    5  # of TigerVNC's: so many logins that were not finished, and everybody of that address is turned away
)


def server(port: int, password: str = PASSWORD, host: str = HOST) -> ForeignServer:
    """It runs already."""
    return ForeignServer(address=TcpAddress(host=host, port=port), password=password)


async def problem(address: Address, *, password: str = PASSWORD, within: float = 20) -> str:
    """What is found, by its code."""
    with pytest.raises(TasukiError) as caught:
        await look(ForeignServer(address=address, password=password), within=within)
    both(caught.value).holds(written(address))
    return caught.value.code


@pytest.fixture
def display() -> Iterator[str]:
    """A screen of 800 × 600."""
    with virtual_display() as name:
        yield name


async def test_what_is_wrong(tmp_path: Path) -> None:
    """Closed, not there, no VNC server, hanging up: each has its own sentence."""
    assert await problem(TcpAddress(host=HOST, port=free_port())) == "server_unreachable"
    assert await problem(UnixAddress(path=str(tmp_path / "absent"))) == "server_unreachable"
    assert await problem(TcpAddress(host="no-such-host.invalid", port=5900)) == "server_name_unknown"
    async with serving(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        assert await problem(TcpAddress(host=HOST, port=port)) == "server_not_vnc"

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"RFB 003.008\n")
        writer.close()

    async with serving(hang_up) as port:
        assert await problem(TcpAddress(host=HOST, port=port)) == "server_hung_up"


async def test_one_that_says_nothing_is_given_up() -> None:
    """As a web server does, which waits for others to speak: after the deadline, and the loop goes on meanwhile."""
    begun = time.monotonic()
    async with serving(saying(b"")) as port:
        asked = asyncio.ensure_future(problem(TcpAddress(host=HOST, port=port), within=0.3))
        await asyncio.sleep(0)
        assert not asked.done()
        assert await asked == "server_silent"
    assert time.monotonic() - begun < 10


async def test_one_that_went_between_two_looks(tmp_path: Path) -> None:
    """What was seen before counts for nothing."""
    with xtigervnc(tmp_path) as (_, vnc):
        await look(server(vnc.port))
    assert await problem(TcpAddress(host=HOST, port=vnc.port)) == "server_unreachable"


async def looks(vnc: VncServer) -> None:
    """More looks than it takes unfinished logins, one wrong password, and it lets in whoever knows the right one."""
    for _ in range(SECURITY_FAILURES + 2):
        await look(server(vnc.port))
    assert await problem(TcpAddress(host=HOST, port=vnc.port), password="wrong") == "server_password_wrong"
    assert await framebuffer_size(server(vnc.port), within=20) == (800, 600)


async def test_tigervnc_counts_no_look(tmp_path: Path, display: str) -> None:
    """It counts each login that is not finished; a look finishes it."""
    with xtigervnc(tmp_path) as (_, vnc):
        await looks(vnc)
    with x0vncserver(display, tmp_path) as vnc:
        await looks(vnc)


async def turned_away_no_more(one: ForeignServer) -> None:
    """Look, once the last look is forgotten: it takes one viewer at a time, and notices a moment later who hung up."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await look(one, within=20)
            except TasukiError as error:
                if error.code != "server_hung_up":
                    raise
                await asyncio.sleep(0.05)


async def test_x11vnc_that_ends_after_its_first_viewer_outlives_a_look(tmp_path: Path, display: str) -> None:
    """As x11vnc is without `-forever`: whoever has seen the desktop and hangs up ends it. A look has not seen it."""
    port, secret = free_port(), tmp_path / "secret"
    secret.write_text(f"{PASSWORD}\n", encoding="ascii")
    argv = ["x11vnc", "-display", display, "-no6", "-noipv6", "-localhost", "-rfbport", str(port)]
    with running([*argv, "-passwdfile", str(secret), "-norc", "-q"], tmp_path, display=display) as program:
        wait_for("x11vnc", lambda: listens(port))
        for _ in range(3):
            await turned_away_no_more(server(port))
        while await framebuffer_size(server(port), within=20) != (800, 600):
            assert program.process.poll() is None
        program.process.wait(20)  # now it ends: had a look been more than a login, it would have before


def test_a_display_that_is_not_there(display: str) -> None:
    """Found without starting a VNC server for it; one that hangs is given up; one that answers is good."""
    there = Computer(environ={"DISPLAY": display}, platform="linux")
    assert why_none(there) is None
    found = why_none(Computer(environ={"DISPLAY": ":987654"}, platform="linux"))
    assert found is not None
    assert found.code == "display_closed"
    both(found).holds(":987654")


def test_an_x_server_that_hangs(tmp_path: Path) -> None:
    """It takes the connection and says nothing: that is no answer, after the deadline."""
    with socket.create_server((HOST, 0)) as hanging:
        number = hanging.getsockname()[1] - 6000
        begun = time.monotonic()
        assert not x_answers(f"{HOST}:{number}", within=0.3)
        assert time.monotonic() - begun < 10
