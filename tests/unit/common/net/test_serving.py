"""An accepted connection: what is worked on in one turn of the loop, what waits, and what a stranger may hold."""

from typing import Any

import pytest
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure

from common.net.serving import GREETING, RECORDS, STRANGERS_BUFFER, ConnectionPhase, ServedConnection
from common.net.turns import Turns
from tests.support.memory_tls import ClientTls, server_side
from tests.support.turning_clock import TurningClock


class Tcp:
    """A socket that takes everything, as ServedConnection uses one of Twisted's."""

    def __init__(self) -> None:
        self.bufferSize = 0
        self.dataBuffer, self.offset, self._tempDataLen = b"", 0, 0
        self.socket = self
        self.sent = b""
        self.reading = True
        self.cut = False

    def sendmsg(self, parts: list[bytes]) -> int:
        """All of it goes out."""
        self.sent += b"".join(parts)
        return sum(len(part) for part in parts)

    def write(self, data: bytes) -> None:
        self.sent += data

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True

    def abortConnection(self) -> None:
        self.cut = True

    def setTcpNoDelay(self, on: bool) -> None: ...
    def loseWriteConnection(self) -> None: ...
    def registerProducer(self, producer: object, streaming: bool) -> None: ...
    def unregisterProducer(self) -> None: ...


class App(TwistedProtocol):
    """Hears; `most` is how much of one delivery it takes."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.deliveries = 0
        self.most: int | None = None
        self.connection: Any = None
        self.lost = False

    def makeConnection(self, transport: Any) -> None:  # noqa: N802
        self.connection = transport

    def dataReceived(self, data: bytes) -> None:
        self.deliveries += 1
        most = len(data) if self.most is None else self.most
        self.heard.append(data[:most])
        if data[most:]:
            self.connection.give_back([data[most:]])

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.lost = True


class Relay(TurningClock):
    """A loop with the order of strangers."""

    def __init__(self, *, steps: int = 4, unfinished: int = 16) -> None:
        super().__init__()
        self.turns = Turns(clock=self, steps=steps, unfinished=unfinished, patience=3.0)


class Peer:
    """One connection and the client at its other end."""

    def __init__(self, relay: Relay, address: str = "192.0.2.1") -> None:
        self.relay = relay
        self.app, self.tcp, self.client = App(), Tcp(), ClientTls()
        self.connection = ServedConnection(
            tls=server_side, app=self.app, turns=relay.turns, address=address, clock=relay, drain=10
        )
        self.connection.makeConnection(self.tcp)  # type: ignore[no-untyped-call]

    def say(self, data: bytes) -> None:
        """Bytes arrive as they are."""
        self.connection.dataReceived(data)

    def shake(self) -> None:
        """The whole handshake."""
        for _ in range(4):
            self.say(self.client.handshake(self.answer()))
            self.relay.run()
            if self.connection.secured and self.client.done:
                return
        raise AssertionError("the handshake does not end")

    def answer(self) -> bytes:
        sent, self.tcp.sent = self.tcp.sent, b""
        return sent


def test_a_handshake_waits_for_its_turn() -> None:
    """Nothing is done while the bytes come in; each step is one of the turn's."""
    relay = Relay(steps=1)
    peers = [Peer(relay, f"192.0.2.{number}") for number in range(3)]
    for peer in peers:
        peer.say(peer.client.handshake(b""))
    assert [peer.tcp.sent for peer in peers] == [b"", b"", b""]
    relay.turn()
    assert [bool(peer.tcp.sent) for peer in peers] == [True, False, False]
    relay.turn()
    assert [bool(peer.tcp.sent) for peer in peers] == [True, True, False]


def test_drops_of_a_handshake_cost_no_step() -> None:
    """A hello that comes a byte at a time is looked at once, when it is whole."""
    relay = Relay()
    peer = Peer(relay)
    hello = peer.client.handshake(b"")
    for at in range(len(hello) - 1):
        peer.say(hello[at : at + 1])
    assert relay.turns.waiting() == 0
    peer.say(hello[-1:])
    assert relay.turns.waiting() == 1
    relay.run()
    assert peer.connection.phase is ConnectionPhase.HANDSHAKE


def test_a_handshake_is_bounded() -> None:
    """One byte more than a client may send: cut."""
    record = b"\x16\x03\x01\x40\x00" + b"\1" + (0xFFFFFF).to_bytes(3, "big") + bytes(0x4000 - 4)
    for size, cut in ((GREETING, False), (GREETING + 1, True)):
        peer = Peer(Relay())
        peer.say((record * 3)[:size])
        assert peer.tcp.cut is cut


