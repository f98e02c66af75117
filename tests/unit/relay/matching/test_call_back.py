"""A request that is left as a call back: it stays while nobody is there, is taken when its user is, and goes back where none came of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import (
    Accept,
    Cancel,
    Code,
    Decline,
    End,
    Ended,
    Error,
    Granted,
    Mode,
    Over,
    Request,
    Requests,
    ToAnyone,
    ToGroup,
    ToHelper,
    Waiting,
)
from common.protocol.reasons import PUT_BACK, Why
from relay.matching.connections import Connections
from relay.matching.desk import HelpDesk
from relay.settings import DeskSection
from tests.support.call_backs import DAY, ID, asked, entry, left
from tests.support.clock import FakeClock
from tests.support.marks import needs
from tests.support.relay_in_memory import relay_in_memory


async def test_it_stays_while_its_user_is_away(tmp_path: Path) -> None:
    """For a day from when it was left; helpers see what it is, whether its user is there, and since when it was asked."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        until = user.heard(Waiting)[-1].until
        assert until == pytest.approx(relay.clock.now().timestamp() + DAY)
        helper = await relay.agent(Role.HELPER, "Hana", watch=True)
        one = entry(helper)
        assert (one.call_back, one.here) == (True, True)
        assert one.since == relay.clock.now().timestamp() - 60
        user.cut()
        await relay.settle()
        await relay.advance(2)
        assert entry(helper).here is False
        helper.forget()
        await relay.advance(DAY - 10)
        assert helper.heard(Requests) == []
        await relay.advance(20)
        assert [gone.why for message in helper.heard(Requests) for gone in message.gone] == [Why.EXPIRED]
        assert await relay.events() == ["request.waiting", "request.call_back", "request.over"]


async def test_who_asks_again_keeps_its_time(tmp_path: Path) -> None:
    """After a reconnect, also of another run of the program: the same request, the same place, not a day more."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        until = user.heard(Waiting)[-1].until
        user.cut()
        await relay.advance(3600)
        assert user.identity is not None
        again = await relay.connect(user.identity)
        again.say(left(topic="other words"))
        await relay.settle()
        assert again.heard(Waiting)[-1].until == until
        helper = await relay.agent(Role.HELPER, "Hana", watch=True)
        assert (entry(helper).here, entry(helper).topic) == (True, "other words")


async def test_after_a_restart_of_the_relay(tmp_path: Path) -> None:
    """It waits on, for its user and for a helper; one that was just being taken does too."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        until = user.heard(Waiting)[-1].until
        helper = await relay.agent(Role.HELPER, "Hana")
        helper.say(Accept(request=ID))
        await relay.settle()
        await relay.restart()
        assert user.identity is not None
        again = await relay.connect(user.identity)
        assert again.the(Ended).why is Why.RELAY_RESTARTED
        again.say(left())
        await relay.settle()
        assert again.heard(Waiting)[-1].until == until
        watching = await relay.agent(Role.HELPER, "Hiro", watch=True)
        assert entry(watching).here


async def test_taken_only_where_its_user_is_there(tmp_path: Path) -> None:
    """A helper hears that the user is away, and the request waits on; once the user is back the helper may take it."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        helper = await relay.agent(Role.HELPER, "Hana", watch=True)
        user.cut()
        await relay.settle()
        helper.say(Accept(request=ID))
        await relay.settle()
        assert helper.the(Error) == Error(about="accept", code=Code.USER_AWAY, request=ID)
        assert user.identity is not None
        again = await relay.connect(user.identity)
        again.say(left())
        await relay.settle()
        helper.say(Accept(request=ID))
        await relay.settle()
        assert again.the(Granted).peer.name == "Hana"


@pytest.mark.parametrize("why", [Why.NO_ANSWER, Why.REFUSED])
async def test_not_now(tmp_path: Path, why: Why) -> None:
    """Nobody answered, or not now: the session is over, the call back waits again in its old place, for others at once."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        until = user.heard(Waiting)[-1].until
        helpers = [await relay.agent(Role.HELPER, name, watch=True) for name in ("Hana", "Hiro")]
        since = entry(helpers[0]).since
        for helper in helpers:
            user.forget()
            helper.say(Accept(request=ID))
            await relay.settle()
            session = user.the(Granted).session
            user.say(End(session=session, why=why))
            await relay.settle()
            await relay.advance(1)
            assert helper.the(Ended).why is why
            assert user.the(Waiting).until == until
            assert user.heard(Over) == []
        assert (entry(helpers[1]).since, entry(helpers[1]).here) == (since, True)
        assert (await relay.events())[-4:] == ["request.granted", "request.put_back"] * 2


