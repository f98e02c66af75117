"""Groups whose helpers may be allowed no more than to look: what both sides hear of it."""

from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import (
    Code,
    Error,
    Feature,
    Granted,
    GroupEntry,
    HelperEntry,
    Helpers,
    Mode,
    To,
    ToAnyone,
    ToGroup,
    ToHelper,
    Transfer,
    Waiting,
)
from tests.support.relay_in_memory import Agent, RelayInMemory, relay_in_memory

BY = "operator:test"
INTERNS = ToGroup(group="Interns")


async def people(relay: RelayInMemory, *, features: tuple[str, ...] = (Feature.MOST,)) -> tuple[Agent, Agent]:
    """Anna, and Hana, who answers for the interns and for the desk."""
    hana = await relay.agent(Role.HELPER, "Hana")
    for group in ("Interns", "Desk"):
        await relay.admin.add_group(group, by=BY)
        await relay.admin.change_members(group, add=[hana.listener.identified.participant.account], by=BY)
    await relay.admin.group_rules.change("Interns", most=Mode.VIEW, by=BY)
    return await relay.agent(Role.USER, "Anna", watch=True, features=features), hana


async def test_lists_say_it(tmp_path: Path) -> None:
    """Of the group, and of whoever is in it; a change of the rule is a change of the list."""
    async with relay_in_memory(tmp_path) as relay:
        anna, _ = await people(relay)
        await relay.admin.group_rules.change("Interns", most=Mode.CONTROL, by=BY)
        await relay.advance(1)
        before, after = anna.heard(Helpers)
        said = {one.name if isinstance(one, HelperEntry) else one.group: one.most for one in before.set}
        assert said == {"Interns": Mode.VIEW, "Desk": Mode.CONTROL, "Hana": Mode.VIEW}
        assert {type(one) for one in after.set} == {GroupEntry, HelperEntry}
        assert {one.most for one in after.set} == {Mode.CONTROL}


@pytest.mark.parametrize(
    ("to", "most"), [(INTERNS, Mode.VIEW), (ToGroup(group="Desk"), Mode.CONTROL), (ToAnyone(), Mode.VIEW)]
)
async def test_both_begin_with_what_may_be_allowed(tmp_path: Path, to: To, most: Mode) -> None:
    """Whatever was asked for, both hear the same mode; the audit log has what was granted."""
    async with relay_in_memory(tmp_path) as relay:
        anna, hana = await people(relay)
        granted = await relay.granted(anna, hana, to)  # asks for control
        assert (granted.mode, granted.most) == (most, most)
        assert (hana.the(Granted).mode, hana.the(Granted).most) == (most, most)
        [row] = [row for row in await relay.store.audit_rows() if row.entry.event == "request.granted"]
        assert row.entry.facts["mode"] == most


async def test_each_hand_over_has_its_own(tmp_path: Path) -> None:
    """It is that of the group that has the request by then."""
    async with relay_in_memory(tmp_path) as relay:
        anna, hana = await people(relay)
        hiro = await relay.agent(Role.HELPER, "Hiro")
        await relay.admin.change_members("Desk", add=[hiro.listener.identified.participant.account], by=BY)
        await relay.active(anna, hana, INTERNS)
        hana.say(Transfer(request="a" * 32, to=ToGroup(group="Desk")))
        await relay.settle()
        hiro.say(relay.accept())
        await relay.settle()
        granted = anna.heard(Granted)[-1]
        assert (granted.mode, granted.most) == (Mode.VIEW, Mode.CONTROL)


async def test_an_agent_that_would_not_keep_to_it(tmp_path: Path) -> None:
    """Where it asks for more it is refused; else both hear the mode that it asked with, and no other."""
    async with relay_in_memory(tmp_path) as relay:
        anna, hana = await people(relay, features=())
        for to in (INTERNS, ToHelper(uri=hana.listener.identified.participant.uri)):
            anna.forget()
            anna.say(relay.request(to))
            await relay.settle()
            assert anna.the(Error).code == Code.NOT_ALLOWED
        assert anna.heard(Waiting) == []
        assert (await relay.granted(anna, hana, ToAnyone())).mode is Mode.CONTROL
        assert hana.the(Granted).mode is Mode.CONTROL
