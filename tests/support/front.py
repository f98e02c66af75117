"""The relay's public port on loopback, in this process, with legs behind it; and a client that sends bytes and says what came."""

import asyncio
import base64
import contextlib
import os
import random
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from twisted.internet import reactor

from common.host.clock import LoopClock
from common.net.server_tls import RelayTls
from common.protocol.clock import Clock
from common.protocol.tickets import digest, new_ticket
from relay.core.admission import Gate
from relay.core.leg_messages import FromLegs, HoldTicket, PairBytes, PairEnded, PairJoined, TicketHeld, TicketShown
from relay.core.tickets import Side
from relay.dataplane import Dataplane
from relay.settings import RelayLimits, RelayTiming
from relay.web.exchange import Budget
from relay.web.factory import ConnectionFactory
from relay.web.public_port import PublicPort, RequestCounts
from relay.web.responses import HttpResponse
from relay.web.routes import Handler, HttpRequest, Routes

LOOPBACK = "127.0.0.1"


@cache
def certificate() -> Path:
    """A PEM file with a certificate for loopback, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = Path(tempfile.mkdtemp(prefix="tasuki-test-")) / "relay.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    path.chmod(0o600)
    return path


async def until(true: Callable[[], bool]) -> None:
    """Let the loop turn until it is so; pytest's timeout ends what never is."""
    while not true():  # noqa: ASYNC110 -- what is looked at here sets no event
        await asyncio.sleep(0)


async def hello(request: HttpRequest) -> HttpResponse:
    """Says which path was asked for, and how long the body was."""
    length = len(await request.body(1 << 20))
    return HttpResponse(status=200, body=f"{request.method} {request.path} {length}".encode())


def table(handler: Handler, *paths: str) -> dict[str, dict[str, Handler]]:
    """Routes: this handler at these paths, for the usual methods."""
    return {path: dict.fromkeys(("GET", "HEAD", "POST"), handler) for path in paths}


class Echo:
    """A matching listener that answers every message with itself, and is identified by the word `me`."""

    def __init__(self, identified: Callable[[], None]) -> None:
        self.identified = identified
        self.closed_with: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def opened(self, ws: Any) -> None:
        ws.send("hello")

    def message(self, ws: Any, payload: str | bytes) -> None:
        if payload == "me":
            self.identified()
        ws.send(payload)

    def closed(self, ws: Any, code: int, reason: str) -> None:
        self.closed_with.set_result(code)

    def paused(self, ws: Any) -> None: ...
    def resumed(self, ws: Any) -> None: ...


class Events:
    """What the dataplane told: of joined pairs, and of those that are over."""

    def __init__(self) -> None:
        self.all: list[FromLegs] = []
        self.told: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        self._bytes: dict[str, PairBytes] = {}

    def hear(self, message: FromLegs) -> None:
        """One message."""
        self.all.append(message)
        match message:
            case TicketHeld() | TicketShown():
                pass
            case PairJoined():
                self.told.put_nowait(("spliced", message.session))
            case PairBytes():
                self._bytes[message.session] = message
            case PairEnded():
                counted = self._bytes.pop(message.session, None)
                up, down = (counted.up, counted.down) if counted is not None else (None, None)
                self.told.put_nowait(("over", message.session, message.why, up, down))


