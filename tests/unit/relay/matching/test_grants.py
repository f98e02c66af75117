"""Grants: an agent hears of a ticket once it is held, and of none that is dead by then."""

from pathlib import Path

from common.protocol.messages import End, Granted, Ticket, ToAnyone
from common.protocol.reasons import Why
from common.protocol.tickets import digest
from relay.core.leg_messages import TicketShown
from relay.core.tickets import Side
from tests.support.relay_in_memory import relay_in_memory
from tests.support.transcripts import user_and_helper


async def test_granted_goes_out_after_held(tmp_path: Path) -> None:
    """Each side's when its own ticket is good: a leg that comes at once finds it so."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        relay.dataplane.holding = False
        user.say(relay.request(ToAnyone()))
        await relay.settle()
        helper.say(relay.accept())
        await relay.settle()
        assert not user.heard(Granted)
        assert not helper.heard(Granted)
        for one in relay.dataplane.given:
            relay.dataplane.hold(one)
        tickets = {Side.USER: user.the(Granted).ticket, Side.HELPER: helper.the(Granted).ticket}
        assert {one.side: one.digest for one in relay.dataplane.given} == {
            side: digest(ticket) for side, ticket in tickets.items()
        }


async def test_a_ticket_that_died_before_it_was_held_is_told_to_nobody(tmp_path: Path) -> None:
    """A newer one took its place, or the session is over."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        session = (await relay.granted(user, helper, ToAnyone())).session
        user.forget()
        helper.forget()
        relay.dataplane.holding = False
        user.say(Ticket(session=session), Ticket(session=session))
        helper.say(Ticket(session=session))
        await relay.settle()
        *_, first, second, helpers = relay.dataplane.given
        relay.dataplane.hold(first)
        assert not user.heard(Granted)
        relay.dataplane.hold(second)
        assert digest(user.the(Granted).ticket) == second.digest
        user.say(End(session=session, why=Why.USER_ENDED))
        await relay.settle()
        relay.dataplane.hold(helpers)
        assert not helper.heard(Granted)


async def test_a_late_word_of_an_older_pair(tmp_path: Path) -> None:
    """A ticket of the last pair was shown: the one of this pair is as unused as before."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        session = (await relay.granted(user, helper, ToAnyone())).session
        relay.matching.heard(TicketShown(session=session, pair=7, side=Side.USER))
        assert relay.hub.grants.unused(session, Side.USER)
        relay.matching.heard(TicketShown(session=session, pair=0, side=Side.USER))
        assert not relay.hub.grants.unused(session, Side.USER)
