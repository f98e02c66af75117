"""Open requests, where one goes wrong or its time runs out."""

from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from automat import NoTransition

from common.protocol.identity import Role
from common.protocol.messages import Cancel, Ended, Granted, Mode, Over, Request, ToAnyone
from common.protocol.reasons import Why
from relay.core.request_inputs import Inputs
from relay.matching import recorder
from relay.store.null import NullStore
from tests.support.relay_in_memory import RelayInMemory, relay_in_memory
from tests.support.transcripts import ask, by_name, user_and_helper

A, B = "a" * 32, "b" * 32


async def asking(relay: RelayInMemory, name: str, request: str) -> None:
    """A user who asks."""
    user = await relay.agent(Role.USER, name)
    user.say(Request(request=request, to=ToAnyone(), mode=Mode.VIEW))
    await relay.settle()


async def test_a_missing_transition_ends_one_life(tmp_path: Path) -> None:
    """It is a bug of ours: that request is over as failed, the log says so, and the next one does not care."""
    async with relay_in_memory(tmp_path) as relay:
        await asking(relay, "Anna", A)
        await asking(relay, "Ben", B)
        open_requests = relay.hub.open_requests
        request = open_requests.find(A)
        assert request is not None

        def happened(_: Inputs) -> None:
            raise NoTransition(state="waiting", symbol="nonsense")

        with structlog.testing.capture_logs() as logs:
            await open_requests.apply(request, happened)
        assert [one["event"] for one in logs] == ["request_without_transition"]
        assert [one.identifier for one in relay.admin.open_requests()] == [B]
        assert {one.why for one in await relay.admin.requests()} == {Why.FAILED, None}


async def test_the_wall_clock_is_set_back(tmp_path: Path) -> None:
    """A timer that fires before the record's time has come waits on; nothing ends early, and nothing waits for ever."""
    async with relay_in_memory(tmp_path) as relay:
        await asking(relay, "Anna", A)
        relay.clock._start -= timedelta(minutes=10)
        await relay.advance(1801)
        assert len(relay.admin.open_requests()) == 1
        await relay.advance(601)
        assert relay.admin.open_requests() == []


async def test_what_is_owed_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full for days does not fill the memory: the oldest is dropped, and the log says so."""
    monkeypatch.setattr(recorder, "OWED", 3)
    async with relay_in_memory(tmp_path) as relay:
        users = [await relay.agent(Role.USER, f"User {number}") for number in range(5)]
        for number, user in enumerate(users):
            user.say(Request(request=f"{number:032x}", to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        assert isinstance(relay.store, NullStore)
        relay.store.broken = True
        with structlog.testing.capture_logs() as logs:
            for number, user in enumerate(users):
                user.say(Cancel(request=f"{number:032x}"))
                await relay.settle()
                assert user.the(Over).why is Why.CANCELLED
        assert [one["event"] for one in logs].count("record_lost_for_room") == 2
        assert len(relay.hub.recorder._owed) == 3
        relay.store.broken = False
        await relay.advance(6)
        assert len(relay.hub.recorder._owed) == 0


async def test_nobody_comes(tmp_path: Path) -> None:
    """After half an hour a request is over; nothing was granted by the clock."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        user.say(ask(by_name(helper)))
        await relay.settle()
        user.forget()
        await relay.advance(1799)
        assert user.ws.sent == []
        await relay.advance(2)
        assert user.the(Over).why is Why.EXPIRED
        assert not user.heard(Granted)
        assert not helper.heard(Granted)


async def test_granted_but_never_active(tmp_path: Path) -> None:
    """Two minutes, then it is over for both."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        granted = await relay.granted(user, helper, by_name(helper))
        await relay.advance(121)
        for agent in (user, helper):
            assert agent.the(Ended) == Ended(session=granted.session, why=Why.GRANT_EXPIRED)
        assert user.the(Over).why is Why.GRANT_EXPIRED
        assert relay.dataplane.ended == [(granted.session, Why.GRANT_EXPIRED)]
