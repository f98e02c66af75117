"""The bar says who, what and since when, and what is clicked is told."""

import dataclasses

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from common.protocol.messages import Mode
from common.ui.language import Speech
from common.ui.theme import Theme
from tests.gui.scenes.bar import NOON, ORGANISATION, session
from user_agent.ui import bar as module
from user_agent.ui.bar import Bar
from user_agent.ui.hotkey.base import Held


@pytest.fixture
def bar(speech: Speech, theme: Theme, qtbot: QtBot) -> Bar:
    """Connected since four minutes."""
    made = Bar()
    qtbot.addWidget(made)
    made.show_session(session(), organisation=ORGANISATION, now=NOON + 245)
    return made


def text(bar: Bar, name: str) -> str:
    """Of a label."""
    found = bar.findChild(QLabel, name)
    assert found is not None
    return found.text()


def press(bar: Bar, name: str) -> QPushButton:
    """A button."""
    found = bar.findChild(QPushButton, name)
    assert found is not None
    return found


async def test_who_what_and_since_when(bar: Bar) -> None:
    """The certificate's name, the mode in words, the time."""
    texts = [label.text() for label in bar.findChildren(QLabel)]
    assert "Hanako Sato" in texts
    assert ORGANISATION in texts
    assert text(bar, "bar_mode") == "Sees your screen"
    assert text(bar, "bar_time") == "4:05"
    assert bar.accessibleName() == "Session with Hanako Sato"


async def test_the_mode_is_said_in_words(bar: Bar) -> None:
    """Control, and pause in either mode."""
    bar.show_session(session(mode=Mode.CONTROL), organisation=ORGANISATION, now=NOON)
    assert text(bar, "bar_mode") == "Sees and controls"
    assert press(bar, "bar_control").isChecked()
    bar.show_session(session(mode=Mode.CONTROL, paused=True), organisation=ORGANISATION, now=NOON)
    assert text(bar, "bar_mode") == "Paused: sees a still picture"
    assert press(bar, "bar_pause").text() == "&Go on"


async def test_the_switch_shows_what_holds_until_something_else_does(bar: Bar, qtbot: QtBot) -> None:
    """A click is a wish; the session's mode is the truth."""
    wishes: list[Mode] = []
    bar.mode_wanted.connect(wishes.append)
    qtbot.mouseClick(press(bar, "bar_control"), Qt.MouseButton.LeftButton)
    assert wishes == [Mode.CONTROL]
    assert press(bar, "bar_look").isChecked()
    qtbot.mouseClick(press(bar, "bar_look"), Qt.MouseButton.LeftButton)
    assert wishes == [Mode.CONTROL]


async def test_pause_chat_and_stop_are_told(bar: Bar, qtbot: QtBot) -> None:
    """One click each."""
    heard: list[object] = []
    bar.pause_wanted.connect(heard.append)
    bar.chat_wanted.connect(lambda: heard.append("chat"))
    bar.stopped.connect(lambda: heard.append("stop"))
    for name in ("bar_pause", "bar_chat", "bar_stop"):
        qtbot.mouseClick(press(bar, name), Qt.MouseButton.LeftButton)
    bar.show_session(session(paused=True), organisation="", now=NOON)
    qtbot.mouseClick(press(bar, "bar_pause"), Qt.MouseButton.LeftButton)
    assert heard == [True, "chat", "stop", False]


async def test_messages_that_wait_are_counted(bar: Bar) -> None:
    """In words, and for screen readers."""
    bar.show_unread(2)
    assert press(bar, "bar_chat").text() == "C&hat (2)"
    bar.show_unread(0)
    assert press(bar, "bar_chat").text() == "C&hat"


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (Held.YES, "The Pause key stops at once"),
        (Held.REFUSED, "Stop only here: no stop key"),
        (Held.IMPOSSIBLE, "Stop only here: no stop key"),
    ],
)
async def test_the_stop_key_is_named_or_missed(bar: Bar, held: Held, words: str) -> None:
    """Nobody relies on a key that is not heard; the tip says why."""
    bar.show_hotkey("Pause", held)
    assert text(bar, "bar_hint") == words
    hint = bar.findChild(QLabel, "bar_hint")
    assert hint is not None
    assert hint.toolTip()


async def test_names_are_plain_text_on_one_line(bar: Bar) -> None:
    """Whatever stands in a certificate."""
    evil = dataclasses.replace(session(), peer_name="<b>Root</b>\nMicrosoft " + "x" * 300)
    bar.show_session(evil, organisation="", now=NOON)
    labels = [label for label in bar.findChildren(QLabel) if label.text().startswith("<b>Root</b>")]
    assert len(labels) == 1
    assert labels[0].textFormat() is Qt.TextFormat.PlainText
    assert "\n" not in labels[0].text()
    assert labels[0].text().endswith("…")


@pytest.mark.parametrize("width", [1920, 640, 480])
async def test_it_is_never_wider_than_the_screen(bar: Bar, width: int) -> None:
    """In rows where there is no room: 1920 pixels at 300 % are 640 units."""
    bar.show_hotkey("Ctrl+Shift+F9", Held.YES)
    bar.show_unread(12)
    bar.appear(QRect(0, 0, width, 400))
    assert bar.sizeHint().width() <= width
    bar.hide()


async def test_it_appears_in_the_middle_of_the_top_and_stays_where_it_is_dragged(
    bar: Bar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the screen, whatever the mouse does."""
    monkeypatch.setattr(module, "places", lambda: True)
    home = bar.screen().availableGeometry()
    bar.appear(home)
    assert bar.y() == home.y()
    assert abs(bar.geometry().center().x() - home.center().x()) <= 1
    corner = QPoint(3, 3)
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=corner)
    qtbot.mouseMove(bar, corner + QPoint(0, 200))
    assert bar.y() == home.y() + 200
    qtbot.mouseMove(bar, corner + QPoint(-5000, 5000))
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=corner)
    assert home.contains(bar.geometry()) or bar.width() > home.width()
    assert bar.y() > home.y() + 200
    bar.hide()


async def test_it_does_not_take_the_keyboard(bar: Bar) -> None:
    """The person goes on typing where they were."""
    assert bar.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    assert bar.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
