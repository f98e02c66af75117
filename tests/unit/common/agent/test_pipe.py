"""A connection to a VNC program: order, being stuck, and how it ends."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from common.agent.pipe import HIGH_WATER, Pipe
from tests.support.rfb_link import turns


@dataclass
class Record:
    """What a pipe called back, and its other end."""

    other: socket.socket
    received: bytes = b""
    lost: int = 0
    drained: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def on_received(self, data: bytes) -> None:
        self.received += data
        self.changed.set()

    def on_lost(self) -> None:
        self.lost += 1
        self.changed.set()

    def on_drained(self) -> None:
        self.drained += 1
        self.changed.set()

    async def change(self) -> None:
        async with asyncio.timeout(10):
            await self.changed.wait()
        self.changed.clear()


def made(record: Record) -> Pipe:
    return Pipe(received=record.on_received, lost=record.on_lost, drained=record.on_drained)


@contextlib.asynccontextmanager
async def joined() -> AsyncIterator[tuple[Pipe, Record]]:
    ours, theirs = socket.socketpair()
    for sock in (ours, theirs):
        sock.setblocking(False)
    record = Record(theirs)
    pipe = made(record)
    await pipe.attach(ours)
    try:
        yield pipe, record
    finally:
        pipe.close()
        theirs.close()
        await turns()


async def test_bytes_in_and_out() -> None:
    """Both ways, in order."""
    async with joined() as (pipe, record):
        record.other.send(b"hello")
        await record.change()
        assert record.received == b"hello"
        pipe.write(b"a")
        pipe.write(b"")
        pipe.write(b"b")
        await turns()
        assert record.other.recv(10) == b"ab"


async def test_paused_it_reads_nothing() -> None:
    """And goes on where it was."""
    async with joined() as (pipe, record):
        pipe.pause()
        record.other.send(b"later")
        await turns(10)
        assert record.received == b""
        pipe.resume()
        await record.change()
        assert record.received == b"later"


async def test_stuck_and_drained() -> None:
    """Told when the other side takes what was waiting, and not before."""
    async with joined() as (pipe, record):
        size = 0
        while not pipe.stuck:
            pipe.write(bytes(65536))
            size += 65536
        assert size > HIGH_WATER
        assert record.drained == 0
        loop = asyncio.get_running_loop()
        while size:
            size -= len(await loop.sock_recv(record.other, 1 << 20))
        await record.change()
        assert (record.drained, pipe.stuck) == (1, False)


async def test_the_other_side_closes() -> None:
    """Told once; what is written then is ignored."""
    async with joined() as (pipe, record):
        record.other.close()
        await record.change()
        pipe.write(b"x")
        pipe.pause()
        pipe.resume()
        pipe.close()
        assert record.lost == 1


async def test_closing_sends_what_was_written_and_calls_nothing_back() -> None:
    """Safe to do twice."""
    async with joined() as (pipe, record):
        pipe.write(b"last words")
        pipe.close()
        pipe.close()
        pipe.write(b"too late")
        record.other.send(b"nobody listens")
        await turns()
        assert record.other.recv(100) == b"last words"
        assert (record.received, record.lost) == (b"", 0)


async def test_the_other_side_is_busy_when_it_is_closed() -> None:
    """What it writes is taken and dropped until it has read the last words: closed with bytes unread, a socket is reset."""
    async with joined() as (pipe, record):
        pipe.pause()
        loop = asyncio.get_running_loop()
        busy = asyncio.ensure_future(loop.sock_sendall(record.other, bytes(4_000_000)))
        await turns(10)
        pipe.write(b"last words")
        pipe.close()
        async with asyncio.timeout(10):
            await busy
            assert await loop.sock_recv(record.other, 100) == b"last words"
            assert await loop.sock_recv(record.other, 100) == b""
        assert (record.received, record.lost) == (b"", 0)


async def test_closing_one_that_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is dropped after a moment, without being told that it has drained."""
    monkeypatch.setattr("common.agent.pipe.LINGER", 0.01)
    async with joined() as (pipe, record):
        while not pipe.stuck:
            pipe.write(bytes(65536))
        pipe.close()
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(10):
                while await loop.sock_recv(record.other, 1024):
                    await turns(1)
        assert (record.lost, record.drained) == (0, 0)


async def test_closed_before_it_was_attached() -> None:
    """The socket is closed at once."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    record = Record(theirs)
    pipe = made(record)
    pipe.pause()
    pipe.resume()
    pipe.write(b"x")
    pipe.close()
    await pipe.attach(ours)
    assert await asyncio.get_running_loop().sock_recv(theirs, 10) == b""
    theirs.close()


async def test_closed_while_it_is_attached() -> None:
    """Dropped as soon as it is there; nothing is called back."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    record = Record(theirs)
    pipe = made(record)
    attaching = asyncio.ensure_future(pipe.attach(ours))
    await turns(1)
    pipe.close()
    await attaching
    assert await asyncio.get_running_loop().sock_recv(theirs, 10) == b""
    assert record.lost == 0
    theirs.close()


async def test_a_socket_that_cannot_be_used_is_closed() -> None:
    """The error is the caller's, the descriptor is not left open."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        record = Record(datagrams)
        with pytest.raises(OSError, match=r"Protocol not available|Invalid argument"):  # Linux' words, and Windows'
            await made(record).attach(datagrams)
        assert datagrams.fileno() == -1
