"""A list of people taken over: by external id, all or nothing, and a second time nothing is changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from common.protocol.identity import Role
from common.protocol.messages import Code, Refused
from relay.admin.changing import LOGGED
from relay.admin.orders import OrderError, PersonLine
from relay.core.records import RevocationRecord
from relay.store.null import NullStore
from tests.support.relay_in_memory import RelayInMemory, relay_in_memory

BY = "operator:test"


def line(number: int, name: str, **cells: Any) -> PersonLine:
    """A line of a list; the external id is its number."""
    return PersonLine(line=number, external_id=str(number), name=name, **cells)


async def take(relay: RelayInMemory, *lines: PersonLine, **how: bool) -> tuple[int, int, int, int]:
    """Added, changed, left, as they are; no line is wrong."""
    told = await relay.admin.importing.take(lines, by=BY, **how)
    assert told.wrong == []
    return told.added, told.changed, told.left, told.unchanged


async def test_a_list_is_taken_over_once(tmp_path: Path) -> None:
    """Added with roles, groups and words; the second time nothing is written; then what differs, and no more."""
    async with relay_in_memory(tmp_path) as relay:
        await relay.admin.add_group("Desk", by=BY)
        await relay.admin.add_group("Mail", by=BY)
        people = (
            line(1, "Anna", department="営業部", email="a@b"),
            line(2, "Hana", roles="user+helper", groups=("Desk",), languages=("ja",), skills=("mail",)),
        )
        assert await take(relay, *people, dry_run=True) == (2, 0, 0, 0)
        assert relay.admin.lookup.all() == []
        assert await take(relay, *people) == (2, 0, 0, 0)
        rows = len(await relay.store.audit_rows())
        assert await take(relay, *people) == (0, 0, 0, 2)
        assert len(await relay.store.audit_rows()) == rows
        hana = relay.admin.lookup.find("2")
        assert (hana.groups, [one.role for one in hana.accounts]) == (("Desk",), [Role.USER, Role.HELPER])
        assert (hana.accounts[1].languages, hana.accounts[1].skills) == (("ja",), ("mail",))
        assert list(await relay.store.people()) == [one.person for one in relay.admin.lookup.all()]
        assert list(await relay.store.accounts()) == relay.hub.services.directory.accounts()
        moved = (replace_line(people[0], department="人事部"), replace_line(people[1], groups=("Mail",)))
        assert await take(relay, *moved) == (0, 2, 0, 0)
        assert relay.admin.lookup.find("1").person.department == "人事部"
        assert relay.admin.lookup.find("2").groups == ("Mail",)
        assert await take(relay, line(1, "Anna"), line(2, "Hana")) == (0, 0, 0, 2)


def replace_line(old: PersonLine, **cells: Any) -> PersonLine:
    """The same line with other cells."""
    return PersonLine(**{**{name: getattr(old, name) for name in old.__struct_fields__}, **cells})


async def test_roles_come_and_go(tmp_path: Path) -> None:
    """A helper no more: that account is disabled, out of its groups, and out at once; and enabled when the list says so again."""
    async with relay_in_memory(tmp_path) as relay:
        await relay.admin.add_group("Desk", by=BY)
        await take(relay, line(2, "Hana", roles="user+helper", groups=("Desk",)))
        helper = relay.admin.lookup.find_account("2", Role.HELPER)
        agent = await relay.connect(relay.organisation.person(Role.HELPER, "Hana", helper.identifier))
        assert await take(relay, line(2, "Hana", roles="user", groups=())) == (0, 1, 0, 0)
        assert agent.the(Refused).reason == Code.ACCOUNT_DISABLED
        assert relay.admin.lookup.find("2").groups == ()
        assert await take(relay, line(2, "Hana", roles="user", groups=())) == (0, 0, 0, 1)
        told = await relay.admin.importing.take([line(2, "Hana", roles="user+helper", groups=("Desk",))], by=BY)
        assert (told.kept_out, told.wrong) == ([], [])
        assert relay.admin.lookup.find_account("2", Role.HELPER).enabled
        assert relay.admin.lookup.find("2").groups == ("Desk",)


async def test_what_an_operator_has_disabled_no_list_enables(tmp_path: Path) -> None:
    """Also where a list had disabled it first; what a list has disabled alone comes back, and an operator's *enable* begins anew."""
    async with relay_in_memory(tmp_path) as relay:
        both = line(1, "Hana", roles="user+helper")
        user = line(1, "Hana", roles="user")
        await take(relay, both)
        helper = relay.admin.lookup.find_account("1", Role.HELPER).identifier
        access = relay.admin.access
        await access.disable_account(helper, by=BY)
        await take(relay, user)
        told = await relay.admin.importing.take([both], by=BY)
        assert (told.kept_out, told.changed) == (["1"], 0)
        await access.enable_account(helper, by=BY)
        assert await take(relay, user) == (0, 1, 0, 0)
        await access.disable_account(helper, by=BY)
        told = await relay.admin.importing.take([both], by=BY)
        assert (told.kept_out, told.changed) == (["1"], 0)
        await access.enable_account(helper, by=BY)
        assert await take(relay, user) == (0, 1, 0, 0)
        assert await take(relay, both) == (0, 1, 0, 0)
        assert relay.admin.lookup.account(helper).enabled