class RunningFront:
    """The public port on loopback. `limits` and `timing` are the design's but for what is given; /a says hello."""

    def __init__(
        self,
        *,
        limits: Mapping[str, Any] | None = None,
        timing: Mapping[str, Any] | None = None,
        routes: Routes | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.limits = msgspec.structs.replace(RelayLimits(), **(limits or {}))
        self.timing = msgspec.structs.replace(RelayTiming(), **(timing or {}))
        self.events = Events()
        clock = clock or LoopClock()
        listening: Any = reactor
        self.dataplane = Dataplane(clock=clock, limits=self.limits, timing=self.timing)
        self.dataplane.report_to(self.events.hear)
        self.gate = Gate(
            per_address=self.limits.unauthenticated_per_address,
            total=self.limits.unauthenticated_total,
            early_drop=self.limits.early_drop,
            random=random.Random(1).random,
        )
        self.listeners: list[Echo] = []
        self.dialled: list[str] = []  # what matching connections asked for by their Host header
        public_port = PublicPort(
            legs=self.dataplane,
            matching=self._listener,
            routes=table(hello, "/a") if routes is None else routes,
            clock=clock,
            limits=self.limits,
            timing=self.timing,
            bodies=Budget(total=self.limits.request_bodies),
            counts=RequestCounts(),
        )
        tls = RelayTls(certificate=certificate(), key=certificate())
        self.factory = ConnectionFactory(public_port=public_port, gate=self.gate, tls=tls.connection)
        self._listening: Any = listening.listenTCP(0, self.factory, interface="127.0.0.1")
        self.port: int = self._listening.getHost().port

    def _listener(self, address: str, *, host: str, identified: Callable[[], None]) -> Echo:
        self.dialled.append(host)
        listener = Echo(identified)
        self.listeners.append(listener)
        return listener

    def ticket(self, session: str, side: Side, *, pair: int = 0) -> str:
        """A ticket as the matching service would give it out."""
        ticket = new_ticket(os.urandom)
        self.dataplane.order(HoldTicket(session=session, pair=pair, side=side, digest=digest(ticket)))
        return ticket

    def held(self, session: str) -> int:
        """Bytes that this session's splice holds now."""
        legs = self.dataplane._sessions.get(session)
        return 0 if legs is None else legs.held

    def traffic(self, session: str) -> tuple[int, int] | None:
        """Payload bytes of this session so far (up, down), while it has a leg."""
        legs = self.dataplane._sessions.get(session)
        return None if legs is None else legs.traffic

    async def stop(self) -> None:
        """Close everything, and see that nothing is left."""
        await self._listening.stopListening().asFuture(asyncio.get_running_loop())
        self.factory.polling.abort()
        for connection in list(self.factory.open):
            connection.abortConnection()
        await until(lambda: not self.factory.open and not len(self.factory.polling))
        assert self.gate.inside == 0


@asynccontextmanager
async def front(**settings: Any) -> AsyncIterator[RunningFront]:
    """A front that is stopped at the end."""
    running = RunningFront(**settings)
    try:
        yield running
    finally:
        await hang_up()
        await running.stop()


@cache
def client_context() -> ssl.SSLContext:
    """Python's own TLS, which trusts anybody; one for all, because making one takes longer than a handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


_clients: list["Client"] = []


async def hang_up() -> None:
    """Cut every client's connection."""
    for client in _clients:
        client.writer.transport.abort()
        with contextlib.suppress(OSError):
            await client.writer.wait_closed()
    _clients.clear()


class Client:
    """One TLS connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, *, tls: bool = True, host: str = LOOPBACK, **settings: Any) -> "Client":
        """Connect, with TLS by Python's own ssl."""
        context = client_context() if tls else None
        client = cls(*await asyncio.open_connection(host, port, ssl=context, limit=1 << 20, **settings))
        _clients.append(client)
        return client

    def send(self, data: bytes) -> None:
        """These bytes."""
        self.writer.write(data)

    def stall(self) -> None:
        """Read nothing more from the network."""
        transport: Any = self.writer.transport
        transport.pause_reading()

    def go_on(self) -> None:
        """Read again."""
        transport: Any = self.writer.transport
        transport.resume_reading()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next HTTP answer: status, headers, body (by Content-Length)."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head[:-4].decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(first.split(" ")[1]), headers, body

    async def rest(self) -> bytes:
        """Everything until the other side closes."""
        try:
            return await self.reader.read()
        except (ConnectionError, ssl.SSLError):
            return b""

    def send_frame(self, opcode: int, payload: bytes = b"", *, fin: bool = True, masked: bool = True) -> None:
        """One WebSocket frame, masked as a client must."""
        self.send(frame(opcode, payload, fin=fin, masked=masked))

    async def frame(self) -> tuple[int, bytes]:
        """The next frame from the server: opcode and payload."""
        first, second = await self.reader.readexactly(2)
        assert first & 0x80
        assert not second & 0x80
        length = second
        if length == 126:
            length = int.from_bytes(await self.reader.readexactly(2), "big")
        elif length == 127:
            length = int.from_bytes(await self.reader.readexactly(8), "big")
        return first & 0x0F, await self.reader.readexactly(length)

    async def close_code(self) -> int:
        """Skip to the server's close frame: its code."""
        while True:
            opcode, payload = await self.frame()
            if opcode == 8:
                return int.from_bytes(payload[:2], "big")


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, masked: bool = True) -> bytes:
    """A WebSocket frame as a client sends it."""
    first = (0x80 if fin else 0) | opcode
    bit = 0x80 if masked else 0
    if len(payload) < 126:
        head = bytes((first, bit | len(payload)))
    elif len(payload) < 65536:
        head = bytes((first, bit | 126)) + len(payload).to_bytes(2, "big")
    else:
        head = bytes((first, bit | 127)) + len(payload).to_bytes(8, "big")
    if not masked:
        return head + payload
    mask = os.urandom(4)
    repeated = mask * (len(payload) // 4 + 1)
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(repeated[: len(payload)], "big")
    return head + mask + mixed.to_bytes(len(payload), "big")


def upgrade(path: str, subprotocol: str, *, ticket: str | None = None, extra: str = "") -> bytes:
    """A proper upgrade request."""
    key = base64.b64encode(os.urandom(16)).decode()
    token = f"Authorization: Bearer {ticket}\r\n" if ticket is not None else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: {subprotocol}\r\n"
        f"{token}{extra}\r\n"
    ).encode()


async def open_leg(running: RunningFront, ticket: str) -> Client:
    """A leg whose upgrade was answered."""
    client = await Client.connect(running.port)
    client.send(upgrade("/v1/leg", "tasuki.leg.v1", ticket=ticket))
    status, _, _ = await client.answer()
    assert status == 101
    return client


async def open_pair(running: RunningFront, session: str) -> tuple[Client, Client]:
    """Both legs of a session, `ready` read."""
    user = await open_leg(running, running.ticket(session, Side.USER))
    helper = await open_leg(running, running.ticket(session, Side.HELPER))
    for client in (user, helper):
        assert await client.frame() == (1, b"ready")
    assert await running.events.told.get() == ("spliced", session)
    return user, helper
