"""Sessions that outlive their legs, as their agents and the operators see it: transcripts."""

from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import (
    Active,
    Code,
    End,
    Ended,
    Error,
    Feature,
    Granted,
    Here,
    Ticket,
    ToAnyone,
    Transfer,
    Waiting,
)
from common.protocol.reasons import Why
from relay.settings import RelayLimits
from tests.support.relay_in_memory import Agent, RelayInMemory, relay_in_memory
from tests.support.transcripts import by_name, renewed, user_and_helper

A, B = "a" * 32, "b" * 32
FEATURES = [Feature.HERE, Feature.RESUME]


async def running(relay: RelayInMemory) -> tuple[Agent, Agent, str]:
    """A session of two agents that can come back to it, and what was said so far forgotten."""
    user, helper = await user_and_helper(relay, features=FEATURES)
    user.say(relay.request(ToAnyone()))
    await relay.settle()
    helper.say(relay.accept())
    await relay.settle()
    user.say(Here(request=A))
    await relay.settle()
    session = user.the(Granted).session
    await relay.joined(user, helper)
    user.say(Active(session=session))
    await relay.settle()
    user.forget()
    helper.forget()
    return user, helper, session


async def back(relay: RelayInMemory, agent: Agent) -> Agent:
    """The same agent, connected anew."""
    assert agent.identity is not None
    return await relay.connect(agent.identity, features=FEATURES)


async def test_both_get_tickets_for_the_same_session(tmp_path: Path) -> None:
    """Whoever notices first asks; the old pair ends at once; once both are connected it runs as before."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, session = await running(relay)
        helper.say(Ticket(session=session))
        await relay.settle()
        assert relay.dataplane.dropped == [session]
        for agent, asked in ((user, 0), (helper, 1)):
            granted = agent.the(Granted)
            assert (granted.session, granted.request, granted.interruption, granted.asked) == (session, A, 1, asked)
        [live] = relay.admin.live_sessions()
        assert live.interrupted_at == relay.clock.now()
        await relay.joined(user, helper, pair=1)
        relay.dataplane.over(session, Why.REPLACED, 5, 6)  # the old pair's end comes late
        user.say(Active(session=session))
        await relay.settle()
        [live] = relay.admin.live_sessions()
        assert (live.interrupted_at, live.interruptions, live.up, live.down) == (None, 1, 5, 6)
        helper.say(End(session=session, why=Why.HELPER_ENDED))
        await relay.settle()
        relay.dataplane.over(session, Why.HELPER_ENDED, 10, 20, pair=1)
        await relay.settle()
        [record] = await relay.store.sessions(limit=100)
        assert (record.why, record.up, record.down) == (Why.HELPER_ENDED, 15, 26)
        assert await relay.events() == [
            "request.waiting",
            "request.granted",
            "request.active",
            "request.interrupted",
            "request.resumed",
            "request.over",
        ]


async def test_legs_that_are_lost_are_missed_a_second_later(tmp_path: Path) -> None:
    """Nobody is told that it is over; three minutes later it is, and both are told why."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, session = await running(relay)
        relay.dataplane.over(session, Why.USER_GONE, 1, 2)
        await relay.settle()
        await relay.advance(1.1)
        assert not helper.heard(Ended)
        [live] = relay.admin.live_sessions()
        assert live.interrupted_at is not None
        helper.say(Ticket(session=session))
        await relay.advance(178)
        assert not helper.heard(Ended)
        await relay.advance(3)
        assert helper.the(Ended).why is Why.USER_NOT_BACK
        assert user.the(Ended).why is Why.USER_NOT_BACK
        user.say(Ticket(session=session))
        await relay.settle()
        assert user.the(Error) == Error(about="ticket", code=Code.NO_SUCH_SESSION, session=session)


async def test_what_ends_as_it_should_is_not_interrupted(tmp_path: Path) -> None:
    """Legs that end before the word that it is over: one row in the log, as before."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, session = await running(relay)
        relay.dataplane.over(session, Why.USER_GONE, 1, 2)
        await relay.settle()
        await relay.advance(0.5)
        user.say(End(session=session, why=Why.USER_ENDED))
        await relay.settle()
        assert helper.the(Ended).why is Why.USER_ENDED
        assert "request.interrupted" not in await relay.events()


async def test_ended_meanwhile(tmp_path: Path) -> None:
    """The user can stop, the helper can leave or hand it on, the operator can end it, and disable an account, as if it were live."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, session = await running(relay)
        user.say(Ticket(session=session), End(session=session, why=Why.USER_ENDED))
        await relay.settle()
        assert helper.the(Ended).why is Why.USER_ENDED
        assert relay.dataplane.ended == [(session, Why.USER_ENDED)]
    async with relay_in_memory(tmp_path / "2") as relay:
        user, helper, session = await running(relay)
        hiro = await relay.agent(Role.HELPER, "Hiro")
        helper.say(Ticket(session=session), Transfer(request=A, to=by_name(hiro)))
        await relay.settle()
        assert user.the(Ended).why is Why.TRANSFERRED
        assert user.the(Waiting).to == by_name(hiro)
    async with relay_in_memory(tmp_path / "3") as relay:
        user, helper, session = await running(relay)
        user.say(Ticket(session=session))
        await relay.settle()
        await relay.admin.access.disable_account(helper.listener.identified.account.identifier, by="operator:test")
        assert user.the(Ended).why is Why.DISABLED
    async with relay_in_memory(tmp_path / "4") as relay:
        user, helper, session = await running(relay)
        user.say(Ticket(session=session))
        await relay.settle()
        revoked = relay.organisation.revoke(helper.listener.identified.account.identifier)
        await relay.matching.crl_changed(revoked.der)
        assert user.the(Ended).why is Why.REVOKED


