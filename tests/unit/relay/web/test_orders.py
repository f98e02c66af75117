"""What operators order."""

import os
from collections.abc import Awaitable
from pathlib import Path

import pytest

from common.net.certificates import CertificateError
from common.protocol.identity import Role
from common.protocol.messages import Code, Crl, Ended, Error, Mode, Over, Refused, Request, ToAnyone, ToGroup, ToHelper
from common.protocol.reasons import Why
from relay.store.null import NullStore
from relay.web.desk import DeskError
from tests.support.ca import Organisation
from tests.support.desk import Agent, house_in

BY = "operator:test"
A = "a" * 32


async def refused(order: Awaitable[object]) -> str:
    """The code of the DeskError that this order ends in; its text must be a sentence."""
    with pytest.raises(DeskError) as caught:
        await order
    assert str(caught.value)
    return caught.value.code


async def test_accounts(tmp_path: Path) -> None:
    """Made, found by name or identifier, disabled and enabled; each order one audit row with who gave it."""
    async with house_in(tmp_path) as house:
        desk = house.desk
        anna = await desk.add_account(role=Role.USER, name="Anna", languages=["ja"], skills=["x"], by=BY)
        twin = await desk.add_account(role=Role.HELPER, name="Anna", by=BY)
        assert desk.accounts() == [anna, twin] or desk.accounts() == [twin, anna]
        assert desk.find_account(anna.identifier) == anna
        assert desk.find_account("ANNA", Role.USER) == anna
        assert not (await desk.disable_account(anna.identifier, by=BY)).enabled
        assert not desk.may_renew(anna.identifier)
        await desk.disable_account(anna.identifier, by=BY)
        assert (await desk.enable_account(anna.identifier, by=BY)).enabled
        await desk.enable_account(anna.identifier, by=BY)
        assert desk.may_renew(anna.identifier)
        rows = await desk.audit_rows()
        assert [row.entry.event for row in rows] == [
            "account.added",
            "account.added",
            "account.disabled",
            "account.enabled",
        ]
        assert {row.entry.actor for row in rows} == {BY}


async def test_orders_that_cannot_be(tmp_path: Path) -> None:
    """Each has a code and a sentence, and changes nothing."""
    async with house_in(tmp_path) as house:
        desk = house.desk
        anna = await desk.add_account(role=Role.USER, name="Anna", by=BY)
        await desk.add_account(role=Role.HELPER, name="Anna", by=BY)
        await desk.add_group("Desk", by=BY)
        before = len(await desk.audit_rows())
        assert await refused(desk.add_account(role=Role.USER, name="anna", by=BY)) == "name_taken"
        assert await refused(desk.add_account(role=Role.USER, name="A\u202eb", by=BY)) == "bad_name"
        assert await refused(desk.add_group("Desk", by=BY)) == "name_taken"
        assert await refused(desk.add_group("", by=BY)) == "bad_name"
        assert await refused(desk.remove_group("x", by=BY)) == "no_group"
        assert await refused(desk.change_members("x", by=BY)) == "no_group"
        assert await refused(desk.change_members("Desk", add=["x"], by=BY)) == "no_account"
        assert await refused(desk.change_members("Desk", add=[anna.identifier], by=BY)) == "not_a_helper"
        assert await refused(desk.disable_account("x", by=BY)) == "no_account"
        assert await refused(desk.end_session("x", by=BY)) == "no_session"
        assert await refused(desk.end_request("x", by=BY)) == "no_request"
        for name, code in (("x", "no_account"), ("Anna", "ambiguous")):
            with pytest.raises(DeskError) as caught:
                desk.find_account(name)
            assert caught.value.code == code
        assert len(await desk.audit_rows()) == before


async def test_nothing_is_ordered_that_cannot_be_written(tmp_path: Path) -> None:
    """The order fails, and nothing has changed, in memory neither."""
    async with house_in(tmp_path) as house:
        assert isinstance(house.store, NullStore)
        house.store.broken = True
        assert await refused(house.desk.add_account(role=Role.USER, name="Anna", by=BY)) == "unwritable"
        assert await refused(house.desk.add_group("Desk", by=BY)) == "unwritable"
        assert house.desk.accounts() == []
        assert house.desk.groups() == []


async def test_disabling_a_user(tmp_path: Path) -> None:
    """The live session ends as disabled for both, the connection is closed, and the person does not come back in."""
    async with house_in(tmp_path) as house:
        account, identity = await house.person(Role.USER, "Anna")
        user, helper = await house.connect(identity), await house.agent(Role.HELPER, "Hana")
        session = await house.active(user, helper, ToAnyone())
        await house.desk.disable_account(account.identifier, by=BY)
        assert helper.the(Ended) == Ended(session=session, why=Why.DISABLED)
        assert user.the(Over).why is Why.DISABLED
        assert user.the(Refused).reason == Code.ACCOUNT_DISABLED
        assert user.ws.closed is not None
        assert house.dataplane.ended == [(session, Why.DISABLED)]
        again = Agent(house, identity)
        again.identify()
        assert again.the(Refused).reason == Code.ACCOUNT_DISABLED


