"""Opening a leg: which address sees the ticket, and what is heard of it."""

import asyncio
from typing import Any

import pytest

from common.agent.session.leg import LegListener, TicketSpentError, open_leg
from common.host.errors import TasukiError
from common.net.dial import DialError
from common.net.proxy_routes import OneRoute
from common.net.tls import OuterTrust
from common.protocol.messages import Granted, Mode, Peer, ToAnyone
from common.protocol.proxies import ProxyUrl

ROUTES = OneRoute(ProxyUrl.parse("http://proxy:3128"))


def granted(*legs: tuple[str, int]) -> Granted:
    """A grant with these addresses."""
    return Granted(
        request="a" * 32,
        session="b" * 32,
        ticket="secret",
        legs=list(legs),
        peer=Peer(uri="u", name="n"),
        mode=Mode.VIEW,
        to=ToAnyone(),
    )


class Network:
    """Addresses and what each of them does; a silent one does nothing until it is told to."""

    def __init__(self, **outcomes: str) -> None:
        self.outcomes = outcomes
        self.tried: list[str] = []
        self.seen: list[str] = []
        self.given_up: list[str] = []
        self.wake = asyncio.Event()
        self.begun = asyncio.Semaphore(0)

    async def connect(self, host: str, port: int, *, headers: list[Any], routes: Any, claim: Any, **_: Any) -> Any:
        self.tried.append(host)
        stage, *silent = self.outcomes[host].split()
        assert routes is ROUTES
        if silent:
            self.begun.release()
            try:
                await self.wake.wait()
            except asyncio.CancelledError:
                self.given_up.append(host)
                raise
        if stage in {"open", "http"}:
            claim()
            self.seen.append(f"{host} {dict(headers)['Authorization']}")
            await asyncio.sleep(0)
        if stage == "open":
            return host
        raise DialError("relay_unreachable", stage=stage, address=host, detail="x")  # type: ignore[arg-type]

    async def open(self, *legs: tuple[str, int], stagger: float = 30.0, deadline: float = 30.0) -> Any:
        return await open_leg(
            granted(*legs),
            listener=LegListener(Owner()),
            trust=OuterTrust(),
            routes=ROUTES,
            deadline=deadline,
            connect=self.connect,
            stagger=stagger,
        )


class Owner:
    """Hears of a leg."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def leg_opened(self) -> None:
        self.heard.append("opened")

    def leg_message(self, payload: str | bytes) -> None:
        self.heard.append(payload)

    def leg_closed(self) -> None:
        self.heard.append("closed")

    def leg_paused(self, on: bool) -> None:
        self.heard.append(on)


class Socket:
    """Something to close."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


async def test_the_first_address_that_answers() -> None:
    """Only that one sees the ticket; a failure makes room for the next at once."""
    network = Network(a="tcp", b="tls", c="open")
    assert await network.open(("a", 443), ("b", 80), ("c", 8443)) == "c"
    assert network.seen == ["c Bearer secret"]
    assert network.tried == ["a", "b", "c"]


async def test_an_address_that_says_nothing() -> None:
    """The next is tried beside it, and what loses is given up."""
    network = Network(a="open silent", b="open", c="open")
    assert await network.open(("a", 443), ("b", 80), ("c", 8443), stagger=0.0) == "b"
    assert network.given_up == ["a"]
    assert network.seen == ["b Bearer secret"]


async def test_one_connection_shows_the_ticket() -> None:
    """Of several that are so far in the same moment."""
    network = Network(a="open silent", b="open silent", c="tcp silent")
    opening = asyncio.ensure_future(network.open(("a", 443), ("b", 80), ("c", 8443), stagger=0.0))
    for _ in range(3):
        await network.begun.acquire()
    network.wake.set()
    assert await opening == "a"
    assert network.seen == ["a Bearer secret"]


async def test_a_ticket_that_was_shown_is_spent() -> None:
    """No other address may see it, not even one that is ready for it."""
    network = Network(a="http", b="open")
    with pytest.raises(TicketSpentError) as caught:
        await network.open(("a", 443), ("b", 80))
    assert isinstance(caught.value.problem, DialError)
    assert network.tried == ["a"]
    network = Network(a="http silent", b="open silent")
    opening = asyncio.ensure_future(network.open(("a", 443), ("b", 80), stagger=0.0))
    for _ in range(2):
        await network.begun.acquire()
    network.wake.set()
    with pytest.raises(TicketSpentError):
        await opening
    assert network.seen == ["a Bearer secret"]


async def test_no_address_answers() -> None:
    """The problem of the one that led furthest is told; with no address at all there is one too."""
    with pytest.raises(DialError) as caught:
        await Network(a="name", b="tcp", c="tcp").open(("a", 443), ("b", 80), ("c", 80))
    assert (caught.value.stage, caught.value.facts["address"]) == ("tcp", "b")
    with pytest.raises(TasukiError):
        await Network().open()


async def test_no_time_is_left() -> None:
    """Then nothing is tried."""
    network = Network(a="open")
    with pytest.raises(TasukiError):
        await network.open(("a", 443), deadline=0.0)
    assert network.tried == []


async def test_given_up_with_all_that_is_under_way() -> None:
    """Cancelled, no connection goes on."""
    network = Network(a="open silent")
    opening = asyncio.ensure_future(network.open(("a", 443)))
    await network.begun.acquire()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert network.given_up == ["a"]


def test_a_leg_tells_its_owner() -> None:
    """What comes, and the backpressure."""
    owner, socket = Owner(), Socket()
    leg, ws = LegListener(owner), socket
    for call in (leg.opened, leg.paused, leg.resumed):
        call(ws)  # type: ignore[arg-type]
    leg.message(ws, b"x")  # type: ignore[arg-type]
    leg.closed(ws, 1000, "")  # type: ignore[arg-type]
    assert owner.heard == ["opened", True, False, b"x", "closed"]
    assert leg.gone.is_set()


def test_a_leg_let_go_tells_nothing() -> None:
    """One that comes about all the same is closed at once."""
    owner, socket = Owner(), Socket()
    leg = LegListener(owner)
    leg.let_go()
    assert leg.gone.is_set()
    for call in (leg.opened, leg.paused, leg.resumed):
        call(socket)  # type: ignore[arg-type]
    leg.message(socket, b"x")  # type: ignore[arg-type]
    leg.closed(socket, 1000, "")  # type: ignore[arg-type]
    assert owner.heard == []
    assert socket.closed == 1
    late = LegListener(owner)
    late.opened(socket)  # type: ignore[arg-type]
    late.let_go()
    assert not late.gone.is_set()