async def test_back_by_a_list(tmp_path: Path) -> None:
    """Once the CA has answered; not who was disabled by an operator before, nor whom an operator had leave."""
    async with relay_in_memory(tmp_path) as relay:
        people = [line(number, f"Person {number}") for number in range(1, 5)]
        await take(relay, *people)
        disabled = relay.admin.lookup.find_account("4")
        await relay.admin.access.disable_account(disabled.identifier, by=BY)
        await relay.admin.access.leave(relay.admin.lookup.find("3").person.identifier, by=BY)
        assert await take(relay, *people[:1], sync=True, force=True) == (0, 0, 2, 1)
        told = await relay.admin.importing.take(people, by=BY)
        assert (told.returned, told.kept_out) == ([], ["2", "3", "4"])  # the CA has not answered

        async def revoke(_: RevocationRecord) -> None:
            pass

        relay.hub.revocations.by(revoke)
        await relay.settle()
        told = await relay.admin.importing.take(people, by=BY)
        assert (told.returned, told.kept_out) == (["2", "4"], ["3", "4"])
        assert relay.admin.lookup.find_account("2").enabled
        assert relay.admin.lookup.find("4").person.left_at is None
        assert not relay.admin.lookup.find_account("4").enabled
        assert list(await relay.store.accounts()) == relay.hub.services.directory.accounts()
        events = [row.entry.event for row in await relay.store.audit_rows()]
        assert (events.count("person.returned"), events.count("account.enabled")) == (2, 1)
        assert await take(relay, *people[:2]) == (0, 0, 0, 2)


async def test_who_is_gone_has_left(tmp_path: Path) -> None:
    """Exactly who is not in it and has an external id; more than a twentieth only by force; and back with the next list."""
    async with relay_in_memory(tmp_path) as relay:
        await relay.admin.people.add(name="Somebody", roles=[Role.USER], by=BY)
        people = [line(number, f"Person {number}") for number in range(1, 41)]
        await take(relay, *people)
        gone = relay.admin.lookup.find_account("40")
        agent = await relay.connect(relay.organisation.person(Role.USER, "Person 40", gone.identifier))
        with pytest.raises(OrderError) as caught:
            await relay.admin.importing.take(people[:-3], sync=True, by=BY)
        assert (caught.value.code, caught.value.facts["count"]) == ("import_too_many_gone", 3)
        assert await take(relay, *people[:-2], sync=True, dry_run=True) == (0, 0, 2, 38)
        assert await take(relay, *people[:-2], sync=True) == (0, 0, 2, 38)
        assert agent.the(Refused).reason == Code.ACCOUNT_DISABLED
        assert {one.account for one in await relay.store.owed_revocations()} == {
            relay.admin.lookup.find_account(who).identifier for who in ("39", "40")
        }
        assert relay.admin.lookup.find("Somebody").person.left_at is None
        assert await take(relay, *people[:-2], sync=True) == (0, 0, 0, 38)
        told = await relay.admin.importing.take(people, by=BY)
        assert (told.kept_out, told.wrong, told.changed) == (["39", "40"], [], 0)
        assert not relay.admin.lookup.find_account("40").enabled
        assert await take(relay, *people[:1], sync=True, force=True) == (0, 0, 37, 1)


