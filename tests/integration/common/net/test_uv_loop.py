"""Connections that are cut in the middle of what they say, on the loop that the programs run on, under Twisted's reactor."""

import asyncio
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.protocol import Factory, Protocol

if sys.platform == "win32":
    pytest.skip("uvloop is not made for Windows", allow_module_level=True)
from common.net.uv_loop import UvLoop

SAID = bytes(range(256)) * 128  # several reads of it
PATIENCE = 10.0


class Listening(Protocol):
    """Keeps what came, and when it was over."""

    def __init__(self) -> None:
        self.heard = b""
        self.over = False
        self.on_data: Callable[[], None] = lambda: None

    def connectionMade(self) -> None:
        transport: Any = self.transport
        transport.bufferSize = 4096

    def dataReceived(self, data: bytes) -> None:
        self.heard += data
        self.on_data()

    def connectionLost(self, reason: Any = None) -> None:
        self.over = True


class Place:
    """A reactor of its own, with a port."""

    def __init__(self) -> None:
        self.loop = UvLoop()
        reactor: Any = AsyncioSelectorReactor(self.loop)
        self.accepted: list[Listening] = []
        factory: Any = Factory()
        factory.buildProtocol = self._accept
        self.port: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")

    def _accept(self, _: Any) -> Listening:
        self.accepted.append(Listening())
        return self.accepted[-1]

    def come(self) -> tuple[socket.socket, Listening]:
        """A client, and who listens to it."""
        client = socket.create_connection(("127.0.0.1", self.port.getHost().port))
        count = len(self.accepted)
        self.until(lambda: len(self.accepted) > count)
        return client, self.accepted[-1]

    def until(self, true: Callable[[], bool]) -> None:
        """Let the loop turn until it is so."""
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline
            self.loop.run_until_complete(asyncio.sleep(0.001))

    def close(self) -> None:
        """Nothing is left."""
        self.port.stopListening()
        self.until(lambda: not self.port.connected)
        self.loop.close()


@pytest.fixture
def place() -> Iterator[Place]:
    """A place that is closed at the end."""
    made = Place()
    yield made
    made.close()


def cut(client: socket.socket) -> None:
    """A reset, no goodbye."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


@pytest.mark.parametrize("size", [0, 1, 4096, len(SAID)])
def test_a_reset_behind_what_was_said_is_heard(place: Place, size: int) -> None:
    """All that came before it comes, then the end; with uvloop alone the connection was open for ever."""
    client, listening = place.come()
    client.sendall(SAID[:size])
    cut(client)
    place.until(lambda: listening.over)
    assert listening.heard == SAID[:size]


def test_a_reset_while_nothing_is_read_is_heard_once_something_is(place: Place) -> None:
    """An application may stop reading at any time, also within what was the last that came."""
    client, listening = place.come()
    transport: Any = listening.transport
    listening.on_data = transport.pauseProducing
    client.sendall(SAID)
    cut(client)
    place.until(lambda: bool(listening.heard))
    listening.on_data = lambda: None
    place.loop.run_until_complete(asyncio.sleep(0.05))
    assert not listening.over
    transport.resumeProducing()
    place.until(lambda: listening.over)
    assert listening.heard == SAID


@pytest.mark.parametrize("later", [False, True])
def test_an_answer_to_what_came_before_a_reset_raises_nothing(place: Place, later: bool) -> None:
    """In the same call, or in the same turn of the loop from another's."""
    client, listening = place.come()
    transport: Any = listening.transport
    raised: list[BaseException] = []

    def answer() -> None:
        try:
            transport.write(b"x" * 100_000)
        except RuntimeError as error:
            raised.append(error)

    def answer_later() -> None:
        place.loop.call_soon(answer)

    listening.on_data = answer_later if later else answer
    client.sendall(SAID[:10])
    cut(client)
    place.until(lambda: listening.over)
    assert raised == []
    assert listening.heard == SAID[:10]
