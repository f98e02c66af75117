"""A session that outlives its connection, with real end-to-end TLS: both sides in memory, the legs cut under them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from common.agent.session.session import Session
from common.agent.views import ChatDelivered, ChatReceived
from common.protocol.channel import NO_SCREENS
from common.protocol.identity import Role
from common.protocol.messages import Ended, Error, Mode
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.protocol.session_timing import SessionTiming
from tests.support.running import TWO_SCREENS
from tests.support.sessions import NAMES, SESSION, Side, Two

QUICK = SessionTiming(bye=2.0, reason=0.2, resume_pause=0.1)


class Cut(Two):
    """Two that come back."""

    def __init__(self, folder: Path, *, mode: Mode = Mode.VIEW, timing: SessionTiming = QUICK) -> None:
        super().__init__(folder, mode=mode, timing=timing, resumes=True)

    def cut(self) -> None:
        """The line breaks: both legs are gone."""
        for leg in list(self.relay.legs.values()):
            leg.abort()
        self.relay.legs.clear()

    async def back(self) -> None:
        """Wait until both have been interrupted and are connected again."""
        for side in self.sides.values():
            await resumed(side, 1)


def told(side: Side, what: str) -> list[tuple[object, ...]]:
    """What a local side was told of this kind."""
    return [one for one in side.local.told if one[0] == what]


async def resumed(side: Side, times: int) -> None:
    """Wait until it is back for the so-manieth time."""
    await side.until(lambda: len(told(side, "resumed")) == times)
    await side.phase(SessionPhase.CONNECTED)


@asynccontextmanager
async def two(tmp_path: Path) -> AsyncIterator[Cut]:
    """Connected, in control mode."""
    pair = Cut(tmp_path, mode=Mode.CONTROL)
    await pair.connect()
    try:
        yield pair
    finally:
        await pair.stop()


async def test_both_come_back(tmp_path: Path) -> None:
    """The same session and mode; the local sides stay, and are told twice each; the relay hears that it is active again."""
    async with two(tmp_path) as pair:
        pair.cut()
        await pair.back()
        for side in pair.sides.values():
            phases = [view.phase for view in side.views]
            assert SessionPhase.INTERRUPTED in phases
            assert side.session.view.lost is side.session.view.tried_until is None
            assert side.session.view.mode is Mode.CONTROL
            assert [one[0] for one in side.local.told if one[0] in {"attached", "interrupted", "resumed", "close"}] == [
                *("attached", "interrupted", "resumed")
            ]
        assert pair.user.matching.activated == [SESSION, SESSION]
        assert await pair.stream() == 1


async def test_again_and_again(tmp_path: Path) -> None:
    """Streams' numbers go on; nothing is used up."""
    async with two(tmp_path) as pair:
        for n in range(1, 13):
            pair.cut()
            for side in pair.sides.values():
                await resumed(side, n)
            assert await pair.stream() == n


async def test_the_person_takes_control_back_meanwhile(tmp_path: Path) -> None:
    """The mode is the user's as it is now; giving more than both had is for later."""
    async with two(tmp_path) as pair:
        pair.relay.refusing = 2
        pair.cut()
        await pair.user.phase(SessionPhase.INTERRUPTED)
        pair.user.session.set_mode(Mode.VIEW)
        assert pair.user.session.view.mode is Mode.VIEW
        await pair.back()
        await pair.helper.until(lambda: pair.helper.session.view.mode is Mode.VIEW)
        assert told(pair.helper, "resumed") == [("resumed", Mode.VIEW)]
        assert pair.user.session.view.mode is Mode.VIEW


async def test_no_break_gives_more(tmp_path: Path) -> None:
    """Control wished for while it is interrupted does not hold."""
    pair = Cut(tmp_path)
    await pair.connect()
    pair.cut()
    await pair.user.phase(SessionPhase.INTERRUPTED)
    pair.user.session.set_mode(Mode.CONTROL)
    await pair.back()
    assert pair.user.session.view.mode is pair.helper.session.view.mode is Mode.VIEW
    await pair.stop()


async def test_a_pause_outlives_it(tmp_path: Path) -> None:
    """Begun before or meanwhile, the helper hears it again."""
    async with two(tmp_path) as pair:
        pair.cut()
        await pair.user.phase(SessionPhase.INTERRUPTED)
        pair.user.session.pause(True)
        await pair.back()
        await pair.helper.until(lambda: pair.helper.session.view.paused)
        pair.user.session.pause(False)
        await pair.helper.until(lambda: not pair.helper.session.view.paused)


