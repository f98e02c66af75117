"""What operators order about people."""

from collections.abc import Awaitable
from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import Code, Refused
from relay.admin.orders import ABOUT_LIMIT, OrderError
from relay.store.null import NullStore
from tests.support.relay_in_memory import relay_in_memory

BY = "operator:test"
BOTH = (Role.HELPER, Role.USER)


async def refused(order: Awaitable[object]) -> str:
    """The code of the OrderError that this order ends in; its text must be a sentence."""
    with pytest.raises(OrderError) as caught:
        await order
    assert str(caught.value)
    return caught.value.code


async def test_added_and_found(tmp_path: Path) -> None:
    """By identifier, account, external id or name; each order is one audit row, with who gave it and without a name."""
    async with relay_in_memory(tmp_path) as relay:
        people = relay.admin.people
        hana = await people.add(
            name="Hana", roles=BOTH, external_id="17", department="営業部", skills=["mail"], certified="Hana (2)", by=BY
        )
        anna = await people.add(name="Anna", roles=[Role.USER], by=BY)
        user, helper = hana.accounts
        assert (user.role, user.identifier, user.skills) == (Role.USER, hana.person.identifier, ())
        assert (helper.role, helper.name, helper.skills) == (Role.HELPER, "Hana (2)", ("mail",))
        for who in (hana.person.identifier, helper.identifier, "17", "hana", "HANA (2)"):
            assert relay.admin.lookup.find(who) == hana
        assert relay.admin.lookup.find_account("17", Role.HELPER) == helper
        assert relay.admin.lookup.find_account("Anna") == anna.accounts[0]
        assert relay.admin.lookup.all() == [hana, anna] or relay.admin.lookup.all() == [anna, hana]
        rows = await relay.store.audit_rows()
        assert [row.entry.event for row in rows] == ["person.added", "person.added"]
        assert rows[0].entry.facts == {"user": user.identifier, "helper": helper.identifier}
        assert {row.entry.actor for row in rows} == {BY}


async def test_the_same_order_again(tmp_path: Path) -> None:
    """With an identifier that whoever ordered it has chosen: nobody is added twice, and further lines are noted."""
    async with relay_in_memory(tmp_path) as relay:
        people = relay.admin.people
        chosen = "00000000-0000-4000-8000-00000000000a"
        first = await people.add(name="Hana", roles=BOTH, identifier=chosen, enrolment=True, by=BY)
        assert await people.add(name="Hana", roles=BOTH, identifier=chosen, enrolment=True, by=BY) == first
        [user, helper] = await relay.admin.lookup.history(chosen)
        assert (len(user.enrolments), len(helper.enrolments)) == (1, 1)  # at the same moment of the test's clock
        assert await refused(people.add(name="Hana", roles=[Role.USER], identifier=chosen, by=BY)) == "order_name_taken"
        assert await refused(people.add(name="Hana", roles=BOTH, identifier="x", by=BY)) == "account_wrong"


async def test_orders_that_cannot_be(tmp_path: Path) -> None:
    """Each has a code and a sentence, and changes nothing."""
    async with relay_in_memory(tmp_path) as relay:
        people = relay.admin.people
        hana = await people.add(name="Hana", roles=BOTH, external_id="17", by=BY)
        one = await people.add(name="Anna", roles=[Role.USER], by=BY)
        other = await people.add(name="Anna", roles=[Role.USER], by=BY)
        before = await relay.store.audit_rows()
        assert (
            await refused(people.add(name="Ben", roles=[Role.USER], external_id="17", by=BY))
            == "order_external_id_taken"
        )
        assert await refused(people.add(name="B\u202en", roles=[Role.USER], by=BY)) == "order_bad_name"
        assert await refused(people.add(name="Ben", roles=[Role.USER], note="a\nb", by=BY)) == "order_bad_text"
        long = "x" * (ABOUT_LIMIT + 1)
        assert await refused(people.add(name="Ben", roles=[Role.USER], email=long, by=BY)) == "order_bad_text"
        change = people.change(one.person.identifier, external_id="17", by=BY)
        assert await refused(change) == "order_external_id_taken"
        assert await refused(people.change("x", note="n", by=BY)) == "order_no_person"
        join = people.join(one.person.identifier, other.person.identifier, by=BY)
        assert await refused(join) == "order_both_have_role"
        assert await refused(people.join(hana.person.identifier, hana.person.identifier, by=BY)) == "order_same_person"
        assert await refused(relay.admin.access.disable(one.person.identifier, Role.HELPER, by=BY)) == "order_no_role"
        assert await refused(relay.admin.access.disable_account("x", by=BY)) == "order_no_person"
        for who, role, code in (
            ("Nobody", None, "order_no_person"),
            ("Anna", None, "order_ambiguous"),
            ("17", None, "order_which_role"),
            (one.person.identifier, Role.HELPER, "order_no_role"),
        ):
            with pytest.raises(OrderError) as caught:
                relay.admin.lookup.find_account(who, role)
            assert caught.value.code == code
        assert await relay.store.audit_rows() == before
        assert len(relay.admin.lookup.all()) == 3
        assert isinstance(relay.store, NullStore)
        relay.store.broken = True
        assert await refused(people.add(name="Ben", roles=[Role.USER], by=BY)) == "order_unwritable"
        assert await refused(people.change(one.person.identifier, note="n", by=BY)) == "order_unwritable"
        assert relay.admin.lookup.find(one.person.identifier) == one


