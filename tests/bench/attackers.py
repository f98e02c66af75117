"""Attacks on a relay's public port, each from one process: what strangers, and people with a certificate, can make it work.

A line of JSON on standard input is an order, a line on standard output its outcome:

    {"do": NAME, "port": N, "seconds": S}      → {"outcomes": {TEXT: N}}
    {"do": "identity", "key": PEM, "chain": [BASE64, …]}   whose attacks the identified ones are; → {}

ATTACKS has the names. None of them waits longer than it must, and all end when their time is over.
"""

import asyncio
import base64
import contextlib
import json
import os
import resource
import socket
import ssl
import struct
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from common.host.command import lines_of
from common.net.certificates import Identity, key_from_pem
from tests.support.front import LOOPBACK, Client, client_context, upgrade
from tests.support.raw_agents import RawAgent

MATCHING: Final = ("/v1/matching", "tasuki.matching.v1")
GET: Final = b"GET /healthz HTTP/1.1\r\nHost: relay\r\n\r\n"
ROOT: Final = b"GET /api/v1/root HTTP/1.1\r\nHost: relay\r\n\r\n"
NOWHERE: Final = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: relay\r\n\r\n"
EMPTY: Final = bytes((0x00, 0x80, 0, 0, 0, 0))  # a continuation without payload that is not the last
ONE_BYTE: Final = bytes((0x00, 0x81, 0, 0, 0, 0, 0x61))
BEGIN: Final = bytes((0x01, 0x81, 0, 0, 0, 0, 0x7B))  # of a text message
PATIENCE: Final = 5.0  # seconds for an answer
BREATH: Final = 0.02  # seconds after a failure


@dataclass
class Siege:
    """One attack under way."""

    port: int
    until: float  # in the loop's time
    identity: Identity | None
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def over(self) -> bool:
        """Whether its time is up."""
        return asyncio.get_running_loop().time() >= self.until

    async def again(self, once: Callable[[], Awaitable[None]], *, at_once: int = 1) -> None:
        """So many side by side, each again and again; failures are counted."""

        async def one() -> None:
            while not self.over:
                try:
                    await once()
                except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                    self.outcomes[type(error).__name__] += 1
                    await asyncio.sleep(BREATH)

        await asyncio.gather(*(one() for _ in range(at_once)))

    # how it is done

    async def ask(self, request: bytes) -> None:
        """One request, or several glued together, on a connection of its own; the first answer is waited for."""
        async with asyncio.timeout(2 * PATIENCE):
            client = await Client.connect(self.port)
            try:
                client.send(request)
                await client.writer.drain()
                answer = await client.reader.read(100)
            finally:
                client.writer.transport.abort()
        self.outcomes[answer[9:12].decode(errors="replace") or "closed"] += 1

    async def fragments(self, link: Client | RawAgent, portion: bytes) -> None:
        """A message that never ends, in such portions."""
        if isinstance(link, RawAgent):
            link.link.send(BEGIN)
            while not self.over and not link.link.over.done():
                link.link.send(portion)
                await link.link.taken()
                self.outcomes["portions"] += 1
                await asyncio.sleep(0)
            self.outcomes[f"closed with {link.link.code}"] += 1
            link.link.cut()
            return
        try:
            link.send(BEGIN)
            while not self.over:
                link.send(portion)
                await link.writer.drain()
                self.outcomes["portions"] += 1
        finally:
            link.writer.transport.abort()

    async def stranger(self) -> Client:
        """A matching connection that says nothing of who it is."""
        client = await Client.connect(self.port)
        client.send(upgrade(*MATCHING))
        await client.reader.readuntil(b"\r\n\r\n")
        return client

    async def person(self) -> RawAgent:
        """Somebody with a good certificate."""
        assert self.identity is not None
        return await RawAgent.come(self.port, self.identity)

    async def raw(self, data: bytes, *, waits: bool) -> None:
        """Bytes without TLS of our own, and a reset, at once or after an answer."""
        loop = asyncio.get_running_loop()
        with socket.socket() as plain:
            plain.setblocking(False)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            async with asyncio.timeout(PATIENCE):
                await loop.sock_connect(plain, (LOOPBACK, self.port))
                await loop.sock_sendall(plain, data)
                if waits:
                    await loop.sock_recv(plain, 100)
        self.outcomes["connections"] += 1


