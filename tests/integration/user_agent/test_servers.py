"""Real VNC servers, started as the agent starts them."""

import asyncio
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from common.agent.keeper.client import Keeper
from common.agent.keeper.process_table import descendants
from common.agent.keeper.socket_owner import LISTEN, _inodes_of, tcp_rows
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.rfb.vncauth import response
from tests.support.display import virtual_display
from tests.support.wayland_desktop import wayland_desktop
from user_agent.servers.base import ScreenChoice, ServerKind, ServerPlan, TcpAddress
from user_agent.servers.choice import choose
from user_agent.servers.foreign import ForeignServer
from user_agent.servers.monitors import find, named
from user_agent.servers.starting import StartedServer, start
from user_agent.servers.x11vnc import X11vnc


@pytest.fixture(scope="module")
def computer() -> Iterator[Computer]:
    """A desktop."""
    environ = {name: value for name, value in os.environ.items() if name not in {"WAYLAND_DISPLAY", "XDG_SESSION_TYPE"}}
    with virtual_display() as display:
        yield Computer(environ={**environ, "DISPLAY": display}, platform=sys.platform)


@pytest.fixture(scope="module")
def two_monitors(computer: Computer) -> Computer:
    """The same desktop, on which two monitors stand side by side."""
    for monitor, place, output in (
        ("left", "300/80x600/160+0+0", "screen"),
        ("right", "500/130x600/160+300+0", "none"),
    ):
        command = ["xrandr", "--setmonitor", monitor, place, output]
        subprocess.run(command, env=dict(computer.environ), check=True)
    return computer


