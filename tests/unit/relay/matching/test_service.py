"""Matching as a whole: how it starts and stops, whether it takes new work, and a newer revocation list."""

from pathlib import Path

import pytest

from common.net.certificates import CertificateError
from common.protocol.identity import Role
from common.protocol.messages import (
    Accept,
    Cancel,
    Code,
    Crl,
    End,
    Ended,
    Error,
    Granted,
    Mode,
    Over,
    Refused,
    Request,
    Requests,
    ToAnyone,
    Transfer,
    Waiting,
)
from common.protocol.reasons import Why
from relay.admin.orders import OrderError
from relay.core.readiness import NotReady
from relay.core.records import RequestState
from relay.store.null import NullStore
from tests.support.relay_in_memory import RelayInMemory, relay_in_memory
from tests.support.transcripts import ask, user_and_helper

A, B, C = "a" * 32, "b" * 32, "c" * 32


async def test_restart(tmp_path: Path) -> None:
    """No session stays open; a waiting request is taken up again with its place; both ends hear what ended."""
    async with relay_in_memory(tmp_path) as relay:
        _, anna = await relay.person(Role.USER, "Anna")
        _, ben = await relay.person(Role.USER, "Ben")
        _, hana = await relay.person(Role.HELPER, "Hana")
        helper, user, waiting = [await relay.connect(one) for one in (hana, anna, ben)]
        session = await relay.active(user, helper, ToAnyone())
        waiting.say(ask(ToAnyone(), B))
        await relay.settle()
        await relay.restart()
        assert await relay.store.open_sessions() == []
        assert [one.identifier for one in relay.admin.open_requests()] == [B]
        assert relay.admin.live_sessions() == []
        helper, user, waiting = [await relay.connect(one, watch=one is hana) for one in (hana, anna, ben)]
        for agent in (helper, user):
            assert agent.the(Ended) == Ended(session=session, why=Why.RELAY_RESTARTED)
        assert [entry.request for entry in helper.the(Requests).set] == [B]
        user.say(ask(ToAnyone()))
        waiting.say(ask(ToAnyone(), B))
        await relay.settle()
        assert user.the(Over).why is Why.RELAY_RESTARTED
        assert waiting.the(Waiting).position == 1
        await relay.advance(600)
        helper.say(Accept(request=B))
        await relay.settle()
        assert waiting.heard(Granted)


async def test_restart_and_nobody_comes_back(tmp_path: Path) -> None:
    """A request that waited when the relay was killed is held for a minute."""
    async with relay_in_memory(tmp_path) as relay:
        user, _ = await user_and_helper(relay)
        user.say(ask(ToAnyone()))
        await relay.settle()
        await relay.restart()
        await relay.advance(61)
        assert relay.admin.open_requests() == []
        assert (await relay.admin.requests())[0].why is Why.USER_GONE


async def test_a_stopped_relay_ends_its_sessions(tmp_path: Path) -> None:
    """Stopped in order, it says so; what waits goes on waiting in the store."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        await relay.active(user, helper, ToAnyone())
        ben = await relay.agent(Role.USER, "Ben")
        ben.say(ask(ToAnyone(), B))
        await relay.settle()
        await relay.matching.stop()
        assert user.the(Ended).why is Why.RELAY_STOPPED
        assert [one.identifier for one in await relay.store.open_requests()] == [B]


async def test_nothing_starts_that_cannot_be_written(tmp_path: Path) -> None:
    """With an unwritable log no request and no session starts (busy); what ends, ends, and is written once that works."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        ben = await relay.agent(Role.USER, "Ben")
        session = await relay.active(user, helper, ToAnyone())
        ben.say(ask(ToAnyone(), B))
        await relay.settle()
        assert isinstance(relay.store, NullStore)
        relay.store.broken = True
        helper.say(Accept(request=B), Transfer(request=A, to=ToAnyone()))
        await relay.settle()
        assert [error.code for error in helper.heard(Error)] == [Code.BUSY] * 2
        assert relay.matching.not_ready is NotReady.DATABASE
        assert relay.admin.open_requests()[0].state is RequestState.WAITING
        helper.say(End(session=session, why=Why.HELPER_ENDED))
        ben.say(Cancel(request=B))
        await relay.settle()
        assert user.the(Ended).why is Why.HELPER_ENDED
        assert ben.the(Over).why is Why.CANCELLED
        ben.say(ask(ToAnyone(), C))
        await relay.settle()
        assert ben.heard(Error)[-1] == Error(about="request", code=Code.BUSY, request=C)
        assert len(relay.hub.recorder._owed) == 2
        assert len(await relay.store.open_sessions()) == 1
        await relay.advance(6)
        relay.store.broken = False
        await relay.advance(6)
        assert len(relay.hub.recorder._owed) == 0
        assert await relay.store.open_sessions() == []
        assert relay.matching.not_ready is None
        ben.say(ask(ToAnyone(), C))
        await relay.settle()
        assert ben.heard(Waiting)[-1].request == C
        assert (await relay.events()).count("request.over") == 2


