"""What operators order."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from common.protocol.identity import NAME_LIMIT, Role
from common.protocol.messages import (
    Code,
    Ended,
    Error,
    HelperEntry,
    Helpers,
    Mode,
    Over,
    Refused,
    Request,
    ToAnyone,
    ToGroup,
    ToHelper,
)
from common.protocol.reasons import Why
from common.protocol.texts import WORDS_LIMIT
from relay.admin.orders import OrderError
from relay.store.null import NullStore
from tests.support.relay_in_memory import Agent, relay_in_memory

BY = "operator:test"
A = "a" * 32


async def refused(order: Awaitable[object]) -> str:
    """The code of the OrderError that this order ends in; its text must be a sentence."""
    with pytest.raises(OrderError) as caught:
        await order
    assert str(caught.value)
    return caught.value.code


async def test_orders_that_cannot_be(tmp_path: Path) -> None:
    """Each has a code and a sentence, and changes nothing."""
    async with relay_in_memory(tmp_path) as relay:
        admin = relay.admin
        [anna] = (await admin.people.add(roles=[Role.USER], name="Anna", by=BY)).accounts
        await admin.people.add(roles=[Role.HELPER], name="Anna", by=BY)
        await admin.add_group("Desk", by=BY)
        before = len(await relay.store.audit_rows())
        assert await refused(admin.people.add(roles=[Role.USER], name="A\u202eb", by=BY)) == "order_bad_name"
        assert await refused(admin.add_group("Desk", by=BY)) == "order_name_taken"
        assert await refused(admin.add_group("", by=BY)) == "order_bad_name"
        assert await refused(admin.remove_group("x", by=BY)) == "order_no_group"
        assert await refused(admin.change_members("x", by=BY)) == "order_no_group"
        assert await refused(admin.change_members("Desk", add=["x"], by=BY)) == "order_no_person"
        assert await refused(admin.change_members("Desk", add=[anna.identifier], by=BY)) == "order_not_a_helper"
        assert await refused(admin.access.disable_account("x", by=BY)) == "order_no_person"
        assert await refused(admin.end_session("x", by=BY)) == "order_no_session"
        assert await refused(admin.end_request("x", by=BY)) == "order_no_request"
        for name, code in (("x", "order_no_person"), ("Anna", "order_ambiguous")):
            with pytest.raises(OrderError) as caught:
                admin.lookup.find_account(name)
            assert caught.value.code == code
        assert len(await relay.store.audit_rows()) == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["x" * (NAME_LIMIT + 1)], "order_bad_name"),
        ([""], "order_bad_name"),
        (["prin\nters"], "order_bad_name"),
        (["\udce9"], "order_bad_name"),
        (["printers"] * (WORDS_LIMIT + 1), "order_too_many_words"),
    ],
)
async def test_words_about_a_helper(tmp_path: Path, words: list[str], code: str) -> None:
    """Languages and skills are as names are, and not without end: they stand in every list that shows the helper."""
    async with relay_in_memory(tmp_path) as relay:
        for field in ("languages", "skills"):
            wish: dict[str, Any] = {field: words}
            assert await refused(relay.admin.people.add(roles=[Role.HELPER], name="Hana", by=BY, **wish)) == code
        most = ["x" * NAME_LIMIT] * WORDS_LIMIT
        await relay.admin.people.add(roles=[Role.HELPER], name="Hana", languages=most, skills=most, by=BY)
        user = await relay.agent(Role.USER, "Anna", watch=True)
        hana = relay.organisation.person(Role.HELPER, "Hana", relay.admin.lookup.find_account("Hana").identifier)
        await relay.connect(hana)
        await relay.advance(2)
        [entry] = [one for message in user.heard(Helpers) for one in message.set]
        assert isinstance(entry, HelperEntry)
        assert entry.skills == most


async def test_nothing_is_ordered_that_cannot_be_written(tmp_path: Path) -> None:
    """The order fails, and nothing has changed, in memory neither."""
    async with relay_in_memory(tmp_path) as relay:
        assert isinstance(relay.store, NullStore)
        relay.store.broken = True
        assert await refused(relay.admin.people.add(roles=[Role.USER], name="Anna", by=BY)) == "order_unwritable"
        assert await refused(relay.admin.add_group("Desk", by=BY)) == "order_unwritable"
        relay.store.broken, relay.store.refusing = False, True
        assert await refused(relay.admin.add_group("Desk", by=BY)) == "order_refused"
        assert relay.admin.lookup.all() == []
        assert relay.admin.groups() == []


async def test_disabling_a_user(tmp_path: Path) -> None:
    """The live session ends as disabled for both, the connection is closed, and the person does not come back in."""
    async with relay_in_memory(tmp_path) as relay:
        account, identity = await relay.person(Role.USER, "Anna")
        user, helper = await relay.connect(identity), await relay.agent(Role.HELPER, "Hana")
        session = await relay.active(user, helper, ToAnyone())
        await relay.admin.access.disable_account(account.identifier, by=BY)
        assert helper.the(Ended) == Ended(session=session, why=Why.DISABLED)
        assert user.the(Over).why is Why.DISABLED
        assert user.the(Refused).reason == Code.ACCOUNT_DISABLED
        assert user.ws.closed is not None
        assert relay.dataplane.ended == [(session, Why.DISABLED)]
        again = Agent(relay, identity)
        again.identify()
        assert again.the(Refused).reason == Code.ACCOUNT_DISABLED


async def test_disabling_a_helper(tmp_path: Path) -> None:
    """Sessions end, those who wait for this helper by name hear that nobody comes, and nobody can ask any more."""
    async with relay_in_memory(tmp_path) as relay:
        helper = await relay.agent(Role.HELPER, "Hana", watch=True)
        anna, ben = await relay.agent(Role.USER, "Anna"), await relay.agent(Role.USER, "Ben")
        session = await relay.active(anna, helper, ToAnyone())
        to = ToHelper(uri=helper.listener.identified.participant.uri)
        ben.say(Request(request="b" * 32, to=to, mode=Mode.VIEW))
        await relay.settle()
        await relay.admin.access.disable_account(helper.listener.identified.account.identifier, by=BY)
        assert anna.the(Ended) == Ended(session=session, why=Why.DISABLED)
        assert ben.the(Over).why is Why.DECLINED
        assert helper.ws.closed is not None
        ben.say(Request(request="c" * 32, to=to, mode=Mode.VIEW))
        await relay.settle()
        assert ben.the(Error).code == Code.NO_SUCH_HELPER


async def test_ending(tmp_path: Path) -> None:
    """An operator ends a session, or a request whatever it is at; the log says which operator."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await relay.agent(Role.USER, "Anna"), await relay.agent(Role.HELPER, "Hana")
        session = await relay.active(user, helper, ToAnyone())
        await relay.admin.end_session(session, by="operator:eve")
        assert user.the(Ended).why is Why.OPERATOR_ENDED
        user.say(Request(request="b" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        await relay.admin.end_request("b" * 32, by="operator:eve")
        assert user.heard(Over)[-1].why is Why.OPERATOR_ENDED
        rows = await relay.store.audit_rows()
        assert [row.entry.actor for row in rows if row.entry.event == "request.over"] == ["operator:eve"] * 2
        assert len(await relay.admin.requests()) == 2
        assert len(await relay.store.sessions(limit=100)) == 1


async def test_a_group_that_goes(tmp_path: Path) -> None:
    """Who waits for it hears that nobody comes."""
    async with relay_in_memory(tmp_path) as relay:
        user = await relay.agent(Role.USER, "Anna")
        await relay.admin.add_group("Desk", by=BY)
        user.say(Request(request=A, to=ToGroup(group="Desk"), mode=Mode.VIEW))
        await relay.settle()
        await relay.admin.remove_group("Desk", by=BY)
        assert user.the(Over).why is Why.DECLINED
