"""Spans of time as people read them."""

from datetime import timedelta

import pytest

from common.host.times import format_difference


@pytest.mark.parametrize(
    ("off", "text"),
    [
        (timedelta(minutes=6, seconds=59), "+00:06"),
        (-timedelta(hours=2, minutes=3), "-02:03"),
        (timedelta(days=40, seconds=30), "+40 d 00:00"),
        (-timedelta(days=1, hours=1), "-1 d 01:00"),
    ],
)
def test_days_hours_minutes(off: timedelta, text: str) -> None:
    """Ahead with a plus, behind with a minus; days only where there are some."""
    assert format_difference(off) == text