async def test_a_way_that_was_not_found(tmp_path: Path) -> None:
    """No session within two minutes: it waits again. What ends a request for good ends a call back too."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        helper = await relay.agent(Role.HELPER, "Hana")
        helper.say(Accept(request=ID))
        await relay.settle()
        user.forget()
        await relay.advance(121)
        assert user.the(Ended).why is Why.GRANT_EXPIRED
        assert user.the(Waiting).request == ID
        helper.say(Accept(request=ID))
        await relay.settle()
        user.say(End(session=user.the(Granted).session, why=Why.WRONG_PEER))
        await relay.settle()
        assert user.the(Over).why is Why.WRONG_PEER
        assert Why.WRONG_PEER not in PUT_BACK


async def test_once_it_was_a_session(tmp_path: Path) -> None:
    """It calls nobody back any more: its end is the request's."""
    async with relay_in_memory(tmp_path) as relay:
        user = await relay.agent(Role.USER, "Anna")
        helper = await relay.agent(Role.HELPER, "Hana")
        user.say(left())
        await relay.settle()
        session = await relay.active(user, helper, ToAnyone())
        helper.say(End(session=session, why=Why.HELPER_ENDED))
        await relay.advance(2)
        assert user.the(Over).why is Why.HELPER_ENDED


async def test_withdrawn(tmp_path: Path) -> None:
    """At any time."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        user.say(Cancel(request=ID))
        await relay.settle()
        assert user.the(Over).why is Why.CANCELLED


async def test_nobody_counts_them(tmp_path: Path) -> None:
    """Who waits in front of a screen is not behind those who do not; who leaves a place makes the others move up."""
    async with relay_in_memory(tmp_path) as relay:
        first = await relay.agent(Role.USER, "Anna")
        first.say(Request(request=ID, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        second = await relay.agent(Role.USER, "Ben")
        second.say(Request(request="b" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        assert second.the(Waiting).position == 2
        second.forget()
        first.say(left())
        await relay.settle()
        await relay.advance(1)
        assert second.the(Waiting).position == 1


async def test_one_for_each_person(tmp_path: Path) -> None:
    """Another request takes the place of a call back whose computer is off; one whose user is there stays in the way."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        assert user.identity is not None
        user.say(Request(request="b" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        assert user.the(Error).code == Code.OPEN_REQUEST
        user.cut()
        await relay.settle()
        again = await relay.connect(user.identity)
        again.say(Request(request="b" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        assert again.heard(Waiting)[-1].request == "b" * 32
        assert len(relay.hub.open_requests) == 1


async def test_a_decline_is_the_decliners_alone(tmp_path: Path) -> None:
    """Others come tomorrow; a helper who was asked by name answers for all."""
    async with relay_in_memory(tmp_path) as relay:
        helper = await relay.agent(Role.HELPER, "Hana", watch=True)
        user = await asked(relay)
        helper.say(Decline(request=ID))
        await relay.settle()
        assert user.heard(Over) == []
        user.say(Cancel(request=ID))
        await relay.settle()
        uri = helper.listener.identified.participant.uri
        user.say(left(ToHelper(uri=uri), request="c" * 32))
        await relay.settle()
        helper.say(Decline(request="c" * 32, why="tomorrow"))
        await relay.settle()
        assert user.heard(Over)[-1].note == "tomorrow"


async def test_nobody_is_away_because_of_one(tmp_path: Path) -> None:
    """A call back by name that runs out was not missed by a helper who was somewhere else."""
    async with relay_in_memory(tmp_path, desk=DeskSection(call_back=100.0)) as relay:
        helper = await relay.agent(Role.HELPER, "Hana")
        account = helper.listener.identified.account.identifier
        uri = helper.listener.identified.participant.uri
        user = await relay.agent(Role.USER, "Anna")
        for number in range(3):
            user.say(left(ToHelper(uri=uri), request=f"{number:032x}"))
            await relay.settle()
            await relay.advance(101)
        assert [one.why for one in user.heard(Over)] == [Why.EXPIRED] * 3
        assert relay.hub.helper_presence.status(account) == "available"


async def test_none_can_be_left(tmp_path: Path) -> None:
    """Where the operator does not want them, it is a request as any other."""
    async with relay_in_memory(tmp_path, desk=DeskSection(call_back=0.0)) as relay:
        user = await relay.agent(Role.USER, "Anna")
        assert user.welcome is not None
        assert user.welcome.desk is None
        user.say(left(ToGroup(group="nowhere")))
        user.say(left())
        await relay.settle()
        assert user.the(Waiting).until is None


@needs("/usr/share/zoneinfo")
@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-12-04 08:00", "2026-12-07 08:00"),  # Friday 17:00 in Tokyo: to the end of Monday's
        ("2026-12-02 01:00", "2026-12-03 08:00"),  # Wednesday 10:00: to the end of Thursday's, the next that begin
        ("2026-12-02 12:00", "2026-12-03 12:00"),  # Wednesday 21:00: a day, which lasts past Thursday's
    ],
)
def test_how_long(now: str, until: str) -> None:
    """A day; with hours at least to the end of the next ones that begin."""
    moment, end = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (now, until))
    section = DeskSection(hours=["Mon-Fri 09:00-17:00"], time_zone="Asia/Tokyo")
    desk = HelpDesk(section, clock=FakeClock(start=moment), connections=Connections())
    assert desk.call_back_until(moment) == end
