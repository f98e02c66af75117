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
PULSE = Pulse(ping=25, ping_jitter=0.2, missed_pings=3)
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
        self.heart = Heartbeat(ws=self.ws, clock=self.clock, random=lambda: random, pulse=PULSE)
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


def test_after_three_unanswered_pings_it_is_over() -> None:
    """Dead when the fourth would be due, not earlier."""
    beating = Beating()
    for _ in range(3):
        beating.clock.advance(25)
        assert beating.transport.take() == PING
    beating.clock.advance(24.9)
    assert not beating.transport.aborted
    beating.clock.advance(0.2)
    assert beating.transport.aborted
    beating.ws.connection_lost()
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
        ws=beating.ws, clock=beating.clock, random=lambda: 0.5, pulse=Pulse(ping=1, ping_jitter=0, missed_pings=1)
    )
    quick.start()
    beating.clock.advance(1)
    beating.clock.advance(1)
    assert beating.transport.aborted
