"""The adapter in both roles: its two ends talk to each other, and to websockets' own protocol as a hostile peer."""

import tracemalloc

import pytest
from websockets.frames import Close, Frame, Opcode

from common.net.http_head import read_head
from common.net.websocket import WebSocket
from common.net.websocket_api import AGENT_LIMITS, RELAY_LIMITS, WebSocketLimits, WebSocketState
from common.protocol.wire import CloseCode
from tests.support.clock import FakeClock
from tests.support.parsing import parse
from tests.support.pipes import Heard, MemoryTransport

PROTOCOL = "tasuki.matching.v1"
UPGRADE = (
    b"GET /v1/matching HTTP/1.1\r\nHost: relay.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: other, tasuki.matching.v1\r\n\r\n"
)


def frame(opcode: Opcode, data: bytes = b"", *, fin: bool = True) -> bytes:
    """A client's frame."""
    return Frame(opcode, data, fin).serialize(mask=True)


def server_frame(opcode: Opcode, data: bytes = b"", *, fin: bool = True) -> bytes:
    """A server's frame."""
    return Frame(opcode, data, fin).serialize(mask=False)


class Server:
    """A server's end that was opened, its transport emptied."""

    def __init__(self, limits: WebSocketLimits = RELAY_LIMITS) -> None:
        self.clock = FakeClock()
        self.transport = MemoryTransport()
        self.heard = Heard()
        self.ws = WebSocket.server(
            self.transport, self.heard, UPGRADE, subprotocol=PROTOCOL, limits=limits, clock=self.clock
        )
        self.answer = self.transport.take()
        self.heard.events.clear()

    def feed(self, *frames: bytes) -> None:
        """Frames in one read."""
        self.ws.data_received(b"".join(frames))


class Pair:
    """A client and a server, joined."""

    def __init__(self, *, target: str = "/v1/matching") -> None:
        self.clock = FakeClock()
        self.near, self.far = MemoryTransport(), MemoryTransport()
        self.client_heard, self.server_heard = Heard(), Heard()
        self.client = WebSocket.client(
            self.near,
            self.client_heard,
            host="relay.example",
            port=8443,
            target=target,
            subprotocol=PROTOCOL,
            headers=[("Authorization", "Bearer x")],
            clock=self.clock,
        )
        self.head = parse(read_head, self.near.take())[0]
        self.server = WebSocket.server(
            self.far, self.server_heard, self.head.raw, subprotocol=PROTOCOL, clock=self.clock
        )

    def carry(self, size: int | None = None) -> None:
        """Let everything arrive, in reads of `size` bytes."""
        while self.near.unsent or self.far.unsent:
            if data := self.near.take(size):
                self.server.data_received(data)
            if data := self.far.take(size):
                self.client.data_received(data)


@pytest.mark.parametrize("size", [None, 1, 7])
def test_the_two_ends_open_and_talk(size: int | None) -> None:
    """Text and binary go both ways, whatever the network does to the boundaries."""
    pair = Pair(target="/v1/leg?a=b")
    assert (pair.head.target, pair.head.path) == ("/v1/leg?a=b", "/v1/leg")
    assert pair.head.get("host") == "relay.example:8443"
    assert pair.head.get("authorization") == "Bearer x"
    assert pair.head.get("sec-websocket-extensions") is None
    pair.carry(size)
    pair.client.send("héllo")
    pair.client.send(b"\x00" * 300)
    pair.server.send("")
    pair.server.send(memoryview(b"view"))
    pair.carry(size)
    assert pair.server_heard.events == [("opened",), ("message", "héllo"), ("message", b"\x00" * 300)]
    assert pair.client_heard.events == [("opened",), ("message", ""), ("message", b"view")]
    assert pair.client.status == 101
    assert pair.client.date is not None
    assert all(type(message) in {str, bytes} for message in pair.server_heard.messages + pair.client_heard.messages)


def test_messages_glued_behind_the_answer_arrive() -> None:
    """What the server sends right behind its 101 is not lost."""
    pair = Pair()
    pair.server.send("first")
    pair.carry()
    assert pair.client_heard.events == [("opened",), ("message", "first")]


def test_bytes_glued_behind_the_request_arrive() -> None:
    """The owner of the transport passes them on after `server` has returned."""
    server = Server()
    server.feed(frame(Opcode.TEXT, b"glued"))
    assert server.heard.messages == ["glued"]


