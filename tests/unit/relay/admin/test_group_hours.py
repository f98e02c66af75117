"""Hours of a group: ordered, told to those who may ask it, and anew as days go by."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.protocol.identity import Role
from common.protocol.messages import GroupEntry, Helpers
from relay.admin.orders import OrderError
from tests.support.relay_in_memory import Agent, RelayInMemory, relay_in_memory

BY = "operator:test"
WEEK = ("Mon-Fri 09:00-17:00",)


async def desk(relay: RelayInMemory) -> Agent:
    """Hana answers for the desk, and Anna watches the list."""
    hana = await relay.agent(Role.HELPER, "Hana")
    await relay.admin.add_group("Desk", by=BY)
    await relay.admin.change_members("Desk", add=[hana.listener.identified.participant.account], by=BY)
    anna = await relay.agent(Role.USER, "Anna", watch=True)
    await relay.advance(2)
    return anna


def group(agent: Agent) -> GroupEntry:
    """As it was told last."""
    told = [one for message in agent.heard(Helpers) for one in message.set if isinstance(one, GroupEntry)]
    return told[-1]


async def test_told_as_moments_by_the_zones_clocks(tmp_path: Path) -> None:
    """Nine in Berlin is another moment after the end of summer time; the row in the log has what was ordered, and it is kept."""
    async with relay_in_memory(tmp_path) as relay:
        anna = await desk(relay)
        assert group(anna).open is None
        await relay.admin.group_rules.set_hours(
            "Desk", hours=("Mon-Fri  09:00-17:00",), time_zone="Europe/Berlin", by=BY
        )
        await relay.advance(2)
        spans = group(anna).open
        assert spans is not None
        assert len(spans) >= 5
        for begin, end in spans:
            assert end - begin == 8 * 3600
            assert datetime.fromtimestamp(begin, UTC).hour in {7, 8}
        rows = await relay.store.audit_rows(limit=100)
        [entry] = [row.entry for row in rows if row.entry.event == "group.hours"]
        assert entry.facts == {"hours": "Mon-Fri 09:00-17:00", "time_zone": "Europe/Berlin"}
        [kept] = await relay.store.groups()
        assert (kept.hours, kept.time_zone) == (WEEK, "Europe/Berlin")


async def test_told_anew_every_day(tmp_path: Path) -> None:
    """Who stays connected for weeks hears of the next days, too."""
    async with relay_in_memory(tmp_path) as relay:
        anna = await desk(relay)
        await relay.admin.group_rules.set_hours("Desk", hours=WEEK, time_zone="Asia/Tokyo", by=BY)
        await relay.advance(2)
        before = group(anna).open
        for _ in range(8):
            await relay.advance(86400)
        await relay.advance(2)
        after = group(anna).open
        assert before is not None
        assert after is not None
        assert after[-1][0] > before[-1][0]
        assert after[0][1] > relay.clock.now().timestamp()


async def test_taken_away(tmp_path: Path) -> None:
    """None at all: the group has no hours of its own, and says none. The same again is no row."""
    async with relay_in_memory(tmp_path) as relay:
        anna = await desk(relay)
        for hours, zone in ((WEEK, "Asia/Tokyo"), ((), ""), ((), "")):
            await relay.admin.group_rules.set_hours("Desk", hours=hours, time_zone=zone, by=BY)
        await relay.advance(2)
        assert group(anna).open is None
        rows = await relay.store.audit_rows(limit=100)
        assert sum(row.entry.event == "group.hours" for row in rows) == 2


@pytest.mark.parametrize(
    ("name", "hours", "zone", "code"),
    [
        ("Desk", ("Mon-Fri 9-17",), "Asia/Tokyo", "order_hours_wrong"),
        ("Desk", ("Mon-Fri 09:00-25:00",), "Asia/Tokyo", "order_hours_wrong"),
        ("Desk", WEEK, "Tokio", "order_zone_unknown"),
        ("Desk", WEEK, "", "order_zone_unknown"),
        ("Desk", WEEK, "../../etc/passwd", "order_zone_unknown"),
        ("Other", WEEK, "Asia/Tokyo", "order_no_group"),
    ],
)
async def test_what_cannot_be_ordered(tmp_path: Path, name: str, hours: tuple[str, ...], zone: str, code: str) -> None:
    """It is said what is wrong, and nothing has changed."""
    async with relay_in_memory(tmp_path) as relay:
        anna = await desk(relay)
        with pytest.raises(OrderError) as refused:
            await relay.admin.group_rules.set_hours(name, hours=hours, time_zone=zone, by=BY)
        assert refused.value.code == code
        await relay.advance(2)
        assert group(anna).open is None
