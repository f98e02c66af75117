"""The help desk: remembered on the disk, and told in the person's own time and days."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from common.agent.desk import KnownDesk, call_text, group_hours_text, hours_text, relay_time, telephone_text
from common.agent.enrolment import folder
from common.host.words import set_language
from common.protocol.desk import Desk
from common.protocol.matching_client import FAR
from tests.support.marks import needs
from tests.support.zones import Berlin

TOKYO = timezone(timedelta(hours=9))
NOON = datetime(2026, 12, 3, 12, 0, tzinfo=TOKYO).timestamp()  # a Thursday
DESK = Desk(telephone="03-1234-5678", open=[(1.0, 2.0)])


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    set_language("en")
    yield
    set_language(None)


def opening(begins: str, ends: str) -> Desk:
    """Open once, by Tokyo's clock."""
    begin, end = (datetime.fromisoformat(one).replace(tzinfo=TOKYO).timestamp() for one in (begins, ends))
    return Desk(open=[(1.0, 2.0), (begin, end)])


@pytest.mark.parametrize(
    ("begins", "ends", "english", "japanese"),
    [
        ("2026-12-03 09:00", "2026-12-03 17:00", "today until 17:00", "今日 17:00 まで"),
        ("2026-12-03 09:00", "2026-12-04 02:05", "until tomorrow at 2:05", "明日 2:05 まで"),
        ("2026-12-03 09:00", "2026-12-05 09:00", "until Saturday at 9:00", "土曜日の 9:00 まで"),
        ("2026-12-01 00:00", "2026-12-12 00:00", "day and night", "24 時間"),
        ("2026-12-03 13:00", "2026-12-03 17:00", "opens today at 13:00", "今日 13:00 に"),
        ("2026-12-04 09:00", "2026-12-04 17:00", "opens tomorrow (Friday) at 9:00", "明日（金曜日）9:00 に"),
        ("2026-12-07 09:00", "2026-12-07 17:00", "opens on Monday at 9:00", "月曜日の 9:00 に"),
        ("2026-12-10 09:00", "2026-12-10 17:00", "on Thursday (2026-12-10) at 9:00", "木曜日（2026-12-10）の 9:00 に"),
    ],
)
def test_hours(begins: str, ends: str, english: str, japanese: str) -> None:
    """As people name days and times, in both languages; what is over is not told."""
    desk = opening(begins, ends)
    assert english in hours_text(desk, NOON, TOKYO)
    set_language("ja")
    assert japanese in hours_text(desk, NOON, TOKYO)


def test_in_the_persons_own_time() -> None:
    """Nine in Tokyo is one in the morning in Berlin, on the same day."""
    berlin = timezone(timedelta(hours=1))
    desk = opening("2026-12-04 09:00", "2026-12-04 17:00")
    assert "tomorrow (Friday) at 1:00" in hours_text(desk, NOON, berlin)
    assert "today at 1:00" in hours_text(desk, datetime(2026, 12, 4, 0, 30, tzinfo=berlin).timestamp(), berlin)


SATURDAY = datetime(2026, 10, 24, 15, 0, tzinfo=UTC).timestamp()  # 17:00 in Berlin; the night after, summer time ends
MONDAY = Desk(open=[(SATURDAY + 41 * 3600, SATURDAY + 49 * 3600)])  # from 9:00 to 17:00 as clocks show it then


def test_over_the_end_of_summer_time() -> None:
    """Each moment as clocks show it then: tomorrow's may show another hour than today's would."""
    assert "opens on Monday at 9:00" in hours_text(MONDAY, SATURDAY, Berlin())
    over = Desk(open=[(SATURDAY - 60, SATURDAY + 48 * 3600)])
    assert "until Monday at 16:00" in hours_text(over, SATURDAY, Berlin())
    spring = datetime(2026, 3, 28, 16, 0, tzinfo=UTC).timestamp()  # 17:00 in Berlin; the night after, it begins
    monday = Desk(open=[(spring + 39 * 3600, spring + 47 * 3600)])
    assert "opens on Monday at 9:00" in hours_text(monday, spring, Berlin())
    late = datetime(2026, 10, 25, 22, 30, tzinfo=UTC).timestamp()  # 23:30, when in summer it were tomorrow already
    assert "opens tomorrow (Monday) at 9:00" in hours_text(MONDAY, late, Berlin())


