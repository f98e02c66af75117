"""Connections are counted, not told: thousands that come at once fill no journal at the level that is the default."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import structlog

from common.host.log import setup
from common.net.certificates import Identity
from common.protocol.identity import Role, matching_challenge
from common.protocol.messages import Hello, Identify, Welcome, decode_from_relay, encode
from relay.matching.connections import ConnectionCounts
from relay.settings import Logs
from tests.support.front import LOOPBACK, Client, until, upgrade
from tests.support.relay_on_loopback import RelayOnLoopback, relay_on_loopback

CONNECTIONS = 1000
AT_ONCE = 20
LINES = 10  # about anything else


@pytest.fixture
def lines(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What a relay writes, at the level of its settings or of the test's parameter."""
    handlers, level = logging.root.handlers[:], logging.root.level
    written = io.StringIO()
    setup(json=True, level=getattr(request, "param", Logs().level), stream=written)
    yield written
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


async def opened(relay: RelayOnLoopback) -> tuple[Client, Hello]:
    """A matching connection that was greeted."""
    client = await Client.connect(relay.port)
    client.send(upgrade("/v1/matching", "tasuki.matching.v1"))
    assert (await client.answer())[0] == 101
    hello = decode_from_relay((await client.frame())[1].decode())
    assert isinstance(hello, Hello)
    return client, hello


async def comes_back(relay: RelayOnLoopback, identity: Identity) -> None:
    """An agent identifies itself and goes."""
    client, hello = await opened(relay)
    signature = identity.sign(matching_challenge(LOOPBACK, hello.nonce))
    client.send_frame(1, encode(Identify(chain=list(identity.chain), signature=signature, agent="test/1")).encode())
    assert isinstance(decode_from_relay((await client.frame())[1].decode()), Welcome)
    client.writer.transport.abort()


async def lies(relay: RelayOnLoopback, _: Identity) -> None:
    """A stranger shows a certificate that is none."""
    client, _hello = await opened(relay)
    client.send_frame(1, encode(Identify(chain=[b"x"], signature=b"y")).encode())
    assert await client.close_code() == 1008
    client.writer.transport.abort()


async def says_nothing(relay: RelayOnLoopback, _: Identity) -> None:
    """A stranger is greeted, and goes."""
    client, _hello = await opened(relay)
    client.writer.transport.abort()


async def invents_a_ticket(relay: RelayOnLoopback, _: Identity) -> None:
    """A stranger comes for a leg."""
    client = await Client.connect(relay.port)
    client.send(upgrade("/v1/leg", "tasuki.leg.v1", ticket="A" * 22))
    assert (await client.answer())[0] == 403
    client.writer.transport.abort()


async def asks_wrongly(relay: RelayOnLoopback, _: Identity) -> None:
    """A request that breaks a rule."""
    client = await Client.connect(relay.port)
    client.send(b"GET / HTTP/1.1\n")
    assert (await client.answer())[0] == 400
    client.writer.transport.abort()


async def fails_at_tls(relay: RelayOnLoopback, _: Identity) -> None:
    """Bytes that are no TLS."""
    client = await Client.connect(relay.port, tls=False)
    client.send(b"\x16\x03\x01\x00\x05hello")
    await client.rest()
    client.writer.transport.abort()


KINDS: tuple[Callable[[RelayOnLoopback, Identity], Awaitable[None]], ...] = (
    *(comes_back, lies, says_nothing, invents_a_ticket, asks_wrongly, fails_at_tls),
)


async def all_come(relay: RelayOnLoopback, count: int) -> None:
    """So many connections, of each kind in turn, several at once; none is left."""
    identity = (await relay.member(Role.USER, "Anna")).identity
    left = iter(range(count))

    async def one_after_another() -> None:
        for number in left:
            await KINDS[number % len(KINDS)](relay, identity)

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    await until(lambda: not relay.factory.open)


async def test_a_thousand_connections(tmp_path: Path, lines: io.StringIO) -> None:
    """However they end: no line for each, and every one of them stands in the counts."""
    async with relay_on_loopback(tmp_path) as relay:
        await all_come(relay, CONNECTIONS)
        written = lines.getvalue().splitlines()
        assert len(written) < LINES, written[:LINES]
        each = {kind: len(range(number, CONNECTIONS, len(KINDS))) for number, kind in enumerate(KINDS)}
        counts: ConnectionCounts = relay.matching.hub.counts
        assert counts.opened == each[comes_back] + each[lies] + each[says_nothing]
        assert counts.identified == each[comes_back]
        assert counts.refused == {"bad_certificate": each[lies]}
        assert sum(counts.closed.values()) == counts.opened
        assert relay.counts.refused == {403: each[invents_a_ticket], 400: each[asks_wrongly]}


@pytest.mark.parametrize("lines", ["debug"], indirect=True)
async def test_each_is_told_to_whoever_wants_to_know(tmp_path: Path, lines: io.StringIO) -> None:
    """At the level `debug`: who came, what was refused and why."""
    async with relay_on_loopback(tmp_path) as relay:
        await all_come(relay, len(KINDS))
    for event in ("matching_opened", "matching_identified", "matching_refused", "matching_closed", "request_refused"):
        assert f'"event": "{event}"' in lines.getvalue()