async def test_control_that_was_under_way_is_not_given_by_the_break(tmp_path: Path) -> None:
    """The helper had not heard of it: at most what both had."""
    pair = Cut(tmp_path)
    await pair.connect()
    for leg in pair.relay.legs.values():
        leg.stuck = True
    pair.user.session.set_mode(Mode.CONTROL)
    pair.cut()
    await pair.back()
    assert await pair.stream() == 1  # whatever was said first has arrived by now
    assert pair.user.session.view.mode is pair.helper.session.view.mode is Mode.VIEW
    assert told(pair.user, "mode")[-1:] + told(pair.user, "resumed") == [("mode", Mode.CONTROL), ("resumed", Mode.VIEW)]
    await pair.stop()


async def test_screens_that_go_meanwhile(tmp_path: Path) -> None:
    """The person sees it at once, the helper with the connection: also that there is nothing to choose any more."""
    async with two(tmp_path) as pair:
        pair.user.session.offer_screens(TWO_SCREENS)
        await pair.helper.until(lambda: pair.helper.session.view.screens == TWO_SCREENS)
        pair.relay.refusing = 2
        pair.cut()
        await pair.user.phase(SessionPhase.INTERRUPTED)
        pair.user.session.offer_screens(NO_SCREENS)
        assert pair.user.session.view.screens == NO_SCREENS
        await pair.back()
        await pair.helper.until(lambda: pair.helper.session.view.screens == NO_SCREENS)


async def test_chat_arrives_once(tmp_path: Path) -> None:
    """What was not acknowledged is sent again, what was written meanwhile too, and nothing is shown twice."""
    async with two(tmp_path) as pair:
        pair.user.session.chat("one", 1)
        await pair.user.until(lambda: ChatDelivered(1) in pair.user.events)
        for leg in pair.relay.legs.values():
            leg.stuck = True
        pair.user.session.chat("two", 2)
        pair.cut()
        await pair.user.phase(SessionPhase.INTERRUPTED)
        assert pair.user.session.chat("three", 3)
        await pair.back()
        await pair.user.until(lambda: ChatDelivered(3) in pair.user.events)
        shown = [event.text for event in pair.helper.events if isinstance(event, ChatReceived)]
        assert shown == ["one", "two", "three"]


async def test_another_helper_does_not_come_back(tmp_path: Path) -> None:
    """Whoever else the relay sends: the wrong peer, and no byte for it."""
    pair = Cut(tmp_path)
    await pair.connect()
    pair.user.matching.profile.crl = pair.organisation.crl()
    other = pair.organisation.person(Role.HELPER, "Hugo")
    pair.helper.matching.profile.identity = other
    pair.cut()
    view = await pair.user.end()
    assert view.why is Why.WRONG_PEER
    assert told(pair.user, "resumed") == []
    await pair.stop()


@pytest.mark.parametrize("role", list(Role))
async def test_an_agent_without_the_secret_gets_nothing(tmp_path: Path, role: Role) -> None:
    """The right certificate in another run of the program, or on another computer: tampered, and nothing is attached."""
    pair = Cut(tmp_path, mode=Mode.CONTROL)
    await pair.connect()
    old, own = pair.sides[role], pair.sides[role.other]
    old.matching.forget()
    pair.cut()
    await own.until(lambda: own.role in pair.relay.legs)  # it waits for its partner
    another = pair.again(role)
    another.start()
    assert (await own.end()).why is Why.TAMPERED
    assert told(own, "resumed") == []
    assert told(another, "attached") == []
    assert (await another.end()).why in {Why.TAMPERED, Why.CUT, Why.PROTOCOL}
    await pair.stop()


async def test_the_relays_word_about_the_mode_is_nothing(tmp_path: Path) -> None:
    """It grants control to both where they had view."""
    pair = Cut(tmp_path)
    await pair.connect()
    pair.relay.says_mode = Mode.CONTROL
    pair.cut()
    await pair.back()
    assert told(pair.user, "resumed") == told(pair.helper, "resumed") == [("resumed", Mode.VIEW)]
    await pair.stop()


async def test_a_replayed_grant_does_nothing(tmp_path: Path) -> None:
    """Of an interruption that is over: the session that runs is left alone, and the ticket is not shown."""
    pair = Cut(tmp_path)
    await pair.connect()
    pair.cut()
    await pair.back()
    shown, old = len(pair.relay.shown), pair.relay.grant(Role.USER)
    pair.user.matching.say(old)
    await pair.user.until(lambda: pair.user.session.chat("still here", 1))
    await pair.helper.until(lambda: ChatReceived("still here") in pair.helper.events)
    assert len(pair.relay.shown) == shown
    assert len(told(pair.user, "interrupted")) == 1
    await pair.stop()


