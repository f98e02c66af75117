"""Whether a server shows the display that was named with it: proved on the display, and through the server."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from common.host.errors import TasukiError
from deploy.demo.ports import HOST
from tests.support.desktops import VncServer, x0vncserver, x11vnc, xtigervnc, xtightvnc
from tests.support.display import virtual_display
from tests.support.meeting_errors import both
from user_agent.servers.base import TcpAddress
from user_agent.servers.foreign import ForeignServer
from user_agent.servers.shown_display import prove_display

Shows = Callable[[str, Path], AbstractContextManager[VncServer]]


def foreign(vnc: VncServer) -> ForeignServer:
    """It runs already."""
    return ForeignServer(address=TcpAddress(host=HOST, port=vnc.port), password=vnc.password)


@pytest.fixture
def display() -> Iterator[str]:
    """A screen of 800 × 600."""
    with virtual_display() as name:
        yield name


async def refused(vnc: VncServer, display: str, code: str, *, within: float = 2) -> None:
    """It is said that it shows another."""
    with pytest.raises(TasukiError) as caught:
        await prove_display(foreign(vnc), display, random=os.urandom, within=within)
    both(caught.value).holds(display)
    assert caught.value.code == code


@pytest.mark.parametrize("server", [x11vnc, x0vncserver], ids=["x11vnc", "x0vncserver"])
@pytest.mark.parametrize("depth", [24, 16])
async def test_its_own(server: Shows, depth: int, tmp_path: Path) -> None:
    """A server of that very display, with any number of colours; another of the same size is none."""
    with (
        virtual_display(depth=depth) as display,
        virtual_display(depth=depth) as other,
        server(display, tmp_path) as vnc,
    ):
        for _ in range(2):
            await prove_display(foreign(vnc), display, random=os.urandom)
        await refused(vnc, other, "server_other_display")


async def test_servers_that_are_displays(tmp_path: Path, display: str) -> None:
    """Xtigervnc and Xtightvnc show themselves, and nothing else of that size."""
    with xtigervnc(tmp_path) as (own, vnc):
        await prove_display(foreign(vnc), own, random=os.urandom)
        await refused(vnc, display, "server_other_display")
    with xtightvnc(tmp_path) as (own, vnc):
        await prove_display(foreign(vnc), own, random=os.urandom)
        await refused(vnc, display, "server_other_display")


async def test_of_another_size(tmp_path: Path, display: str) -> None:
    """A part of the display, or more than it, is not the display: it is said at once."""
    with virtual_display(size="640x480") as small, x11vnc(small, tmp_path) as vnc:
        await refused(vnc, display, "server_other_display", within=60)


async def test_no_such_display(tmp_path: Path, display: str) -> None:
    """The display is not there."""
    with x11vnc(display, tmp_path) as vnc:
        await refused(vnc, ":4711", "display_closed")
