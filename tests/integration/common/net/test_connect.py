"""An agent's way to a relay over real sockets: Python's ssl and the websockets package at the other end, in either role."""

import asyncio
import contextlib
import functools
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol
from websockets.asyncio.client import connect as websockets_connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from common.host.clock import LoopClock
from common.net import connect as connect_module
from common.net.connect import connect_websocket, open_tls
from common.net.dial import DialError, dial
from common.net.http_head import read_head
from common.net.server_tls import RelayTls
from common.net.serving import ServedConnection
from common.net.tls import OuterTrust
from common.net.websocket import WebSocket
from common.net.websocket_api import RELAY_LIMITS
from common.protocol.reading import ByteStream, Parse
from tests.support.pipes import Waiting
from tests.support.pki import DAY, Root
from tests.support.servers import Handler, saying, serving
from tests.support.servers import read_head as read_request
from tests.support.strangers import everybody

HOST = "localhost"
PROTOCOL = "tasuki.matching.v1"


@pytest.fixture
def root(tmp_path: Path) -> Root:
    """The organisation's root."""
    return Root(tmp_path)


@contextlib.asynccontextmanager
async def websockets_server(root: Root, *, alpn: list[str] | None = None) -> AsyncIterator[int]:
    """The websockets package as the relay: it echoes, and closes with 4001 when it hears `replace`."""

    async def echo(connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                if message == "replace":
                    await connection.close(4001, "elsewhere")
                await connection.send(message)

    context = root.server(HOST).context()
    if alpn is not None:
        context.set_alpn_protocols(alpn)
    async with serve(
        echo, "127.0.0.1", 0, ssl=context, subprotocols=[Subprotocol(PROTOCOL)], compression=None
    ) as server:
        yield next(iter(server.sockets)).getsockname()[1]


async def connect(port: int, trust: OuterTrust, *, host: str = HOST, deadline: float = 20) -> Waiting:
    """An open WebSocket."""
    listener = Waiting()
    listener.ws = await connect_websocket(
        host, port, target="/v1/matching", subprotocol=PROTOCOL, listener=listener, trust=trust, deadline=deadline
    )
    assert await listener.next() == ("opened",)
    return listener


async def refused(port: int, trust: OuterTrust, *, host: str = HOST, deadline: float = 20) -> DialError:
    """The error of one that does not open."""
    listener = Waiting()
    with pytest.raises(DialError) as caught:
        await connect_websocket(
            host, port, target="/v1/leg", subprotocol=PROTOCOL, listener=listener, trust=trust, deadline=deadline
        )
    assert listener.events == []
    return caught.value


async def answer_after_tls(root: Root, handler: Handler, *, deadline: float = 20) -> DialError:
    """The error against a relay that does TLS well and then does `handler`."""
    async with serving(handler, tls=root.server(HOST).context()) as port:
        return await refused(port, OuterTrust(root_der=root.der), deadline=deadline)


@pytest.mark.parametrize("alpn", [None, ["http/1.1"], ["h2"]])
async def test_messages_pass_whatever_became_of_alpn(root: Root, alpn: list[str] | None) -> None:
    """A proxy that inspects TLS may strip ALPN or know only others: the connection works all the same."""
    async with websockets_server(root, alpn=alpn) as port:
        leg = await connect(port, OuterTrust(root_der=root.der))
        for message in ("text", b"binary", bytes(1024 * 1024), "", "ö" * 70_000):
            leg.ws.send(message)
            assert await leg.next() == ("message", message)
        leg.ws.send("replace")
        assert await leg.next() == ("closed", 4001, "elsewhere")


async def test_a_close_is_answered(root: Root) -> None:
    """The websockets package agrees about the end."""
    async with websockets_server(root) as port:
        leg = await connect(port, OuterTrust(root_sha256=root.sha256))
        leg.ws.close(1001, "going")
        assert await leg.next() == ("closed", 1001, "going")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 403),
        (b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n", 426),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200),
    ],
)
async def test_a_refused_upgrade_says_its_status(root: Root, answer: bytes, status: int) -> None:
    """403 is a bad ticket; 426 is what the relay says where squid has stripped the upgrade."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer)
        await reader.read()

    error = await answer_after_tls(root, handle)
    assert (error.code, error.stage, error.facts["status"]) == ("relay_http_failed", "http", status)
    assert [step.stage for step in error.story] == ["name", "tcp", "tls"]
    assert error.story[2].detail == "TLSv1.3"


async def test_a_relay_that_hangs_up_or_says_nothing(root: Root) -> None:
    """Inside HTTP both are unreachable, with how far it got."""

    async def hang_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await read_request(reader)

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    for handler, deadline, detail in ((hang_up, 20.0, "the connection was cut"), (silent, 0.3, "no answer in time")):
        error = await answer_after_tls(root, handler, deadline=deadline)
        assert (error.code, error.stage, error.facts["detail"]) == ("relay_unreachable", "http", detail)


async def test_answers_that_are_lost_are_told_as_such(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is taken, and then not one byte; a relay that is given up sooner is something else."""
    monkeypatch.setattr(connect_module, "SWALLOWED", 0.2)
    async with serving(saying(b"")) as port:
        assert (await refused(port, OuterTrust(root_der=root.der), deadline=0.5)).code == "relay_swallowed"
        assert (await refused(port, OuterTrust(root_der=root.der), deadline=0.1)).code == "relay_tls_failed"


