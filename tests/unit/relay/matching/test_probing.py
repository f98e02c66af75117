"""Before a grant: is the user's agent really there? Transcripts."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from common.protocol.identity import Role
from common.protocol.messages import (
    Accept,
    Cancel,
    Code,
    Decline,
    Error,
    Feature,
    Granted,
    Here,
    Over,
    Probe,
    Requests,
    ToAnyone,
    Waiting,
)
from common.protocol.reasons import Why
from relay.core.storing import Unit
from relay.matching.expulsion import expel
from relay.store.null import NullStore
from tests.support.relay_in_memory import Agent, RelayInMemory, relay_in_memory
from tests.support.transcripts import ask, by_name, user_and_helper

T = TypeVar("T")
A, B = "a" * 32, "b" * 32
FEATURES = [Feature.HERE, Feature.RESUME]


async def wanted(relay: RelayInMemory) -> tuple[Agent, Agent]:
    """Anna's request, which Hana has accepted; Anna's agent has been asked whether it is there."""
    user, helper = await user_and_helper(relay, features=FEATURES)
    user.say(ask(ToAnyone()))
    await relay.settle()
    helper.say(Accept(request=A))
    await relay.settle()
    assert user.the(Probe).request == A
    assert not user.heard(Granted)
    return user, helper


async def test_granted_once_it_has_answered(tmp_path: Path) -> None:
    """Both hear of it then; a second accept is too late meanwhile, as is a second answer."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await wanted(relay)
        hiro = await relay.agent(Role.HELPER, "Hiro", watch=True, features=FEATURES)
        hiro.say(Accept(request=A))
        helper.say(Accept(request=A))
        await relay.settle()
        assert hiro.the(Error).code == Code.TOO_LATE
        assert not helper.heard(Error)
        user.say(Here(request=A), Here(request=A))
        await relay.settle()
        assert user.the(Granted).session == helper.the(Granted).session
        assert (user.the(Granted).interruption, user.the(Granted).asked) == (0, 0)
        [session] = relay.admin.live_sessions()
        assert session.resumable


async def test_no_answer(tmp_path: Path) -> None:
    """After ten seconds its connection is closed, the helper hears why, and nobody sees the request until its user is back in its place."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await wanted(relay)
        ben = await relay.agent(Role.USER, "Ben")
        ben.say(ask(ToAnyone(), B))
        await relay.settle()
        helper.forget()
        await relay.advance(10)
        assert user.ws.closed == (1008, "no answer to a probe")
        assert helper.the(Error) == Error(about="accept", code=Code.NOT_HERE, request=A)
        await relay.advance(1)
        assert [(one.request, one.why) for message in helper.heard(Requests) for one in message.gone] == [
            (A, Why.NOT_HERE)
        ]
        late = await relay.agent(Role.HELPER, "Late", watch=True)
        await relay.advance(1)
        assert [entry.request for message in late.heard(Requests) for entry in message.set] == [B]
        helper.forget()
        helper.say(Accept(request=A))
        await relay.settle()
        assert helper.the(Error).code == Code.NOT_HERE
        assert user.identity is not None
        again = await relay.connect(user.identity, features=FEATURES)
        again.say(ask(ToAnyone()))
        await relay.advance(1)
        assert again.the(Waiting).position == 1
        [entry] = [entry for message in helper.heard(Requests) for entry in message.set]
        assert entry.request == A
        assert "request.not_here" in await relay.events()


async def test_not_back_at_all(tmp_path: Path) -> None:
    """Then it is over as that of any user who went away."""
    async with relay_in_memory(tmp_path) as relay:
        await wanted(relay)
        await relay.advance(10)
        await relay.advance(61)
        assert relay.admin.open_requests() == []


async def test_back_in_time_is_an_answer(tmp_path: Path) -> None:
    """The connection was dead, its agent is not: whoever identifies itself now is there."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await wanted(relay)
        await relay.advance(5)
        assert user.identity is not None
        again = await relay.connect(user.identity, features=FEATURES)
        again.say(ask(ToAnyone()))
        await relay.settle()
        assert again.the(Granted).session == helper.the(Granted).session
        assert again.the(Granted).asked == 0
        await relay.advance(10)
        assert len(relay.admin.live_sessions()) == 1