async def test_revoked_meanwhile(tmp_path: Path) -> None:
    """The certificates are looked at as they are now."""
    pair = Cut(tmp_path)
    await pair.connect()
    pair.user.matching.profile.crl = pair.organisation.revoke(NAMES[Role.HELPER])
    pair.cut()
    assert (await pair.user.end()).why is Why.REVOKED
    await pair.stop()


@pytest.mark.parametrize("role", list(Role))
async def test_ended_meanwhile(tmp_path: Path, role: Role) -> None:
    """Either may go; the relay hears why."""
    async with two(tmp_path) as pair:
        pair.relay.refusing = 100
        pair.cut()
        await pair.sides[role].phase(SessionPhase.INTERRUPTED)
        pair.sides[role].session.stop()
        view = await pair.sides[role].end()
        own = Why.USER_ENDED if role is Role.USER else Why.HELPER_ENDED
        assert view.why is own
        assert pair.sides[role].matching.ended == [(SESSION, own)]
        pair.sides[role.other].matching.say(Ended(session=SESSION, why=own))
        assert (await pair.sides[role.other].end()).why is own


async def test_the_time_is_over(tmp_path: Path) -> None:
    """The true reason: who was back alone says that the other was not; who was not says why."""
    pair = Cut(tmp_path, timing=SessionTiming(bye=0.2, reason=0.2, resume=1.0, resume_pause=0.1))
    await pair.connect()
    pair.relay.unreachable = {"relay.example:443", "relay.example:80"}
    pair.cut()
    view = await pair.user.end()
    assert (view.why, view.by) == (Why.CUT, None)
    assert getattr(view.problem, "code", "") == "relay_unreachable"
    await pair.helper.end()


async def test_the_relay_knows_it_no_more(tmp_path: Path) -> None:
    """Over at once, though there was time left."""
    async with two(tmp_path) as pair:
        pair.relay.refusing = 100
        pair.cut()
        await pair.user.phase(SessionPhase.INTERRUPTED)
        pair.user.matching.say(Error(about="ticket", code="no_such_session", session=SESSION))
        assert (await pair.user.end()).why is Why.CUT


async def test_with_an_older_relay_a_cut_is_the_end(tmp_path: Path) -> None:
    """It keeps no session whose legs are lost."""
    pair = Cut(tmp_path)
    await pair.connect()
    pair.user.matching.resumes = pair.helper.matching.resumes = False
    pair.cut()
    for side in pair.sides.values():
        assert (await side.end()).why is Why.CUT
        assert told(side, "interrupted") == []


async def test_silence_is_an_interruption(tmp_path: Path) -> None:
    """Shown first, then acted on, though no leg has closed."""
    pair = Cut(tmp_path, timing=SessionTiming(ping=0.1, quiet=0.3, silence=0.8, bye=0.2, resume_pause=0.1))
    await pair.connect()
    for leg in pair.relay.legs.values():
        leg.stuck = True
    await pair.user.until(lambda: pair.user.session.view.silent)
    await pair.back()
    assert not pair.user.session.view.silent
    await pair.stop()


async def test_the_silence_of_the_old_connection_ends_nothing(tmp_path: Path) -> None:
    """The other side was faster, and our leg is not known to be dead: the way back may take longer than a silence may."""
    pair = Cut(tmp_path, timing=SessionTiming(ping=0.1, quiet=0.3, silence=0.6, bye=0.2, resume_pause=0.1))
    await pair.connect()
    pair.relay.refusing = 1000
    pair.relay.legs.pop(Role.HELPER).stuck = True  # its end stays unnoticed
    pair.relay.legs[Role.USER].abort()
    await pair.helper.phase(SessionPhase.INTERRUPTED)
    await asyncio.sleep(0.8)
    for side in pair.sides.values():
        assert side.session.view.phase is SessionPhase.INTERRUPTED
    pair.relay.refusing = 0
    await pair.back()
    await pair.stop()


async def test_a_probe_finds_it_dead(tmp_path: Path) -> None:
    """Long before the silence would."""
    pair = Cut(tmp_path, timing=SessionTiming(probe=0.2, bye=0.2, resume_pause=0.1))
    await pair.connect()
    for leg in pair.relay.legs.values():
        leg.stuck = True
    sessions: list[Session] = [side.session for side in pair.sides.values()]
    for session in sessions:
        session.probe()
    await pair.back()
    await pair.stop()