@pytest.mark.parametrize("who", ["client", "server"])
def test_closing_is_told_to_both(who: str) -> None:
    """Each end hears once why: the one that closed its own code, the other what it was sent."""
    pair = Pair()
    pair.carry()
    first, second = (pair.client, pair.server) if who == "client" else (pair.server, pair.client)
    first.close(CloseCode.REPLACED, "elsewhere")
    assert first.state is WebSocketState.CLOSING
    first.send("too late")
    pair.carry()
    for ws, heard, transport in (
        (pair.client, pair.client_heard, pair.near),
        (pair.server, pair.server_heard, pair.far),
    ):
        assert heard.events == [("opened",), ("closed", 4001, "elsewhere")]
        assert ws.state is WebSocketState.CLOSED
        assert transport.closing
        assert transport.producer is None
    assert second.state is WebSocketState.CLOSED
    pair.client.connection_lost()
    pair.server.connection_lost()
    assert pair.clock.waiting == 0
    assert len(pair.client_heard.closed_with) == len(pair.server_heard.closed_with) == 1


def test_no_message_comes_after_close() -> None:
    """Also where the peer's messages are under way, or wait because the listener paused."""
    server = Server()
    server.ws.pause()
    server.feed(frame(Opcode.TEXT, b"waiting"))
    server.ws.close()
    server.feed(frame(Opcode.TEXT, b"under way"), frame(Opcode.CLOSE, Close(1000, "").serialize()))
    server.ws.resume()
    assert server.heard.events == [("closed", 1000, "")]


def test_a_peer_that_never_says_goodbye_is_cut_off() -> None:
    """Ten seconds after close the connection is aborted, and the listener hears its own code."""
    server = Server()
    server.ws.close(CloseCode.GOING_AWAY, "x" * 200)
    assert len(server.transport.take()) == 2 + 125
    server.clock.advance(9.9)
    assert not server.transport.aborted
    server.clock.advance(0.2)
    assert server.transport.aborted
    server.ws.connection_lost()
    assert server.heard.events == [("closed", 1001, "x" * 123)]


def test_after_the_goodbyes_a_peer_that_keeps_the_line_is_cut_off_too() -> None:
    """TLS waits for the peer's close; ten seconds are enough for it."""
    server = Server()
    server.feed(frame(Opcode.CLOSE))
    assert server.heard.events == [("closed", 1005, "")]
    assert server.transport.closing
    assert server.transport.reading
    server.clock.advance(10)
    assert server.transport.aborted


def test_a_lost_connection_is_1006() -> None:
    """Without a close frame; and never twice."""
    server = Server()
    server.ws.connection_lost()
    server.ws.connection_lost()
    server.ws.send("nobody")
    server.ws.ping()
    server.ws.close()
    server.ws.abort()
    assert server.heard.events == [("closed", 1006, "the connection was cut")]
    assert not server.transport.unsent


def test_abort_cuts_and_says_so_later() -> None:
    """`closed` comes from connection_lost, never from inside abort."""
    server = Server()
    server.ws.abort()
    server.ws.send("nothing")
    assert server.transport.aborted
    assert server.heard.events == []
    server.ws.connection_lost()
    assert server.heard.closed_with == [(1006, "the connection was cut")]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ((b"GET ", b"POST "), b"405"),
        ((b"Upgrade: websocket\r\n", b""), b"426"),
        ((b"Connection: Upgrade", b"Connection: close"), b"426"),
        ((b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Version: 8"), b"400"),
        ((b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""), b"400"),
        ((b"dGhlIHNhbXBsZSBub25jZQ==", b"short"), b"400"),
        ((b"tasuki.matching.v1", b"tasuki.leg.v1"), b"400"),
        ((b"Sec-WebSocket-Protocol: other, tasuki.matching.v1\r\n", b""), b"400"),
    ],
)
def test_what_is_no_upgrade_is_refused(change: tuple[bytes, bytes], status: bytes) -> None:
    """With a status that says so, and the connection is closed."""
    transport, heard, clock = MemoryTransport(), Heard(), FakeClock()
    ws = WebSocket.server(transport, heard, UPGRADE.replace(*change), subprotocol=PROTOCOL, clock=clock)
    assert transport.take().startswith(b"HTTP/1.1 " + status + b" ")
    assert transport.closing
    assert ws.state is WebSocketState.CLOSED
    assert heard.events == [("closed", 1002, "the upgrade was refused")]
    ws.connection_lost()
    assert clock.waiting == 0


