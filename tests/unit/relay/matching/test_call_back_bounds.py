"""What a call back cannot do: wait for nobody, go round for ever, take the place of others, outlast who left it."""

from dataclasses import replace
from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import (
    Accept,
    Cancel,
    Code,
    End,
    Ended,
    Error,
    Granted,
    Mode,
    Over,
    Request,
    Requests,
    ToAnyone,
    ToGroup,
    ToHelper,
    Waiting,
    Watch,
)
from common.protocol.reasons import Why
from relay.core.request_ends import PUT_BACKS
from relay.settings import DeskSection, RelayLimits
from tests.support.call_backs import DAY, ID, asked, entry, left
from tests.support.relay_in_memory import relay_in_memory


async def test_not_now_is_not_soon(tmp_path: Path) -> None:
    """Who was told *not now* sees it no more, also in a new list, and cannot take it; five minutes later both."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        helper = await relay.agent(Role.HELPER, "Hana", watch=True)
        helper.say(Accept(request=ID))
        await relay.settle()
        user.say(End(session=user.the(Granted).session, why=Why.REFUSED))
        await relay.advance(2)
        for _ in range(2):
            assert helper.heard(Requests)[-1].set == []
            helper.forget()
            helper.say(Watch(on=False), Watch(on=True))
            await relay.advance(2)
        helper.say(Accept(request=ID))
        await relay.settle()
        assert helper.the(Error).code == Code.NOT_NOW
        helper.forget()
        await relay.advance(290)
        assert helper.heard(Requests) == []
        await relay.advance(10)
        assert entry(helper).request == ID
        helper.say(Accept(request=ID))
        await relay.settle()
        assert helper.the(Granted).request == ID


@pytest.mark.parametrize("by_user", [True, False])
async def test_not_for_ever(tmp_path: Path, *, by_user: bool) -> None:
    """Taken and given back again and again: it is over at last, for what ended it then."""
    why = Why.REFUSED if by_user else Why.HELPER_ENDED
    async with relay_in_memory(tmp_path, desk=DeskSection(call_back=7 * DAY)) as relay:
        user = await asked(relay)
        helper = await relay.agent(Role.HELPER, "Hana")
        for _ in range(PUT_BACKS + 1):
            assert user.heard(Over) == []
            helper.say(Accept(request=ID))
            await relay.settle()
            session = user.heard(Granted)[-1].session
            (user if by_user else helper).say(End(session=session, why=why))
            await relay.settle()
            await relay.advance(301)
        assert user.the(Over).why is why
        assert (await relay.events()).count("request.put_back") == PUT_BACKS


async def test_nobody_is_left_for_it(tmp_path: Path) -> None:
    """The helper's account is disabled, the group is removed: a call back to either waits for nobody, as any request."""
    async with relay_in_memory(tmp_path) as relay:
        account, identity = await relay.person(Role.HELPER, "Hana")
        helper = await relay.connect(identity)
        uri = helper.listener.identified.participant.uri
        await relay.admin.add_group("Desk", by="operator:test")
        users = [
            await asked(relay, "Anna", ToHelper(uri=uri)),
            await asked(relay, "Ben", ToGroup(group="Desk"), request="b" * 32),
        ]
        await relay.admin.access.disable_account(account.identifier, by="operator:test")
        await relay.admin.remove_group("Desk", by="operator:test")
        assert [user.the(Over).why for user in users] == [Why.DECLINED] * 2
        assert len(relay.hub.open_requests) == 0


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_old_one_takes_no_place(tmp_path: Path, *, restarted: bool) -> None:
    """Left on one computer, over since, and sent again from there: it is over, and the newer one of the same person stays."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        user.say(Cancel(request=ID))
        user.say(left(request="b" * 32))
        await relay.settle()
        user.cut()
        await relay.settle()
        if restarted:
            await relay.restart()
        account = user.listener.identified.account.identifier
        other_computer = await relay.connect(relay.organisation.person(Role.USER, "Anna", account))
        other_computer.say(left())
        await relay.settle()
        assert other_computer.the(Over) == Over(request=ID, why=Why.CANCELLED)
        assert [one.identifier for one in relay.hub.open_requests] == ["b" * 32]


async def test_said_again_it_is_no_news(tmp_path: Path) -> None:
    """Helpers hear of a call back's user who comes or goes, not of an agent that says the same again."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        helper = await relay.agent(Role.HELPER, "Hana", watch=True)
        await relay.advance(60)
        helper.forget()
        for _ in range(6):
            user.say(left())
            await relay.advance(2)
        assert helper.heard(Requests) == []
        assert user.heard(Error) == []


async def test_from_computer_to_computer(tmp_path: Path) -> None:
    """Two computers of one person that take it from each other make the relay write each time: so often, and no more."""
    async with relay_in_memory(tmp_path, limits=RelayLimits(requests_per_minute=5)) as relay:
        one = await asked(relay)
        account = one.listener.identified.account.identifier
        two = await relay.connect(relay.organisation.person(Role.USER, "Anna", account))
        await relay.advance(60)
        for _ in range(4):
            for agent in (two, one):
                agent.say(left())
                await relay.settle()
        assert (await relay.events()).count("request.renewed") == 5
        assert {(error.about, error.code) for error in one.heard(Error)} == {("request", Code.TOO_MANY)}


