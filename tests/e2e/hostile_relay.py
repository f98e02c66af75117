"""A hostile relay: a node that holds the real relay's key, and lies where a test tells it to.

Agents come to it by a proxy of the test's (so that nothing of their enrolment is changed): it answers CONNECT, ends
the outer TLS with the relay's own certificate, and passes on to the real relay. A `Lies` sees every matching message,
every payload of a leg and every body of REST on the way, and may change, keep, add to or take over any of it.
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.protocol.wire import LEG_SUBPROTOCOL, MATCHING_SUBPROTOCOL

Message = dict[str, Any]

TEXT, BINARY, CLOSE = 0x1, 0x2, 0x8
FINAL = 0x80
HOST = "127.0.0.1"
GOODBYE = 2.0  # seconds for the answer to a close frame
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


class Lies:
    """What the relay does on the way. `who` names the agent; this one is honest, and a test overrides what it lies about."""

    async def to_relay(self, who: str, message: Message) -> Iterable[Message]:
        """What of this agent's matching message goes on."""
        return [message]

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """What this agent hears instead of the relay's matching message."""
        return [message]

    async def leg(self, who: str, payload: bytes, *, up: bool) -> Iterable[bytes]:
        """What of a leg's payload goes on: `up` from this agent, else to it."""
        return [payload]

    async def take_leg(self, socket: "Socket") -> bool:
        """Whether this leg never reaches the real relay, because the lie has served it to its end."""
        return False

    async def body(self, who: str, payload: bytes, *, up: bool) -> bytes:
        """A REST request's body, or its answer's."""
        return payload


class Socket:
    """A WebSocket of an agent's that the lie serves, and nobody behind it."""

    def __init__(self, who: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: bytes) -> None:
        self.who = who
        self._reader = reader
        self._writer = writer
        self._key = key

    def accept(self) -> None:
        """Answer the upgrade as the relay would; it is a leg."""
        token = base64.b64encode(hashlib.sha1(self._key + GUID).digest()).decode()
        head = ("Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {token}")
        lines = ["HTTP/1.1 101 Switching Protocols", *head, f"Sec-WebSocket-Protocol: {LEG_SUBPROTOCOL}"]
        self._writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")

    def send(self, payload: str | bytes) -> None:
        """One message to the agent."""
        text = isinstance(payload, str)
        data = payload.encode() if isinstance(payload, str) else payload
        write_frame(self._writer, FINAL | (TEXT if text else BINARY), data, masked=False)

    async def receive(self) -> bytes | None:
        """The next message of the agent's; None once it has closed."""
        while True:
            first, payload = await read_frame(self._reader)
            if first & 0xF == CLOSE:
                return None
            if first & 0xF in {TEXT, BINARY}:
                return payload