async def test_what_is_written_down(tmp_path: Path) -> None:
    """Changed piece by piece, removed by an empty text; the audit row says which pieces, not what."""
    async with relay_in_memory(tmp_path) as relay:
        people = relay.admin.people
        anna = (await people.add(name="Anna", roles=[Role.USER], by=BY)).person.identifier
        changed = await people.change(anna, external_id="1", department="IT", email="a@b", note="n", by=BY)
        assert relay.admin.lookup.find("1") == changed
        await people.change(anna, external_id="2", by=BY)
        assert relay.admin.lookup.find("2").person.department == "IT"
        with pytest.raises(OrderError):
            relay.admin.lookup.find("1")
        again = await people.change(anna, external_id="", note="", by=BY)
        assert (again.person.external_id, again.person.note, again.person.email) == (None, "", "a@b")
        await people.change(anna, by=BY)
        facts = [row.entry.facts for row in await relay.store.audit_rows()][1:]
        assert facts == [
            {"changed": "external_id department email note"},
            {"changed": "external_id"},
            {"changed": "external_id note"},
        ]


async def test_a_further_role_and_two_who_are_one(tmp_path: Path) -> None:
    """Who is there already has the role added; of two people the accounts come together, and one is left."""
    async with relay_in_memory(tmp_path) as relay:
        people = relay.admin.people
        anna = (await people.add(name="Anna", roles=[Role.USER], by=BY)).person.identifier
        helper = await people.add_role(anna, Role.HELPER, languages=["ja"], by=BY)
        assert (helper.name, helper.person, helper.languages) == ("Anna", anna, ("ja",))
        assert await people.add_role(anna, Role.HELPER, by=BY) == helper
        ben = (await people.add(name="Ben", roles=[Role.USER], by=BY)).person.identifier
        desk = await people.add(name="Ben at the desk", roles=[Role.HELPER], external_id="9", department="IT", by=BY)
        joined = await people.join(ben, desk.person.identifier, by=BY)
        assert [one.role for one in joined.accounts] == [Role.USER, Role.HELPER]
        assert (joined.person.name, joined.person.external_id, joined.person.department) == ("Ben", "9", "IT")
        assert relay.admin.lookup.find("9") == relay.admin.lookup.find("Ben at the desk") == joined
        assert relay.hub.services.directory.person(desk.person.identifier) is None
        assert [one.identifier for one in await relay.store.people()] == [
            one.person.identifier for one in relay.admin.lookup.all()
        ]


async def test_disabled_and_enabled(tmp_path: Path) -> None:
    """In all roles, or in one; who is connected has to go at once, and may come back later."""
    async with relay_in_memory(tmp_path) as relay:
        people = relay.admin.people
        hana = await people.add(name="Hana", roles=BOTH, by=BY)
        user, helper = hana.accounts
        agents = [
            await relay.connect(relay.organisation.person(one.role, f"Hana {one.role}", one.identifier))
            for one in hana.accounts
        ]
        await relay.admin.access.disable(hana.person.identifier, Role.HELPER, by=BY)
        assert agents[1].the(Refused).reason == Code.ACCOUNT_DISABLED
        assert agents[0].ws.closed is None
        assert (relay.enrolment.may_renew(user.identifier), relay.enrolment.may_renew(helper.identifier)) == (
            True,
            False,
        )
        await relay.admin.access.disable(hana.person.identifier, by=BY)
        assert agents[0].the(Refused).reason == Code.ACCOUNT_DISABLED
        await relay.admin.access.enable(hana.person.identifier, by=BY)
        await relay.admin.access.enable(hana.person.identifier, by=BY)
        assert relay.enrolment.may_renew(helper.identifier)
        events = [row.entry.event for row in await relay.store.audit_rows()]
        assert [event for event in events if event.startswith("account.")] == [
            *["account.disabled"] * 2,
            *["account.enabled"] * 2,
        ]
