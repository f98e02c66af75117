"""Opening a leg: which address sees the ticket, and what is heard of it."""

from typing import Any

import pytest

from common.agent.leg import Leg, TicketSpentError, open_leg
from common.host.errors import TasukiError
from common.net.dial import DialError
from common.net.tls import OuterTrust
from common.protocol.messages import Granted, Mode, Peer, ToAnyone
from common.protocol.proxies import ProxyUrl

PROXY = ProxyUrl.parse("http://proxy:3128")


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
    """Addresses and what each of them does."""

    def __init__(self, **outcomes: str) -> None:
        self.outcomes = outcomes
        self.tried: list[tuple[str, float]] = []
        self.seen: list[str] = []
        self.now = 0.0
        self.took = 0.0

    async def connect(self, host: str, port: int, *, deadline: float, headers: list[Any], proxy: Any, **_: Any) -> Any:
        self.tried.append((host, deadline))
        self.now += self.took
        outcome = self.outcomes[host]
        assert proxy is PROXY
        if outcome in {"open", "http"}:
            self.seen.append(dict(headers)["Authorization"])
        if outcome == "open":
            return host
        raise DialError("relay_unreachable", stage=outcome, address=host, detail="x")  # type: ignore[arg-type]

    async def open(self, *legs: tuple[str, int]) -> Any:
        return await open_leg(
            granted(*legs),
            listener=Leg(Owner()),
            trust=OuterTrust(),
            proxy=lambda _host, _port: PROXY,
            deadline=30.0,
            connect=self.connect,
            seconds=lambda: self.now,
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
    """Only that one sees the ticket; each gets its share of the time that is left."""
    network = Network(a="tcp", b="tls", c="open")
    assert await network.open(("a", 443), ("b", 80), ("c", 8443)) == "c"
    assert network.seen == ["Bearer secret"]
    assert network.tried == [("a", 10.0), ("b", 15.0), ("c", 30.0)]


async def test_a_ticket_that_was_shown_is_spent() -> None:
    """No other address may see it."""
    network = Network(a="http", b="open")
    with pytest.raises(TicketSpentError) as caught:
        await network.open(("a", 443), ("b", 80))
    assert isinstance(caught.value.problem, DialError)
    assert len(network.tried) == 1


async def test_no_address_answers() -> None:
    """The last problem is told; with no address at all there is one too."""
    with pytest.raises(DialError) as caught:
        await Network(a="tcp", b="name").open(("a", 443), ("b", 80))
    assert caught.value.stage == "name"
    with pytest.raises(TasukiError):
        await Network().open()


async def test_no_time_is_left_for_the_next() -> None:
    """Then it is not tried."""
    network = Network(a="tcp", b="open")
    network.took = 31.0
    with pytest.raises(DialError):
        await network.open(("a", 443), ("b", 80))
    assert len(network.tried) == 1


def test_a_leg_tells_its_owner() -> None:
    """What comes, and the backpressure."""
    owner, socket = Owner(), Socket()
    leg, ws = Leg(owner), socket
    for call in (leg.opened, leg.paused, leg.resumed):
        call(ws)  # type: ignore[arg-type]
    leg.message(ws, b"x")  # type: ignore[arg-type]
    leg.closed(ws, 1000, "")  # type: ignore[arg-type]
    assert owner.heard == ["opened", True, False, b"x", "closed"]
    assert leg.gone.is_set()


def test_a_leg_let_go_tells_nothing() -> None:
    """One that comes about all the same is closed at once."""
    owner, socket = Owner(), Socket()
    leg = Leg(owner)
    leg.let_go()
    assert leg.gone.is_set()
    for call in (leg.opened, leg.paused, leg.resumed):
        call(socket)  # type: ignore[arg-type]
    leg.message(socket, b"x")  # type: ignore[arg-type]
    leg.closed(socket, 1000, "")  # type: ignore[arg-type]
    assert owner.heard == []
    assert socket.closed == 1
    late = Leg(owner)
    late.opened(socket)  # type: ignore[arg-type]
    late.let_go()
    assert not late.gone.is_set()