Attack = Callable[[Siege], Awaitable[None]]


async def empty_fragments_identified(siege: Siege) -> None:
    """Continuations without payload, without end, of somebody who has a certificate."""

    async def once() -> None:
        await siege.fragments(await siege.person(), EMPTY * 10_000)

    await siege.again(once)


async def empty_fragments(siege: Siege) -> None:
    """The same from a stranger."""

    async def once() -> None:
        await siege.fragments(await siege.stranger(), EMPTY * 10_000)

    await siege.again(once)


async def empty_fragments_of_eight(siege: Siege) -> None:
    """The same from eight at once."""

    async def once() -> None:
        await siege.fragments(await siege.stranger(), EMPTY * 10_000)

    await siege.again(once, at_once=8)


async def one_byte_fragments_of_eight(siege: Siege) -> None:
    """A byte in each."""

    async def once() -> None:
        await siege.fragments(await siege.stranger(), ONE_BYTE * 9_000)

    await siege.again(once, at_once=8)


async def handshakes(siege: Siege) -> None:
    """A new connection for every request, sixteen at once."""
    await siege.again(lambda: siege.ask(GET), at_once=16)


async def huge_client_hellos(siege: Siege) -> None:
    """Handshake records that announce 16 MiB."""
    begin = b"\x01" + (0xFFFFFF).to_bytes(3, "big") + b"\x03\x03" + os.urandom(16_000)
    records = [begin, *(os.urandom(16_384) for _ in range(60))]
    data = b"".join(b"\x16\x03\x01" + len(one).to_bytes(2, "big") + one for one in records)
    await siege.again(lambda: siege.raw(data, waits=True), at_once=8)


