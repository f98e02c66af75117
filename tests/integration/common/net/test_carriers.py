"""The same relay and the same agents over either carrier: what is above does not see which it is."""

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from common.agent.matching.matching import Matching
from common.net import carriers
from common.net.carriers import connect_relay
from common.net.dial import DialError
from common.net.tls import OuterTrust
from common.net.upgrades import ALWAYS_TRY
from common.net.websocket import WebSocket
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.proxies import ProxyRoute
from common.protocol.reasons import Why
from relay.core.leg_messages import CloseSession
from relay.core.tickets import Side
from tests.support.front import LOOPBACK, RunningFront, certificate, front, until
from tests.support.pipes import Waiting
from tests.support.pki import Root
from tests.support.relay_on_loopback import relay_on_loopback
from tests.support.servers import Handler, read_head, serving

SESSION = "7" * 32


class Known:
    """Upgrades that are taken away, or are not; and what was learned."""

    def __init__(self, away: bool) -> None:
        self.away = away
        self.told: list[bool] = []

    async def taken_away(self, _route: ProxyRoute) -> bool:
        return self.away

    def learned(self, _route: ProxyRoute, *, taken_away: bool) -> None:
        self.told.append(taken_away)


@pytest.fixture(params=[False, True], ids=["upgraded", "polled"])
def upgrades(request: pytest.FixtureRequest) -> Known:
    """Both carriers."""
    return Known(request.param)


def trust() -> OuterTrust:
    """The front's certificate."""
    leaf = x509.load_pem_x509_certificate(certificate().read_bytes())
    return OuterTrust(root_der=leaf.public_bytes(Encoding.DER))


async def connect(running: RunningFront, known: Any, *, ticket: str | None = None) -> Waiting:
    """A leg with this ticket, or a matching connection."""
    listener = Waiting()
    kind = "matching" if ticket is None else "leg"
    listener.ws = await connect_relay(
        LOOPBACK,
        running.port,
        target=f"/v1/{kind}",
        subprotocol=f"tasuki.{kind}.v1",
        listener=listener,
        trust=trust(),
        headers=[] if ticket is None else [("Authorization", f"Bearer {ticket}")],
        upgrades=known,
    )
    assert await listener.next() == ("opened",)
    return listener


@contextlib.asynccontextmanager
async def pair(running: RunningFront, known: Known) -> AsyncIterator[tuple[Waiting, Waiting]]:
    """Two legs that are joined."""
    user = await connect(running, known, ticket=running.ticket(SESSION, Side.USER))
    helper = await connect(running, known, ticket=running.ticket(SESSION, Side.HELPER))
    for leg in (user, helper):
        assert await leg.next() == ("message", "ready")
    try:
        yield user, helper
    finally:
        for leg in (user, helper):
            leg.ws.abort()


async def test_matching_is_the_same(upgrades: Known) -> None:
    """The relay speaks first, messages of any size pass both ways, and the close's code arrives."""
    async with front() as running:
        agent = await connect(running, upgrades)
        assert await agent.next() == ("message", "hello")
        assert running.gate.inside >= 1
        for message in ("me", "x", "ö" * 30_000, ""):
            agent.ws.send(message)
            assert await agent.next() == ("message", message)
        assert running.gate.inside == 0
        agent.ws.close(1000, "bye")
        assert await agent.next() == ("closed", 1000, "bye")
        assert await running.listeners[0].closed_with == 1000
        assert upgrades.told == [upgrades.away]


async def test_a_session_is_the_same(upgrades: Known) -> None:
    """Both ways at once, more than is held anywhere, and in order; then the end of one is the end of the other."""
    async with front() as running, pair(running, upgrades) as (user, helper):
        data = os.urandom(3_000_000)
        for at in range(0, len(data), 50_000):
            user.ws.send(data[at : at + 50_000])
            helper.ws.send(data[at : at + 50_000])
        for leg in (user, helper):
            got = b""
            while len(got) < len(data):
                kind, payload = await leg.next()
                assert kind == "message"
                got += payload  # type: ignore[operator]
            assert got == data
        assert await running.events.told.get() == ("spliced", SESSION)
        user.ws.send(b"the last word")
        user.ws.close()
        assert await helper.next() == ("message", b"the last word")
        assert (await helper.next())[0] == "closed"
        assert (await user.next())[0] == "closed"
        told = await running.events.told.get()
        assert (told[0], str(told[2])) == ("over", "user_gone")


async def test_bounds_are_the_same(upgrades: Known) -> None:
    """A message that is too long, a byte before `ready`, too many frames."""
    async with front() as running:
        agent = await connect(running, upgrades)
        await agent.next()
        agent.ws.send("x" * 65_537)
        assert (await agent.next())[:2] == ("closed", 1009)
        early = await connect(running, upgrades, ticket=running.ticket(SESSION, Side.USER))
        early.ws.send(b"!")
        assert (await early.next())[:2] == ("closed", 1002)
        noisy = await connect(running, upgrades)
        await noisy.next()
        for _ in range(11):
            noisy.ws.ping()
        assert (await noisy.next())[:2] == ("closed", 1008)