@dataclass
class HostileRelay:
    """The node. `upgrades` counts WebSockets by agent and path, `carried` a leg's payload bytes by agent and direction."""

    address: tuple[str, int]
    context: ssl.SSLContext
    lies: Lies = field(default_factory=Lies)
    upgrades: Counter[tuple[str, str]] = field(default_factory=Counter)
    carried: Counter[tuple[str, str]] = field(default_factory=Counter)
    heard: list[tuple[str, Message]] = field(default_factory=list)  # from the agents, and from the relay for them
    _says: dict[str, Callable[[Message], None]] = field(default_factory=dict)
    _writers: dict[tuple[str, str], asyncio.StreamWriter] = field(default_factory=dict)
    _servers: dict[str, asyncio.Server] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def way(self, who: str) -> tuple[str, str]:
        """The option that leads this agent's program through here."""
        if who not in self._servers:
            self._servers[who] = await asyncio.start_server(lambda r, w: self._serve(who, r, w), HOST, 0)
        port = self._servers[who].sockets[0].getsockname()[1]
        return "--proxy", f"http://{HOST}:{port}"

    def say(self, who: str, message: Message) -> None:
        """Tell this agent something that the real relay never said."""
        self._says[who](message)

    def cut_legs(self, *, politely: bool) -> None:
        """Every leg's connection ends: with a WebSocket's goodbye, as after a session that was over, or without."""
        for (_, path), writer in list(self._writers.items()):
            if path != "/v1/leg":
                continue
            if politely:
                write_frame(writer, FINAL | CLOSE, (1000).to_bytes(2, "big"), masked=False)
            else:
                _hang_up(writer)

    async def saw(self, who: str, kind: str, *, within: float = 20) -> Message:
        """The newest message of this type from or for this agent; waits for the first."""
        async with asyncio.timeout(within):
            while True:
                for name, message in reversed(self.heard):
                    if (name, message.get("type")) == (who, kind):
                        return message
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        """Nobody is served any more."""
        for server in self._servers.values():
            server.close()
        for writer in list(self._writers.values()):
            _hang_up(writer)

    # one connection

    async def _serve(self, who: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up: list[asyncio.StreamWriter] = []
        try:
            await reader.readuntil(b"\r\n\r\n")  # CONNECT, to whatever
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.start_tls(self.context)
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split()[1].decode()
            if path.startswith("/v1/"):
                await self._upgrade(who, path, head, reader, writer, up)
            else:
                await self._rest(who, head, reader, writer, up)
        except (OSError, EOFError, ssl.SSLError, asyncio.LimitOverrunError):
            pass  # an agent, or the relay, has gone
        finally:
            for one in (writer, *up):
                one.close()

    async def _real(self, up: list[asyncio.StreamWriter]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the real relay, whose certificate is none of a liar's worries."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        reader, writer = await asyncio.open_connection(*self.address, ssl=context)
        up.append(writer)
        return reader, writer

    async def _rest(
        self,
        who: str,
        head: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up: list[asyncio.StreamWriter],
    ) -> None:
        body = await self.lies.body(who, await reader.readexactly(length_of(head)), up=True)
        real_reader, real_writer = await self._real(up)
        real_writer.write(with_length(head, len(body)) + body)
        answer = await real_reader.readuntil(b"\r\n\r\n")
        told = await self.lies.body(who, await real_reader.readexactly(length_of(answer)), up=False)
        writer.write(with_length(answer, len(told)) + told)
        await writer.drain()
        await reader.read()  # the agent hangs up

    async def _upgrade(
        self,
        who: str,
        path: str,
        head: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up: list[asyncio.StreamWriter],
    ) -> None:
        self.upgrades[who, path] += 1
        self._writers[who, path] = writer
        self._news.set()
        if path == "/v1/leg" and await self.lies.take_leg(Socket(who, reader, writer, header_of(head, b"key"))):
            return
        real_reader, real_writer = await self._real(up)
        real_writer.write(head)
        answer = await real_reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        if b" 101 " not in answer.split(b"\r\n")[0]:
            return
        if path == "/v1/matching":
            self._says[who] = lambda message: write_frame(writer, FINAL | TEXT, encoded(message), masked=False)
        both = (
            asyncio.ensure_future(self._pump(who, path, reader, real_writer, up=True)),
            asyncio.ensure_future(self._pump(who, path, real_reader, writer, up=False)),
        )
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not any(one.exception() for one in done):
                await asyncio.wait(both, timeout=GOODBYE)
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _pump(
        self, who: str, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool
    ) -> None:
        """Frames one way, what they carry by way of the lies, until the sender has closed."""
        while True:
            first, payload = await read_frame(reader)
            opcode = first & 0xF
            if opcode == TEXT and path == "/v1/matching":
                for message in await self._told(who, json.loads(payload), up=up):
                    write_frame(writer, first, encoded(message), masked=up)
            elif opcode == BINARY and path == "/v1/leg":
                self.carried[who, "up" if up else "down"] += len(payload)
                for part in await self.lies.leg(who, payload, up=up):
                    write_frame(writer, FINAL | BINARY, part, masked=up)
            else:
                write_frame(writer, first, payload, masked=up)
            await writer.drain()
            if opcode == CLOSE:
                return

    async def _told(self, who: str, message: Message, *, up: bool) -> Iterable[Message]:
        self.heard.append((who, message))
        self._news.set()
        return await (self.lies.to_relay if up else self.lies.to_agent)(who, dict(message))

    def _opening(self, path: str, *more: str) -> bytes:
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = (
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
        )
        lines = (f"GET {path} HTTP/1.1", f"Host: {HOST}:{self.address[1]}", *upgrade, *more, "", "")
        return "\r\n".join(lines).encode()

    async def identify_again(self, message: Message) -> Message:
        """Come to the real relay's matching as oneself, and answer its hello with this recorded `identify`: what it says."""
        up: list[asyncio.StreamWriter] = []
        reader, writer = await self._real(up)
        try:
            writer.write(self._opening("/v1/matching", f"Sec-WebSocket-Protocol: {MATCHING_SUBPROTOCOL}"))
            await reader.readuntil(b"\r\n\r\n")
            await read_frame(reader)  # hello, with a nonce of its own
            write_frame(writer, FINAL | TEXT, encoded(message), masked=True)
            answer: Message = json.loads((await read_frame(reader))[1])
            return answer
        finally:
            _hang_up(writer)

    async def show_ticket(self, ticket: str) -> int:
        """Show the real relay this ticket, as a leg of one's own: the HTTP status."""
        up: list[asyncio.StreamWriter] = []
        reader, writer = await self._real(up)
        try:
            bearer = f"Authorization: Bearer {ticket}"
            writer.write(self._opening("/v1/leg", f"Sec-WebSocket-Protocol: {LEG_SUBPROTOCOL}", bearer))
            return int((await reader.readuntil(b"\r\n")).split()[1])
        finally:
            _hang_up(writer)


@contextlib.asynccontextmanager
async def hostile(folder: Path, port: int, lies: Lies | None = None) -> AsyncIterator[HostileRelay]:
    """A hostile node in front of the relay that has its files in `folder` and listens on `port` of loopback."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "relay-cert.pem", folder / "relay-key.pem")
    context.set_alpn_protocols(["http/1.1"])
    node = HostileRelay(address=(HOST, port), context=context, lies=lies or Lies())
    try:
        yield node
    finally:
        await node.close()


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The first byte of the next frame, and its payload unmasked."""
    first, second = await reader.readexactly(2)
    size = second & 0x7F
    if size >= 126:
        size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
    mask = await reader.readexactly(4) if second & 0x80 else bytes(4)
    return first, xor(await reader.readexactly(size), mask)


def write_frame(writer: asyncio.StreamWriter, first: int, payload: bytes, *, masked: bool) -> None:
    """One frame; a client's are masked."""
    bit, size = (0x80 if masked else 0), len(payload)
    if size < 126:
        head = bytes([first, bit | size])
    elif size < 1 << 16:
        head = bytes([first, bit | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, bit | 127]) + size.to_bytes(8, "big")
    mask = os.urandom(4) if masked else b""
    writer.write(head + mask + (xor(payload, mask) if masked else payload))


def xor(payload: bytes, mask: bytes) -> bytes:
    """Every byte with the mask's, which is repeated."""
    if not any(mask):
        return payload
    pad = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(len(payload), "big")


def encoded(message: Message) -> bytes:
    """As JSON."""
    return json.dumps(message).encode()


def header_of(head: bytes, name: bytes) -> bytes:
    """The value of the header whose name ends so."""
    for line in head.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.lower().endswith(name):
            return value.strip()
    return b""


def length_of(head: bytes) -> int:
    """How long the body is."""
    return int(header_of(head, b"content-length") or 0)


def with_length(head: bytes, length: int) -> bytes:
    """The head, for a body of this length."""
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length:")]
    return b"\r\n".join([*lines[:-2], b"Content-Length: %d" % length, b"", b""])


def _hang_up(writer: asyncio.StreamWriter) -> None:
    # Python 3.11.2: a transport that was closed twice has forgotten its protocol.
    with contextlib.suppress(AttributeError):
        writer.transport.abort()
