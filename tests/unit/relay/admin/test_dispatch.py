"""Each order, as the command line gives it: what it does, and the JSON that it results in."""

from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from common.protocol.identity import Role
from common.protocol.messages import Mode, Request, ToAnyone
from relay.admin.dispatch import carry_out
from relay.admin.orders import (
    AddAccount,
    AddGroup,
    AdminOrder,
    DisableAccount,
    EnableAccount,
    EndRequest,
    EndSession,
    JoinGroup,
    LeaveGroup,
    ListAccounts,
    ListGroups,
    ListRequests,
    ListSessions,
    OrderError,
    PrepareEnrolment,
    RemoveGroup,
    ShowAudit,
    VerifyAudit,
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
        anna = await do(relay, AddAccount(role=Role.USER, name="Anna"))
        hana = await do(relay, AddAccount(role=Role.HELPER, name="Hana", languages=("ja",), skills=("printers",)))
        assert (hana["role"], hana["languages"], hana["skills"]) == ("helper", ["ja"], ["printers"])
        assert [one["name"] for one in await do(relay, ListAccounts())] in (["Anna", "Hana"], ["Hana", "Anna"])
        assert (await do(relay, DisableAccount(who="Anna", role=Role.USER)))["disabled_at"]
        with pytest.raises(OrderError):
            await do(relay, PrepareEnrolment(who="Anna"))
        assert (await do(relay, EnableAccount(who=anna["identifier"])))["disabled_at"] is None
        assert await do(relay, PrepareEnrolment(who="Anna")) == anna


async def test_groups(tmp_path: Path) -> None:
    """Made, joined and left by helpers' names, listed with them, removed; only helpers are found for it."""
    async with relay_in_memory(tmp_path) as relay:
        await do(relay, AddAccount(role=Role.USER, name="Anna"))
        hana = await do(relay, AddAccount(role=Role.HELPER, name="Hana"))
        await do(relay, AddGroup(name="Printers"))
        assert (await do(relay, JoinGroup(name="Printers", members=("Hana",))))["members"] == [hana["identifier"]]
        members = [{"identifier": hana["identifier"], "name": "Hana"}]
        assert await do(relay, ListGroups()) == [{"name": "Printers", "members": members}]
        with pytest.raises(OrderError) as refused:
            await do(relay, JoinGroup(name="Printers", members=("Anna",)))
        assert (refused.value.code, refused.value.facts) == ("order_no_account", {"what": "Anna"})
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
        assert [one["why"] for one in await do(relay, ListSessions(all=True))] == ["operator_ended"]
        user.say(Request(request="b" * 32, to=ToAnyone(), mode=Mode.VIEW))
        await relay.settle()
        assert [one["identifier"] for one in await do(relay, ListRequests())] == ["b" * 32]
        await do(relay, EndRequest(request="b" * 32))
        assert await do(relay, ListRequests()) == []
        assert {one["identifier"] for one in await do(relay, ListRequests(all=True))} == {A, "b" * 32}


async def test_the_audit_log(tmp_path: Path) -> None:
    """Rows behind a number, so many; and whether they hold together, with the head to keep elsewhere."""
    async with relay_in_memory(tmp_path) as relay:
        for name in ("Anna", "Ben", "Carol"):
            await do(relay, AddAccount(role=Role.USER, name=name))
        rows = await do(relay, ShowAudit(after=1, limit=1))
        assert [(row["number"], row["actor"], row["event"]) for row in rows] == [(2, BY, "account.added")]
        verdict = await do(relay, VerifyAudit())
        assert (verdict["rows"], verdict["holds"], verdict["broken_at"]) == (3, True, None)
        assert verdict["head"] == (await do(relay, ShowAudit()))[-1]["digest"]


def test_every_order_has_a_name_of_its_own() -> None:
    """The union is what can be ordered: none of it shares its name with another."""
    kinds = get_args(AdminOrder)
    assert len({kind.__struct_config__.tag for kind in kinds}) == len(kinds)