async def test_whoever_was_away_hears_of_it_on_coming_back(tmp_path: Path) -> None:
    """A ticket that was never shown is given again; `asked` says which one is the last."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, session = await running(relay)
        user.cut()
        helper.cut()
        await relay.settle()
        helper = await back(relay, helper)
        assert helper.welcome is not None
        assert helper.welcome.sessions == [session]
        assert helper.welcome.interrupted == 180
        helper.say(Ticket(session=session))
        await relay.settle()
        user = await back(relay, user)
        granted = user.the(Granted)
        assert (granted.interruption, granted.asked) == (1, 1)
        await relay.joined(user, helper, pair=1)


async def test_another_computer_of_the_same_person_is_no_matter(tmp_path: Path) -> None:
    """It is not told of the session, and does not take it; the agent that has renewed its certificate says the name."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, session = await running(relay)
        helper.say(Ticket(session=session))
        user.cut()
        await relay.settle()
        another = await renewed(relay, user)
        assert another.welcome is not None
        assert another.welcome.sessions == []
        assert not another.heard(Granted)
        helper.forget()
        another.say(Ticket(session=session))
        await relay.settle()
        assert another.the(Granted).interruption == 1


async def test_an_agent_that_was_started_anew_says_so(tmp_path: Path) -> None:
    """It has no secret to go on with: the session it is told of is over, and the other side hears why."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, session = await running(relay)
        user.cut()
        await relay.settle()
        user = await back(relay, user)
        assert user.welcome is not None
        [told] = user.welcome.sessions
        user.say(End(session=told, why=Why.USER_RESTARTED))
        await relay.settle()
        assert helper.the(Ended) == Ended(session=session, why=Why.USER_RESTARTED)


@pytest.mark.parametrize("interrupted", [False, True])
async def test_after_a_kill_of_the_relay(tmp_path: Path, interrupted: bool) -> None:
    """It finds the session in its store, interrupted; both come back to it, and it runs on."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, session = await running(relay)
        if interrupted:
            user.say(Ticket(session=session))
            await relay.settle()
        await relay.advance(20)
        await relay.restart()
        [live] = relay.admin.live_sessions()
        assert (live.identifier, live.interruptions) == (session, 1)
        user, helper = await back(relay, user), await back(relay, helper)
        assert not user.heard(Ended)
        assert [agent.welcome.sessions for agent in (user, helper) if agent.welcome] == [[session]] * 2
        user.say(Ticket(session=session))
        helper.say(Ticket(session=session))
        await relay.settle()
        await relay.joined(user, helper, pair=1)
        user.say(Active(session=session))
        await relay.settle()
        [live] = relay.admin.live_sessions()
        assert live.interrupted_at is None
        await relay.advance(300)
        assert not user.heard(Ended)
        assert (await relay.events())[-2:] == ["request.interrupted", "request.resumed"]


