"""What both agents are put together from: no certificate that has expired is shown to the relay."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from common.agent.composition import RELAY_SAYS_EXPIRED, Renewal
from common.agent.enrolment.busy import EnrolmentBusyError
from common.host.errors import TasukiError
from common.net.dial import DialError
from common.net.proxy_routes import DIRECT
from common.protocol.certificate_requests import NotIssued, Refusal
from common.protocol.clock import Timer
from tests.support.ca import Organisation
from tests.support.enrolment import Computer


class House:
    """An enrolled computer whose clock is behind the relay's by `behind`."""

    def __init__(self, folder: Path) -> None:
        self.organisation = Organisation(folder / "organisation")
        self.computer = Computer(folder / "computer", self.organisation)
        self.behind = timedelta()

    async def enrol(self) -> None:
        """And what is in place then has a renewal."""
        await self.computer.enrol()
        self.renewal = Renewal(
            self.computer.profile,
            clock=self,
            post=self.computer.relay.post,
        )

    # its clock

    def now(self) -> datetime:
        """The wall clock, as it was set."""
        return self.organisation.now() - self.behind

    def monotonic(self) -> float:
        """Nobody sets this one."""
        return self.organisation.clock.monotonic()

    def call_later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Nor these."""
        return self.organisation.clock.call_later(seconds, call)

    async def renewed(self, *, refused: bool) -> bool:
        """Whether connecting was preceded by a renewal."""
        before = self.computer.profile.certificate.serial
        await self.renewal.before_connecting(refused=refused, routes=DIRECT)
        return self.computer.profile.certificate.serial != before


async def enrolled(folder: Path) -> House:
    """A house of the test's own."""
    house = House(folder)
    await house.enrol()
    return house


async def test_a_good_certificate_is_kept(tmp_path: Path) -> None:
    """Nothing is asked for."""
    house = await enrolled(tmp_path)
    assert not await house.renewed(refused=False)


async def test_an_expired_one_is_renewed(tmp_path: Path) -> None:
    """As our own clock says."""
    house = await enrolled(tmp_path)
    house.organisation.clock.advance(31 * 86400)
    assert await house.renewed(refused=False)


async def test_with_a_slow_clock_the_relay_knows_better(tmp_path: Path) -> None:
    """It refused what our clock holds for valid: renewed, once in an hour, so that a relay with a fast clock asks for no more."""
    house = await enrolled(tmp_path)
    house.behind = timedelta(hours=12)
    house.organisation.clock.advance(30 * 86400 + 3600)
    assert not await house.renewed(refused=False)
    assert await house.renewed(refused=True)
    assert not await house.renewed(refused=True)
    house.organisation.clock.advance(RELAY_SAYS_EXPIRED)
    assert await house.renewed(refused=True)


async def test_a_clock_too_slow_for_any_certificate(tmp_path: Path) -> None:
    """What is wrong is said, and not asked for again at once; the old certificate stays."""
    house = await enrolled(tmp_path)
    house.behind = timedelta(days=20)
    house.organisation.clock.advance(31 * 86400)
    with pytest.raises(TasukiError) as caught:
        await house.renewed(refused=True)
    assert caught.value.code == "clocks_differ"
    assert not await house.renewed(refused=True)


async def test_a_relay_that_was_not_reached_is_asked_again(tmp_path: Path) -> None:
    """At the very next try."""
    house = await enrolled(tmp_path)
    house.computer.relay.lose = DialError("relay_unreachable", stage="tcp", address="relay.example", detail="x")
    with pytest.raises(DialError):
        await house.renewed(refused=True)
    house.computer.relay.lose = None
    assert await house.renewed(refused=True)


async def test_a_busy_relay_is_not_asked_before_its_time(tmp_path: Path) -> None:
    """Matching tries to connect again and again meanwhile, and each try says the same; then the certificate comes."""
    house = await enrolled(tmp_path)
    house.organisation.clock.advance(31 * 86400)
    house.computer.relay.change_answer = lambda _: NotIssued(code=Refusal.BUSY, retry_after=40)
    said = []
    for _ in range(3):
        with pytest.raises(EnrolmentBusyError) as caught:
            await house.renewed(refused=False)
        said.append(str(caught.value))
        house.organisation.clock.advance(10)
    assert len(set(said)) == 1
    assert len(house.computer.relay.asked) == 2  # the enrolment, and this once
    house.computer.relay.change_answer = lambda answer: answer
    house.organisation.clock.advance(10)
    assert await house.renewed(refused=False)