async def test_a_ticket_opens_one_leg(upgrades: Known) -> None:
    """Shown again it is 403, as any bad one is."""
    async with front() as running:
        ticket = running.ticket(SESSION, Side.USER)
        leg = await connect(running, upgrades, ticket=ticket)
        for bad in (ticket, "x"):
            with pytest.raises(DialError) as caught:
                await connect(running, upgrades, ticket=bad)
            assert caught.value.facts["status"] == 403
        leg.ws.abort()
        assert (await leg.next())[:2] == ("closed", 1006)


async def test_a_relay_that_ends_it_is_heard(upgrades: Known) -> None:
    """The reason of the end comes with the close."""
    async with front() as running, pair(running, upgrades) as (user, helper):
        running.dataplane.order(CloseSession(session=SESSION, why=Why.OPERATOR_ENDED))
        for leg in (user, helper):
            assert await leg.next() == ("closed", 1000, "operator_ended")


def inspecting(to_upgrade: bytes | None) -> Handler:
    """Somebody on the way who says this to an upgrade (nothing at all: None), and passes on what is posted: to a relay that says hello."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = False
        while True:
            head = (await read_head(reader)).decode()
            method, path, _ = head.split(" ", 2)
            match method, path:
                case "GET", _ if to_upgrade is None:
                    await reader.read()
                case "GET", _:
                    writer.write(to_upgrade or b"")
                    if b"101" not in (to_upgrade or b""):
                        return
                case _, "/v1/matching":
                    assert "Upgrade" not in head
                    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"key":"KEY"}')
                case _, "/v1/down" if not said:
                    said = True
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n\x81\x05hello")
                case _:
                    await reader.read()
            await writer.drain()

    return handle


@pytest.mark.parametrize(
    "to_upgrade",
    [
        *(
            f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n".encode()
            for status in (200, 400, 403, 404, 426, 501, 502)
        ),
        b"",
        None,
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ],
)
async def test_whatever_becomes_of_an_upgrade_posts_go_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to_upgrade: bytes | None
) -> None:
    """A refusal, a page, a cut, silence, headers that are gone: the same connection comes about, and that is learned."""
    monkeypatch.setattr(carriers, "UPGRADE_PATIENCE", 0.2)
    root, known, listener = Root(tmp_path), Known(away=False), Waiting()
    async with serving(inspecting(to_upgrade), tls=root.server("localhost").context()) as port:
        listener.ws = await connect_relay(
            "localhost",
            port,
            target="/v1/matching",
            subprotocol="tasuki.matching.v1",
            listener=listener,
            trust=OuterTrust(root_der=root.der),
            upgrades=known,
        )
        assert await listener.next() == ("opened",)
        assert await listener.next() == ("message", "hello")
        assert known.told == [True]
        listener.ws.abort()
        assert (await listener.next())[:2] == ("closed", 1006)


async def test_a_refused_upgrade_is_followed_by_posts_only_where_it_helps() -> None:
    """A ticket that is bad is bad either way: the first refusal is told."""
    async with front() as running:
        with pytest.raises(DialError) as caught:
            await connect(running, ALWAYS_TRY, ticket="x")
        assert (caught.value.code, caught.value.facts["status"]) == ("relay_http_failed", 403)
    await asyncio.sleep(0)


async def test_lines_that_break_all_the_time_lose_nothing() -> None:
    """Every connection of the network is cut again and again, in the middle of posts and answers: all bytes arrive, once, in order."""
    chance = random.Random(5)
    async with front() as running, pair(running, Known(away=True)) as (user, helper):
        data = os.urandom(3_000_000)
        cuts = arrived = 0

        async def cut() -> None:
            nonlocal cuts
            seen = 0
            while True:
                await asyncio.sleep(0.03)
                if (
                    running.factory.open and arrived > seen
                ):  # a machine with much to do connects more slowly than this cuts
                    chance.choice(list(running.factory.open)).abortConnection()
                    cuts, seen = cuts + 1, arrived

        cutting = asyncio.ensure_future(cut())
        for at in range(0, len(data), 50_000):
            user.ws.send(data[at : at + 50_000])
            helper.ws.send(data[at : at + 50_000])
        try:
            for leg in (user, helper):
                got = b""
                while len(got) < len(data):
                    kind, payload = await leg.next()
                    assert kind == "message"
                    got += payload  # type: ignore[operator]
                    arrived += 1
                assert got == data
        finally:
            cutting.cancel()
        assert cuts >= 3


async def test_a_real_agent_is_online_in_posts(tmp_path: Path) -> None:
    """hello, identify, welcome, a list; who does not identify is sent away in time; a newer connection replaces the older."""
    async with relay_on_loopback(tmp_path) as relay:
        user = await relay.member(Role.USER, "Anna")
        away = Known(away=True)

        async def in_posts(host: str, port: int, **how: Any) -> WebSocket:
            how["trust"] = OuterTrust(root_der=relay.outer.der)
            return await connect_relay(host, port, upgrades=away, **how)

        first = Matching(profile=user, agent="test/1", connect=in_posts)
        first.start()
        await first.online(10)
        first.watch(True)
        await until(lambda: first.view.listed)
        assert len(relay.factory.polling) == 1
        second = relay.agent(user)
        second.start()
        await second.online(10)
        await until(lambda: first.view.phase is MatchingPhase.REPLACED)
        await second.stop()
        await first.stop()
        await until(lambda: not len(relay.factory.polling))