def test_no_extension_is_agreed() -> None:
    """Compression above all: it costs memory, and mixes secrets with what a peer chose."""
    offer = UPGRADE.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
    transport = MemoryTransport()
    WebSocket.server(transport, Heard(), offer, subprotocol=PROTOCOL, clock=FakeClock())
    answer = transport.take()
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"xtensions" not in answer


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno\n", 403),
        (b"HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 502),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 101),
        (b"not http at all\r\n\r\n", None),
    ],
)
def test_a_client_that_is_refused_says_with_which_status(answer: bytes, status: int | None) -> None:
    """`opened` never comes, `closed` does, and `status` tells a bad ticket from a proxy's page."""
    transport, heard = MemoryTransport(), Heard()
    ws = WebSocket.client(
        transport, heard, host="a", port=443, target="/v1/leg", subprotocol=PROTOCOL, clock=FakeClock()
    )
    ws.data_received(answer)
    assert ws.status == status
    assert [event[:2] for event in heard.events] == [("closed", 1002)]
    assert transport.closing


def test_a_client_insists_on_its_subprotocol() -> None:
    """A server that answers 101 without it (or something between that does) is not the relay."""
    pair = Pair()
    answer = pair.far.take().replace(b"Sec-WebSocket-Protocol: tasuki.matching.v1\r\n", b"")
    pair.client.data_received(answer)
    assert pair.client_heard.events == [("closed", 1002, "the subprotocol was not agreed")]


def test_a_client_cut_during_the_opening_hears_1006() -> None:
    """Without a status: nothing came back."""
    transport, heard = MemoryTransport(), Heard()
    ws = WebSocket.client(transport, heard, host="::1", port=443, target="/", subprotocol=PROTOCOL, clock=FakeClock())
    assert b"Host: [::1]\r\n" in transport.take()
    ws.data_received(b"HTTP/1.1 101")
    ws.close()
    assert transport.aborted
    ws.connection_lost()
    assert heard.events == [("closed", 1006, "the connection was cut")]
    assert ws.status is None


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([frame(Opcode.BINARY, bytes(64 * 1024 + 1))], 1009),
        ([frame(Opcode.TEXT, bytes(60_000), fin=False), frame(Opcode.CONT, bytes(6_000))], 1009),
        ([frame(Opcode.TEXT, b"\xff")], 1007),
        ([frame(Opcode.TEXT, b"\xe3\x81", fin=False), frame(Opcode.CONT, b"a")], 1007),
        ([frame(Opcode.TEXT, b"\xed\xa0\x80")], 1007),
        ([frame(Opcode.CLOSE, b"\x03\xe8\xff")], 1007),
        ([server_frame(Opcode.TEXT, b"not masked")], 1002),
        ([frame(Opcode.CONT, b"nothing to continue")], 1002),
        ([frame(Opcode.TEXT, b"a", fin=False), frame(Opcode.TEXT, b"b")], 1002),
        ([b"\xc1\x80\x00\x00\x00\x00"], 1002),
        ([b"\x83\x80\x00\x00\x00\x00"], 1002),
        ([b"\x09\x80\x00\x00\x00\x00"], 1002),
        ([b"\x89\xfe\x00\x80\x00\x00\x00\x00" + bytes(128)], 1002),
        ([frame(Opcode.CLOSE, b"\x03")], 1002),
        ([frame(Opcode.CLOSE, b"\x03\xed")], 1002),
    ],
)
@pytest.mark.parametrize("bytewise", [False, True])
def test_breaches_end_the_connection_with_their_code(frames: list[bytes], code: int, bytewise: bool) -> None:
    """Too large, not UTF-8, against RFC 6455: a close frame with the code goes out, and the listener hears it."""
    server = Server()
    data = b"".join(frames)
    if bytewise and len(data) < 1000:
        for at in range(len(data)):
            server.feed(data[at : at + 1])
    else:
        server.feed(data)
    assert server.heard.closed_with[0][0] == code
    sent = server.transport.take()
    assert sent[0] == 0x88
    assert int.from_bytes(sent[2:4], "big") == code
    assert server.heard.messages == []
    server.feed(frame(Opcode.TEXT, b"more"))
    assert len(server.heard.events) == 1


def test_the_limits_are_met_exactly() -> None:
    """64 KiB pass at the relay, also in fragments; agents take 1 MiB."""
    server = Server()
    server.feed(frame(Opcode.BINARY, bytes(64 * 1024)))
    server.feed(frame(Opcode.BINARY, b"a" * 60_000, fin=False), frame(Opcode.CONT, b"b" * 5_536))
    assert [len(message) for message in server.heard.messages] == [65_536, 65_536]
    assert Server(AGENT_LIMITS).ws.state is WebSocketState.OPEN
    agent = Server(AGENT_LIMITS)
    agent.feed(frame(Opcode.BINARY, bytes(1024 * 1024)))
    assert len(agent.heard.messages[0]) == 1024 * 1024


