"""Who may come in: left and come back, and what the CA owes an answer to."""

from collections.abc import Awaitable
from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import Code, Ended, Refused, ToAnyone
from common.protocol.reasons import Why
from relay.admin.orders import OrderError
from relay.core.records import RevocationRecord
from relay.matching.revocations import NotRevokedError
from relay.store.null import NullStore
from tests.support.relay_in_memory import Agent, relay_in_memory

BY = "operator:test"


class Authority:
    """The CA at the other end of the mailbox: it answers, or it does not."""

    def __init__(self) -> None:
        self.answers = True
        self.asked: list[RevocationRecord] = []

    async def revoke(self, record: RevocationRecord) -> None:
        """As the relay asks it."""
        self.asked.append(record)
        if not self.answers:
            raise NotRevokedError("unavailable")


async def refused(order: Awaitable[object]) -> str:
    """The code of the OrderError that this order ends in; its text must be a sentence."""
    with pytest.raises(OrderError) as caught:
        await order
    assert str(caught.value)
    return caught.value.code


async def test_who_leaves_is_out_at_once(tmp_path: Path) -> None:
    """In the middle of a session, in both roles, and in no group any more; the CA is asked for each account, once."""
    async with relay_in_memory(tmp_path) as relay:
        authority = Authority()
        relay.hub.revocations.by(authority.revoke)
        hana = await relay.admin.people.add(name="Hana", roles=list(Role), by=BY)
        user, helper = hana.accounts
        await relay.admin.add_group("Desk", by=BY)
        await relay.admin.change_members("Desk", add=[helper.identifier], by=BY)
        await relay.admin.add_group("Payroll", by=BY)
        await relay.admin.group_rules.change_askers("Payroll", add=[user.identifier], by=BY)
        agents = [
            await relay.connect(relay.organisation.person(one.role, f"Hana {one.role}", one.identifier))
            for one in hana.accounts
        ]
        session = await relay.active(await relay.agent(Role.USER, "Anna"), agents[1], ToAnyone())
        left = await relay.admin.access.leave(hana.person.identifier, by=BY)
        assert (left.person.left_at, left.groups) == (relay.clock.now(), ())
        assert [(one.restricted, one.askers) for one in relay.admin.groups()] == [
            (False, frozenset()),
            (True, frozenset()),
        ]
        assert agents[1].the(Ended) == Ended(session=session, why=Why.DISABLED)
        assert [agent.the(Refused).reason for agent in agents] == [Code.ACCOUNT_DISABLED] * 2
        await relay.settle()
        assert [(one.account, one.serial) for one in authority.asked] == [
            (user.identifier, ""),
            (helper.identifier, ""),
        ]
        assert relay.admin.lookup.find("Hana").owed == ()
        assert await relay.store.owed_revocations() == []
        events = [row.entry.event for row in await relay.store.audit_rows()]
        assert [events.count(event) for event in ("person.left", "account.disabled", "account.revoked")] == [1, 2, 2]
        assert await refused(relay.admin.access.leave(hana.person.identifier, by=BY)) == "order_has_left"
        assert await refused(relay.admin.access.enable(hana.person.identifier, by=BY)) == "order_has_left"
        add_role = relay.admin.people.add_role(hana.person.identifier, Role.HELPER, by=BY)
        assert (await add_role).role is Role.HELPER  # it is there already, and stays disabled
        ben = await relay.admin.people.add(name="Ben", roles=[Role.USER], by=BY)
        for pair in ((hana, ben), (ben, hana)):
            join = relay.admin.people.join(*(one.person.identifier for one in pair), by=BY)
            assert await refused(join) == "order_has_left"
        await relay.admin.access.leave(ben.person.identifier, by=BY)
        await relay.settle()
        assert await refused(relay.admin.people.add_role(ben.person.identifier, Role.HELPER, by=BY)) == "order_has_left"
        authority.asked.clear()
        back = await relay.admin.access.come_back(hana.person.identifier, by=BY)
        assert back.person.left_at is None
        assert all(one.enabled for one in back.accounts)
        assert await refused(relay.admin.access.come_back(hana.person.identifier, by=BY)) == "order_has_not_left"


async def test_what_the_ca_has_not_answered_is_owed(tmp_path: Path) -> None:
    """Shown, asked again by a timer and after a restart, and nobody comes back before; the person stays out meanwhile."""
    async with relay_in_memory(tmp_path) as relay:
        authority = Authority()
        authority.answers = False
        relay.hub.revocations.by(authority.revoke)
        account, identity = await relay.person(Role.USER, "Anna")
        left = await relay.admin.access.leave(account.person, by=BY)
        await relay.settle()
        assert left.owed == (account.identifier,)
        assert await refused(relay.admin.access.come_back(account.person, by=BY)) == "order_revocation_owed"
        assert await refused(relay.admin.access.enable_account(account.identifier, by=BY)) == "order_revocation_owed"
        again = Agent(relay, identity)
        again.identify()
        assert again.the(Refused).reason == Code.ACCOUNT_DISABLED
        asked = len(authority.asked)
        await relay.advance(relay.hub.services.timing.revocation_retry + 1)
        assert len(authority.asked) == asked + 1
        await relay.restart()
        assert relay.admin.lookup.find("Anna").owed == (account.identifier,)
        authority.answers = True
        relay.hub.revocations.by(authority.revoke)
        await relay.settle()
        assert relay.admin.lookup.find("Anna").owed == ()
        assert await relay.store.owed_revocations() == []


async def test_one_that_the_ca_refuses_keeps_no_other_waiting(tmp_path: Path) -> None:
    """It stays owed, and is tried again; those behind it are done."""
    async with relay_in_memory(tmp_path) as relay:
        anna, _ = await relay.person(Role.USER, "Anna")
        ben, _ = await relay.person(Role.USER, "Ben")

        async def revoke(record: RevocationRecord) -> None:
            if record.account == anna.identifier:
                raise NotRevokedError("malformed")

        for one in (anna, ben):
            await relay.admin.access.leave(one.person, by=BY)
            relay.clock.advance(1)
        relay.hub.revocations.by(revoke)
        await relay.settle()
        assert [one.account for one in await relay.store.owed_revocations()] == [anna.identifier]


async def test_a_revocation_that_cannot_be_written_down_as_done_is_asked_again(tmp_path: Path) -> None:
    """The CA has answered, the disk has not: the same again does no harm."""
    async with relay_in_memory(tmp_path) as relay:
        assert isinstance(relay.store, NullStore)
        authority = Authority()
        account, _ = await relay.person(Role.USER, "Anna")
        await relay.admin.access.leave(account.person, by=BY)
        relay.store.broken = True
        relay.hub.revocations.by(authority.revoke)
        await relay.settle()
        assert len(await relay.store.owed_revocations()) == 1
        relay.store.broken = False
        await relay.advance(relay.hub.services.timing.revocation_retry + 1)
        assert len(authority.asked) == 2
        assert await relay.store.owed_revocations() == []


async def test_an_order_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    """Nobody is half out."""
    async with relay_in_memory(tmp_path) as relay:
        assert isinstance(relay.store, NullStore)
        account, _ = await relay.person(Role.USER, "Anna")
        relay.store.broken = True
        assert await refused(relay.admin.access.leave(account.person, by=BY)) == "order_unwritable"
        now = relay.admin.lookup.find("Anna")
        assert (now.person.left_at, now.accounts[0].enabled, now.owed) == (None, True, ())
