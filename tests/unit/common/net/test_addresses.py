"""Several addresses of the relay: which of them is spoken to, and what is said where none is. (More in session/test_leg.py.)"""

import asyncio

import pytest

from common.host.errors import TasukiError
from common.net.addresses import ONE_BY_ONE, Claim, first_address
from common.net.dial import DialError

ADDRESSES = [("a", 443), ("a", 80)]


class Ports:
    """What becomes of an attempt at each port: open, silent, or the stage at which it fails."""

    def __init__(self, **outcomes: str) -> None:
        self.outcomes = {int(name[1:]): outcome for name, outcome in outcomes.items()}
        self.tried: list[int] = []
        self.shares: list[float] = []

    async def attempt(self, host: str, port: int, claim: Claim, seconds: float) -> int:
        self.tried.append(port)
        self.shares.append(seconds)
        outcome = self.outcomes[port]
        if outcome == "silent":
            await asyncio.sleep(seconds)
            raise DialError("relay_unreachable", stage="tcp", address=f"{host}:{port}", detail="silent")
        if outcome in {"open", "http"}:
            claim()
        if outcome != "open":
            raise DialError("relay_unreachable", stage=outcome, address=f"{host}:{port}", detail="x")  # type: ignore[arg-type]
        return port

    async def open(self, *, stagger: float = 0.0, deadline: float = 5.0) -> int:
        return await first_address(ADDRESSES, self.attempt, deadline=deadline, stagger=stagger)


async def test_a_port_that_is_dropped_costs_the_stagger() -> None:
    """The second is tried beside the first, and what it brings counts."""
    ports = Ports(p443="silent", p80="open")
    assert await ports.open() == 80
    assert ports.tried == [443, 80]


async def test_one_by_one_shares_the_time() -> None:
    """The second when the first has failed, each with its part."""
    ports = Ports(p443="silent", p80="open")
    assert await ports.open(stagger=ONE_BY_ONE, deadline=0.2) == 80
    assert ports.shares[0] == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize(("p443", "p80", "told"), [("tcp", "tcp", 443), ("tcp", "tls", 80), ("name", "name", 443)])
async def test_what_led_furthest_is_told(p443: str, p80: str, told: int) -> None:
    """The first of two that are alike."""
    with pytest.raises(DialError) as caught:
        await Ports(p443=p443, p80=p80).open(stagger=ONE_BY_ONE)
    assert caught.value.facts["address"] == f"a:{told}"


async def test_what_was_asked_once_is_not_asked_elsewhere() -> None:
    """A refusal after the request is the answer."""
    ports = Ports(p443="http", p80="open")
    with pytest.raises(DialError):
        await ports.open(stagger=ONE_BY_ONE)
    assert ports.tried == [443]


async def test_something_is_said_of_no_address() -> None:
    """Nobody waits for ever."""
    with pytest.raises(TasukiError):
        await first_address([], Ports().attempt, deadline=1.0)