def test_fragments_are_joined_with_pings_between() -> None:
    """A control frame may stand between fragments; empty fragments, the first among them, are legal."""
    server = Server()
    server.feed(
        frame(Opcode.TEXT, b"", fin=False),
        frame(Opcode.PING, b"are you there"),
        frame(Opcode.CONT, "é".encode()[:1], fin=False),
        frame(Opcode.CONT, "é".encode()[1:], fin=False),
        frame(Opcode.CONT),
    )
    assert server.heard.messages == ["é"]
    assert server.transport.take() == server_frame(Opcode.PONG, b"are you there")


def test_fragments_of_a_message_are_bounded() -> None:
    """Sixty-four make a message; the sixty-fifth ends the connection, and nothing behind it is looked at."""
    server = Server()
    parts = [frame(Opcode.TEXT, b"a", fin=False), *[frame(Opcode.CONT, b"a", fin=False)] * 62]
    server.feed(*parts, frame(Opcode.CONT, b"a"))
    assert server.heard.messages == ["a" * 64]
    server.clock.advance(1)
    server.feed(*parts, frame(Opcode.CONT, b"", fin=False))
    assert server.heard.events[-1][0] == "message"
    server.feed(frame(Opcode.CONT, b""))
    assert server.heard.events[-1] == ("closed", CloseCode.POLICY, "a message in too many fragments")


def test_data_frames_of_a_second_are_bounded() -> None:
    """Two hundred; the next one within the second ends the connection."""
    server = Server()
    for _ in range(2):
        for _ in range(200):
            server.feed(frame(Opcode.TEXT, b"a"))
        assert server.ws.state is WebSocketState.OPEN
        server.clock.advance(1)
    for _ in range(201):
        server.feed(frame(Opcode.TEXT, b"a"))
    assert server.heard.events[-1] == ("closed", CloseCode.POLICY, "too many frames")


@pytest.mark.parametrize("payload", [b"", b"a", b"abc"])
def test_so_many_frames_in_one_call(payload: bytes) -> None:
    """However small they are: what is left comes back, and given again it is worked on, until none is left."""
    server = Server(WebSocketLimits(data_frames=0))
    data = frame(Opcode.TEXT, payload) * 200
    calls = []
    while data:
        before = len(server.heard.messages)
        data = server.ws.data_received(data)
        calls.append(len(server.heard.messages) - before)
    assert sum(calls) == 200
    assert max(calls) <= 64


def test_large_messages_are_not_cut_into_turns() -> None:
    """One message of 64 KiB is one frame, and is worked on in one go."""
    server = Server()
    assert server.ws.data_received(frame(Opcode.TEXT, b"a" * 65536)) == b""
    assert server.heard.messages == ["a" * 65536]


def test_an_agent_takes_what_the_relay_sends() -> None:
    """It has one peer, and bounds neither its frames nor a call's."""
    pair = Pair()
    pair.carry()
    for number in range(1000):
        pair.server.send(str(number))
    pair.carry()
    assert len(pair.client_heard.messages) == 1000


def test_more_than_ten_control_frames_in_ten_seconds_are_1008() -> None:
    """Ten pass, over and over; the eleventh within ten seconds ends it. Pongs count as pings do."""
    server = Server()
    for _ in range(3):
        server.feed(frame(Opcode.PING) * 5 + frame(Opcode.PONG) * 5)
        server.clock.advance(10)
    assert server.ws.state is WebSocketState.OPEN
    server.feed(frame(Opcode.PONG) * 10)
    server.clock.advance(9.9)
    assert server.ws.state is WebSocketState.OPEN
    server.feed(frame(Opcode.PING))
    assert server.heard.closed_with == [(1008, "too many control frames")]


def test_a_peer_that_leaves_64_kib_unread_is_not_read_from() -> None:
    """At the relay: reading stops with our output, goes on when it is gone. The listener is told both."""
    server = Server()
    for _ in range(3):
        server.ws.send(bytes(30_000))
    assert not server.transport.reading
    assert server.heard.events == [("paused",)]
    server.ws.send(bytes(1000))
    assert server.ws._buffered == 1004
    server.transport.take()
    assert server.transport.reading
    assert server.ws._buffered == 0
    assert server.heard.events == [("paused",), ("resumed",)]


def test_an_agent_reads_on_while_its_output_waits() -> None:
    """Two ends that both stop reading would wait for each other for ever."""
    agent = Server(AGENT_LIMITS)
    agent.ws.send(bytes(70_000))
    assert agent.heard.events == [("paused",)]
    assert agent.transport.reading