def test_handshakes_of_one_address_are_bounded() -> None:
    """The seventeenth hello of an address waits; one from elsewhere does not."""
    relay = Relay(unfinished=16)
    peers = [Peer(relay) for _ in range(17)]
    for peer in peers:
        peer.say(peer.client.handshake(b""))
    elsewhere = Peer(relay, "198.51.100.7")
    elsewhere.say(elsewhere.client.handshake(b""))
    for _ in range(10):
        relay.turn()
    assert [bool(peer.tcp.sent) for peer in peers] == [True] * 16 + [False]
    assert elsewhere.tcp.sent
    relay.seconds += 3.0
    relay.turn()
    assert [peer.tcp.cut for peer in peers].count(True) == 1
    assert peers[0].tcp.cut
    relay.turn()
    assert peers[16].tcp.sent


@pytest.mark.parametrize("known", [True, False])
def test_so_many_records_in_one_turn(known: bool) -> None:
    """However small they are; nothing is read before all of them are worked on, and nothing is lost."""
    relay = Relay()
    peer = Peer(relay)
    peer.shake()
    if known:
        peer.connection.known()
    peer.say(b"".join(peer.client.seal(b"%04d" % number) for number in range(3 * RECORDS)))
    for turn in range(3):
        if not known or turn:
            relay.turn()
        assert len(b"".join(peer.app.heard)) == 4 * RECORDS * (turn + 1)
        assert peer.tcp.reading is (turn == 2)
    assert b"".join(peer.app.heard) == b"".join(b"%04d" % number for number in range(3 * RECORDS))


def test_what_is_given_back_comes_again() -> None:
    """In the next turn, in order, and nothing is read meanwhile."""
    relay = Relay()
    peer = Peer(relay)
    peer.shake()
    peer.connection.known()
    peer.app.most = 4
    peer.say(peer.client.seal(b"0123456789"))
    assert peer.app.heard == [b"0123"]
    assert not peer.tcp.reading
    peer.say(peer.client.seal(b"abc"))
    relay.turn()
    assert peer.app.heard == [b"0123", b"4567"]
    relay.run()
    assert b"".join(peer.app.heard) == b"0123456789abc"
    assert peer.tcp.reading


def test_who_takes_nothing_is_handed_nothing() -> None:
    """What was given back waits until the application reads again."""
    relay = Relay()
    peer = Peer(relay)
    peer.shake()
    peer.connection.known()
    peer.app.most = 1
    peer.say(peer.client.seal(b"abc"))
    peer.connection.pauseProducing()
    relay.run()
    assert peer.app.heard == [b"a"]
    peer.connection.resumeProducing()
    relay.run()
    assert peer.app.heard == [b"a", b"b", b"c"]
    assert peer.tcp.reading


def test_a_stranger_holds_little() -> None:
    """What it sends while it waits is read no further than twice its buffer; once known, the whole buffer is read."""
    relay = Relay()
    peer = Peer(relay)
    peer.shake()
    assert peer.tcp.bufferSize == STRANGERS_BUFFER
    peer.say(peer.client.seal(bytes(STRANGERS_BUFFER - 100)))
    assert peer.tcp.reading
    peer.say(peer.client.seal(bytes(STRANGERS_BUFFER - 100)))
    assert not peer.tcp.reading
    relay.run()
    assert peer.tcp.reading
    peer.connection.hold(65536)
    assert peer.tcp.bufferSize == STRANGERS_BUFFER
    peer.connection.known()
    assert peer.tcp.bufferSize == 65536


def test_what_waited_when_it_became_known_is_worked_on() -> None:
    """It is not lost with its place in the order."""
    relay = Relay()
    peer = Peer(relay)
    peer.shake()
    peer.say(peer.client.seal(b"first"))
    assert peer.app.heard == []
    peer.connection.known()
    relay.run()
    assert peer.app.heard == [b"first"]


def test_a_connection_that_is_lost_waits_for_nothing() -> None:
    """Its step is not made, and its place is free."""
    relay = Relay(unfinished=1)
    gone, following = Peer(relay), Peer(relay)
    for peer in (gone, following):
        peer.say(peer.client.handshake(b""))
    gone.connection.connectionLost(None)
    relay.run()
    assert gone.app.lost
    assert not gone.tcp.sent
    assert following.tcp.sent


def test_plain_http_is_answered_at_once() -> None:
    """It costs no step."""
    peer = Peer(Relay())
    peer.say(b"GET / HTTP/1.1\r\n")
    assert peer.tcp.sent.startswith(b"HTTP/1.1 400 ")
