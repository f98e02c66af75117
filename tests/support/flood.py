"""A process that besieges a relay's port: connections that say nothing, and every way of asking wrongly, many at a time.

Run as a program: PORT. A line of JSON on standard input is an order, and its outcome is an event on standard output:

    {"do": "hold", "addresses": [A, …], "each": N}       → held{held: {A: N}, closed: {A: N}}
    {"do": "watch"}                                      → let_go{first, last, bytes}: seconds after `hold`, when all are closed
    {"do": "attack", "kind": K, "count": N, "address": A} → connected{kind}, where all of them come at once, and
                                                            attacked{kind, outcomes: {TEXT: N}, seconds}

`hold` opens so many connections from each address, without a byte, and waits until it is clear which of them are let in.
Several attacks may go on at once. Addresses are of 127/8, which are all this machine.
"""

import asyncio
import contextlib
import itertools
import json
import resource
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from common.host.command import lines_of
from tests.support.front import Client, frame, upgrade

AT_ONCE = 8  # connections of one attack: its own process must not be what is slow
WAITING = {"slow_head", "says_nothing"}  # kinds that wait for a deadline, and so all come at once
GET = b"GET /healthz HTTP/1.1\r\nHost: relay\r\n"
PIPELINED = 120
SETTLED = 1.0  # seconds in which no connection is closed
MIB = 1 << 20


class Held:
    """Connections that say nothing."""

    def __init__(self, port: int) -> None:
        self.bytes = 0
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._addresses: Counter[str] = Counter()
        self._began = 0.0

    def open(self, addresses: Iterable[str], each: int) -> dict[str, Any]:
        """So many from each, round by round; then who is still open, and who was closed, by address."""
        self._began = time.monotonic()
        addresses = list(addresses)
        closed: Counter[str] = Counter()
        for _ in range(each):
            for address in addresses:
                try:
                    one = socket.create_connection(("127.0.0.1", self._port), timeout=10, source_address=(address, 0))
                except ConnectionError:
                    closed[address] += 1
                    continue
                one.setblocking(False)
                self._selector.register(one, selectors.EVENT_READ, address)
                self._addresses[address] += 1
            closed += self._closed(0)
        while more := self._closed(SETTLED):
            closed += more
        return {"held": dict(+self._addresses), "closed": dict(closed)}

    def watch(self) -> dict[str, Any]:
        """Wait until the other side has closed every one."""
        first = None
        while self._selector.get_map():
            if self._closed(1.0) and first is None:
                first = time.monotonic() - self._began
        return {"first": first, "last": time.monotonic() - self._began, "bytes": self.bytes}

    def _closed(self, patience: float) -> Counter[str]:
        closed: Counter[str] = Counter()
        for key, _ in self._selector.select(patience):
            one: Any = key.fileobj
            try:
                data = one.recv(4096)
            except ConnectionError:
                data = b""
            if data:
                self.bytes += len(data)
                continue
            self._selector.unregister(one)
            one.close()
            self._addresses[key.data] -= 1
            closed[key.data] += 1
        return closed


Attack = Callable[[Client], Awaitable[str]]


async def status(client: Client, *asked: bytes) -> str:
    """Ask, and give the status; the connection must then be closed."""
    for data in asked:
        client.send(data)
    answered, _, _ = await client.answer()
    rest = await client.rest()
    return f"{answered}" if not rest else f"{answered} and {len(rest)} bytes"


async def slow_head(client: Client) -> str:
    """A header that never ends, a byte at a time."""
    client.send(GET + b"X-Slow: ")
    dripping = asyncio.ensure_future(drip(client))
    try:
        return await status(client)
    finally:
        dripping.cancel()


async def drip(client: Client) -> None:
    """A byte every half second."""
    while True:
        client.send(b"a")
        await asyncio.sleep(0.5)


async def says_nothing(client: Client) -> str:
    """TLS, and then no request."""
    rest = await client.rest()
    return "closed" if not rest else f"{len(rest)} bytes"


async def pings(client: Client) -> str:
    """Pings without end before any greeting."""
    return await matching(client, frame(9, b"x") * 40)


