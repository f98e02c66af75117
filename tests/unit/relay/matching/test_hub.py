"""Who comes and goes: what a person finds again, or hears late, on a new connection or with a new certificate."""

from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import (
    Accept,
    Cancel,
    End,
    Ended,
    Granted,
    SetStatus,
    Status,
    ToAnyone,
    Waiting,
    Watch,
)
from common.protocol.reasons import Why
from tests.support.relay_in_memory import relay_in_memory
from tests.support.transcripts import ask, by_name, renewed, user_and_helper

A, B, C = "a" * 32, "b" * 32, "c" * 32


async def test_a_lost_grant_is_sent_again(tmp_path: Path) -> None:
    """To the user who asks again, and to the helper who is back and has not used the ticket; not once it was used."""
    async with relay_in_memory(tmp_path) as relay:
        _, anna = await relay.person(Role.USER, "Anna")
        _, hana = await relay.person(Role.HELPER, "Hana")
        user, helper = await relay.connect(anna), await relay.connect(hana)
        granted = await relay.granted(user, helper, ToAnyone())
        user.cut()
        helper.cut()
        helper = await relay.connect(hana)
        assert helper.the(Granted).session == granted.session
        user = await relay.connect(anna)
        assert not user.heard(Granted)
        user.say(ask(ToAnyone()))
        await relay.settle()
        assert user.the(Granted).session == granted.session
        assert user.the(Granted).ticket != granted.ticket
        relay.dataplane.take(helper.the(Granted).ticket)
        helper.cut()
        helper = await relay.connect(hana)
        assert not helper.heard(Granted)


async def test_losing_matching_ends_no_session(tmp_path: Path) -> None:
    """It lives on; after identify the agents are bound again, and hear of the end that they missed."""
    async with relay_in_memory(tmp_path) as relay:
        _, anna = await relay.person(Role.USER, "Anna")
        _, hana = await relay.person(Role.HELPER, "Hana")
        user, helper = await relay.connect(anna), await relay.connect(hana)
        session = await relay.active(user, helper, ToAnyone())
        user.cut()
        helper.cut()
        await relay.advance(3600)
        assert [one.identifier for one in relay.admin.live_sessions()] == [session]
        helper = await relay.connect(hana)
        helper.say(End(session=session, why=Why.HELPER_ENDED))
        await relay.settle()
        assert helper.the(Ended).why is Why.HELPER_ENDED
        user = await relay.connect(anna)
        assert user.ws.sent == [Ended(session=session, why=Why.HELPER_ENDED)]
        user.cut()
        assert (await relay.connect(anna)).ws.sent == []


async def test_away_after_two_missed(tmp_path: Path) -> None:
    """Two named requests that passed unanswered make a helper away; a status brings the helper back."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        account = helper.listener.identified.account.identifier
        for request, seconds in ((A, 5), (B, 61), (C, 61)):
            assert relay.hub.helper_presence.status(account) is Status.AVAILABLE
            user.say(ask(by_name(helper), request))
            await relay.settle()
            await relay.advance(seconds)
            user.say(Cancel(request=request))
            await relay.settle()
        assert relay.hub.helper_presence.status(account) is Status.AWAY
        helper.say(SetStatus(status=Status.AVAILABLE))
        await relay.settle()
        assert relay.hub.helper_presence.status(account) is Status.AVAILABLE


async def test_watching_stops(tmp_path: Path) -> None:
    """Lists come only while they are watched."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        helper.say(Watch(on=False))
        await relay.settle()
        user.say(ask(ToAnyone()))
        await relay.settle()
        await relay.advance(5)
        assert helper.ws.sent == []


@pytest.mark.parametrize("noticed", [True, False])
async def test_a_renewed_certificate_takes_its_request_up(tmp_path: Path, noticed: bool) -> None:
    """Renewed while it waits, also where the relay still holds the old connection: place kept, and the grant arrives."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        user.say(ask(ToAnyone()))
        await relay.settle()
        if noticed:
            user.cut()
            await relay.settle()
        again = await renewed(relay, user)
        again.say(ask(ToAnyone()))
        await relay.settle()
        assert again.ws.sent == [Waiting(request=A, position=1, to=ToAnyone())]
        await relay.advance(61)
        helper.say(Accept(request=A))
        await relay.settle()
        granted = again.the(Granted)
        assert not user.heard(Granted)
        [record] = relay.admin.open_requests()
        assert record.user.certificate == again.listener.identified.participant.certificate
        again.say(Cancel(request=A))
        await relay.settle()
        assert helper.the(Ended) == Ended(session=granted.session, why=Why.CANCELLED)
        assert await relay.events() == ["request.waiting", "request.renewed", "request.granted", "request.over"]


async def test_certificates_renewed_during_a_session(tmp_path: Path) -> None:
    """Both sides may end it and hand it on with the new certificate, and hear of its end."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        session = await relay.active(user, helper, ToAnyone())
        user.cut()
        helper.cut()
        user, helper = await renewed(relay, user), await renewed(relay, helper)
        await relay.settle()
        assert await relay.events() == [
            "request.waiting",
            "request.granted",
            "request.active",
            *["request.renewed"] * 2,
        ]
        user.cut()
        helper.say(End(session=session, why=Why.HELPER_ENDED))
        await relay.settle()
        assert helper.the(Ended).why is Why.HELPER_ENDED
        [record] = await relay.store.sessions(limit=100)
        assert record.helper.certificate == helper.listener.identified.participant.certificate
        user = await renewed(relay, user)
        assert user.the(Ended).why is Why.HELPER_ENDED


async def test_a_helper_renewed_before_it_heard_of_its_grant(tmp_path: Path) -> None:
    """A grant whose ticket nobody has shown is sent again, to the new certificate."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        granted = await relay.granted(user, helper, ToAnyone())
        helper.cut()
        again = await renewed(relay, helper)
        await relay.settle()
        assert again.the(Granted).session == granted.session