async def test_disabling_a_helper(tmp_path: Path) -> None:
    """Sessions end, those who wait for this helper by name hear that nobody comes, and nobody can ask any more."""
    async with house_in(tmp_path) as house:
        helper = await house.agent(Role.HELPER, "Hana", watch=True)
        anna, ben = await house.agent(Role.USER, "Anna"), await house.agent(Role.USER, "Ben")
        session = await house.active(anna, helper, ToAnyone())
        to = ToHelper(uri=helper.listener.identified.person.uri)
        ben.say(Request(request="b" * 32, to=to, mode=Mode.VIEW))
        await house.settle()
        await house.desk.disable_account(helper.listener.identified.account.identifier, by=BY)
        assert anna.the(Ended) == Ended(session=session, why=Why.DISABLED)
        assert ben.the(Over).why is Why.DECLINED
        assert helper.ws.closed is not None
        ben.say(Request(request="c" * 32, to=to, mode=Mode.VIEW))
        await house.settle()
        assert ben.the(Error).code == Code.NO_SUCH_HELPER


async def test_revoking(tmp_path: Path) -> None:
    """A newer list goes to everybody, and ends what the revoked certificate has, of either role; an older one is refused."""
    async with house_in(tmp_path) as house:
        old = house.organisation.crl().der
        anna, anna_identity = await house.person(Role.USER, "Anna")
        hana, hana_identity = await house.person(Role.HELPER, "Hana")
        user, helper = await house.connect(anna_identity), await house.connect(hana_identity)
        ben = await house.agent(Role.USER, "Ben")
        session = await house.active(user, helper, ToAnyone())
        ben.say(Request(request="b" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await house.settle()
        helper.ws.closed = None
        crl = house.organisation.revoke(hana.identifier)
        await house.desk.crl_changed(crl.der)
        assert ben.the(Crl) == Crl(der=crl.der)
        assert user.the(Ended) == Ended(session=session, why=Why.REVOKED)
        assert helper.the(Refused).reason == Code.CERTIFICATE_REVOKED
        assert helper.ws.closed is not None
        assert user.ws.closed is None
        await house.desk.crl_changed(crl.der)
        assert len(ben.heard(Crl)) == 1
        with pytest.raises(CertificateError):
            await house.desk.crl_changed(old)
        await house.desk.crl_changed(house.organisation.revoke(anna.identifier).der)
        assert user.the(Refused).reason == Code.CERTIFICATE_REVOKED
        assert [one.identifier for one in house.desk.open_requests()] == ["b" * 32]


async def test_ending(tmp_path: Path) -> None:
    """An operator ends a session, or a request whatever it is at; the log says which operator."""
    async with house_in(tmp_path) as house:
        user, helper = await house.agent(Role.USER, "Anna"), await house.agent(Role.HELPER, "Hana")
        session = await house.active(user, helper, ToAnyone())
        await house.desk.end_session(session, by="operator:eve")
        assert user.the(Ended).why is Why.OPERATOR_ENDED
        user.say(Request(request="b" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await house.settle()
        await house.desk.end_request("b" * 32, by="operator:eve")
        assert user.heard(Over)[-1].why is Why.OPERATOR_ENDED
        rows = await house.desk.audit_rows()
        assert [row.entry.actor for row in rows if row.entry.event == "request.over"] == ["operator:eve"] * 2
        assert len(await house.desk.requests()) == 2
        assert len(await house.desk.sessions()) == 1


async def test_a_group_that_goes(tmp_path: Path) -> None:
    """Who waits for it hears that nobody comes."""
    async with house_in(tmp_path) as house:
        user = await house.agent(Role.USER, "Anna")
        await house.desk.add_group("Desk", by=BY)
        user.say(Request(request=A, to=ToGroup(group="Desk"), mode=Mode.VIEW))
        await house.settle()
        await house.desk.remove_group("Desk", by=BY)
        assert user.the(Over).why is Why.DECLINED


async def test_enrolment(tmp_path: Path) -> None:
    """Prepared, then used; the certificate is kept; a renewal is a renewal. Nobody unknown or disabled gets that far."""
    async with house_in(tmp_path) as house:
        account = await house.desk.add_account(role=Role.USER, name="Anna", by=BY)
        await house.desk.prepare_enrolment(account.identifier, by=BY)
        house.clock.advance(60)
        leaf = house.organisation.person(Role.USER, "Anna", account.identifier).leaf
        await house.desk.enrolled(leaf)
        [enrolment] = await house.store.enrolments(account.identifier)
        assert enrolment.used_at == house.clock.now()
        again = house.organisation.person(Role.USER, "Anna", account.identifier).leaf
        await house.desk.enrolled(again, renewed=True)
        assert len(await house.store.enrolments(account.identifier)) == 1
        assert len(await house.store.certificates(account.identifier)) == 2
        events = [row.entry.event for row in await house.desk.audit_rows()]
        assert events[1:] == ["account.enrolment_prepared", "account.enrolled", "account.renewed"]
        stranger = house.organisation.person(Role.USER, "Ben")
        assert await refused(house.desk.enrolled(stranger.leaf)) == "no_account"
        wrong_role = house.organisation.person(Role.HELPER, "Anna helper", account.identifier)
        assert await refused(house.desk.enrolled(wrong_role.leaf)) == "no_account"
        (tmp_path / "other").mkdir()
        foreign = Organisation(tmp_path / "other").person(Role.USER, "Anna", account.identifier)
        assert await refused(house.desk.enrolled(foreign.leaf)) == "bad_certificate"
        assert await refused(house.desk.enrolled(os.urandom(20))) == "bad_certificate"
        await house.desk.disable_account(account.identifier, by=BY)
        assert await refused(house.desk.enrolled(leaf)) == "account_disabled"
        assert await refused(house.desk.prepare_enrolment(account.identifier, by=BY)) == "account_disabled"
