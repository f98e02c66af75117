"""A viewer front with a recording link, and viewers that log in to it."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from common.protocol.messages import Mode
from common.protocol.rfb import vncauth
from helper_agent.viewer_front import Offer, ViewerFront
from tests.support.rfb import server_init
from tests.support.rfb_link import RecordingLink, turns


@dataclass
class Viewer:
    """A viewer's connection, before and after its login."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self, password: str) -> None:
        """RFB 3.8 as far as the answer to the challenge."""
        await self.hears(b"RFB 003.008\n")
        self.writer.write(b"RFB 003.008\n")
        await self.hears(b"\1\2")
        self.writer.write(b"\2")
        challenge = await self.reader.readexactly(16)
        self.writer.write(vncauth.response(password.encode(), challenge))

    async def hears(self, data: bytes) -> None:
        async with asyncio.timeout(10):
            assert await self.reader.readexactly(len(data)) == data

    async def hung_up_on(self) -> bytes:
        """Everything until the front closes."""
        async with asyncio.timeout(10):
            return await self.reader.read()

    def say(self, *messages: bytes) -> None:
        self.writer.write(b"".join(messages))


@dataclass
class Started:
    front: ViewerFront
    link: RecordingLink
    seen: list[bool]
    over: list[bool]
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connect(self, offer: Offer) -> Viewer:
        if offer.path:
            reader, writer = await asyncio.open_unix_connection(offer.path)
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", offer.port)
        self.writers.append(writer)
        return Viewer(reader, writer)

    async def viewer(self) -> Viewer:
        """A viewer that sees the desktop."""
        number = self.link.streams + 1
        offer = await self.front.offer()
        viewer = await self.connect(offer)
        await viewer.answer(offer.password)
        await self.link.until("start", number)
        self.front.stream_started(number)
        await viewer.hears(b"\0\0\0\0")
        viewer.say(b"\0")
        self.front.rfb_received(server_init())
        await viewer.hears(server_init())
        return viewer


@contextlib.asynccontextmanager
async def started(mode: Mode = Mode.CONTROL, *, attach: bool = True, patience: float = 10) -> AsyncIterator[Started]:
    seen: list[bool] = []
    over: list[bool] = []
    front = ViewerFront(
        random=os.urandom, on_viewer=seen.append, on_over=lambda: over.append(True), login_patience=patience
    )
    link = RecordingLink()
    if attach:
        front.attached(link, mode)
    found = Started(front, link, seen, over)
    try:
        yield found
    finally:
        front.close()
        for writer in found.writers:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        await turns()
