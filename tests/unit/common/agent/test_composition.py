"""What both agents are put together from: no certificate that has expired is shown to the relay."""

from datetime import timedelta
from pathlib import Path

import pytest

from common.agent.composition import RELAY_SAYS_EXPIRED, Renewal
from common.host.errors import TasukiError
from common.net.dial import DialError
from tests.support.ca import Organisation
from tests.support.enrolment import Computer


class House:
    """An enrolled computer whose clock is behind the relay's by `behind`."""

    def __init__(self, folder: Path) -> None:
        self.organisation = Organisation(folder / "organisation")
        self.computer = Computer(folder / "computer", self.organisation)
        self.behind = timedelta()
        self.seconds = 0.0

    async def enrol(self) -> None:
        """And what is in place then has a renewal."""
        await self.computer.enrol()
        self.renewal = Renewal(
            self.computer.profile,
            clock=lambda: self.organisation.now() - self.behind,
            seconds=lambda: self.seconds,
            post=self.computer.relay.post,
        )

    async def renewed(self, *, refused: bool) -> bool:
        """Whether connecting was preceded by a renewal."""
        before = self.computer.profile.certificate.serial
        await self.renewal.before_connecting(refused=refused, proxy=None)
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
    house.seconds += RELAY_SAYS_EXPIRED
    assert await house.renewed(refused=True)


async def test_a_clock_too_slow_for_any_certificate(tmp_path: Path) -> None:
    """What is wrong is said, and not asked for again at once; the old certificate stays."""
    house = await enrolled(tmp_path)
    house.behind = timedelta(days=20)
    house.organisation.clock.advance(31 * 86400)
    with pytest.raises(TasukiError) as caught:
        await house.renewed(refused=True)
    assert caught.value.code == "clock_wrong"
    assert not await house.renewed(refused=True)


async def test_a_relay_that_was_not_reached_is_asked_again(tmp_path: Path) -> None:
    """At the very next try."""
    house = await enrolled(tmp_path)
    house.computer.relay.lose = DialError("relay_unreachable", stage="tcp", address="relay.example", detail="x")
    with pytest.raises(DialError):
        await house.renewed(refused=True)
    house.computer.relay.lose = None
    assert await house.renewed(refused=True)
