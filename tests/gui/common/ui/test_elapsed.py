"""How long something has lasted, in words and as on a clock."""

import pytest

from common.ui.elapsed import ElapsedWords, clock_text
from common.ui.language import Speech


@pytest.mark.parametrize(("seconds", "words"), [(-3, "0:00"), (59.9, "0:59"), (3599, "59:59"), (3725, "1:02:05")])
def test_elapsed(seconds: float, words: str) -> None:
    """Hours only where there are some; a clock that was put back shows nothing strange."""
    assert clock_text(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "just now"), (59, "just now"), (60, "1 min"), (3599, "59 min"), (3660, "1 h 1 min"), (90000, "1 d 1 h")],
)
async def test_a_span_in_words(speech: Speech, seconds: float, words: str) -> None:
    """Rounded down."""
    assert ElapsedWords().text(seconds) == words
