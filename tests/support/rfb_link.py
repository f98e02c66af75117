"""A session's link as a record, and a VNC server of the tests' own."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from common.protocol.channel import Places
from common.protocol.reasons import Why
from common.protocol.rfb import vncauth
from tests.support.rfb import server_init

CHALLENGE = bytes(range(100, 116))
BUFFER = 200_000  # bytes that either end holds for the other


class RecordingLink:
    """LocalLink: what was asked of it, in order where order matters."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []
        self.sent = b""
        self.acknowledged = 0
        self.streams = 0
        self.points: list[tuple[int, int]] = []
        self.drawn: list[tuple[Places, bool]] = []
        self.failures: list[tuple[Why, str]] = []
        self._changed = asyncio.Event()

    def send_rfb(self, data: bytes) -> None:
        self.sent += data
        self._tell("rfb", data)

    def consumed(self, count: int) -> None:
        self.acknowledged += count
        self._tell("consumed", count)

    def start_stream(self) -> int:
        self.streams += 1
        self._tell("start", self.streams)
        return self.streams

    def stream_ready(self, n: int) -> None:
        self._tell("ready", n)

    def stream_over(self) -> None:
        self._tell("over", self.streams)

    def pointer(self, x: int, y: int) -> None:
        self.points.append((x, y))
        self._tell("pointer", (x, y))

    def draw(self, points: Places, *, begins: bool) -> None:
        self.drawn.append((points, begins))
        self._tell("draw", (points, begins))

    def screen(self, width: int, height: int, name: str = "") -> None:
        self._tell("screen", (width, height, name))

    def unpressed(self, character: str, keysym: int) -> None:
        self._tell("unpressed", (character, keysym))

    def failed(self, why: Why, detail: str = "") -> None:
        self.failures.append((why, detail))
        self._tell("failed", why)

    def _tell(self, what: str, value: object) -> None:
        self.told.append((what, value))
        self._changed.set()

    async def until(self, what: str, value: object = ...) -> None:
        """Wait until it was told this (any value, unless one is given)."""
        async with asyncio.timeout(10):
            while not any(name == what and value in {..., told} for name, told in self.told):
                self._changed.clear()
                await self._changed.wait()

    async def until_sent(self, data: bytes) -> None:
        """Wait until this is the end of what was sent."""
        async with asyncio.timeout(10):
            while not self.sent.endswith(data):
                self._changed.clear()
                await self._changed.wait()

    async def until_acknowledged(self, count: int) -> None:
        """Wait until so many bytes were consumed."""
        async with asyncio.timeout(10):
            while self.acknowledged < count:
                self._changed.clear()
                await self._changed.wait()


@dataclass
class Connection:
    """One connection to the fake server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def let_in(self, password: bytes = b"secret", init: bytes | None = None) -> None:
        """The server's part of an RFB 3.8 login, and ServerInit."""
        self.writer.write(b"RFB 003.008\n")
        assert await self.reader.readexactly(12) == b"RFB 003.008\n"
        self.writer.write(b"\1\2")
        assert await self.reader.readexactly(1) == b"\2"
        self.writer.write(CHALLENGE)
        answer = await self.reader.readexactly(16)
        assert answer == vncauth.response(password, CHALLENGE)
        self.writer.write(b"\0\0\0\0")
        assert await self.reader.readexactly(1) == b"\1", "shared"
        self.writer.write(server_init() if init is None else init)

    async def hears(self, data: bytes) -> None:
        """The next bytes are these."""
        async with asyncio.timeout(10):
            assert await self.reader.readexactly(len(data)) == data

    async def hung_up_on(self) -> bytes:
        """What comes until the other side closes."""
        async with asyncio.timeout(10):
            return await self.reader.read()


@dataclass
class FakeServer:
    """A VNC server: `connect` is the broker's end of a socket pair, `next` the test's."""

    name: str = "fake"
    password: str = "secret"
    one_look: bool = False
    sleeps_alone: bool = False
    connections: "asyncio.Queue[Connection]" = field(default_factory=asyncio.Queue)
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connect(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):  # Windows has a pair over TCP, whose buffers would grow to megabytes
            for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                end.setsockopt(socket.SOL_SOCKET, buffer, BUFFER)
        theirs.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=ours)
        self._writers.append(writer)
        self.connections.put_nowait(Connection(reader, writer))
        return theirs

    async def next(self) -> Connection:
        async with asyncio.timeout(10):
            return await self.connections.get()

    async def close(self) -> None:
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def fake_server() -> AsyncIterator[FakeServer]:
    """A server whose connections are closed at the end."""
    server = FakeServer()
    try:
        yield server
    finally:
        await server.close()
        await turns()


async def turns(count: int = 5) -> None:
    """Let the loop turn: what is due now happens."""
    for _ in range(count):
        await asyncio.sleep(0)