async def log_in(sock: socket.socket, password: str) -> int:
    """VncAuth over `sock`, as RFB 3.8; the SecurityResult."""
    loop = asyncio.get_running_loop()

    async def read(count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = await loop.sock_recv(sock, count - len(data))
            assert more
            data += more
        return data

    await read(12)
    await loop.sock_sendall(sock, b"RFB 003.008\n")
    types = await read((await read(1))[0])
    assert types == (b"\x02" if password else b"\x01"), "VncAuth, or on our own Unix socket none, and nothing else"
    await loop.sock_sendall(sock, types)
    if password:
        await loop.sock_sendall(sock, response(password.encode(), await read(16)))
    return int.from_bytes(await read(4), "big")


def ports_of(keeper: Keeper) -> list[tuple[str, int]]:
    """The TCP ports on which what the keeper has started listens."""
    held = _inodes_of(descendants(keeper.pid))
    return [row.local for row in tcp_rows() if row.state == LISTEN and row.inode in held]


async def size_of(server: StartedServer) -> tuple[int, int]:
    """The framebuffer's, as ServerInit tells it."""
    with await server.connect() as sock:
        assert await log_in(sock, server.password) == 0
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(sock, b"\x01")
        width, height = struct.unpack("!HH", (await loop.sock_recv(sock, 24))[:4])
        return width, height


@pytest.mark.parametrize("name", ["x11vnc", "x0vncserver"])
async def test_server_starts_takes_its_password_and_goes(computer: Computer, name: str) -> None:
    """It accepts within 5 s, takes the one-time password and no other, opens no TCP port, and its end is told."""
    keeper = await Keeper.launch()
    begun = time.monotonic()
    server = await start(choose(computer, wanted=name), computer=computer, keeper=keeper, random=os.urandom)
    print(f"{name} accepts after {time.monotonic() - begun:.2f} s")
    assert not ports_of(keeper)
    with await server.connect() as sock:
        assert await log_in(sock, server.password) == 0
    with await server.connect() as sock:
        assert await log_in(sock, "wrong") != 0
    with await server.connect() as one, await server.connect() as two:
        assert await log_in(one, server.password) == await log_in(two, server.password) == 0
    over = asyncio.ensure_future(server.over())
    os.kill(server.pid, 9)
    assert "has ended" in str(await asyncio.wait_for(over, 5))
    with pytest.raises(TasukiError) as caught:
        await server.connect()
    assert caught.value.code == "vnc_server_ended"
    await keeper.close()
    assert not descendants(keeper.pid)


@pytest.mark.parametrize("name", ["x11vnc", "x0vncserver"])
async def test_stop_leaves_nothing(computer: Computer, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """stop() ends the program and takes its folder, although the agent goes on."""
    keeper = await Keeper.launch()
    folders: list[Path] = []
    make = keeper.temporary_folder

    async def temporary_folder() -> Path:
        folders.append(await make())
        return folders[-1]

    monkeypatch.setattr(keeper, "temporary_folder", temporary_folder)
    server = await start(choose(computer, wanted=name), computer=computer, keeper=keeper, random=os.urandom)
    assert folders[0].exists()
    await asyncio.wait_for(server.stop(), 5)
    await server.stop()
    assert not descendants(keeper.pid)
    assert not folders[0].exists()
    await keeper.close()


@pytest.mark.parametrize("name", ["x11vnc", "x0vncserver"])
async def test_a_display_that_is_not_there(computer: Computer, name: str) -> None:
    """A display that cannot be opened is told as such."""
    keeper = await Keeper.launch()
    nowhere = Computer(environ={**computer.environ, "DISPLAY": ":4711"}, platform=computer.platform)
    with pytest.raises(TasukiError) as caught:
        await start(choose(nowhere, wanted=name), computer=nowhere, keeper=keeper, random=os.urandom)
    assert caught.value.code == "screen_closed"
    await keeper.close()


@pytest.mark.parametrize("name", ["x11vnc", "x0vncserver"])
async def test_one_monitor_of_two(two_monitors: Computer, name: str) -> None:
    """RandR tells the monitors; the one that was chosen is all that is shown, and without a choice it is everything."""
    computer = two_monitors
    left, right = find(computer)
    assert (left.key, right.key, right.name) == ("300x600+0+0", "500x600+300+0", "right")
    keeper = await Keeper.launch()
    for screen, size in ((named(computer, right.key), (500, 600)), (None, (800, 600))):
        kind = choose(computer, wanted=name)
        server = await start(kind, computer=computer, keeper=keeper, random=os.urandom, screen=screen)
        assert await size_of(server) == size
        await server.stop()
    with pytest.raises(TasukiError) as caught:
        named(computer, "800x600+300+0")
    assert caught.value.code == "screen_unknown"
    await keeper.close()


async def test_a_wayland_desktop_that_lets_itself_be_shown() -> None:
    """wayvnc is chosen, shows the output that was chosen, opens no port, survives its clients, and goes with its files."""
    with wayland_desktop() as environ:
        computer = Computer(environ=environ, platform=sys.platform)
        assert [screen.key for screen in find(computer)] == ["640x480+0+0", "800x600+640+0"]
        keeper = await Keeper.launch()
        kind = choose(computer)
        assert kind.name == "wayvnc"
        begun = time.monotonic()
        server = await start(
            kind, computer=computer, keeper=keeper, random=os.urandom, screen=named(computer, "800x600+640+0")
        )
        print(f"wayvnc accepts after {time.monotonic() - begun:.2f} s")
        assert not ports_of(keeper)
        assert server.password == ""
        assert await size_of(server) == await size_of(server) == (800, 600)
        await asyncio.wait_for(server.stop(), 5)
        assert not descendants(keeper.pid)
        await keeper.close()


async def test_a_start_that_is_given_up_leaves_no_server(computer: Computer) -> None:
    """Cancelled while the server does not accept yet, it is ended at once and not only with the agent."""
    keeper = await Keeper.launch()
    starting = asyncio.ensure_future(
        start(Python("import time; time.sleep(600)"), computer=computer, keeper=keeper, random=os.urandom)
    )
    while not descendants(keeper.pid):  # noqa: ASYNC110 -- nothing tells when another process forks
        await asyncio.sleep(0.01)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    async with asyncio.timeout(5):
        while descendants(keeper.pid):  # noqa: ASYNC110 -- nor when one ends that was cancelled before it was told
            await asyncio.sleep(0.01)
    await keeper.close()


class Ordered(X11vnc):
    """x11vnc, to which something is ordered, and whose framebuffer must be of one size."""

    def __init__(self, *order: str, size: tuple[int, int]) -> None:
        self.order = order
        self.size = size

    def plan(
        self, computer: Computer, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None
    ) -> ServerPlan:
        """The same, and that."""
        plan = super().plan(computer, folder=folder, port=port, password=password, screen=screen)
        return replace(plan, order=self.order, size=self.size)


@pytest.mark.parametrize(
    ("order", "alone"),
    [(("true",), True), (("false",), False), (("sleep", "600"), False), (("sh", "-c", "echo no; exit 1"), False)],
)
async def test_nothing_is_shown_before_an_order_is_obeyed(
    two_monitors: Computer, order: tuple[str, ...], alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits, or does not obey, ends the start; and what was obeyed is looked at."""
    monkeypatch.setattr("user_agent.servers.starting.ORDER_TIMEOUT", 2.0)
    keeper = await Keeper.launch()
    screen = find(two_monitors)[1]
    sizes = [(screen.width, screen.height), (screen.width + 1, screen.height)]
    for size, right in zip(sizes, (alone, False), strict=True):
        starting = start(
            Ordered(*order, size=size), computer=two_monitors, keeper=keeper, random=os.urandom, screen=screen
        )
        if right:
            await (await starting).stop()
        else:
            with pytest.raises(TasukiError) as caught:
                await starting
            assert caught.value.code == "screen_not_alone"
        assert not descendants(keeper.pid)
    await keeper.close()


class Python(ServerKind):
    """A "server" that is a line of Python."""

    name = "python"
    platform = sys.platform
    one_screen = one_look = sleeps_alone = False

    def __init__(self, code: str, *, patience: float = 10.0) -> None:
        self.code = code
        self.patience = patience

    def program(self, computer: Computer) -> str | None:
        """Always here."""
        return sys.executable

    def plan(
        self, computer: Computer, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None
    ) -> ServerPlan:
        """Runs with the port as its argument."""
        return ServerPlan(
            argv=(sys.executable, "-c", self.code, str(port)),
            address=TcpAddress(host="127.0.0.1", port=port),
            patience=self.patience,
        )


LISTENS = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)"


async def test_our_child_on_tcp_is_let_in(computer: Computer) -> None:
    """A child that listens on loopback is connected to."""
    keeper = await Keeper.launch()
    kind: ServerKind = Python(LISTENS)
    server = await start(kind, computer=computer, keeper=keeper, random=os.urandom)
    (await server.connect()).close()
    await keeper.close()


async def test_a_stranger_in_its_place_is_not_logged_in_to(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another process holds the port, not a byte goes there."""
    keeper = await Keeper.launch()
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        monkeypatch.setattr("user_agent.servers.starting.free_port", lambda: stranger.getsockname()[1])
        server = await start(
            Python("import time; time.sleep(600)"), computer=computer, keeper=keeper, random=os.urandom
        )
        with pytest.raises(TasukiError) as caught:
            await server.connect()
        assert caught.value.code == "server_not_ours"
    await keeper.close()


async def test_a_server_that_never_listens(computer: Computer) -> None:
    """It is given up after its patience, and ended."""
    keeper = await Keeper.launch()
    with pytest.raises(TasukiError) as caught:
        await start(
            Python("import time; time.sleep(600)", patience=0.2), computer=computer, keeper=keeper, random=os.urandom
        )
    assert caught.value.code == "vnc_server_failed"
    assert not descendants(keeper.pid)
    await keeper.close()


async def test_running_server() -> None:
    """A server that runs already is connected to; one that does not answer is a sentence."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = TcpAddress(host="localhost", port=server.getsockname()[1])
        (await ForeignServer(address=address, password="x").connect()).close()
    with pytest.raises(TasukiError) as caught:
        await ForeignServer(address=address, password="x").connect()
    assert caught.value.code == "server_unreachable"