async def test_away_and_wanted(tmp_path: Path) -> None:
    """Where its user is not connected, the helper waits as long: for whoever comes back in time."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay, features=FEATURES)
        user.say(ask(ToAnyone()))
        await relay.settle()
        user.cut()
        await relay.settle()
        helper.say(Accept(request=A))
        await relay.advance(9)
        assert not helper.heard(Granted)
        assert user.identity is not None
        again = await relay.connect(user.identity, features=FEATURES)
        again.say(ask(ToAnyone()))
        await relay.settle()
        assert again.the(Granted).session == helper.the(Granted).session


async def test_older_agents_are_not_asked(tmp_path: Path) -> None:
    """They would not know the message: an accept is granted at once, also while they are away a moment."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        await relay.granted(user, helper, ToAnyone())
        assert not user.heard(Probe)
        [session] = relay.admin.live_sessions()
        assert not session.resumable


async def test_one_of_two_that_cannot_come_back(tmp_path: Path) -> None:
    """The session ends with its legs, as it did ever."""
    async with relay_in_memory(tmp_path) as relay:
        user = await relay.agent(Role.USER, "Anna", features=FEATURES)
        helper = await relay.agent(Role.HELPER, "Hana", features=[Feature.HERE])
        user.say(ask(ToAnyone()))
        await relay.settle()
        helper.say(Accept(request=A))
        await relay.settle()
        user.say(Here(request=A))
        await relay.settle()
        [session] = relay.admin.live_sessions()
        assert not session.resumable


async def test_the_helper_is_gone_or_thinks_again(tmp_path: Path) -> None:
    """Another one may take it then; a late answer grants nothing."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await wanted(relay)
        hiro = await relay.agent(Role.HELPER, "Hiro", watch=True, features=FEATURES)
        helper.cut()
        await relay.settle()
        user.say(Here(request=A))
        await relay.settle()
        assert not user.heard(Granted)
        user.forget()
        hiro.say(Accept(request=A), Decline(request=A))
        await relay.settle()
        user.say(Here(request=A))
        await relay.advance(20)
        assert not user.heard(Granted)
        assert user.ws.closed is None


async def test_the_user_thinks_again(tmp_path: Path) -> None:
    """Cancelled while it was asked: over, and the helper's list says so."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await wanted(relay)
        helper.forget()
        user.say(Cancel(request=A), Here(request=A))
        await relay.advance(1)
        assert user.the(Over).why is Why.CANCELLED
        assert helper.the(Requests).gone[0].why is Why.CANCELLED
        assert not helper.heard(Granted)


async def test_a_disabled_helper_gets_nothing(tmp_path: Path) -> None:
    """The request waits on."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await wanted(relay)
        await relay.admin.access.disable_account(helper.listener.identified.account.identifier, by="operator:test")
        user.say(Here(request=A))
        await relay.settle()
        assert not user.heard(Granted)
        assert len(relay.admin.open_requests()) == 1


async def test_a_strangers_answer_is_none(tmp_path: Path) -> None:
    """Neither another user's, nor a helper's; and nobody learns by it what there is."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await wanted(relay)
        ben = await relay.agent(Role.USER, "Ben", features=FEATURES)
        ben.say(Here(request=A), Here(request=B))
        helper.say(Here(request=A))
        await relay.settle()
        assert [error.code for error in ben.heard(Error)] == [Code.NOT_ALLOWED, Code.NO_SUCH_REQUEST]
        assert helper.the(Error).code == Code.NOT_ALLOWED
        assert not user.heard(Granted)