async def test_not_the_relay(root: Root, tmp_path: Path) -> None:
    """A stranger's certificate, another name: nothing was sent. Wrong dates may be our own clock."""
    trust = OuterTrust(root_der=root.der)
    for files, code in (
        (Root(tmp_path, "Inspector").server(HOST), "relay_inspected"),
        (Root(tmp_path).server("other.example"), "relay_not_ours"),
        (root.server("other.example"), "relay_not_ours"),
        (root.server(HOST, before=2 * DAY, after=-DAY), "relay_dates_wrong"),
    ):
        heard: list[bytes] = []

        async def listen(reader: asyncio.StreamReader, _: asyncio.StreamWriter, heard: list[bytes] = heard) -> None:
            heard.append(await reader.read())

        async with serving(listen, tls=files.context()) as port:
            error = await refused(port, trust)
        assert (error.code, error.stage) == (code, "tls")
        assert not any(heard)


async def test_no_tls_at_the_other_end(root: Root) -> None:
    """Plain HTTP, a connection that is closed at once, and silence: told apart, at the stage of TLS."""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()

    async def closing(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        pass

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    for handler, said in ((plain, "wrong version number"), (closing, "the connection was cut"), (silent, "no answer")):
        async with serving(handler) as port:
            error = await refused(port, OuterTrust(root_der=root.der), deadline=0.5 if handler is silent else 20)
        assert (error.code, error.stage) == ("relay_tls_failed", "tls")
        assert said in str(error)


async def test_an_old_tls_is_refused(root: Root) -> None:
    """A relay (or a proxy before it) that speaks TLS 1.1 at most."""
    context = root.server(HOST).context()
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(silent, tls=context) as port:
        assert (await refused(port, OuterTrust(root_der=root.der))).code == "relay_tls_failed"


async def test_bytes_glued_behind_a_proxys_answer_reach_tls(root: Root) -> None:
    """They are the relay's first: garbage there fails the handshake at once."""

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(silent) as port:
        dialled = await dial("127.0.0.1", port)
        dialled.rest = b"HTTP/1.1 500 what\r\n\r\n"
        with pytest.raises(DialError) as caught:
            await open_tls(dialled, OuterTrust(root_der=root.der), Protocol())
    assert caught.value.code == "relay_tls_failed"


async def test_giving_up_closes_the_connection(root: Root) -> None:
    """A task that is cancelled while it connects leaves nothing open: the relay sees the end."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        begun.set()
        with contextlib.suppress(ConnectionError):
            await reader.read()
        ended.set()

    for tls in (root.server(HOST).context(), None):
        begun.clear()
        ended.clear()
        async with serving(silent, tls=tls) as port:
            connecting = asyncio.ensure_future(connect(port, OuterTrust(root_der=root.der)))
            async with asyncio.timeout(20):
                await begun.wait()
            connecting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await connecting
            async with asyncio.timeout(20):
                await ended.wait()


# the server's role


class Front(Protocol):
    """The smallest front: a head, then a WebSocket that echoes."""

    def __init__(self, listener: Waiting) -> None:
        self.listener = listener
        self.stream = ByteStream()
        self.parse = Parse(read_head(self.stream))
        self.ws: WebSocket | None = None

    def dataReceived(self, data: bytes) -> None:
        if self.ws is not None:
            self.ws.data_received(data)
            return
        self.stream.feed(data)
        if self.parse.step():
            self.ws = WebSocket.server(self.transport, self.listener, self.parse.result.raw, subprotocol=PROTOCOL)
            if rest := self.stream.take():
                self.ws.data_received(rest)

    def connectionLost(self, reason: object = None) -> None:
        if self.ws is not None:
            self.ws.connection_lost()


@contextlib.asynccontextmanager
async def relay(root: Root, listener: Waiting) -> AsyncIterator[int]:
    """Our own server's side."""
    files = root.server(HOST)
    context = RelayTls(certificate=files.certificate, key=files.key)
    listener.on_message = WebSocket.send

    class Connections(Factory):
        noisy = False

        def buildProtocol(self, addr: IAddress | None) -> Protocol:
            return ServedConnection(
                tls=context.connection, app=Front(listener), turns=everybody(), clock=LoopClock(), drain=10
            )

    port: Any = reactor.listenTCP(0, Connections(), interface="127.0.0.1")  # type: ignore[arg-type]
    try:
        yield port.getHost().port
    finally:
        port.stopListening()


async def test_the_websockets_package_as_a_client(root: Root) -> None:
    """Python's ssl and the package's asyncio client at our relay's end: messages, pings, too large a message."""
    listener = Waiting()
    context = ssl.create_default_context(cafile=root.pem)
    async with (
        relay(root, listener) as port,
        websockets_connect(
            f"wss://{HOST}:{port}/v1/matching", ssl=context, subprotocols=[Subprotocol(PROTOCOL)], proxy=None
        ) as client,
    ):
        for message in ("text", b"\x00" * 65_536, ""):
            await client.send(message)
            assert await client.recv() == message
        await (await client.ping())
        await client.send(["frag", "ment", "s"])
        assert await client.recv() == "fragments"
        await client.send(bytes(RELAY_LIMITS.max_message + 1))
        with pytest.raises(ConnectionClosed) as caught:
            await client.recv()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1009
    events = [event for event in listener.events if event[0] == "closed"]
    assert [event[1] for event in events] == [1009]


async def test_our_two_roles_over_sockets(root: Root) -> None:
    """An agent's client and the relay's server side, with real TLS between them."""
    listener = Waiting()
    async with relay(root, listener) as port:
        agent = await connect(port, OuterTrust(root_der=root.der))
        for message in ("text", bytes(65_536)):
            agent.ws.send(message)
            assert await agent.next() == ("message", message)
        agent.ws.close()
        assert await agent.next() == ("closed", 1000, "")
        for _ in range(3):
            last = await listener.next()
        assert last[0] == "message"
        assert await listener.next() == ("closed", 1000, "")


class TakenError(Exception):
    """Another connection goes first."""


async def test_a_claim_that_fails_sends_nothing(root: Root) -> None:
    """It is made after TLS, the request stays unsent, and the connection is closed; the next one sends its request."""
    received: list[bytes] = []
    claims: list[bool] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):  # a connection that is cut ends in an error, or not, as TLS goes
            received.append(await reader.read(1))
        writer.close()

    def claim() -> None:
        claims.append(True)
        raise TakenError

    async with serving(handle, tls=root.server(HOST).context()) as port:
        connect = functools.partial(
            connect_websocket,
            HOST,
            port,
            target="/v1/leg",
            subprotocol=PROTOCOL,
            listener=Waiting(),
            trust=OuterTrust(root_der=root.der),
        )
        with pytest.raises(TakenError):
            await connect(claim=claim)
        with pytest.raises(DialError):
            await connect()
    assert claims == [True]
    assert [data for data in received if data] == [b"G"]


async def test_a_server_that_speaks_first(root: Root) -> None:
    """What it says before it was asked is no answer to the request, and no crash either."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n\r\n")
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    async with serving(handle, tls=root.server(HOST).context()) as port:
        error = await refused(port, OuterTrust(root_der=root.der), deadline=5)
    assert error.stage == "http"
