"""A helper takes whoever has waited longest: the relay says who that is."""

import asyncio
from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import (
    Code,
    Error,
    Feature,
    Granted,
    Here,
    Next,
    Probe,
    To,
    ToAnyone,
    ToGroup,
    ToHelper,
    Yours,
)
from relay.settings import RelayLimits
from tests.support.relay_in_memory import Agent, RelayInMemory, relay_in_memory

IDS = [f"{number:032x}" for number in range(1, 5)]


async def asking(relay: RelayInMemory, count: int, *, features: tuple[str, ...] = ()) -> list[Agent]:
    """So many users who ask anyone, a second apart."""
    users = []
    for request, name in zip(IDS[:count], ("Anna", "Ben", "Carl", "Dora"), strict=False):
        user = await relay.agent(Role.USER, name, features=features)
        user.say(relay.request(ToAnyone(), request=request))
        await relay.advance(1)
        users.append(user)
    return users


@pytest.mark.parametrize("features", [(), (Feature.HERE,)], ids=["at once", "asked whether it is there"])
async def test_two_at_once_get_two(tmp_path: Path, features: tuple[str, ...]) -> None:
    """Whoever comes second gets the request behind; each hears which it is before it is granted, and who comes third, that nobody waits."""
    async with relay_in_memory(tmp_path) as relay:
        helpers = [await relay.agent(Role.HELPER, name) for name in ("Hana", "Hiro", "Hugo")]
        users = await asking(relay, 2, features=features)
        for one in helpers:
            one.say(Next())
        await relay.settle()
        taken = [one.the(Yours).entry.request for one in helpers[:2]]
        assert sorted(taken) == IDS[:2]
        assert helpers[2].the(Error) == Error(about="next", code=Code.NOBODY_WAITS)
        for user, request in zip(users, IDS, strict=False):
            if features:
                assert user.the(Probe).request == request
                user.say(Here(request=request))
        await relay.settle()
        for one, request in zip(helpers, taken, strict=False):
            assert one.the(Granted).request == request
            kinds = [type(message) for message in one.ws.sent]
            assert kinds.index(Yours) < kinds.index(Granted)


async def test_many_at_once(tmp_path: Path) -> None:
    """Four helpers and three who wait, all in one turn of the loop: three are taken, each once."""
    async with relay_in_memory(tmp_path) as relay:
        helpers = [await relay.agent(Role.HELPER, f"Helper {number}") for number in range(4)]
        await asking(relay, 3)
        await asyncio.gather(*(relay.matching._handlers.handle(one.listener, Next()) for one in helpers))
        await relay.settle()
        taken = [message.entry.request for one in helpers for message in one.heard(Yours)]
        assert sorted(taken) == IDS[:3]
        assert sum(len(one.heard(Granted)) for one in helpers) == 3
        assert sum(error.code == Code.NOBODY_WAITS for one in helpers for error in one.heard(Error)) == 1


async def test_only_whom_one_may_take(tmp_path: Path) -> None:
    """The one who waits longest of these; what is asked of others is passed over."""
    async with relay_in_memory(tmp_path) as relay:
        hana, hiro = [await relay.agent(Role.HELPER, name) for name in ("Hana", "Hiro")]
        await relay.admin.add_group("Desk", by="operator:test")
        targets: list[To] = [ToHelper(uri=hiro.listener.identified.participant.uri), ToGroup(group="Desk"), ToAnyone()]
        for number, to in enumerate(targets):
            user = await relay.agent(Role.USER, f"User {number}")
            user.say(relay.request(to, request=IDS[number]))
            await relay.advance(1)
        hana.say(Next(), Next())
        await relay.settle()
        assert [one.entry.request for one in hana.heard(Yours)] == [IDS[2]]
        assert hana.the(Error).code == Code.NOBODY_WAITS


async def test_limits_hold(tmp_path: Path) -> None:
    """No more sessions than a helper may have; a user has no next; what cannot be written is not taken, and said."""
    async with relay_in_memory(tmp_path, limits=RelayLimits(helper_sessions=1)) as relay:
        hana = await relay.agent(Role.HELPER, "Hana")
        users = await asking(relay, 2)
        users[0].say(Next())
        await relay.settle()
        assert users[0].the(Error).code == Code.NOT_ALLOWED
        relay.store.broken = True
        hana.say(Next())
        await relay.settle()
        assert hana.the(Error) == Error(about="accept", code=Code.BUSY, request=IDS[0])
        relay.store.broken = False
        hana.forget()
        hana.say(Next(), Next())
        await relay.settle()
        assert hana.the(Yours).entry.request == IDS[0]
        assert hana.the(Error).code == Code.TOO_MANY