@pytest.mark.parametrize("kill", [False, True])
async def test_a_relay_that_goes_before_it_is_told_that_it_runs(tmp_path: Path, kill: bool) -> None:
    """The two may have met all the same: the grant stands for its time, and whoever asks brings both together."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay, features=FEATURES)
        user.say(relay.request(ToAnyone()))
        await relay.settle()
        helper.say(relay.accept())
        await relay.settle()
        user.say(Here(request=A))
        await relay.settle()
        session = user.the(Granted).session
        await relay.joined(user, helper)
        if kill:
            await relay.restart()
        else:
            await relay.matching.stop()
            relay._make()
            await relay.start()
        user, helper = await back(relay, user), await back(relay, helper)
        assert user.welcome is not None
        assert user.welcome.sessions == []
        helper.say(Ticket(session=session))
        await relay.settle()
        assert (user.the(Granted).session, user.the(Granted).interruption) == (session, 0)
        await relay.joined(user, helper, pair=1)
        user.say(Active(session=session))
        await relay.settle()
        [live] = relay.admin.live_sessions()
        assert live.active_at is not None
    async with relay_in_memory(tmp_path / "2") as relay:
        user, helper = await user_and_helper(relay, features=FEATURES)
        user.say(relay.request(ToAnyone()))
        await relay.settle()
        helper.say(relay.accept())
        await relay.settle()
        user.say(Here(request=A))
        await relay.settle()
        await relay.restart()
        await relay.advance(121)
        assert relay.admin.live_sessions() == []


async def test_nobody_comes_back_after_a_kill(tmp_path: Path) -> None:
    """Three minutes from its start, or from the interruption where that is known; whoever comes later hears why."""
    async with relay_in_memory(tmp_path) as relay:
        user, _, session = await running(relay)
        await relay.restart()
        await relay.advance(179)
        assert len(relay.admin.live_sessions()) == 1
        await relay.restart()
        await relay.advance(2)
        assert relay.admin.live_sessions() == []
        user = await back(relay, user)
        assert user.welcome is not None
        assert user.welcome.sessions == []
        assert user.heard(Ended) == [Ended(session=session, why=Why.NOT_BACK)]


async def test_who_may_not_come_back_after_a_kill(tmp_path: Path) -> None:
    """Whose account was disabled, or whose certificate was revoked, while the relay was away."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, session = await running(relay)
        relay.organisation.revoke(helper.listener.identified.account.identifier)
        await relay.restart()
        await relay.settle()
        user = await back(relay, user)
        assert user.the(Ended) == Ended(session=session, why=Why.REVOKED)


async def test_a_relay_that_stops_leaves_it_interrupted(tmp_path: Path) -> None:
    """Its legs end, the next relay has it; what nobody can come back to ends as before."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, session = await running(relay)
        await relay.matching.stop()
        assert relay.dataplane.dropped == [session]
        assert not user.heard(Ended)
        assert user.ws.closed is not None
        [kept] = await relay.store.open_sessions()
        assert kept.interrupted_at is not None
        relay._make()
        await relay.start()
        helper = await back(relay, helper)
        helper.say(Ticket(session=session))
        await relay.settle()
        assert helper.the(Granted).interruption == 1


async def test_older_agents_end_with_their_legs(tmp_path: Path) -> None:
    """Also across a restart."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        session = await relay.active(user, helper, ToAnyone())
        user.say(Ticket(session=session))
        await relay.settle()
        assert user.the(Error).code == Code.NOT_NOW
        await relay.restart()
        assert relay.admin.live_sessions() == []
        assert user.identity is not None
        again = await relay.connect(user.identity)
        assert again.the(Ended).why is Why.RELAY_RESTARTED


async def test_strangers_and_floods(tmp_path: Path) -> None:
    """Somebody else's session is none, however it is; tickets of one account are counted, also over many interruptions."""
    async with relay_in_memory(tmp_path, limits=RelayLimits(tickets_per_minute=30, matching_messages=1000)) as relay:
        user, helper, session = await running(relay)
        ben = await relay.agent(Role.USER, "Ben", features=FEATURES)
        ben.say(Ticket(session=session), Active(session=session), End(session=session, why=Why.USER_ENDED))
        await relay.settle()
        assert [error.code for error in ben.heard(Error)] == [Code.NO_SUCH_SESSION] * 2
        assert relay.dataplane.dropped == []
        helper.say(*[Ticket(session=session)] * 40)
        await relay.settle()
        assert len(helper.heard(Granted)) == 10
        assert [error.code for error in helper.heard(Error)] == [Code.TOO_MANY] * 30
        assert relay.dataplane.dropped == [session]
        pair = 1
        while not user.heard(Error):
            await relay.joined(user, helper, pair=pair)
            user.say(Active(session=session))
            await relay.settle()
            pair += 1
            user.say(Ticket(session=session))
            await relay.settle()
        assert user.the(Error) == Error(about="ticket", code=Code.TOO_MANY, session=session)
        [live] = relay.admin.live_sessions()
        assert (live.interruptions, live.interrupted_at) == (31, None)
        await relay.advance(3)
        user.forget()
        user.say(Ticket(session=session))
        await relay.settle()
        assert user.the(Granted).interruption == 32


async def test_how_long_to_wait_goes_by_how_many_there_are(tmp_path: Path) -> None:
    """Who loses this relay is told so beforehand: a few come back at once, thousands within twenty seconds."""
    async with relay_in_memory(tmp_path, limits=RelayLimits(returns_per_second=1)) as relay:
        agents = [await relay.agent(Role.USER, f"User {number}") for number in range(25)]
        told = [agent.welcome.spread for agent in agents if agent.welcome is not None]
        assert told == [*map(float, range(1, 21)), *[20.0] * 5]
        for agent in agents[1:]:
            agent.cut()
        await relay.settle()
        again = await back(relay, agents[1])
        assert again.welcome is not None
        assert again.welcome.spread == 20.0