def test_a_peer_that_leaves_far_too_much_unread_is_cut_off() -> None:
    """4 MiB, then it is aborted and nothing more is kept for it."""
    server = Server()
    for _ in range(70):
        server.ws.send(bytes(64 * 1024))
    assert server.transport.aborted
    assert len(server.transport.unsent) < 5 * 1024 * 1024


def test_a_paused_listener_gets_nothing_and_then_everything() -> None:
    """Messages of the same read wait; their order stays; pausing in between holds the rest; the end comes last."""
    server = Server()
    server.heard.on_message = lambda ws, payload: ws.pause() if payload == "two" else None
    server.feed(*(frame(Opcode.TEXT, text) for text in (b"one", b"two", b"three")), frame(Opcode.CLOSE))
    assert server.heard.messages == ["one", "two"]
    server.ws.pause()
    server.heard.on_message = lambda ws, payload: ws.pause() if payload == "three" else None
    server.ws.resume()
    assert server.heard.closed_with == []
    server.ws.resume()
    assert server.heard.events == [("message", "one"), ("message", "two"), ("message", "three"), ("closed", 1005, "")]


def test_pausing_stops_the_transport() -> None:
    """And resuming lets it read, unless our own output keeps it from that."""
    server = Server()
    server.ws.pause()
    server.ws.pause()
    assert not server.transport.reading
    server.ws.resume()
    assert server.transport.reading
    server.ws.send(bytes(70_000))
    server.ws.pause()
    server.ws.resume()
    assert not server.transport.reading


def test_what_came_before_a_cut_is_delivered_first() -> None:
    """A listener that paused gets the waiting messages even after the connection is gone."""
    server = Server()
    server.ws.pause()
    server.feed(frame(Opcode.TEXT, b"last words"))
    server.ws.connection_lost()
    assert server.heard.events == []
    server.ws.resume()
    assert server.heard.events == [("message", "last words"), ("closed", 1006, "the connection was cut")]


@pytest.mark.parametrize(
    ("behind", "code"),
    [(frame(Opcode.CLOSE, b"\x03\xe8"), 1000), (Frame(3, b"").serialize(mask=True), 1002)],  # type: ignore[arg-type]
)
@pytest.mark.parametrize("answer", ["send", "ping", "close"])
def test_a_message_with_the_end_behind_it_can_be_answered(answer: str, behind: bytes, code: int) -> None:
    """Goodbye or breach of the same read: the message comes first, and what its listener says then is dropped, no error."""
    server = Server()
    said = {"send": lambda ws: ws.send("yes"), "ping": lambda ws: ws.ping(), "close": lambda ws: ws.close(4000, "no")}
    server.heard.on_message = lambda ws, _: said[answer](ws)
    server.feed(frame(Opcode.TEXT, b"one"), behind)
    [message, closed] = server.heard.events
    assert message == ("message", "one")
    assert closed[:2] == ("closed", 4000 if answer == "close" else code)
    sent = server.transport.take()
    assert sent[0] == 0x80 | Opcode.CLOSE  # nothing before the answer to the end
    assert sent[1] + 2 == len(sent)  # and nothing behind it
    assert sent[2:4] == code.to_bytes(2, "big")


def test_a_listener_that_fails_ends_its_connection_with_1011() -> None:
    """A bug in one connection's listener is logged, and says nothing to the peer but that."""

    def fail(_ws: WebSocket, _payload: str | bytes) -> None:
        raise ZeroDivisionError("a bug")

    server = Server()
    server.heard.on_message = fail
    server.feed(frame(Opcode.TEXT, b"x"), frame(Opcode.TEXT, b"y"))
    assert server.heard.events == [("message", "x"), ("closed", 1011, "an error inside")]
    assert b"bug" not in server.transport.take()


def test_an_idle_connection_is_small() -> None:
    """A thousand of them: what each holds beside its transport stays under 6 KiB, so that ten thousand fit anywhere."""
    clock, heard = FakeClock(), Heard()
    transports = [MemoryTransport() for _ in range(1000)]
    kept = [WebSocket.server(transports[0], heard, UPGRADE, subprotocol=PROTOCOL, clock=clock)]
    tracemalloc.start()
    for transport in transports[1:]:
        ws = WebSocket.server(transport, heard, UPGRADE, subprotocol=PROTOCOL, clock=clock)
        transport.unsent.clear()
        ws.data_received(frame(Opcode.TEXT, bytes(60_000)))
        heard.events.clear()
        kept.append(ws)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held / len(kept) < 6 * 1024
