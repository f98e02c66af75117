"""Each order, as the command line gives it: what it does, and the JSON that it results in."""

import asyncio
from pathlib import Path
from typing import Any, get_args
from unittest.mock import ANY

import msgspec
import pytest
from structlog.testing import capture_logs

from common.protocol.identity import Role
from common.protocol.messages import Mode, Request, ToAnyone
from relay.admin.dispatch import carry_out
from relay.admin.orders import (
    AddGroup,
    AddPerson,
    AddRole,
    AdminOrder,
    AllowAskers,
    ChangeGroup,
    ChangePerson,
    DisablePerson,
    DisallowAskers,
    EnablePerson,
    EndRequest,
    EndSession,
    JoinGroup,
    JoinPeople,
    LeaveGroup,
    ListGroups,
    ListPeople,
    ListRequests,
    ListSessions,
    OrderError,
    PrepareEnrolment,
    RemoveGroup,
    ShowPerson,
    decode_order,
    encode_order,
)
from tests.support.relay_in_memory import RelayInMemory, relay_in_memory

BY = "operator:test"
A = "a" * 32


async def do(relay: RelayInMemory, order: AdminOrder) -> Any:
    """The order's result as it comes out of the socket, into which the order went as it must come out."""
    sent = decode_order(encode_order(order))
    assert sent == order
    return msgspec.json.decode(msgspec.json.encode(await carry_out(relay.admin, sent, by=BY)))


async def test_accounts(tmp_path: Path) -> None:
    """Added, listed, disabled by name, enabled by identifier; a line is prepared for one that is enabled."""
    async with relay_in_memory(tmp_path) as relay:
        anna = await do(relay, AddPerson(roles=(Role.USER,), name="Anna"))
        hana = await do(relay, AddPerson(roles=(Role.HELPER,), name="Hana", languages=("ja",), skills=("printers",)))
        [account] = hana["accounts"]
        assert (account["role"], account["languages"], account["skills"]) == ("helper", ["ja"], ["printers"])
        assert [one["name"] for one in await do(relay, ListPeople())] in (["Anna", "Hana"], ["Hana", "Anna"])
        assert (await do(relay, DisablePerson(who="Anna", role=Role.USER)))["accounts"][0]["disabled_at"]
        with pytest.raises(OrderError):
            await do(relay, PrepareEnrolment(who="Anna"))
        assert await do(relay, EnablePerson(who=anna["identifier"])) == anna
        assert await do(relay, PrepareEnrolment(who="Anna")) == anna["accounts"][0]
        shown = await do(relay, ShowPerson(who="Anna"))
        assert shown == {**anna, "history": [{"account": anna["identifier"], "enrolments": ANY, "certificates": []}]}
        changed = await do(relay, ChangePerson(who="Anna", external_id="17", department="Sales", note="n"))
        assert (changed["external_id"], changed["department"], changed["note"]) == ("17", "Sales", "n")
        helper = await do(relay, AddRole(who="17", role=Role.HELPER, skills=("mail",)))
        assert [one["role"] for one in helper["accounts"]] == ["user", "helper"]
        with pytest.raises(OrderError) as both:
            await do(relay, JoinPeople(who="17", other="Hana"))
        assert both.value.code == "order_both_have_role"
        ben = await do(relay, AddPerson(roles=(Role.USER,), name="Ben"))
        joined = await do(relay, JoinPeople(who="Hana", other="Ben"))
        assert [one["identifier"] for one in joined["accounts"]] == [ben["identifier"], hana["identifier"]]


async def test_groups(tmp_path: Path) -> None:
    """Made, joined and left by helpers' names, listed with them, removed; only helpers are found for it."""
    async with relay_in_memory(tmp_path) as relay:
        await do(relay, AddPerson(roles=(Role.USER,), name="Anna"))
        hana = await do(relay, AddPerson(roles=(Role.HELPER,), name="Hana"))
        await do(relay, AddGroup(name="Printers"))
        assert (await do(relay, JoinGroup(name="Printers", members=("Hana",))))["members"] == [hana["identifier"]]
        members = [{"identifier": hana["identifier"], "name": "Hana"}]
        rules = {"restricted": False, "askers": [], "most": "control", "hours": [], "time_zone": ""}
        assert await do(relay, ListGroups()) == [{"name": "Printers", "members": members, **rules}]
        with pytest.raises(OrderError) as refused:
            await do(relay, JoinGroup(name="Printers", members=("Anna",)))
        assert (refused.value.code, refused.value.facts) == ("order_no_role", {"what": "Anna", "role": "helper"})
        assert (await do(relay, LeaveGroup(name="Printers", members=(hana["identifier"],))))["members"] == []
        assert await do(relay, RemoveGroup(name="Printers")) is None
        assert await do(relay, ListGroups()) == []


