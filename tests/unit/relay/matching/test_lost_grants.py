"""What is taken for a helper, or granted, is told again to whoever lost it with the connection: transcripts."""

from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import (
    Active,
    End,
    Ended,
    Error,
    Feature,
    Granted,
    GrantedBefore,
    Here,
    Next,
    Over,
    ToAnyone,
    Waiting,
    Yours,
)
from common.protocol.reasons import Why
from relay.core.request_ends import PUT_BACKS
from relay.settings import RelayLimits
from tests.support.relay_in_memory import Agent, RelayInMemory, relay_in_memory
from tests.support.transcripts import ask, renewed, user_and_helper

A = "a" * 32
FEATURES = [Feature.HERE, Feature.HELD]
PLAIN = [Feature.HERE]


async def taken(relay: RelayInMemory, *, features: list[Feature] = FEATURES) -> tuple[Agent, Agent]:
    """Anna's request is being taken by Hana, who has said `next`; Anna's agent has not answered yet."""
    user, helper = await user_and_helper(relay, features=features)
    user.say(ask(ToAnyone()))
    await relay.settle()
    helper.say(Next())
    await relay.settle()
    return user, helper


async def back(relay: RelayInMemory, agent: Agent, *, noticed: bool = True) -> Agent:
    """The same agent on a new connection. `noticed`: the relay knows that the old one is lost."""
    if noticed:
        agent.cut()
        await relay.settle()
    assert agent.identity is not None
    return await relay.connect(agent.identity, features=sorted(agent.listener.features))


async def test_yours_is_said_again(tmp_path: Path) -> None:
    """A helper whose connection died while the user's agent was asked hears whose request it is on the next one, and gets it."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await taken(relay)
        helper = await back(relay, helper, noticed=False)
        assert helper.the(Yours).entry.request == A
        user.say(Here(request=A))
        await relay.settle()
        assert helper.the(Granted).request == A


@pytest.mark.parametrize("noticed", [False, True], ids=["half dead", "noticed"])
async def test_what_is_granted_is_told_again(tmp_path: Path, *, noticed: bool) -> None:
    """Whose it is, then the grant with a new ticket: as often as it is lost, and the welcome names it."""
    async with relay_in_memory(tmp_path, limits=RelayLimits(tickets_per_session=1)) as relay:
        user, helper = await taken(relay)
        user.say(Here(request=A))
        await relay.settle()
        session, tickets = user.the(Granted).session, {helper.the(Granted).ticket}
        for _ in range(4):
            helper = await back(relay, helper, noticed=noticed)
            assert helper.welcome is not None
            assert helper.welcome.granted == [GrantedBefore(request=A, session=session)]
            assert helper.welcome.sessions == []
            kinds = [type(one) for one in helper.ws.sent if isinstance(one, Yours | Granted)]
            assert kinds == [Yours, Granted]
            tickets.add(helper.the(Granted).ticket)
        assert len(tickets) == 5
        assert relay.dataplane.take(helper.the(Granted).ticket) is not None
        helper = await back(relay, helper)
        assert helper.welcome is not None
        assert helper.welcome.granted == [GrantedBefore(request=A, session=session)]
        assert helper.heard(Granted) == []  # its ticket was shown: it knows


async def test_the_users_side_too(tmp_path: Path) -> None:
    """A user's agent that is back and asks again gets the grant, as often as it is lost; the welcome names it."""
    async with relay_in_memory(tmp_path, limits=RelayLimits(tickets_per_session=1)) as relay:
        user, helper = await taken(relay)
        user.say(Here(request=A))
        await relay.settle()
        session = helper.the(Granted).session
        for _ in range(4):
            user = await back(relay, user)
            assert user.welcome is not None
            assert user.welcome.granted == [GrantedBefore(request=A, session=session)]
            user.say(ask(ToAnyone()))
            await relay.settle()
            assert user.the(Granted).session == session
            user.say(ask(ToAnyone()))  # again on the same connection: that was heard
            await relay.settle()
            assert user.the(Granted).session == session