@needs("tzset")
def test_this_computers_own_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no zone is given, its rules hold, not the offset of the moment."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    try:
        assert "opens on Monday at 9:00" in hours_text(MONDAY, SATURDAY)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_clock_that_is_wrong_by_a_century() -> None:
    """What the relay's clock may be off at most puts nothing beyond the calendar."""
    for skew in (FAR, -FAR):
        assert hours_text(Desk(open=[(1e10 - 1, 1e10)]), relay_time(skew))


@pytest.mark.parametrize("desk", [None, Desk(), Desk(open=[]), Desk(open=[(1.0, 2.0)])])
def test_nothing_known(desk: Desk | None) -> None:
    """Where nobody has said, or what was said is over, nothing is claimed."""
    assert hours_text(desk, NOON) == ""
    assert telephone_text(desk) == call_text(desk, NOON) == ""


def test_the_telephone() -> None:
    """Alone, and with the hours in which somebody answers."""
    assert telephone_text(DESK) == "You can also call: 03-1234-5678"
    desk = Desk(telephone="110", open=opening("2026-12-03 09:00", "2026-12-03 17:00").open)
    assert call_text(desk, NOON, TOKYO) == "The help desk is open today until 17:00. You can also call: 110"


def test_remembered(tmp_path: Path) -> None:
    """What was told last is there again, and readable by nobody else; told that there is nothing, nothing stays."""
    known = KnownDesk(tmp_path)
    assert known.read() is None
    known.remember(DESK)
    assert KnownDesk(tmp_path).read() == DESK
    if os.name == "posix":
        assert (tmp_path / folder.DESK).stat().st_mode & 0o077 == 0
    known.remember(None)
    known.remember(None)
    assert known.read() is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"telephone": "a\\u0007"}', b'{"open": [[1e300, 2]]}', b"x" * 20_000]
)
def test_damaged(tmp_path: Path, data: bytes) -> None:
    """As good as none, and written over by what is told next."""
    (tmp_path / folder.DESK).write_bytes(data)
    known = KnownDesk(tmp_path)
    assert known.read() is None
    known.remember(DESK)
    assert known.read() == DESK


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """Nothing fails because of it."""
    KnownDesk(tmp_path / "nowhere").remember(DESK)
    KnownDesk(tmp_path / "nowhere").remember(None)


@pytest.mark.parametrize(
    ("begins", "ends", "english", "japanese"),
    [
        ("2026-12-03 09:00", "2026-12-03 17:00", "is there today until 17:00", "今日 17:00 まで"),
        ("2026-12-03 09:00", "2026-12-04 02:05", "is there until tomorrow at 2:05", "明日 2:05 まで"),
        ("2026-12-03 09:00", "2026-12-05 09:00", "is there until Saturday at 9:00", "土曜日の 9:00 まで"),
        ("2026-12-01 00:00", "2026-12-12 00:00", "is there day and night", "24 時間"),
        ("2026-12-03 13:00", "2026-12-03 17:00", "opens today at 13:00", "今日 13:00 に"),
        ("2026-12-04 09:00", "2026-12-04 17:00", "opens tomorrow (Friday) at 9:00", "明日（金曜日）9:00 に"),
        ("2026-12-07 09:00", "2026-12-07 17:00", "opens on Monday at 9:00", "月曜日の 9:00 に"),
        ("2026-12-10 09:00", "2026-12-10 17:00", "on Thursday (2026-12-10) at 9:00", "木曜日（2026-12-10）の 9:00 に"),
    ],
)
def test_hours_of_a_group(begins: str, ends: str, english: str, japanese: str) -> None:
    """The same of a group, by its name; in the person's own time, and over the end of summer time as clocks show it then."""
    spans = opening(begins, ends).open
    told = group_hours_text("Payroll", spans, NOON, TOKYO)
    assert english in told
    set_language("ja")
    japanese_told = group_hours_text("Payroll", spans, NOON, TOKYO)
    assert japanese in japanese_told
    assert all("Payroll" in one for one in (told, japanese_told))


def test_a_group_over_the_end_of_summer_time() -> None:
    """Monday at nine is Monday at nine; without hours nothing is said."""
    assert group_hours_text("Desk", MONDAY.open, SATURDAY, Berlin()) == "The group Desk opens on Monday at 9:00."
    assert group_hours_text("Desk", None, SATURDAY) == group_hours_text("Desk", [], SATURDAY) == ""
