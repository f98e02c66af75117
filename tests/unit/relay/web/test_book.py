"""The book of requests, where it goes wrong."""

from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from automat import NoTransition

from common.protocol.identity import Role
from common.protocol.messages import Cancel, Mode, Over, Request, ToAnyone
from common.protocol.reasons import Why
from relay.core.request_inputs import Inputs
from relay.store.null import NullStore
from relay.web import recorder
from tests.support.desk import House, house_in

A, B = "a" * 32, "b" * 32


async def asking(house: House, name: str, request: str) -> None:
    """A user who asks."""
    user = await house.agent(Role.USER, name)
    user.say(Request(request=request, to=ToAnyone(), mode=Mode.VIEW))
    await house.settle()


async def test_a_missing_transition_ends_one_life(tmp_path: Path) -> None:
    """It is a bug of ours: that request is over as failed, the log says so, and the next one does not care."""
    async with house_in(tmp_path) as house:
        await asking(house, "Anna", A)
        await asking(house, "Ben", B)
        book = house.desk._office.book
        page = book.page(A)
        assert page is not None

        def tell(_: Inputs) -> None:
            raise NoTransition(state="waiting", symbol="nonsense")

        with structlog.testing.capture_logs() as logs:
            await book.act(page, tell)
        assert [one["event"] for one in logs] == ["request_without_transition"]
        assert [one.identifier for one in house.desk.open_requests()] == [B]
        assert {one.why for one in await house.desk.requests()} == {Why.FAILED, None}


async def test_the_wall_clock_is_set_back(tmp_path: Path) -> None:
    """A timer that fires before the record's time has come waits on; nothing ends early, and nothing waits for ever."""
    async with house_in(tmp_path) as house:
        await asking(house, "Anna", A)
        house.clock._start -= timedelta(minutes=10)
        await house.advance(1801)
        assert len(house.desk.open_requests()) == 1
        await house.advance(601)
        assert house.desk.open_requests() == []


async def test_what_is_owed_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full for days does not fill the memory: the oldest is dropped, and the log says so."""
    monkeypatch.setattr(recorder, "OWED", 3)
    async with house_in(tmp_path) as house:
        users = [await house.agent(Role.USER, f"User {number}") for number in range(5)]
        for number, user in enumerate(users):
            user.say(Request(request=f"{number:032x}", to=ToAnyone(), mode=Mode.VIEW))
        await house.settle()
        assert isinstance(house.store, NullStore)
        house.store.broken = True
        with structlog.testing.capture_logs() as logs:
            for number, user in enumerate(users):
                user.say(Cancel(request=f"{number:032x}"))
                await house.settle()
                assert user.the(Over).why is Why.CANCELLED
        assert [one["event"] for one in logs].count("record_lost_for_room") == 2
        assert house.desk.counts()["unwritten"] == 3
        house.store.broken = False
        await house.advance(6)
        assert house.desk.counts()["unwritten"] == 0