async def test_every_wrong_line_is_named_and_nothing_is_done(tmp_path: Path) -> None:
    """200 lines of each kind that there is; a good one among them is not taken either."""
    async with relay_in_memory(tmp_path) as relay:
        kinds: list[tuple[Callable[[int], PersonLine], str]] = [
            (lambda n: PersonLine(line=n, external_id="", name="Anna"), "line_no_external_id"),
            (lambda n: PersonLine(line=n, external_id="1", name="Anna"), "line_twice"),
            (lambda n: line(n, ""), "line_no_name"),
            (lambda n: line(n, "A\u200bnna"), "order_bad_name"),
            (lambda n: line(n, "Anna", roles="boss"), "line_bad_role"),
            (lambda n: line(n, "Anna", roles="helper", groups=("Nowhere",)), "line_no_group"),
            (lambda n: line(n, "Anna", groups=("Desk",)), "line_groups_of_user"),
            (lambda n: line(n, "Anna", note="x" * 400), "order_bad_text"),
            (lambda n: line(n, "Anna", roles="helper", skills=("x",) * 40), "order_too_many_words"),
            (lambda n: line(n, "Anna", department="a\tb"), "order_bad_name"),
        ]
        wrong = [(number, *kinds[number % len(kinds)]) for number in range(2, 202)]
        lines = [line(1, "Anna"), *(make(number) for number, make, _ in wrong)]
        told = await relay.admin.importing.take(lines, sync=True, by=BY)
        assert [(one["line"], one["code"]) for one in told.wrong] == [(number, code) for number, _, code in wrong]
        assert relay.admin.lookup.all() == []
        assert list(await relay.store.audit_rows()) == []


async def test_a_list_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    """In memory neither."""
    async with relay_in_memory(tmp_path) as relay:
        assert isinstance(relay.store, NullStore)
        relay.store.broken = True
        with pytest.raises(OrderError) as caught:
            await relay.admin.importing.take([line(1, "Anna")], by=BY)
        assert caught.value.code == "order_unwritable"
        assert relay.admin.lookup.all() == []


async def test_another_name_is_for_the_ca(tmp_path: Path) -> None:
    """The list's name is kept beside the certified one, which stays, and who is meant is said."""
    async with relay_in_memory(tmp_path) as relay:
        await take(relay, line(1, "Anna"))
        told = await relay.admin.importing.take([line(1, "Anna Berg")], by=BY)
        assert (told.changed, told.renamed) == (1, ["1"])
        now = relay.admin.lookup.find("1")
        assert (now.person.name, now.accounts[0].name) == ("Anna Berg", "Anna")


async def test_a_long_list_is_a_line_of_the_log_for_each_kind(tmp_path: Path) -> None:
    """Thousands of lines would hold the relay up where nobody reads them; the audit log has a row for each person."""
    async with relay_in_memory(tmp_path) as relay:
        with structlog.testing.capture_logs() as logs:
            await take(relay, *(line(number, f"Person {number}") for number in range(1, LOGGED + 2)))
        said = [one for one in logs if one["event"] == "ordered"]
        assert [(one["order"], one["count"]) for one in said] == [("person.added", LOGGED + 1)]
        assert len(await relay.store.audit_rows()) == LOGGED + 1
        with structlog.testing.capture_logs() as logs:
            await take(relay, line(1, "Person 1", note="n"))
        [one] = [one for one in logs if one["event"] == "ordered"]
        assert one["subject"] == relay.admin.lookup.find("1").person.identifier
