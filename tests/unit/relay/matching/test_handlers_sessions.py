"""What agents say of a session, as transcripts: new tickets, ends, transfers."""

from pathlib import Path

from common.protocol.identity import Role
from common.protocol.messages import (
    Accept,
    Active,
    Code,
    End,
    Ended,
    Error,
    Granted,
    Mode,
    Requests,
    Ticket,
    ToAnyone,
    ToGroup,
    Transfer,
    Waiting,
)
from common.protocol.reasons import Why
from relay.core.tickets import Side
from tests.support.relay_in_memory import relay_in_memory
from tests.support.transcripts import by_name, user_and_helper

A, B, C = "a" * 32, "b" * 32, "c" * 32


async def test_new_tickets(tmp_path: Path) -> None:
    """Three before splicing, each killing the one before; none after, none for a stranger's session."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        granted = await relay.granted(user, helper, ToAnyone())
        seen = [granted.ticket]
        for _ in range(3):
            user.forget()
            user.say(Ticket(session=granted.session))
            await relay.settle()
            seen.append(user.the(Granted).ticket)
        assert len(set(seen)) == 4
        assert [relay.dataplane.take(ticket) is None for ticket in seen] == [True] * 3 + [False]
        assert [(one.session, one.pair) for one in relay.dataplane.given if one.side is Side.USER] == [
            (granted.session, 0)
        ] * 4
        user.say(Ticket(session=granted.session))
        ben = await relay.agent(Role.USER, "Ben")
        ben.say(Ticket(session=granted.session), Active(session=granted.session), End(session=B, why=Why.CUT))
        relay.dataplane.spliced(granted.session)
        await relay.settle()
        helper.say(Ticket(session=granted.session))
        await relay.settle()
        assert user.the(Error).code == Code.TOO_MANY
        assert helper.the(Error).code == Code.NOT_NOW
        assert [error.code for error in ben.heard(Error)] == [Code.NO_SUCH_SESSION] * 2


async def test_a_cut_waits_for_the_reason(tmp_path: Path) -> None:
    """Legs gone: an agent's reason within a second counts, one that says nothing new does not; else the dataplane's."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        session = await relay.active(user, helper, ToAnyone())
        relay.dataplane.over(session, Why.USER_GONE, 5, 6)
        await relay.settle()
        helper.say(End(session=session, why=Why.CUT))
        await relay.settle()
        assert not helper.heard(Ended)
        user.say(End(session=session, why=Why.UNFILTERABLE))
        await relay.settle()
        assert helper.the(Ended).why is Why.UNFILTERABLE
        [record] = await relay.store.sessions(limit=100)
        assert (record.why, record.up, record.down) == (Why.UNFILTERABLE, 5, 6)
        user.forget()
        helper.forget()
        session = await relay.active(user, helper, ToAnyone(), request=B)
        relay.dataplane.over(session, Why.SILENT, 1, 2)
        await relay.settle()
        await relay.advance(1.1)
        assert user.the(Ended).why is Why.SILENT


async def test_agents_cannot_say_what_only_the_relay_knows(tmp_path: Path) -> None:
    """A reason that is not this agent's to give is told to nobody: what happened is a breach of the protocol."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        session = await relay.active(user, helper, ToAnyone())
        user.say(End(session=session, why=Why.OPERATOR_ENDED), End(session=session, why=Why.FAILED))
        await relay.settle()
        assert helper.the(Ended).why is Why.PROTOCOL


async def test_transfer(tmp_path: Path) -> None:
    """The session ends as transferred, the same request waits for another, in view mode, with the note; then a new session."""
    async with relay_in_memory(tmp_path) as relay:
        user, hana = await user_and_helper(relay)
        hiro = await relay.agent(Role.HELPER, "Hiro", watch=True)
        hiro.forget()
        await relay.advance(1)
        session = await relay.active(user, hana, by_name(hana))
        user.forget()
        hana.forget()
        hana.say(Transfer(request=A, to=by_name(hiro), note="knows printers"))
        await relay.settle()
        assert user.ws.sent == [
            Ended(session=session, why=Why.TRANSFERRED),
            Waiting(request=A, position=1, to=by_name(hiro), note="knows printers"),
        ]
        assert hana.the(Ended).why is Why.TRANSFERRED
        assert relay.dataplane.ended == [(session, Why.TRANSFERRED)]
        [entry] = hiro.the(Requests).set
        assert (entry.request, entry.mode, entry.note) == (A, Mode.VIEW, "knows printers")
        hiro.say(Accept(request=A))
        await relay.settle()
        assert user.the(Granted).session != session
        assert user.the(Granted).mode is Mode.VIEW
        assert (user.the(Granted).note, hiro.the(Granted).note) == ("knows printers", "")
        assert await relay.events() == [
            "request.waiting",
            "request.granted",
            "request.active",
            "request.transferred",
            "request.granted",
        ]


async def test_who_may_transfer_what(tmp_path: Path) -> None:
    """Only the session's own helper, to somebody else who is there."""
    async with relay_in_memory(tmp_path) as relay:
        user, hana = await user_and_helper(relay)
        hiro = await relay.agent(Role.HELPER, "Hiro")
        granted = await relay.granted(user, hana, ToAnyone())
        user.say(Active(session=granted.session))
        await relay.settle()
        assert user.the(Error) == Error(about="active", code=Code.NOT_NOW, session=granted.session)
        relay.dataplane.spliced(granted.session)
        user.say(*[Active(session=granted.session)] * 2)
        await relay.settle()
        assert len(user.heard(Error)) == 1
        hana.say(
            Transfer(request=A, to=by_name(hana)),
            Transfer(request=A, to=ToGroup(group="x")),
            Transfer(request=B, to=ToAnyone()),
        )
        hiro.say(Transfer(request=A, to=ToAnyone()))
        await relay.settle()
        codes = [Code.NOT_ALLOWED, Code.NO_SUCH_GROUP, Code.NO_SUCH_REQUEST]
        assert [error.code for error in hana.heard(Error)] == codes
        assert hiro.the(Error).code == Code.NOT_ALLOWED
        hana.say(End(session=granted.session, why=Why.HELPER_ENDED), Transfer(request=A, to=ToAnyone()))
        await relay.settle()
        assert hana.heard(Error)[-1].code == Code.TOO_LATE


async def test_a_transfer_while_the_user_is_away(tmp_path: Path) -> None:
    """The request waits for its user no longer than any other whose user is away."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        await relay.active(user, helper, ToAnyone())
        await relay.agent(Role.HELPER, "Hiro")
        user.cut()
        helper.say(Transfer(request=A, to=ToAnyone(), note=""))
        await relay.settle()
        assert len(relay.admin.open_requests()) == 1
        await relay.advance(61)
        assert relay.admin.open_requests() == []
