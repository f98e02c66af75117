"""A group with another name: everything about it stays, also whoever waits for it."""

from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import (
    Accept,
    Granted,
    GroupEntry,
    Helpers,
    Mode,
    Over,
    Request,
    Requests,
    ToGroup,
    Waiting,
)
from relay.admin.orders import OrderError
from tests.support.relay_in_memory import Agent, RelayInMemory, relay_in_memory

BY = "operator:test"
A = "a" * 32


async def desk(relay: RelayInMemory) -> tuple[Agent, Agent, str]:
    """A restricted group with one helper, and the one user who may ask it."""
    anna, anna_identity = await relay.person(Role.USER, "Anna")
    hana, hana_identity = await relay.person(Role.HELPER, "Hana")
    await relay.admin.add_group("Desk", by=BY)
    await relay.admin.change_members("Desk", add=[hana.identifier], by=BY)
    await relay.admin.group_rules.change_askers("Desk", add=[anna.identifier], by=BY)
    await relay.admin.group_rules.change("Desk", most=Mode.VIEW, by=BY)
    user = await relay.connect(anna_identity, watch=True, features=["most"])
    return user, await relay.connect(hana_identity, watch=True, features=["most"]), anna.identifier


async def test_who_waits_waits_on(tmp_path: Path) -> None:
    """Members, askers and rules stay; the user reads the new name, the helper takes the request; history has it too."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper, anna = await desk(relay)
        user.say(Request(request=A, to=ToGroup(group="Desk"), mode=Mode.VIEW))
        await relay.settle()
        user.forget()
        helper.forget()
        before = relay.admin.groups()[0]
        group = await relay.admin.group_rules.rename("Desk", "Front desk", by=BY)
        await relay.advance(2)
        assert (group.members, group.askers, group.restricted, group.most) == (
            before.members,
            frozenset({anna}),
            True,
            Mode.VIEW,
        )
        assert [one.name for one in relay.admin.groups()] == ["Front desk"]
        assert not user.heard(Over)
        assert user.heard(Waiting)[-1].to == ToGroup(group="Front desk")
        lists = user.heard(Helpers)
        shown = [one.group for part in lists for one in part.set if isinstance(one, GroupEntry)]
        assert set(shown) == {"Front desk"}
        assert any(part.reset or "Desk" in part.gone for part in lists)
        assert [one.to for part in helper.heard(Requests) for one in part.set][-1] == ToGroup(group="Front desk")
        helper.say(Accept(request=A))
        await relay.settle()
        assert user.the(Granted).to == ToGroup(group="Front desk")
        await relay.admin.group_rules.rename("Front desk", "Desk 2", by=BY)  # in mid-session
        [record] = await relay.store.requests(limit=9)
        assert record.to == ToGroup(group="Desk 2")
        assert not helper.heard(Over)
        rows = [row.entry for row in await relay.store.audit_rows() if row.entry.event == "group.renamed"]
        assert [(one.subject, one.facts) for one in rows] == [
            ("Front desk", {"before": "Desk"}),
            ("Desk 2", {"before": "Front desk"}),
        ]


async def test_names_that_cannot_be(tmp_path: Path) -> None:
    """Another group's, none, or of a group that is not there; the same again is no change."""
    async with relay_in_memory(tmp_path) as relay:
        for name in ("Desk", "Other"):
            await relay.admin.add_group(name, by=BY)
        rows = len(await relay.store.audit_rows())
        for name, new, code in (
            ("Desk", "Other", "order_name_taken"),
            ("Desk", "a\nb", "order_bad_name"),
            ("None", "New", "order_no_group"),
        ):
            with pytest.raises(OrderError) as caught:
                await relay.admin.group_rules.rename(name, new, by=BY)
            assert caught.value.code == code
        assert (await relay.admin.group_rules.rename("Desk", "Desk", by=BY)).name == "Desk"
        assert len(await relay.store.audit_rows()) == rows
