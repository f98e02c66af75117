"""Which mode a session has is written down as the user's agent says it, and both people hear so: transcripts."""

from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import (
    Code,
    End,
    Error,
    Feature,
    Mode,
    ModeNow,
    Recorded,
    Ticket,
    ToAnyone,
)
from common.protocol.reasons import Why
from relay.settings import RelayLimits
from tests.support.relay_in_memory import Agent, RelayInMemory, relay_in_memory
from tests.support.transcripts import user_and_helper

FEATURES = [Feature.RESUME, Feature.RECORD]


async def running(relay: RelayInMemory, features: list[Feature] = FEATURES) -> tuple[Agent, Agent, str]:
    """A session that runs, and what was said so far forgotten."""
    user, helper = await user_and_helper(relay, features=features)
    session = await relay.active(user, helper, ToAnyone())
    user.forget()
    helper.forget()
    return user, helper, session


async def rows(relay: RelayInMemory) -> list[object]:
    """The modes in the audit log, in order."""
    found = [row.entry for row in await relay.store.audit_rows(limit=1000)]
    return [one.facts["mode"] for one in found if one.event == "request.mode"]


async def test_both_hear_what_is_recorded(tmp_path: Path) -> None:
    """A row for each change, the session's columns follow; said again it is acknowledged, and recorded once."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, session = await running(relay)
        assert user.welcome is not None
        assert Feature.RECORD in user.welcome.features
        for mode in (Mode.VIEW, Mode.CONTROL, Mode.CONTROL, Mode.VIEW):
            user.say(ModeNow(session=session, mode=mode))
        await relay.settle()
        assert [one.mode for one in user.heard(Recorded)] == [Mode.VIEW, Mode.CONTROL, Mode.CONTROL, Mode.VIEW]
        assert [one.mode for one in helper.heard(Recorded)] == [Mode.VIEW, Mode.CONTROL, Mode.VIEW]
        assert await rows(relay) == ["view", "control", "view"]
        user.say(End(session=session, why=Why.USER_ENDED))
        await relay.settle()
        [kept] = await relay.store.sessions(limit=10)
        assert (kept.mode, kept.last_mode, kept.mode_changes) == (Mode.CONTROL, Mode.VIEW, 2)
        user.forget()
        user.say(ModeNow(session=session, mode=Mode.CONTROL))
        await relay.settle()
        assert user.the(Error).code == Code.NO_SUCH_SESSION
        assert await rows(relay) == ["view", "control", "view"]


async def test_only_of_ones_own_session(tmp_path: Path) -> None:
    """Neither the helper of it nor another user may say which mode it has; one that is not there looks the same."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, session = await running(relay)
        other = await relay.agent(Role.USER, "Otto", features=FEATURES)
        for agent, code in ((helper, Code.NOT_ALLOWED), (other, Code.NO_SUCH_SESSION)):
            agent.say(ModeNow(session=session, mode=Mode.VIEW))
            await relay.settle()
            assert agent.the(Error) == Error(about="mode_now", code=code, session=session)
        user.say(ModeNow(session="f" * 32, mode=Mode.VIEW))
        await relay.settle()
        assert user.the(Error).code == Code.NO_SUCH_SESSION
        assert await rows(relay) == []


async def test_not_before_it_runs(tmp_path: Path) -> None:
    """A session that was granted has no mode yet."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay, features=FEATURES)
        granted = await relay.granted(user, helper, ToAnyone())
        user.say(ModeNow(session=granted.session, mode=Mode.VIEW))
        await relay.settle()
        assert user.the(Error).code == Code.NOT_NOW
        assert await rows(relay) == []


async def test_while_it_is_interrupted(tmp_path: Path) -> None:
    """What the user takes back meanwhile is recorded then, and what holds afterwards is the same record."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, session = await running(relay)
        helper.say(Ticket(session=session))
        await relay.settle()
        user.say(ModeNow(session=session, mode=Mode.VIEW))
        await relay.settle()
        assert helper.the(Recorded).mode is Mode.VIEW
        assert await rows(relay) == ["view"]


async def test_too_often(tmp_path: Path) -> None:
    """So many in a minute, and then no more: an agent cannot fill the log. It may say it later."""
    async with relay_in_memory(tmp_path, limits=RelayLimits(modes_per_minute=3)) as relay:
        user, _, session = await running(relay)
        for number in range(4):
            user.say(ModeNow(session=session, mode=list(Mode)[number % 2]))
        await relay.settle()
        assert user.the(Error) == Error(about="mode_now", code=Code.TOO_MANY, session=session)
        assert await rows(relay) == ["view", "control", "view"]
        await relay.advance(60)
        user.say(ModeNow(session=session, mode=Mode.CONTROL))
        await relay.settle()
        assert await rows(relay) == ["view", "control", "view", "control"]


@pytest.mark.parametrize("older", [Role.USER, Role.HELPER])
async def test_older_agents_hear_nothing_of_it(tmp_path: Path, older: Role) -> None:
    """Who does not name the feature is told nothing new; what the user's agent says is recorded all the same."""
    async with relay_in_memory(tmp_path) as relay:
        user = await relay.agent(Role.USER, "Anna", features=[] if older is Role.USER else FEATURES)
        helper = await relay.agent(Role.HELPER, "Hana", watch=True, features=[] if older is Role.HELPER else FEATURES)
        session = await relay.active(user, helper, ToAnyone())
        user.say(ModeNow(session=session, mode=Mode.VIEW))
        await relay.settle()
        heard = {Role.USER: user.heard(Recorded), Role.HELPER: helper.heard(Recorded)}
        assert heard[older] == []
        assert [one.mode for one in heard[older.other]] == [Mode.VIEW]
        assert await rows(relay) == ["view"]


async def test_a_session_of_an_older_agent(tmp_path: Path) -> None:
    """Nobody says it: the record says no more than with which mode it was granted."""
    async with relay_in_memory(tmp_path) as relay:
        user, _, session = await running(relay)
        user.say(End(session=session, why=Why.USER_ENDED))
        await relay.settle()
        [kept] = await relay.store.sessions(limit=10)
        assert (kept.mode, kept.last_mode, kept.mode_changes) == (Mode.CONTROL, None, 0)