async def http2_prefaces(siege: Siege) -> None:
    """Whoever believes that this is HTTP/2."""
    await siege.again(lambda: siege.ask(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"), at_once=8)


async def renegotiation(siege: Siege) -> None:
    """TLS 1.2, and a wish for another handshake, again and again."""

    async def once() -> None:
        process = await asyncio.create_subprocess_exec(
            "openssl", "s_client", "-connect", f"{LOOPBACK}:{siege.port}", "-tls1_2",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        assert process.stdin is not None
        reading = asyncio.ensure_future(_all_of(process.stdout))
        try:
            with contextlib.suppress(OSError):
                for _ in range(100):  # what comes before it has connected is lost
                    if reading.done() or siege.over:
                        break
                    process.stdin.write(b"R\n")
                    await process.stdin.drain()
                    await asyncio.sleep(BREATH)
        finally:
            if not reading.done():  # else it has ended, or is about to
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            await process.wait()
        refused = b"no renegotiation" in await reading
        siege.outcomes["refused" if refused else "over" if siege.over else "not refused"] += 1

    await siege.again(once, at_once=2)


async def _all_of(stream: asyncio.StreamReader | None) -> bytes:
    return b"" if stream is None else await stream.read()


async def early_resets(siege: Siege) -> None:
    """The beginning of a ClientHello, and a reset."""
    data = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"
    await siege.again(lambda: siege.raw(data, waits=False), at_once=8)


async def pipelined_requests(siege: Siege) -> None:
    """A hundred requests at once, for nothing."""
    await siege.again(lambda: siege.ask(NOWHERE * 100), at_once=8)


async def pipelined_roots(siege: Siege) -> None:
    """A hundred requests at once, for something."""
    await siege.again(lambda: siege.ask(ROOT * 100), at_once=8)


async def many_headers(siege: Siege) -> None:
    """Three thousand in one head."""
    await siege.again(lambda: siege.ask(GET[:-2] + b"a:b\r\n" * 3000 + b"\r\n"), at_once=8)


async def large_renewals(siege: Siege) -> None:
    """Almost a mebibyte of JSON that is no renewal."""
    body = b'{"kind":"renew","csr":"%s","chain":["%s"],"signature":"AAAA"}' % (b"A" * 900_000, b"A" * 60_000)
    await siege.again(lambda: siege.ask(_post("renew", body)), at_once=8)


async def cancelled_requests(siege: Siege) -> None:
    """A user who asks for help and takes it back, as fast as may be, with as much text as may be."""

    async def once() -> None:
        agent = await siege.person()
        details = {f"{number}": "y" * 500 for number in range(24)}
        try:
            for _ in range(45):
                request = os.urandom(16).hex()
                agent.say(
                    type="request",
                    request=request,
                    to={"kind": "anyone"},
                    mode="view",
                    topic="z" * 500,
                    inventory=details,
                )
                agent.say(type="cancel", request=request)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    while not agent.link.over.done():
                        message = await agent.messages.get()
                        siege.outcomes[message.get("code") or message["type"]] += 1
        finally:
            agent.link.cut()

    await siege.again(once)


async def invented_tickets(siege: Siege) -> None:
    """Legs with tickets that nobody gave."""

    async def once() -> None:
        ticket = base64.urlsafe_b64encode(os.urandom(16)).rstrip(b"=").decode()
        await siege.ask(upgrade("/v1/leg", "tasuki.leg.v1", ticket=ticket))

    await siege.again(once, at_once=16)


async def enrolments(siege: Siege) -> None:
    """Codes that nobody gave."""
    order = {"kind": "enrol", "id": "a" * 64, "role": "user", "proof": "b" * 64}
    body = json.dumps({**order, "csr": base64.b64encode(os.urandom(400)).decode()}).encode()
    await siege.again(lambda: siege.ask(_post("enrol", body)), at_once=16)


async def reconnections(siege: Siege) -> None:
    """Eight agents with one certificate, each of which sends the one before away."""

    async def once() -> None:
        agent = await siege.person()
        siege.outcomes["identified"] += 1
        agent.link.cut()

    await siege.again(once, at_once=8)


async def dripping_bodies(siege: Siege) -> None:
    """Three hundred renewals that come as slowly as they may."""

    async def once() -> None:
        client = await Client.connect(siege.port)
        try:
            client.send(_post("renew", b"", length=128 * 1024))
            while not siege.over and not client.reader.at_eof():
                client.send(b" " * 1100)
                await client.writer.drain()
                await asyncio.sleep(1)
            siege.outcomes["closed" if client.reader.at_eof() else "still open"] += 1
        finally:
            client.writer.transport.abort()

    await siege.again(once, at_once=300)


def _post(path: str, body: bytes, *, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    head = f"POST /api/v1/{path} HTTP/1.1\r\nHost: relay\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
    return head.encode() + body


ATTACKS: Final[dict[str, Attack]] = {
    attack.__name__.replace("_", " "): attack
    for attack in (
        *(empty_fragments_identified, empty_fragments, empty_fragments_of_eight, one_byte_fragments_of_eight),
        *(handshakes, huge_client_hellos, http2_prefaces, renegotiation, early_resets),
        *(pipelined_requests, many_headers, large_renewals, cancelled_requests, invented_tickets),
        *(enrolments, reconnections, dripping_bodies, pipelined_roots),
    )
}


async def obey() -> None:
    """Orders one after another, until there are none."""
    identity: Identity | None = None
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, _context: None)  # connections that are cut on purpose are no news
    async for line in lines_of(0):
        order: dict[str, Any] = json.loads(line)
        if order["do"] == "identity":
            chain = tuple(base64.b64decode(one) for one in order["chain"])
            identity = Identity(key=key_from_pem(order["key"].encode()), chain=chain)
            print("{}", flush=True)
            continue
        siege = Siege(port=order["port"], until=loop.time() + order["seconds"], identity=identity)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(order["seconds"] + 1):
                await ATTACKS[order["do"]](siege)
        print(json.dumps({"outcomes": siege.outcomes}), flush=True)


def main() -> None:
    """Run, with TLS 1.2 too."""
    client_context().minimum_version = ssl.TLSVersion.TLSv1_2
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(obey())
    sys.exit()


if __name__ == "__main__":
    main()
