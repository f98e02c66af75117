"""Small parts: other people's text stays text, and what is chosen by property changes when it is set."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from common.ui.theme import LIGHT, Theme
from common.ui.widgets import Avatar, Banner, button, initials, label, restyle


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Hanako Sato", "HS"),
        ("hanako maria sato", "HS"),
        ("佐藤花子", "佐"),
        ("佐藤 花子", "佐"),
        ("  ", "?"),
        ("", "?"),
        ("Ærø", "Æ"),
    ],
)
def test_initials(name: str, expected: str) -> None:
    """The first letters of the first and the last word; of one word, and in Japanese, only the first; of nothing a question mark."""
    assert initials(name) == expected


def test_a_label_shows_markup_as_text(app: QApplication) -> None:
    """A name that looks like HTML is read as it was written."""
    assert label("<b>x</b>").textFormat() is Qt.TextFormat.PlainText


async def test_a_tone_can_change(qtbot: QtBot, theme: Theme) -> None:
    """What the style sheet chooses by property is chosen anew."""
    one = label("x", tone="good")
    qtbot.addWidget(one)
    one.show()
    assert one.palette().windowText().color() == QColor(LIGHT.good)
    restyle(one, "tone", "danger")
    assert one.palette().windowText().color() == QColor(LIGHT.danger)


async def test_a_banner_is_there_only_while_it_says_something(qtbot: QtBot, theme: Theme) -> None:
    """Text, button and what the button does."""
    banner = Banner()
    qtbot.addWidget(banner)
    assert banner.isHidden()
    acted: list[bool] = []
    banner.acted.connect(lambda: acted.append(True))
    banner.say("The relay cannot be reached.", tone="warn", action="Try again")
    banner.show()
    qtbot.mouseClick(banner.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)
    assert acted == [True]
    banner.say("It can be reached.")
    assert banner.findChildren(QPushButton)[0].isHidden()
    banner.say("")
    assert banner.isHidden()


async def test_an_avatar_is_the_same_for_the_same_name(qtbot: QtBot) -> None:
    """A person is known by the same colour everywhere."""
    pictures = []
    for name in ("Hanako Sato", "Hanako Sato", "Taro Yamada"):
        avatar = Avatar(name)
        qtbot.addWidget(avatar)
        pictures.append(avatar.grab().toImage())
    assert pictures[0] == pictures[1]
    assert pictures[0] != pictures[2]


def test_enter_presses_the_primary_button_only(app: QApplication) -> None:
    """In a dialog, Enter is the one that stands out."""
    assert button(kind="primary").autoDefault()
    assert not button().autoDefault()
