"""The bar says who, what and since when, and what is clicked is told."""

import asyncio
import dataclasses

import pytest
from msgspec import structs
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from common.ui.language import Speech
from common.ui.screens import screen_of
from common.ui.theme import Theme
from deploy.demo.programs import until
from tests.gui.scenes.bar import NOON, ORGANISATION, session
from tests.support.running import TWO_SCREENS
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
    """Control, and pause in either mode: who sees a still picture, and until when."""
    bar.show_session(session(mode=Mode.CONTROL), organisation=ORGANISATION, now=NOON)
    assert text(bar, "bar_mode") == "Sees and controls"
    bar.show_session(session(mode=Mode.CONTROL, paused=True), organisation=ORGANISATION, now=NOON)
    assert text(bar, "bar_mode") == "Paused: Hanako Sato sees a still picture until you go on"
    assert press(bar, "bar_pause").text() == "&Go on"


async def test_which_screen_is_seen_is_said(bar: Bar) -> None:
    """By its number, where several may be; all at once is said as ever."""
    told = dataclasses.replace(session(mode=Mode.CONTROL), screens=TWO_SCREENS)
    bar.show_session(told, organisation=ORGANISATION, now=NOON)
    assert text(bar, "bar_mode") == "Sees and controls your screen 2"
    whole = dataclasses.replace(told, mode=Mode.VIEW, screens=structs.replace(TWO_SCREENS, seen=""))
    bar.show_session(whole, organisation=ORGANISATION, now=NOON)
    assert text(bar, "bar_mode") == "Sees your screen"


async def test_the_other_mode_is_offered_in_words(bar: Bar, qtbot: QtBot) -> None:
    """Whom control would be given to, by name; and how it is taken back. A click is a wish; the session's mode is the truth."""
    wishes: list[Mode] = []
    bar.mode_wanted.connect(wishes.append)
    assert press(bar, "bar_control").text() == "Let Hanako Sato &control…"
    assert press(bar, "bar_look").isHidden()
    qtbot.mouseClick(press(bar, "bar_control"), Qt.MouseButton.LeftButton)
    assert wishes == [Mode.CONTROL]
    assert press(bar, "bar_look").isHidden()
    bar.show_session(session(mode=Mode.CONTROL), organisation=ORGANISATION, now=NOON)
    assert press(bar, "bar_control").isHidden()
    qtbot.mouseClick(press(bar, "bar_look"), Qt.MouseButton.LeftButton)
    assert wishes == [Mode.CONTROL, Mode.VIEW]


async def test_no_letter_of_a_name_is_a_key(bar: Bar) -> None:
    """Whatever it is made of."""
    bar.show_session(session(name="R&D desk"), organisation="", now=NOON)
    assert press(bar, "bar_control").text() == "Let R&&D desk &control…"


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
    home = screen_of(bar).availableGeometry()
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


async def test_folded_it_says_what_holds_and_stops(bar: Bar, qtbot: QtBot) -> None:
    """By a word and, in whole, for screen readers; one click on Stop is still one click."""
    stops: list[None] = []
    bar.stopped.connect(lambda: stops.append(None))
    opened = bar.size()
    qtbot.mouseClick(press(bar, "bar_fold"), Qt.MouseButton.LeftButton)
    assert bar.folded
    assert bar.width() < opened.width() / 2
    tab = press(bar, "bar_tab")
    for shown, word, told in (
        (session(), "Seen", "Hanako Sato sees your screen"),
        (session(mode=Mode.CONTROL), "Controlled", "Hanako Sato sees and controls your computer"),
        (session(mode=Mode.CONTROL, paused=True), "Paused", "Hanako Sato sees a still picture"),
        (dataclasses.replace(session(), screens_changed=True), "Stopped", "Screens changed"),
        (dataclasses.replace(session(), phase=SessionPhase.INTERRUPTED, lost=NOON), "Interrupted", "Connection lost"),
        (
            dataclasses.replace(session(paused=True), phase=SessionPhase.INTERRUPTED, lost=NOON),
            "Interrupted",
            "Connection lost",
        ),
    ):
        bar.show_session(shown, organisation=ORGANISATION, now=NOON)
        assert tab.text() == word
        assert told in tab.accessibleName()
        assert not tab.icon().isNull()
    visible = {part.objectName() for part in bar.findChildren(QPushButton) if not part.isHidden()}
    assert visible == {"bar_tab", "bar_stop"}
    qtbot.mouseClick(press(bar, "bar_stop"), Qt.MouseButton.LeftButton)
    assert len(stops) == 1
    qtbot.mouseClick(tab, Qt.MouseButton.LeftButton)
    assert not bar.folded
    assert not press(bar, "bar_pause").isHidden()


async def test_the_keyboard_goes_on_where_it_was(bar: Bar, qtbot: QtBot) -> None:
    """Who folds it by a key opens it by one."""
    bar.show()
    press(bar, "bar_fold").setFocus()
    qtbot.keyClick(press(bar, "bar_fold"), Qt.Key.Key_Space)
    assert bar.folded
    assert bar.focusWidget() is press(bar, "bar_tab")
    qtbot.keyClick(press(bar, "bar_tab"), Qt.Key.Key_Space)
    assert bar.focusWidget() is press(bar, "bar_fold")
    bar.hide()


@pytest.fixture
def placed(bar: Bar, monkeypatch: pytest.MonkeyPatch) -> Bar:
    """On a screen, where windows can be placed."""
    monkeypatch.setattr(module, "places", lambda: True)
    bar.appear(HOME, "left")
    return bar


