"""A broker with a recording link, before a VNC server of the tests' own."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from common.host.errors import TasukiError
from common.protocol.messages import Mode
from tests.support.rfb import server_init
from tests.support.rfb_link import Connection, FakeServer, RecordingLink, fake_server, turns
from user_agent.broker import Broker
from user_agent.session_input import SessionInput


@dataclass
class Started:
    broker: Broker
    link: RecordingLink
    server: FakeServer
    problems: list[TasukiError]


@contextlib.asynccontextmanager
async def attached(
    mode: Mode = Mode.CONTROL, *, patience: float = 10, desktop: SessionInput | None = None
) -> AsyncIterator[Started]:
    """A broker in a session; no stream yet."""
    async with fake_server() as server:
        problems: list[TasukiError] = []
        broker = Broker(server=server, desktop=desktop, login_patience=patience, on_problem=problems.append)
        link = RecordingLink()
        broker.attached(link, mode)
        try:
            yield Started(broker, link, server, problems)
        finally:
            broker.close()
            await turns()


@contextlib.asynccontextmanager
async def streaming(
    mode: Mode = Mode.CONTROL, *, desktop: SessionInput | None = None
) -> AsyncIterator[tuple[Started, Connection]]:
    """A broker with stream 1 logged in, ServerInit on its way."""
    async with attached(mode, desktop=desktop) as started:
        started.broker.stream_started(1)
        connection = await started.server.next()
        await connection.let_in()
        await started.link.until_sent(server_init())
        yield started, connection
