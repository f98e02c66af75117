"""Pings while a WebSocket is open, and its end when nothing answers any more."""

import pytest
from websockets.frames import Frame, Opcode

from common.net.heartbeat import Heartbeat, Pulse
from common.net.websocket import WebSocket
from common.net.websocket_api import WebSocketLimits
from tests.support.clock import FakeClock
from tests.support.pipes import Heard, MemoryTransport

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: x\r\n\r\n"
)
PULSE = Pulse(ping=25, ping_jitter=0.2, pong=15, awaited=10)
PING = Frame(Opcode.PING, b"").serialize(mask=False)
PONG = Frame(Opcode.PONG, b"").serialize(mask=True)


class Beating:
    """An open server's end with a heart."""

    def __init__(self, random: float = 0.5) -> None:
        self.clock = FakeClock()
        self.transport = MemoryTransport()
        self.ws = WebSocket.server(
            self.transport, Heard(), UPGRADE, subprotocol="x", limits=WebSocketLimits(), clock=self.clock
        )
        self.transport.take()
        self.awaited = False
        self.heart = Heartbeat(
            ws=self.ws, clock=self.clock, random=lambda: random, pulse=PULSE, awaited=lambda: self.awaited
        )
        self.heart.start()


@pytest.mark.parametrize(("random", "first"), [(0.0, 20.0), (0.5, 25.0), (0.999, 29.99)])
def test_pings_vary_by_a_fifth(random: float, first: float) -> None:
    """Every 25 s ± 20 %, so that thousands of connections do not ping in one moment."""
    beating = Beating(random)
    beating.clock.advance(first - 0.1)
    assert not beating.transport.unsent
    beating.clock.advance(0.2)
    assert beating.transport.take() == PING


def test_whoever_answers_lives() -> None:
    """A pong, or anything else, starts the count anew."""
    beating = Beating()
    for _ in range(20):
        beating.clock.advance(25)
        assert beating.transport.take() == PING
        beating.ws.data_received(PONG)
    assert not beating.transport.aborted


@pytest.mark.parametrize(("awaited", "first"), [(False, 25), (True, 10)])
def test_an_unanswered_ping_is_the_end(awaited: bool, first: float) -> None:
    """15 s after it, to the moment, however often pings go out; what came before it is no answer."""
    beating = Beating()
    beating.awaited = awaited
    beating.heart.look()
    beating.ws.data_received(PONG)
    beating.clock.advance(first)
    assert beating.transport.take() == PING
    beating.clock.advance(14.9)
    assert not beating.transport.aborted
    assert beating.transport.take() == b""
    beating.clock.advance(0.2)
    assert beating.transport.aborted
    beating.ws.connection_lost()
    assert beating.clock.waiting == 0


def test_an_answer_that_comes_late_is_one() -> None:
    """After the next ping would have been due, and before the time is up: then that goes out."""
    beating = Beating()
    beating.awaited = True
    beating.heart.look()
    beating.clock.advance(10)
    assert beating.transport.take() == PING
    beating.clock.advance(14)
    beating.ws.data_received(PONG)
    beating.clock.advance(1)
    assert beating.transport.take() == PING
    assert not beating.transport.aborted


def test_whoever_is_awaited_is_pinged_sooner() -> None:
    """From the moment that somebody waits; who is awaited no more has the next one as it was set."""
    beating = Beating()
    beating.clock.advance(5)
    beating.heart.look()
    beating.awaited = True
    beating.heart.look()
    beating.heart.look()
    beating.clock.advance(9.9)
    assert not beating.transport.unsent
    beating.clock.advance(0.2)
    assert beating.transport.take() == PING
    beating.ws.data_received(PONG)
    beating.awaited = False
    beating.heart.look()
    beating.clock.advance(10)
    assert beating.transport.take() == PING
    beating.ws.data_received(PONG)
    beating.clock.advance(24)
    assert not beating.transport.unsent
    beating.heart.stop()
    beating.heart.look()
    assert beating.clock.waiting == 0


def test_it_stops() -> None:
    """When told so, and by itself once the connection is not open any more."""
    beating = Beating()
    beating.heart.stop()
    beating.heart.stop()
    assert beating.clock.waiting == 0
    beating = Beating()
    beating.ws.connection_lost()
    beating.clock.advance(25)
    assert beating.clock.waiting == 0


def test_its_numbers_are_settings() -> None:
    """Another pulse."""
    beating = Beating()
    beating.heart.stop()
    quick = Heartbeat(
        ws=beating.ws, clock=beating.clock, random=lambda: 0.5, pulse=Pulse(ping=1, ping_jitter=0, pong=1)
    )
    quick.start()
    beating.clock.advance(1)
    beating.clock.advance(1)
    assert beating.transport.aborted