async def test_a_helper_wants_no_more_than_it_may_hold(tmp_path: Path) -> None:
    """Requests whose users were asked count as sessions."""
    async with relay_in_memory(tmp_path) as relay:
        helper = await relay.agent(Role.HELPER, "Hana", features=FEATURES)
        for number in range(5):
            user = await relay.agent(Role.USER, f"User {number}", features=FEATURES)
            user.say(ask(by_name(helper), f"{number:032x}"))
            await relay.settle()
            helper.say(Accept(request=f"{number:032x}"))
        await relay.settle()
        assert [(error.code, error.request) for error in helper.heard(Error)] == [(Code.TOO_MANY, f"{4:032x}")]


async def test_the_store_cannot_be_written_by_then(tmp_path: Path) -> None:
    """No session starts; the helper hears that it is the relay's fault, and the request waits on."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await wanted(relay)
        relay.store.broken = True
        user.say(Here(request=A))
        await relay.settle()
        relay.store.broken = False
        assert helper.the(Error) == Error(about="accept", code=Code.BUSY, request=A)
        assert not user.heard(Error)
        assert not user.heard(Granted)
        await relay.advance(10)
        assert user.ws.closed is None


class SlowStore(NullStore):
    """One write waits until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()
        self.hold_next = False

    async def write(self, work: Callable[[Unit], T]) -> T:
        """Once it may."""
        if self.hold_next:
            self.hold_next = False
            await self.go_on.wait()
        return await super().write(work)


async def turns() -> None:
    """What does not wait for the store is done."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_back_while_its_silence_is_written(tmp_path: Path) -> None:
    """The connection that did not answer is closed, not the one on which the agent has come back meanwhile."""
    async with relay_in_memory(tmp_path, make_store=SlowStore) as relay:
        user, helper = await wanted(relay)
        assert user.identity is not None
        relay.store.hold_next = True
        relay.clock.advance(10)
        await turns()
        again = Agent(relay, user.identity)
        again.identify(features=FEATURES)
        again.say(ask(ToAnyone()))
        await turns()
        relay.store.go_on.set()
        await relay.advance(1)
        assert again.ws.closed is None
        assert again.the(Waiting).position == 1
        helper.forget()
        helper.say(Accept(request=A))
        await relay.settle()
        again.say(Here(request=A))
        await relay.settle()
        assert again.the(Granted).session == helper.the(Granted).session


async def second(relay: RelayInMemory, helper: Agent) -> Agent:
    """The same helper at another computer."""
    who = helper.listener.identified
    return await relay.connect(relay.organisation.person(who.role, who.participant.name, who.participant.account))


@pytest.mark.parametrize("revoked", [False, True])
async def test_one_of_two_computers_of_a_helper_goes(tmp_path: Path, *, revoked: bool) -> None:
    """What was accepted there is granted to nobody, though the helper is still here at the other one."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await wanted(relay)
        other = await second(relay, helper)
        if revoked:
            await expel(relay.hub, helper.listener.identified.participant.certificate)
        else:
            helper.cut()
        await relay.settle()
        user.say(Here(request=A))
        await relay.settle()
        assert not user.heard(Granted)
        other.say(Accept(request=A))
        await relay.settle()
        user.say(Here(request=A))
        await relay.settle()
        assert user.the(Granted).session == other.the(Granted).session


@pytest.mark.parametrize("revoked", [False, True])
async def test_granted_at_this_very_moment(tmp_path: Path, *, revoked: bool) -> None:
    """The grant is being written while its helper is put out: the session is over at once."""
    async with relay_in_memory(tmp_path, make_store=SlowStore) as relay:
        user, helper = await wanted(relay)
        who = helper.listener.identified
        relay.store.hold_next = True
        user.say(Here(request=A))
        await turns()
        if revoked:
            task = asyncio.ensure_future(expel(relay.hub, who.participant.certificate))
        else:
            task = asyncio.ensure_future(relay.admin.access.end_all_of(who.account))
        await turns()
        relay.store.go_on.set()
        await task
        await relay.settle()
        assert relay.admin.live_sessions() == []