async def test_what_the_store_refuses_is_no_reason_to_go_on(tmp_path: Path) -> None:
    """Nothing starts with a record that can never be written; what ends, ends, and the audit log says what it misses."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        ben = await relay.agent(Role.USER, "Ben")
        session = await relay.active(user, helper, ToAnyone())
        assert isinstance(relay.store, NullStore)
        relay.store.refusing = True
        ben.say(ask(ToAnyone(), B))
        helper.say(End(session=session, why=Why.HELPER_ENDED))
        await relay.settle()
        assert ben.the(Error) == Error(about="request", code=Code.MALFORMED, request=B)
        assert user.the(Ended).why is Why.HELPER_ENDED
        assert [one.identifier for one in relay.admin.open_requests()] == []
        assert relay.hub.recorder.refused == 1
        relay.store.refusing = False
        await relay.advance(6)
        row = (await relay.store.audit_rows())[-1].entry
        assert (row.actor, row.event, row.subject, row.facts) == ("relay", "record.refused", A, {"fault": "told to"})


async def test_revoking(tmp_path: Path) -> None:
    """A newer list goes to everybody, and ends what the revoked certificate has, of either role; an older one is refused."""
    async with relay_in_memory(tmp_path) as relay:
        old = relay.organisation.crl().der
        anna, anna_identity = await relay.person(Role.USER, "Anna")
        hana, hana_identity = await relay.person(Role.HELPER, "Hana")
        user, helper = await relay.connect(anna_identity), await relay.connect(hana_identity)
        ben = await relay.agent(Role.USER, "Ben")
        session = await relay.active(user, helper, ToAnyone())
        ben.say(Request(request="b" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        helper.ws.closed = None
        crl = relay.organisation.revoke(hana.identifier)
        await relay.matching.crl_changed(crl.der)
        assert ben.the(Crl) == Crl(der=crl.der)
        assert user.the(Ended) == Ended(session=session, why=Why.REVOKED)
        assert helper.the(Refused).reason == Code.CERTIFICATE_REVOKED
        assert helper.ws.closed is not None
        assert user.ws.closed is None
        await relay.matching.crl_changed(crl.der)
        assert len(ben.heard(Crl)) == 1
        with pytest.raises(CertificateError):
            await relay.matching.crl_changed(old)
        await relay.matching.crl_changed(relay.organisation.revoke(anna.identifier).der)
        assert user.the(Refused).reason == Code.CERTIFICATE_REVOKED
        assert [one.identifier for one in relay.admin.open_requests()] == ["b" * 32]


async def test_why_it_is_not_ready(tmp_path: Path) -> None:
    """It has not started; there is no fresh revocation list; the store cannot be written; it stops. Else new work is taken."""
    relay = RelayInMemory(tmp_path)
    assert relay.matching.not_ready is NotReady.STARTING
    async with relay_in_memory(tmp_path / "started") as relay:
        assert relay.matching.not_ready is None
        relay.clock.advance(86400 * 2)
        assert relay.matching.not_ready is NotReady.CRL
        await relay.matching.crl_changed(relay.organisation.crl().der)
        assert relay.matching.not_ready is None
        relay.hub.crl = None
        assert relay.matching.not_ready is NotReady.CRL
        relay.store.broken = True
        with pytest.raises(OrderError):
            await relay.admin.add_group("Desk", by="operator:test")
        assert relay.matching.not_ready is NotReady.DATABASE
        relay.store.broken = False
        await relay.matching.stop()
        assert relay.matching.not_ready is NotReady.STOPPING


async def test_the_relay_stops(tmp_path: Path) -> None:
    """Every connection is closed with 1001."""
    async with relay_in_memory(tmp_path) as relay:
        agent = await relay.agent(Role.USER, "Anna")
        await relay.matching.stop()
        assert agent.ws.closed is not None
        assert agent.ws.closed[0] == 1001
