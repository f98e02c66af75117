"""Which screen: what a person may answer."""

import pytest

from user_agent.area.question import ScreenQuestion
from user_agent.servers.base import ScreenChoice

LEFT = ScreenChoice(name="HDMI-1", x=0, y=0, width=1024, height=768)
RIGHT = ScreenChoice(name="DP-2", x=1024, y=0, width=1366, height=768)


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ("1", LEFT.key), (" 2 ", RIGHT.key), ("DP-2", RIGHT.key), (RIGHT.key, RIGHT.key), ("all", ""), ("ALL", ""),
        ("0", None), ("3", None), ("-1", None), ("", None), ("HDMI", None), ("٢", None), ("9" * 5000, None),
    ],
)  # fmt: skip
def test_an_answer(answer: str, key: str | None) -> None:
    """A number, a key, a name, or all."""
    assert ScreenQuestion(was=RIGHT, screens=(LEFT, RIGHT)).choice(answer) == key


def test_of_one_screen_all_is_no_choice() -> None:
    """It would be the same, and more as soon as another comes."""
    question = ScreenQuestion(was=RIGHT, screens=(LEFT,))
    assert question.choice("all") is None
    assert len(question.lines()) == 1
    assert len(ScreenQuestion(was=RIGHT, screens=(LEFT, RIGHT)).lines()) == 3


def test_two_of_one_name_are_told_apart_by_their_places() -> None:
    """A name that means two means none."""
    other = ScreenChoice(name="DP-2", x=0, y=768, width=800, height=600)
    assert ScreenQuestion(was=RIGHT, screens=(RIGHT, other)).choice("DP-2") is None


def test_without_any_screen_nothing_can_be_chosen() -> None:
    """And the person reads so."""
    question = ScreenQuestion(was=RIGHT, screens=())
    assert question.choice("1") is None
    assert question.choice("all") is None
    assert question.text != ScreenQuestion(was=RIGHT, screens=(LEFT,)).text
