"""One monitor alone on Windows, and the monitors' list. The stand-ins show desktops that are no more than a size."""

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from tests.support import stand_ins
from tests.support.stand_ins import DESKTOPS
from tests.support.wine import WESTERN, Windows

pytestmark = pytest.mark.parametrize("windows", [WESTERN], indirect=True)

WHOLE, FIRST, SECOND = (3200, 1080), (1920, 1080), (1280, 1024)

STARTS = r"""
import asyncio, os, sys, tempfile, winreg
from dataclasses import replace
from pathlib import Path
from common.agent.keeper.client import Keeper
from common.host.computer import this_computer
from common.host.errors import TasukiError
from common.host.windows import _ThisWindows
from common.host.windows_monitors import Monitor
from user_agent.servers import choice, starting
from user_agent.servers.looking import framebuffer_size
from user_agent.servers.monitors import find

class TwoMonitors(_ThisWindows):
    def monitors(self):
        return Monitor("A", 0, 0, 1920, 1080, True), Monitor("B", 1920, 0, 1280, 1024, False)

async def tried(kind, screen):
    keeper = await Keeper.launch()
    try:
        server = await starting.start(kind, computer=computer, keeper=keeper, random=os.urandom, screen=screen, journal=journal)
        print(kind.name, screen and screen.name, await framebuffer_size(server, within=10))
        await server.stop()
    except TasukiError as error:
        print(kind.name, screen and screen.name, error.code)
    finally:
        await keeper.close()
    print(journal.exists())

async def main():
    kind = choice.choose(computer, wanted=sys.argv[1])
    for screen in (None, *find(computer)):
        await tried(kind, screen)

os.environ.update(one.split("=", 1) for one in sys.argv[2:])
computer = replace(this_computer(), windows=TwoMonitors())
journal = Path(tempfile.mkdtemp()) / "journal"
starting.ORDER_TIMEOUT = float(os.environ.get("ORDER_TIMEOUT", "20"))
asyncio.run(main())
"""

LISTED = r"""
import time
from common.host.computer import this_computer
from user_agent.area.choice import open_probe
from user_agent.servers.monitors import find
computer = this_computer()
found = find(computer)
print(all(one.name and one.width > 0 and one.height > 0 for one in found), len(found) > 0, computer.windows.at_console())
print([(one.x, one.y) for one in computer.windows.monitors() if one.primary])
probe, began = open_probe(computer), time.monotonic()
print(len(computer.windows.layout()) == len(found), probe.accept(), all(probe.holds() for _ in range(100)))
print(time.monotonic() - began < 1)  # seconds for a hundred questions: each read of a VNC server asks one
"""


def serve(listening: socket.socket, size: tuple[int, int]) -> None:
    """RFB up to ServerInit, without a login."""
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        with client:
            client.sendall(b"RFB 003.008\n\x01\x01")
            got = b""
            while len(got) < 14 and (data := client.recv(64)):  # version, security type, ClientInit
                got += data
                if len(got) == 13:
                    client.sendall(bytes(4))
            client.sendall(struct.pack("!HH16sI", *size, bytes(16), 0))
            client.recv(64)


@pytest.fixture
def desktops() -> Iterator[str]:
    """The whole, the first monitor and the second, as the stand-ins want to know them."""
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    for one, size in zip(listening, (WHOLE, FIRST, SECOND), strict=True):
        threading.Thread(target=serve, args=(one, size), daemon=True).start()
    yield ",".join(str(one.getsockname()[1]) for one in listening)
    for one in listening:
        one.close()


def started(windows: Windows, kind: str, **environ: str) -> list[str]:
    """What comes of starting it with all screens, and with each alone."""
    return windows.printed("-c", STARTS, kind, *(f"{name}={value}" for name, value in environ.items())).splitlines()


def test_tightvnc_shows_any(windows: Windows, desktops: str) -> None:
    """It obeys whoever knows the session's own password; afterwards nothing of the registry is changed."""
    installed = stand_ins.tightvnc(windows)
    assert started(windows, "TightVNC", **{DESKTOPS: desktops}) == [
        *(f"TightVNC None {WHOLE}", "False"),
        *(f"TightVNC A {FIRST}", "False"),
        *(f"TightVNC B {SECOND}", "False"),
    ]
    assert "order 33" in installed.log()
    installed.remove()


def test_tightvnc_that_does_not_obey(windows: Windows, desktops: str) -> None:
    """Where its pipe is missing a box comes up and waits; it is not waited for, and nobody is shown more."""
    installed = stand_ins.tightvnc(windows)
    without = {DESKTOPS: desktops, stand_ins.WITHOUT_PIPE: "1", "ORDER_TIMEOUT": "2"}
    assert started(windows, "TightVNC", **without) == [
        *(f"TightVNC None {WHOLE}", "False"),
        *("TightVNC A screen_not_alone", "False"),
        *("TightVNC B screen_not_alone", "False"),
    ]
    installed.remove()


LONG = [pytest.param(version, marks=pytest.mark.long) for version in ("1.6.4.0", "1.2.2.4")]


@pytest.mark.parametrize("version", ["1.4.3.6", *LONG])
def test_ultravnc_shows_the_first(windows: Windows, desktops: str, version: str) -> None:
    """Or all; also versions that know no switch for their settings, which run as a copy, and never with the person's own."""
    installed = stand_ins.ultravnc(windows, version)
    installed.path.with_name("ultravnc.ini").write_text("[admin]\r\nPortNumber=5900\r\nAuthRequired=0\r\n")
    assert started(windows, "UltraVNC", **{DESKTOPS: desktops}) == [
        *(f"UltraVNC None {WHOLE}", "False"),
        *(f"UltraVNC A {FIRST}", "False"),
        *("UltraVNC B server_shows_more", "False"),
    ]
    assert installed.path.with_name("ultravnc.ini").read_text() == "[admin]\nPortNumber=5900\nAuthRequired=0\n"
    installed.path.with_name("ultravnc.ini").unlink()
    installed.remove()


def test_the_list(windows: Windows) -> None:
    """Headless: of at least one monitor, with a name; the primary one is where the desktop begins."""
    assert windows.printed("-c", LISTED).splitlines() == ["True True True", "[(0, 0)]", "True True True", "True"]