async def test_given_back_while_its_user_was_cut_off(tmp_path: Path) -> None:
    """Its user's connection was lost meanwhile: nobody can take it until that is back, which helpers hear."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        helper = await relay.agent(Role.HELPER, "Hana", watch=True)
        helper.say(Accept(request=ID))
        await relay.settle()
        user.cut()
        await relay.settle()
        helper.say(End(session=helper.the(Granted).session, why=Why.HELPER_ENDED))
        await relay.settle()
        await relay.advance(2)
        assert entry(helper).here is False
        assert user.identity is not None
        again = await relay.connect(user.identity)
        again.say(left())
        await relay.advance(2)
        assert entry(helper).here


@pytest.mark.parametrize("revoked", [False, True])
@pytest.mark.parametrize("to_anyone", [False, True])
async def test_its_helper_may_not_stay(tmp_path: Path, *, revoked: bool, to_anyone: bool) -> None:
    """Disabled or revoked before a session came of it: to its user that is nothing, unless nobody else was asked."""
    async with relay_in_memory(tmp_path) as relay:
        account, identity = await relay.person(Role.HELPER, "Hana")
        helper = await relay.connect(identity)
        to = ToAnyone() if to_anyone else ToHelper(uri=helper.listener.identified.participant.uri)
        user = await asked(relay, to=to)
        helper.say(Accept(request=ID))
        await relay.settle()
        user.forget()
        if revoked:
            await relay.matching.crl_changed(relay.organisation.revoke(account.identifier).der)
        else:
            await relay.admin.access.disable_account(account.identifier, by="operator:test")
        await relay.settle()
        assert user.the(Ended).why is (Why.REVOKED if revoked else Why.DISABLED)
        if revoked or to_anyone:
            assert user.the(Waiting).request == ID
            assert user.heard(Over) == []
        else:
            assert user.the(Over).why is Why.DECLINED


async def test_its_group_is_gone(tmp_path: Path) -> None:
    """Removed while it was taken: given back, it would wait for nobody."""
    async with relay_in_memory(tmp_path) as relay:
        account, identity = await relay.person(Role.HELPER, "Hana")
        helper = await relay.connect(identity)
        await relay.admin.add_group("Desk", by="operator:test")
        await relay.admin.change_members("Desk", add=[account.identifier], by="operator:test")
        user = await asked(relay, to=ToGroup(group="Desk"))
        helper.say(Accept(request=ID))
        await relay.settle()
        await relay.admin.remove_group("Desk", by="operator:test")
        user.say(End(session=user.the(Granted).session, why=Why.REFUSED))
        await relay.settle()
        assert user.the(Over).why is Why.DECLINED


async def test_after_those_who_wait(tmp_path: Path) -> None:
    """A helper who connects reads first of whoever sits in front of a screen, however old the call backs are."""
    limits = RelayLimits(list_batch=1)
    async with relay_in_memory(tmp_path, limits=limits) as relay:
        await asked(relay)
        await relay.advance(DAY / 2)
        user = await relay.agent(Role.USER, "Ben")
        user.say(Request(request="b" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        helper = await relay.agent(Role.HELPER, "Hana", watch=True)
        assert entry(helper).request == "b" * 32
        await relay.advance(2)
        assert entry(helper).request == ID


async def test_they_take_nobody_s_place(tmp_path: Path) -> None:
    """Call backs have a limit of their own: beyond it who leaves one waits as before; those who wait are never refused for it."""
    limits = RelayLimits(open_requests=2, call_backs=1)
    async with relay_in_memory(tmp_path, limits=limits) as relay:
        first = await asked(relay)
        second = await asked(relay, "Ben", request="b" * 32)
        assert (first.heard(Waiting)[-1].until is None, second.heard(Waiting)[-1].until is None) == (False, True)
        third, fourth = await relay.agent(Role.USER, "Cleo"), await relay.agent(Role.USER, "Dora")
        third.say(left(request="c" * 32))
        await relay.settle()
        assert third.the(Waiting).until is None
        fourth.say(Request(request="d" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        assert fourth.the(Error).code == Code.TOO_MANY
        first.say(Cancel(request=ID))
        second.say(left(request="b" * 32))
        await relay.settle()
        assert second.heard(Waiting)[-1].until is not None
        fourth.say(Request(request="d" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        assert fourth.the(Waiting).until is None


@pytest.mark.parametrize("before", [False, True])
async def test_revoked_while_away(tmp_path: Path, *, before: bool) -> None:
    """Before or after a restart of the relay, which the user has not seen since: the store knows whose certificate it is."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        account = user.listener.identified.account.identifier
        user.cut()
        await relay.settle()
        crl = relay.organisation.revoke(account) if before else None
        await relay.restart()
        if crl is None:
            assert len(relay.hub.open_requests) == 1
            await relay.matching.crl_changed(relay.organisation.revoke(account).der)
        assert len(relay.hub.open_requests) == 0
        assert [one.why for one in await relay.admin.requests()] == [Why.REVOKED]


async def test_disabled_while_the_relay_was_not_there(tmp_path: Path) -> None:
    """As of a database that was put back, or a relay that was killed at it: it does not wait on."""
    async with relay_in_memory(tmp_path) as relay:
        user = await asked(relay)
        account = replace(user.listener.identified.account, disabled_at=relay.clock.now())
        await relay.store.write(lambda unit: unit.put_account(account))
        await relay.restart()
        assert len(relay.hub.open_requests) == 0
        assert [one.why for one in await relay.admin.requests()] == [Why.DISABLED]