async def test_requests_and_sessions(tmp_path: Path) -> None:
    """Open ones are listed and ended; with `all` also those that are over."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await relay.agent(Role.USER, "Anna"), await relay.agent(Role.HELPER, "Hana")
        session = await relay.active(user, helper, ToAnyone())
        assert [one["identifier"] for one in await do(relay, ListSessions())] == [session]
        await do(relay, EndSession(session=session))
        assert await do(relay, ListSessions()) == []
        assert [one.why for one in await relay.store.sessions(limit=9)] == ["operator_ended"]
        user.say(Request(request="b" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        assert [one["identifier"] for one in await do(relay, ListRequests())] == ["b" * 32]
        await do(relay, EndRequest(request="b" * 32))
        assert await do(relay, ListRequests()) == []
        assert {one["identifier"] for one in await do(relay, ListRequests(all=True))} == {A, "b" * 32}


def test_every_order_has_a_name_of_its_own() -> None:
    """The union is what can be ordered: none of it shares its name with another."""
    kinds = get_args(AdminOrder)
    assert len({kind.__struct_config__.tag for kind in kinds}) == len(kinds)


async def test_who_may_ask_a_group(tmp_path: Path) -> None:
    """Users by their names; the first who is allowed makes it theirs alone, until it is said that everybody may."""
    async with relay_in_memory(tmp_path) as relay:
        anna = await do(relay, AddPerson(roles=(Role.USER,), name="Anna"))
        await do(relay, AddPerson(roles=(Role.HELPER,), name="Hana"))
        await do(relay, AddGroup(name="Payroll"))
        assert (await do(relay, AllowAskers(name="Payroll", users=("Anna",))))["askers"] == [anna["identifier"]]
        [group] = await do(relay, ListGroups())
        assert (group["restricted"], group["askers"]) == (True, [{"identifier": anna["identifier"], "name": "Anna"}])
        for order in (AllowAskers(name="Payroll", users=("Hana",)), AllowAskers(name="Nothing", users=("Anna",))):
            with pytest.raises(OrderError) as refused:
                await do(relay, order)
            assert str(refused.value)
        await do(relay, DisallowAskers(name="Payroll", users=("Anna",)))
        [group] = await do(relay, ListGroups())
        assert (group["restricted"], group["askers"]) == (True, [])
        assert (await do(relay, ChangeGroup(name="Payroll", restricted=False)))["restricted"] is False
        events = [row.entry.event for row in await relay.store.audit_rows()][-3:]
        assert events == ["group.askers", "group.askers", "group.rules"]


async def test_what_is_ordered_about_people_is_in_the_log_by_identifiers(tmp_path: Path) -> None:
    """What, by whom, about whom; no name, department, note or number of theirs. An order that is refused is not there."""
    told = ("Annabel Geheim", "Geheime Abteilung", "anna@geheim.example", "E-4711")
    async with relay_in_memory(tmp_path) as relay:
        with capture_logs() as logs:
            name, department, email, external_id = told
            added = await do(
                relay,
                AddPerson(roles=(Role.USER,), name=name, department=department, email=email, external_id=external_id),
            )
            account = added["accounts"][0]["identifier"]
            await do(relay, ChangePerson(who=external_id, note=f"{name} again"))
            await do(relay, DisablePerson(who=name))
            await do(relay, EnablePerson(who=name))
            with pytest.raises(OrderError):
                await do(relay, DisablePerson(who="nobody"))
    lines = [line for line in logs if line["event"] == "ordered"]
    assert [line["by"] for line in lines] == [BY] * len(lines)
    assert [line["order"].partition(".")[2] for line in lines] == ["added", "changed", "disabled", "enabled"]
    assert {line["subject"] for line in lines} <= {added["identifier"], account}
    assert not [secret for secret in (*told, "Geheim", "again") if secret in repr(logs)]


async def test_orders_at_the_same_time_keep_each_others_changes(tmp_path: Path) -> None:
    """Two put helpers into one group at once: both are in it."""
    async with relay_in_memory(tmp_path) as relay:
        names = ("Hana", "Hiro", "Hugo")
        for name in names:
            await do(relay, AddPerson(roles=(Role.HELPER,), name=name))
        await do(relay, AddGroup(name="Desk"))
        write = relay.store.write

        async def slow(work: Any) -> Any:
            await asyncio.sleep(0)
            return await write(work)

        relay.store.write = slow
        await asyncio.gather(*(do(relay, JoinGroup(name="Desk", members=(name,))) for name in names))
        [group] = await do(relay, ListGroups())
        assert [one["name"] for one in group["members"]] == list(names)
