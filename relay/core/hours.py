"""The hours in which somebody is at the help desk: a weekly table, as the settings have it, and what it means from now on.

A line is days and a span of the desk's own clock: `Mon-Fri 09:00-17:00`, `Sat 10:00-12:30`, `Mon,Wed 22:00-06:00` (past
midnight). What overlaps or touches is one opening.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

AHEAD: Final = timedelta(days=9)
"""So far openings are told: a whole week, whatever is left of today, and a day until they are told anew."""

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = "(?:" + "|".join(_DAYS) + ")"
_LINE: Final = re.compile(
    rf"\s*({_DAY}(?:-{_DAY})?(?:\s*,\s*{_DAY}(?:-{_DAY})?)*)\s+(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)\s*",
    re.IGNORECASE | re.ASCII,
)
_MIDNIGHT: Final = 24 * 60


@dataclass(frozen=True, kw_only=True)
class Hours:
    """One line of the table. `begin` and `end` are minutes of the day's own midnight; `end` may lie in the next day."""

    days: frozenset[int]  # 0 is Monday
    begin: int
    end: int


def parse_hours(line: str) -> Hours:
    """A line of the settings. Raises ValueError, which says how one looks."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"{line!r} is not of the form Mon-Fri 09:00-17:00")
    begin, end = _minute(line, found[2], found[3]), _minute(line, found[4], found[5])
    if begin in {_MIDNIGHT, end}:
        raise ValueError(f"{line!r} begins where it ends, or at the end of a day")
    days = frozenset(day for part in found[1].split(",") for day in _days(part.strip().lower()))
    return Hours(days=days, begin=begin, end=end if end > begin else end + _MIDNIGHT)


def zone_of(name: str) -> tzinfo:
    """The time zone of this name, such as Asia/Tokyo. Raises ValueError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no zone is called {name!r}") from error


def openings(
    table: Sequence[Hours], zone: tzinfo, now: datetime, *, ahead: timedelta = AHEAD
) -> list[tuple[datetime, datetime]]:
    """When the desk is open, in UTC: what goes on at `now`, whenever it began, and what begins within `ahead`; in order, apart."""
    first = now.astimezone(zone).date() - timedelta(days=1)  # yesterday's may last past midnight
    spans: list[tuple[datetime, datetime]] = []
    for number in range(ahead.days + 3):
        day = first + timedelta(days=number)
        midnight = datetime.combine(day, time())
        for hours in table:
            if day.weekday() in hours.days:
                begin, end = (
                    (midnight + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC)
                    for minutes in (hours.begin, hours.end)
                )
                spans.append((begin, end))
    return [one for one in _joined(spans) if one[1] > now and one[0] < now + ahead]


def _joined(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(spans):
        if end <= begin:
            continue  # the hour that the clocks leave out in spring
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((begin, end))
    return joined


def _minute(line: str, hour: str, minute: str) -> int:
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > _MIDNIGHT:
        raise ValueError(f"{line!r} has a time that no day has")
    return minutes


def _days(part: str) -> list[int]:
    first, _, last = part.partition("-")
    begin = _DAYS.index(first)
    count = (_DAYS.index(last or first) - begin) % 7 + 1
    return [(begin + number) % 7 for number in range(count)]
