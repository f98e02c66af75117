"""The weekly table of the help desk, and when it is open from now on."""

import sys
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.hours import AHEAD, Hours, openings, parse_hours
from tests.support.marks import needs

pytestmark = needs("/usr/share/zoneinfo")  # the relay is Linux'

TOKYO, BERLIN, NEWFOUNDLAND, APIA = (
    ZoneInfo(name) if sys.platform != "win32" else UTC
    for name in ("Asia/Tokyo", "Europe/Berlin", "America/St_Johns", "Pacific/Apia")
)
WEEK = frozenset(range(5))


@pytest.mark.parametrize(
    ("line", "hours"),
    [
        ("Mon-Fri 09:00-17:00", Hours(days=WEEK, begin=540, end=1020)),
        ("  mon - fri 09:00-17:00", None),
        ("mon-FRI   09:00 - 17:00 ", Hours(days=WEEK, begin=540, end=1020)),
        ("Sat,Sun 10:00-12:30", Hours(days=frozenset({5, 6}), begin=600, end=750)),
        ("Sat-Mon, Wed 00:00-24:00", Hours(days=frozenset({5, 6, 0, 2}), begin=0, end=1440)),
        ("Fri 22:00-02:00", Hours(days=frozenset({4}), begin=1320, end=1560)),
        ("Fri 22:00-00:00", Hours(days=frozenset({4}), begin=1320, end=1440)),
        ("Fri 09:00-09:00", None),
        ("Fri 24:00-09:00", None),
        ("Fri 09:60-10:00", None),
        ("Fri 09:00-24:01", None),
        ("Fri 9:00-17:00", None),
        ("Fri ０9:00-17:00", None),
        ("Friday 09:00-17:00", None),
        ("09:00-17:00", None),
        ("Fri 09:00-17:00 Sat", None),
        ("", None),
    ],
)
def test_a_line(line: str, hours: Hours | None) -> None:
    """Days and a span; what is none of that is refused with the form that it should have, or why it is none."""
    if hours is not None:
        assert parse_hours(line) == hours
        return
    with pytest.raises(ValueError, match=r"is not of the form|begins where|no day has"):
        parse_hours(line)


def told(lines: list[str], zone: tzinfo, now: str, *, days: int = 9) -> list[str]:
    """The openings in the desk's own time."""
    moment = datetime.fromisoformat(now).replace(tzinfo=zone)
    found = openings([parse_hours(line) for line in lines], zone, moment, ahead=timedelta(days=days))
    return [f"{begin.astimezone(zone):%a %H:%M}-{end.astimezone(zone):%a %H:%M}" for begin, end in found]


def test_a_week() -> None:
    """What goes on, and what is to come; a span that has ended is not told."""
    lines = ["Mon-Fri 09:00-12:00", "Mon-Fri 13:00-17:00"]
    assert told(lines, TOKYO, "2026-12-03 12:30", days=2) == [
        "Thu 13:00-Thu 17:00",
        "Fri 09:00-Fri 12:00",
        "Fri 13:00-Fri 17:00",
    ]
    assert told(lines, TOKYO, "2026-12-04 16:59", days=3)[:2] == ["Fri 13:00-Fri 17:00", "Mon 09:00-Mon 12:00"]
    assert told(lines, TOKYO, "2026-12-04 17:00", days=3) == ["Mon 09:00-Mon 12:00", "Mon 13:00-Mon 17:00"]


def test_past_midnight() -> None:
    """Yesterday's span is still open."""
    assert told(["Fri 22:00-02:00"], TOKYO, "2026-12-05 01:59", days=2) == ["Fri 22:00-Sat 02:00"]
    assert told(["Fri 22:00-02:00"], TOKYO, "2026-12-05 02:00", days=2) == []


def test_what_touches_is_one() -> None:
    """Lines that overlap or meet are one opening, also over midnight; day and night is one that does not end in sight."""
    assert told(["Thu 09:00-12:00", "Thu 11:00-13:00", "Thu 13:00-14:00"], TOKYO, "2026-12-03 10:00", days=1) == [
        "Thu 09:00-Thu 14:00"
    ]
    [(begin, end)] = openings([parse_hours("Mon-Sun 00:00-24:00")], TOKYO, datetime(2026, 12, 3, tzinfo=TOKYO))
    assert end - begin > timedelta(days=9)


def test_the_clocks_are_changed() -> None:
    """Nine in the morning is nine in the morning, on either side of the change; an hour that is left out opens nothing."""
    assert told(["Sat-Mon 09:00-10:00"], BERLIN, "2026-03-28 08:00", days=3) == [
        "Sat 09:00-Sat 10:00",
        "Sun 09:00-Sun 10:00",
        "Mon 09:00-Mon 10:00",
    ]
    found = openings([parse_hours("Sun 02:00-03:00")], BERLIN, datetime(2026, 3, 29, tzinfo=BERLIN))
    assert all(begin < end for begin, end in found)


@given(
    st.lists(
        st.builds(
            lambda days, begin, length: Hours(days=days, begin=begin, end=begin + length),
            st.frozensets(st.integers(0, 6), min_size=1),
            st.integers(0, 1439),
            st.integers(1, 1440),
        ),
        max_size=21,
    ),
    st.integers(1_577_836_800, 2_051_222_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.sampled_from([TOKYO, BERLIN, NEWFOUNDLAND, APIA]),
)
def test_openings_are_apart(table: list[Hours], now: datetime, zone: tzinfo) -> None:
    """In order, apart, none of them over, none that begins too late."""
    found = openings(table, zone, now)
    for begin, end in found:
        assert begin < end
        assert end > now
        assert begin < now + AHEAD
    assert all(one[1] < other[0] for one, other in pairwise(found))
