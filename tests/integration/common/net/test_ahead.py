"""Connections that are made before they are asked for: who takes them, and what becomes of the others."""

import asyncio
import ssl
from typing import Any

import pytest

from common.net import ahead as module
from common.net import carriers
from common.net.ahead import Ahead
from common.net.carriers import connect_relay
from common.net.connect import Secured, secure
from common.net.dial import dial
from common.net.proxy_routes import DIRECT
from relay.core.tickets import Side
from tests.integration.common.net.test_carriers import SESSION, Known, trust
from tests.support.front import LOOPBACK, RunningFront, certificate, front, until
from tests.support.pipes import Waiting


class Counted:
    """What is made ahead to a front, and how many connections the front has had."""

    def __init__(self, running: RunningFront, monkeypatch: pytest.MonkeyPatch, *, polled: bool) -> None:
        self.running = running
        self.accepted = 0
        self.upgrades = Known(polled)
        self.ahead = Ahead(routes=DIRECT, trust=trust, upgrades=self.upgrades)
        build: Any = running.factory.buildProtocol

        def count(address: Any) -> Any:
            self.accepted += 1
            return build(address)

        monkeypatch.setattr(running.factory, "buildProtocol", count)

    async def made(self, count: int) -> None:
        """So many are there, and nothing was asked on them."""
        await until(lambda: len(self.ahead._coming) == count and all(one.task.done() for one in self.ahead._coming))

    async def leg(self, *, port: int | None = None) -> Waiting:
        """The user's leg."""
        listener = Waiting()
        listener.ws = await connect_relay(
            LOOPBACK,
            port or self.running.port,
            target="/v1/leg",
            subprotocol="tasuki.leg.v1",
            listener=listener,
            trust=trust(),
            headers=[("Authorization", f"Bearer {self.running.ticket(SESSION, Side.USER)}")],
            upgrades=self.upgrades,
            ahead=self.ahead,
        )
        assert await listener.next() == ("opened",)
        return listener


@pytest.mark.parametrize("polled", [False, True], ids=["upgraded", "polled"])
async def test_a_leg_takes_what_was_made_ahead(monkeypatch: pytest.MonkeyPatch, *, polled: bool) -> None:
    """Without upgrades both of its connections."""
    async with front() as running:
        world = Counted(running, monkeypatch, polled=polled)
        world.ahead.begin(LOOPBACK, [running.port])
        await world.made(2 if polled else 1)
        leg = await world.leg()
        leg.ws.send("a byte before ready ends it")  # the second one is used
        assert (await leg.next())[0] == "closed"
        assert world.accepted == (2 if polled else 1)


async def test_a_leg_waits_for_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is further than a new one would be."""
    async with front() as running:
        world = Counted(running, monkeypatch, polled=False)
        world.ahead.begin(LOOPBACK, [running.port])
        leg = await world.leg()
        assert world.accepted == 1
        leg.ws.abort()


@pytest.mark.parametrize("why", ["too old", "dropped", "begun again", "lost", "another port"])
async def test_what_cannot_be_taken(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    """It is closed, and the leg makes a connection of its own."""
    monkeypatch.setattr(module, "KEPT", 0.3 if why == "too old" else 8.0)
    async with front(timing={"request": 0.5 if why == "lost" else 10.0}) as running, front() as other:
        world = Counted(running, monkeypatch, polled=False)
        world.ahead.begin(LOOPBACK, [running.port, other.port])
        await world.made(1)
        [coming] = world.ahead._coming
        if why == "dropped":
            world.ahead.drop()
        elif why == "begun again":
            world.ahead.begin(LOOPBACK, [running.port])
            await world.made(1)
        if why != "another port":
            await until(lambda: coming.task.result().lost)
        else:
            world.running = other
        leg = await world.leg()
        assert (world.accepted, world.running is running) == {
            "begun again": (2, True),
            "another port": (1, False),
        }.get(why, (2, True))
        leg.ws.abort()
        world.ahead.drop()
        await until(lambda: running.gate.inside == 0)


@pytest.mark.parametrize("polled", [False, True], ids=["upgraded", "polled"])
async def test_one_that_has_died_unnoticed(monkeypatch: pytest.MonkeyPatch, *, polled: bool) -> None:
    """Nothing answers on it: the same is asked once more on a new one, and nothing is learned of the network."""
    monkeypatch.setattr(carriers, "AHEAD_PATIENCE", 0.3)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate())
    heard = bytearray()

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            heard.extend(data)
        writer.close()

    server = await asyncio.start_server(deaf, LOOPBACK, 0, ssl=context)
    async with front() as running, server:
        world = Counted(running, monkeypatch, polled=polled)
        dialled = await dial(LOOPBACK, server.sockets[0].getsockname()[1])
        made = [await secure(dialled, trust(), end=asyncio.get_running_loop().time() + 10)]

        async def take(*_: object, **__: object) -> Secured | None:
            return made.pop() if made else None

        monkeypatch.setattr(world.ahead, "take", take)
        leg = await world.leg()
        assert heard
        assert world.accepted >= 1
        assert world.upgrades.told == [polled]
        leg.ws.abort()


async def test_which_port_and_address_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that led to the relay the last time, without looking the name up again."""
    asked: list[tuple[int, str]] = []
    dialled = asyncio.Queue[None]()

    async def dial(_host: str, port: int, *, known: str = "", **_: object) -> Any:
        asked.append((port, known))
        dialled.put_nowait(None)
        await asyncio.get_running_loop().create_future()

    async with front() as running:
        world = Counted(running, monkeypatch, polled=False)
        leg = await world.leg()
        monkeypatch.setattr(module, "dial", dial)
        for ports in ([443, running.port], [443, 80]):
            world.ahead.begin(LOOPBACK, ports)
            await asyncio.wait_for(dialled.get(), 10)
            world.ahead.drop()
        world.ahead.begin(LOOPBACK, [])
        assert asked == [(running.port, LOOPBACK), (443, LOOPBACK)]
        leg.ws.abort()


async def test_a_relay_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is said: the leg's own connection says why."""
    async with front() as running:
        world = Counted(running, monkeypatch, polled=False)
        world.ahead.begin(LOOPBACK, [1])
        await world.made(1)
        leg = await world.leg()
        assert world.accepted == 1
        leg.ws.abort()
        world.ahead.drop()
