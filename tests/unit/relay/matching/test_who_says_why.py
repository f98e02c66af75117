"""What the relay records and tells of a session that an agent ended: for every reason, from either side."""

from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import End, Ended, Over, ToAnyone
from common.protocol.reasons import VAGUE, Why
from common.protocol.sayers import MAY_SAY
from relay.core.life import RELAY
from tests.support.relay_in_memory import RelayInMemory, relay_in_memory
from tests.support.transcripts import user_and_helper


async def over(relay: RelayInMemory) -> tuple[str, str]:
    """Who ended the request, and why, as the audit log has it."""
    [row] = [row for row in await relay.store.audit_rows() if row.entry.event == "request.over"]
    return row.entry.actor, str(row.entry.facts["why"])


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("why", list(Why))
async def test_an_agents_reason(tmp_path: Path, why: Why, role: Role) -> None:
    """What it may say is recorded as its word and told to both; what it may not, is a breach of the protocol."""
    async with relay_in_memory(tmp_path) as relay:
        agents = dict(zip(Role, await user_and_helper(relay), strict=True))
        user, sayer = agents[Role.USER], agents[role]
        session = await relay.active(user, agents[Role.HELPER], ToAnyone())
        sayer.say(End(session=session, why=why))
        await relay.settle()
        if why in VAGUE:
            assert not user.heard(Ended), "the other side may know more"
            await relay.advance(1.1)
        told = why if why in MAY_SAY[role] else Why.PROTOCOL
        assert [agent.the(Ended).why for agent in agents.values()] == [told] * 2
        assert user.the(Over).why is told
        assert await over(relay) == (sayer.listener.identified.participant.uri, told)


@pytest.mark.parametrize("vague", sorted(VAGUE))
async def test_whoever_knows_more_is_waited_for(tmp_path: Path, vague: Why) -> None:
    """A helper's agent that heard BYE, or was cut, is first by a moment: what the user's says is what is recorded."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        session = await relay.active(user, helper, ToAnyone())
        helper.say(End(session=session, why=vague))
        await relay.settle()
        user.say(End(session=session, why=Why.USER_ENDED))
        await relay.settle()
        assert helper.the(Ended).why is Why.USER_ENDED
        assert await over(relay) == (user.listener.identified.participant.uri, Why.USER_ENDED)


async def test_what_the_relay_saw_stands_before_what_an_agent_does_not_know(tmp_path: Path) -> None:
    """And its bytes are counted, though the agent was first."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        session = await relay.active(user, helper, ToAnyone())
        helper.say(End(session=session, why=Why.CUT))
        await relay.settle()
        relay.dataplane.over(session, Why.USER_GONE, 5, 6)
        await relay.settle()
        helper.say(End(session=session, why=Why.CUT))
        await relay.settle()
        await relay.advance(1.1)
        assert helper.the(Ended).why is Why.USER_GONE
        assert await over(relay) == (RELAY, Why.USER_GONE)
        [record] = await relay.store.sessions(limit=100)
        assert (record.why, record.up, record.down) == (Why.USER_GONE, 5, 6)


async def test_a_helper_whose_own_wait_ran_out_has_not_ended_it(tmp_path: Path) -> None:
    """Before the session was open: recorded and told as what happened at his computer, never as his wish."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        granted = await relay.granted(user, helper, ToAnyone())
        helper.say(End(session=granted.session, why=Why.HELPER_NOT_OPENED))
        await relay.settle()
        assert user.the(Over).why is Why.HELPER_NOT_OPENED
        assert (await over(relay))[1] == Why.HELPER_NOT_OPENED