async def test_an_older_agent_hears_no_yours_that_it_did_not_ask_for(tmp_path: Path) -> None:
    """One without the feature `held` gets its grant again, as ever."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await taken(relay, features=PLAIN)
        user.say(Here(request=A))
        await relay.settle()
        helper = await back(relay, helper)
        assert helper.heard(Yours) == []
        assert helper.the(Granted).request == A


async def test_a_renewed_certificate(tmp_path: Path) -> None:
    """It takes the place of the one that is gone, and is told."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await taken(relay)
        user.say(Here(request=A))
        await relay.settle()
        helper.cut()
        await relay.settle()
        helper = await renewed(relay, helper)
        assert helper.the(Granted).request == A


async def test_a_helper_that_was_started_anew_gives_it_back(tmp_path: Path) -> None:
    """The session ends, and the request waits in its place at once: another helper, or the same one, takes it."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await taken(relay)
        other = await relay.agent(Role.HELPER, "Hiro", watch=True, features=FEATURES)
        user.say(Here(request=A))
        await relay.settle()
        session = user.the(Granted).session
        helper = await back(relay, helper)
        user.forget()
        began = relay.clock.now()
        helper.say(End(session=session, why=Why.HELPER_RESTARTED))
        await relay.settle()
        assert relay.clock.now() == began
        assert [type(one) for one in user.ws.sent] == [Ended, Waiting]
        assert user.the(Ended).why is Why.HELPER_RESTARTED
        assert user.the(Waiting).position == 1
        other.say(Next())
        await relay.settle()
        user.say(Here(request=A))
        await relay.settle()
        assert other.the(Granted).session == user.the(Granted).session != session
        rows = await relay.store.audit_rows(limit=100)
        assert [row.entry.event for row in rows][-3:] == [
            "request.granted",
            "request.put_back",
            "request.granted",
        ]


async def test_an_older_users_agent_is_told_that_it_is_over(tmp_path: Path) -> None:
    """It would not know that its request waits again: it is over at once, and not only when its time runs out."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await taken(relay, features=PLAIN)
        user.say(Here(request=A))
        await relay.settle()
        helper.say(End(session=user.the(Granted).session, why=Why.HELPER_RESTARTED))
        await relay.settle()
        assert user.the(Over).why is Why.HELPER_RESTARTED


async def test_a_user_that_was_started_anew_ends_it(tmp_path: Path) -> None:
    """Nobody sits behind that request any more: the helper hears so at once, and the user can ask again."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await taken(relay)
        user.say(Here(request=A))
        await relay.settle()
        session = helper.the(Granted).session
        user = await back(relay, user)
        user.say(End(session=session, why=Why.USER_RESTARTED), ask(ToAnyone(), "b" * 32))
        await relay.settle()
        assert helper.the(Ended).why is Why.USER_RESTARTED
        assert user.the(Waiting).request == "b" * 32
        assert user.heard(Error) == []


async def test_a_program_that_always_starts_anew_does_not_hold_a_request_for_ever(tmp_path: Path) -> None:
    """What was given back so often is over with the last one."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await taken(relay)
        for _ in range(PUT_BACKS + 1):
            user.say(Here(request=A))
            await relay.settle()
            helper.say(End(session=user.heard(Granted)[-1].session, why=Why.HELPER_RESTARTED))
            await relay.settle()
            helper.say(Next())
            await relay.settle()
        assert user.the(Over).why is Why.HELPER_RESTARTED


async def test_once_it_runs_it_is_not_given_back(tmp_path: Path) -> None:
    """What has begun ends with the program that held it."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await taken(relay)
        user.say(Here(request=A))
        await relay.settle()
        session = user.the(Granted).session
        await relay.joined(user, helper)
        user.say(Active(session=session))
        await relay.settle()
        helper.say(End(session=session, why=Why.HELPER_RESTARTED))
        await relay.settle()
        assert user.the(Ended).why is Why.HELPER_RESTARTED
        assert user.the(Over).why is Why.HELPER_RESTARTED
