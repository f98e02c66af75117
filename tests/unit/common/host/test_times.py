"""Spans of time as people read them."""

from datetime import timedelta

import pytest

from common.host.errors import TasukiError, sentence
from common.host.times import format_difference
from tests.support.catalogue import compile_texts


@pytest.fixture(autouse=True)
def texts() -> None:
    """Japanese is there."""
    compile_texts()


@pytest.mark.parametrize(
    ("off", "english", "japanese"),
    [
        (timedelta(minutes=6, seconds=20), "6 minutes ahead", "6 分進んでいます"),
        (-timedelta(hours=2, minutes=1), "2 hours 1 minute behind", "2 時間 1 分遅れています"),
        (timedelta(hours=1), "1 hour ahead", "1 時間進んでいます"),
        (timedelta(hours=23, minutes=59, seconds=40), "1 day ahead", "1 日進んでいます"),
        (timedelta(days=1, hours=2, minutes=3), "1 day 2 hours ahead", "1 日 2 時間進んでいます"),
        (-timedelta(days=727, hours=23, minutes=58), "728 days behind", "728 日遅れています"),
        (timedelta(0), "0 minutes ahead", "0 分進んでいます"),
    ],
)
def test_days_hours_minutes(off: timedelta, english: str, japanese: str) -> None:
    """No minutes where it is days; a minus is behind."""
    assert format_difference(off, "en") == english
    assert format_difference(off, "ja") == japanese


def test_a_sentence_says_it_in_its_language() -> None:
    """How far a clock is off travels as a span of time."""
    problem = TasukiError("clocks_differ", here="now", relay="then", difference=timedelta(hours=26))
    assert "1 day 2 hours ahead" in sentence(problem, "en")
    assert "1 日 2 時間進んでいます" in sentence(problem, "ja")
