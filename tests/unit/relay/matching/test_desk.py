"""Users are told of the help desk: when they come, and once a day while they stay."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from common.protocol.desk import Desk
from common.protocol.identity import Role
from common.protocol.messages import DeskNow
from relay.matching.connections import Connections
from relay.matching.desk import HelpDesk
from relay.settings import DeskSection
from tests.support.clock import FakeClock
from tests.support.marks import needs
from tests.support.relay_in_memory import Agent, relay_in_memory

pytestmark = needs("/usr/share/zoneinfo")  # the relay is Linux'
DESK = (
    DeskSection(telephone="03-1234-5678", hours=["Mon-Sun 09:00-17:00"], time_zone="Asia/Tokyo")
    if sys.platform != "win32"
    else DeskSection()
)
DAY = 86400.0


def local(moment: float) -> tuple[int, int]:
    """Hour and minute in UTC; Tokyo is nine hours ahead, all the year."""
    told = datetime.fromtimestamp(moment, UTC)
    return told.hour, told.minute


def told(agent: Agent) -> Desk | None:
    """What its welcome said of the desk."""
    assert agent.welcome is not None
    return agent.welcome.desk


async def test_told_at_the_beginning(tmp_path: Path) -> None:
    """In a user's welcome, as moments, for more than a week; a helper, who is the desk, hears nothing of it."""
    async with relay_in_memory(tmp_path, desk=DESK) as relay:
        user = await relay.agent(Role.USER, "Anna")
        helper = await relay.agent(Role.HELPER, "Hana")
        desk = told(user)
        assert desk is not None
        assert desk.telephone == "03-1234-5678"
        assert desk.open is not None
        assert 9 <= len(desk.open) <= 10
        assert {(local(begin), local(end)) for begin, end in desk.open} == {((0, 0), (8, 0))}
        assert told(helper) is None


async def test_nothing_to_tell(tmp_path: Path) -> None:
    """Without a telephone, hours and call backs nothing is said, and no timer runs."""
    async with relay_in_memory(tmp_path, desk=DeskSection(call_back=0.0)) as relay:
        user = await relay.agent(Role.USER, "Anna")
        assert told(user) is None
        await relay.advance(2 * DAY)
        assert user.heard(DeskNow) == []


async def test_told_anew_every_day(tmp_path: Path) -> None:
    """Whoever stays connected knows the week ahead on every day."""
    async with relay_in_memory(tmp_path, desk=DESK) as relay:
        user = await relay.agent(Role.USER, "Anna")
        first = told(user)
        helper = await relay.agent(Role.HELPER, "Hana")
        user.forget()
        relay.clock.advance(DAY)
        await relay.settle()
        [again] = user.heard(DeskNow)
        assert first is not None
        assert first.open is not None
        assert again.desk.open is not None
        assert again.desk.open[-1][0] == first.open[-1][0] + DAY
        assert helper.heard(DeskNow) == []


def test_a_telephone_alone() -> None:
    """Of hours nothing is said then: that is not the same as closed."""
    desk = HelpDesk(DeskSection(telephone="112"), clock=FakeClock(), connections=Connections())
    assert desk.told() == Desk(telephone="112", open=None, call_back=True)