HOME = QRect(0, 20, 2000, 900)


@pytest.mark.parametrize("width", [1600, 800, 480])
async def test_it_is_at_once_as_large_as_it_stays(bar: Bar, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Who is about to click on it does not miss it: it comes once, opens once, and changes once with what it says."""
    monkeypatch.setattr(module, "places", lambda: True)
    told: list[QRect] = []
    bar.covers.connect(lambda where: told.append(QRect(where)))

    async def stays() -> None:
        for _ in range(10):
            await asyncio.sleep(0.01)
        assert len(told) <= 1, told
        assert bar.width() <= width
        told.clear()

    bar.show_hotkey("Ctrl+Shift+F9", Held.YES)
    told.clear()
    bar.appear(QRect(0, 0, width, 600), "left")
    await stays()
    bar.show_session(session(paused=True), organisation=ORGANISATION, now=NOON)
    await stays()
    bar.fold()
    await stays()
    bar.unfold()
    await stays()
    bar.hide()


async def test_a_tab_is_at_the_edge_where_the_bar_was(placed: Bar) -> None:
    """In the middle of the top; or at the bottom, where it was dragged near that."""
    placed.fold()
    assert placed.y() == HOME.y()
    assert abs(placed.geometry().center().x() - HOME.center().x()) <= 1
    placed.unfold()
    assert abs(placed.geometry().center().x() - HOME.center().x()) <= 1
    placed.hide()


async def test_where_it_was_put_is_kept_for_each_screen(
    speech: Speech, theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there again the next time, and on another screen where it was put on that."""
    monkeypatch.setattr(module, "places", lambda: True)
    kept: dict[str, str] = {}

    def made() -> Bar:
        one = Bar(recall=lambda screen: kept.get(screen, ""), keep=kept.__setitem__)
        qtbot.addWidget(one)
        one.show_session(session(), organisation=ORGANISATION, now=NOON)
        return one

    first = made()
    first.appear(HOME, "left")
    corner = QPoint(3, 3)
    qtbot.mousePress(first, Qt.MouseButton.LeftButton, pos=corner)
    qtbot.mouseMove(first, corner + QPoint(100, 500))
    qtbot.mouseRelease(first, Qt.MouseButton.LeftButton, pos=corner)
    assert set(kept) == {"left"}
    where = first.pos()
    assert where.y() == HOME.y() + 500
    first.appear(QRect(2000, 0, 1000, 500), "right")
    assert first.y() == 0
    first.hide()
    second = made()
    second.appear(HOME, "left")
    assert await until(lambda: second.size() == first.size(), within=5)
    assert (second.pos() - where).manhattanLength() <= 2
    second.fold()
    assert second.geometry().bottom() == HOME.bottom()
    second.hide()


async def test_it_makes_room_and_is_never_outside(placed: Bar) -> None:
    """For a pointer, and for what must stay free: told before it is there; on another screen it begins anew."""
    told: list[QRect] = []
    placed.covers.connect(lambda where: told.append(QRect(where)) if placed.geometry() != where else None)
    placed.fold()
    assert told[-1] == placed.geometry()
    pointer = placed.geometry().center()
    placed.make_room(pointer)
    assert not placed.geometry().adjusted(-20, -20, 20, 20).contains(pointer)
    assert HOME.contains(placed.geometry())
    assert told[-1] == placed.geometry()
    placed.keep_off([QRect(0, 20, 2000, 100)])
    assert placed.y() > 120
    assert HOME.contains(placed.geometry())
    placed.keep_off([])
    placed.appear(QRect(0, 0, 640, 480), "other")
    assert QRect(0, 0, 640, 480).contains(placed.geometry())
    assert placed.y() == 0
    placed.hide()


async def test_control_that_may_not_be_allowed(bar: Bar, qtbot: QtBot) -> None:
    """The button is there, does nothing, and says why."""
    wanted: list[Mode] = []
    bar.mode_wanted.connect(wanted.append)
    bar.show_session(dataclasses.replace(session(), most=Mode.VIEW), organisation=ORGANISATION, now=NOON)
    control = press(bar, "bar_control")
    assert "may only look" in control.toolTip()
    qtbot.mouseClick(control, Qt.MouseButton.LeftButton)
    assert wanted == []
    bar.show_session(session(), organisation=ORGANISATION, now=NOON)
    assert (control.isEnabled(), control.toolTip()) == (True, "")


async def test_what_is_recorded_is_said(bar: Bar) -> None:
    """Once the present mode stands in the record, in words and for who does not see them; while another one does, or nothing moves, not."""
    for recorded, paused, said in (
        (Mode.CONTROL, False, "Sees and controls · recorded"),
        (Mode.VIEW, False, "Sees and controls"),
        (None, False, "Sees and controls"),
        (Mode.CONTROL, True, "Paused: Hanako Sato sees a still picture until you go on"),
    ):
        shown = dataclasses.replace(session(mode=Mode.CONTROL, paused=paused), recorded=recorded)
        bar.show_session(shown, organisation=ORGANISATION, now=NOON)
        assert text(bar, "bar_mode") == said
        label = bar.findChild(QLabel, "bar_mode")
        assert label is not None
        told = "It is recorded that Hanako Sato may look and control."
        assert label.accessibleDescription() == (told if said.endswith("recorded") else "")
        assert label.toolTip().count(told) == said.endswith("recorded")