async def no_json(client: Client) -> str:
    """A message that is none."""
    return await matching(client, frame(1, b"{"))


async def long_message(client: Client) -> str:
    """A byte more than a message may have."""
    return await matching(client, frame(1, b"x" * 65_537))


async def matching(client: Client, said: bytes) -> str:
    """The close code for what was said glued to the upgrade."""
    client.send(upgrade("/v1/matching", "tasuki.matching.v1") + said)
    answered, _, _ = await client.answer()
    return f"{await client.close_code()}" if answered == 101 else f"{answered}"


async def pipelined(client: Client) -> str:
    """More requests at once than a connection serves."""
    client.send((GET + b"\r\n") * PIPELINED)
    answers = 0
    with contextlib.suppress(asyncio.IncompleteReadError):
        while True:
            answered, _, _ = await client.answer()
            answers += answered == 200
    return f"{answers} answers"


async def long_body(client: Client) -> str:
    """Announced too long."""
    return await status(client, b"POST /api/v1/enrol HTTP/1.1\r\nHost: relay\r\nContent-Length: 2097152\r\n\r\n")


async def endless_body(client: Client) -> str:
    """Too long in chunks, unannounced."""
    head = b"POST /api/v1/enrol HTTP/1.1\r\nHost: relay\r\nContent-Type: application/json\r\n"
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    return await status(client, head + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * (MIB // 65_536 + 1))


async def long_head(client: Client) -> str:
    """20 KiB of header."""
    return await status(client, GET + b"X: " + b"y" * 20_480)


async def bare_line_feeds(client: Client) -> str:
    """No CR."""
    return await status(client, GET.replace(b"\r", b"") + b"\n")


async def two_lengths(client: Client) -> str:
    """Length and chunked at once: whom would they belong to?"""
    return await status(client, GET + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")


async def plain_http(client: Client) -> str:
    """No TLS."""
    return await status(client, GET + b"\r\n")


async def invented_ticket(client: Client) -> str:
    """A leg that nobody gave a ticket."""
    return await status(client, upgrade("/v1/leg", "tasuki.leg.v1", ticket="A" * 22))


ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        *(slow_head, says_nothing, pings, no_json, long_message, pipelined, long_body, endless_body),
        *(long_head, bare_line_feeds, two_lengths, plain_http, invented_ticket),
    )
}


async def outcome(port: int, kind: str, address: str, connected: Callable[[], None]) -> str:
    """One connection's."""
    try:
        client = await Client.connect(port, tls=kind != "plain_http", local_addr=(address, 0))
    except OSError:
        return "turned away"
    connected()
    try:
        return await ATTACKS[kind](client)
    except (OSError, asyncio.IncompleteReadError) as error:
        return type(error).__name__
    finally:
        client.writer.transport.abort()


async def attack(port: int, kind: str, count: int, address: str) -> dict[str, Any]:
    """Many of one kind."""
    began = time.monotonic()
    at_once = asyncio.Semaphore(count if kind in WAITING else AT_ONCE)
    there = itertools.count(1)

    def connected() -> None:
        if next(there) == count and kind in WAITING:
            tell("connected", {"kind": kind})

    async def one() -> str:
        async with at_once:
            return await outcome(port, kind, address, connected)

    outcomes = Counter(await asyncio.gather(*(one() for _ in range(count))))
    return {"kind": kind, "outcomes": outcomes, "seconds": round(time.monotonic() - began, 1)}


async def obey(port: int) -> None:
    """Until stdin ends."""
    held = Held(port)
    running: set[asyncio.Task[None]] = set()

    async def carry_out(order: dict[str, Any]) -> None:
        match order.pop("do"):
            case "hold":
                tell("held", await asyncio.to_thread(held.open, **order))
            case "watch":
                tell("let_go", await asyncio.to_thread(held.watch))
            case _:
                tell("attacked", await attack(port, **order))

    async for line in lines_of(0):
        task = asyncio.ensure_future(carry_out(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)


def tell(event: str, facts: dict[str, Any]) -> None:
    """Print an event."""
    print(json.dumps({"event": event, **facts}), flush=True)


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(obey(int(sys.argv[1])))
