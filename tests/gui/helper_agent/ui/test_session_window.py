"""A session's window: what it says in every state, and that every tool tells the session's id and what was wished."""

import asyncio
import io

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMenu, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from common.agent.views import ChatLeftOut, ChatReceived, ClipboardLeftOut, ControlRefused, KeysUnpressed
from common.host.errors import plain
from common.protocol.channel import CAN_DRAW
from common.protocol.channel_clip import ClipWhy
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.ui.application import once
from common.ui.language import Speech
from common.ui.widgets import Banner
from helper_agent.ui import session_window
from helper_agent.ui.session_end import EndDialog
from helper_agent.ui.session_window import SessionWindow
from helper_agent.viewers.tools import Chord, Quality, Scaling
from helper_agent.views import RunningSession
from tests.support.finding import find
from tests.support.running import NOON, SESSION, TWO_SCREENS, running

CONTROL = running(session={"mode": Mode.CONTROL})
BUILT_IN = running(viewer="builtin")
OVER = {"phase": SessionPhase.ENDED, "why": Why.USER_ENDED}


class Clock:
    """Seconds that a test sets."""

    now = NOON + 65

    def __call__(self) -> float:
        return self.now


def made(
    qtbot: QtBot, value: RunningSession | None = None, *, chat_text: str = "", note_text: str = ""
) -> SessionWindow:
    """A window that is shown, beside a viewer."""
    value = value or running()
    window = SessionWindow(running=value, now=Clock(), embed=False, chat_text=chat_text, note_text=note_text)
    qtbot.addWidget(window, before_close_func=lambda one: one.render(running(session=OVER)))
    window.render(value)
    window.show()
    return window


def click(qtbot: QtBot, window: SessionWindow, name: str) -> None:
    qtbot.mouseClick(find(window, QPushButton, name), Qt.MouseButton.LeftButton)


def choose(window: SessionWindow, menu: str, name: str) -> None:
    """An entry of a tool's menu."""
    (action,) = (one for one in find(window, QMenu, menu).actions() if one.objectName() == name)
    action.trigger()


def text(window: SessionWindow, name: str) -> str:
    return find(window, QLabel, name).text()


def notice(window: SessionWindow) -> str:
    """What the banner says."""
    found = find(window, Banner, "banner")
    (label,) = found.findChildren(QLabel)
    return label.text() if found.isVisible() else ""


async def test_who_what_and_since_when(qtbot: QtBot, speech: Speech) -> None:
    """The verified name, the topic, the mode large, the time, and the size of the user's screen."""
    window = made(qtbot)
    assert text(window, "name") == "Hanako Sato"
    assert text(window, "about").startswith("The printer")
    assert text(window, "mode") == "Look only"
    assert text(window, "elapsed") == "1:05 · 1920 × 1080"
    assert "Hanako Sato" in window.windowTitle()


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        (SessionPhase.DIALLING, "Connecting to your organisation"),
        (SessionPhase.JOINING, "Waiting for the user’s computer"),
        (SessionPhase.SECURING, "Making sure who"),
        (SessionPhase.GREETING, "Waiting for the user to let"),
    ],
)
async def test_what_is_waited_for(qtbot: QtBot, speech: Speech, phase: SessionPhase, words: str) -> None:
    """Each step of the beginning has its words; but for the note and the end no tool can be used."""
    window = made(qtbot, running(session={"phase": phase, "since": None}, shown=False))
    assert text(window, "status").startswith(words)
    usable = {one.objectName() for one in window.findChildren(QPushButton) if one.isVisible() and one.isEnabled()}
    assert usable == {"note", "end"}


async def test_a_lost_connection_says_what_is_tried(qtbot: QtBot, speech: Speech) -> None:
    """Dialling after joining is dialling again; a lost relay while the session lives is another matter."""
    window = made(qtbot, running(session={"phase": SessionPhase.DIALLING}))
    window.render(running(session={"phase": SessionPhase.JOINING}))
    window.render(running(session={"phase": SessionPhase.DIALLING}))
    assert text(window, "status") == "The connection was lost. It is tried again…"
    window.render(running())
    window.render(running(), online=False)
    assert (
        text(window, "status")
        == "Your organisation cannot be reached just now, and is tried again. This session goes on."
    )
    window.render(running(), online=True)
    assert text(window, "status") == "You may look, and point with your pointer."


async def test_the_wish_for_control_and_its_answers(qtbot: QtBot, speech: Speech) -> None:
    """Asking, refused, granted, taken back, paused: each is said at once, and asking is possible when it makes sense."""
    window = made(qtbot)
    wished: list[str] = []
    window.control_wanted.connect(wished.append)
    button = find(window, QPushButton, "control")
    click(qtbot, window, "control")
    assert wished == [SESSION]
    window.render(running(session={"control_wanted": True}))
    assert not button.isEnabled()
    assert text(window, "status") == "You asked for control. The user decides."
    window.render(running())
    window.render(running(refused=True))
    window.happened(ControlRefused())
    assert text(window, "status") == "The user does not give control now."
    assert button.isEnabled()
    window.render(CONTROL)
    assert text(window, "mode") == "Control"
    assert text(window, "status") == "The user gave you control."
    assert not button.isEnabled()
    window.render(running(session={"mode": Mode.CONTROL, "paused": True}))
    assert text(window, "mode") == "Paused"
    assert text(window, "status").startswith("Paused: you see a still picture from the moment the user paused")
    window.render(CONTROL)
    assert text(window, "status") == "The user goes on."
    window.render(running())
    assert text(window, "status").startswith("The user took control back")
    assert text(window, "mode") == "Look only"


async def test_the_pen(qtbot: QtBot, speech: Speech) -> None:
    """A switch in either mode, where the user's side shows what is drawn; elsewhere it is grey and says why."""
    window = made(qtbot)
    pen = find(window, QPushButton, "draw")
    assert not pen.isEnabled()
    assert pen.toolTip().startswith("The user's Tasuki cannot show what you draw")
    wished: list[tuple[str, bool]] = []
    window.drawing.connect(lambda key, on: wished.append((key, on)))
    able = {"peer_features": frozenset({CAN_DRAW})}
    for mode in Mode:
        window.render(running(session={"mode": mode, **able}))
        assert pen.isEnabled()
        click(qtbot, window, "draw")
        window.render(running(session={"mode": mode, **able}, drawing=True))
        assert pen.isChecked()
        assert not find(window, QPushButton, "point").isChecked()
        assert not find(window, QPushButton, "keys").isEnabled()
        assert text(window, "status").startswith("You draw on the user’s screen")
        click(qtbot, window, "draw")
    assert wished == [(SESSION, True), (SESSION, False)] * 2
    window.render(running(session={"paused": True, **able}))
    assert pen.toolTip().startswith("Nothing can be drawn while the picture stands still")


async def test_pointing(qtbot: QtBot, speech: Speech) -> None:
    """A switch in control mode; while looking it is on by itself, and says so."""
    window = made(qtbot)
    switch = find(window, QPushButton, "point")
    assert switch.isChecked()
    assert not switch.isEnabled()
    assert "always shown" in switch.toolTip()
    window.render(CONTROL)
    assert not switch.isChecked()
    told: list[tuple[str, bool]] = []
    window.pointing.connect(lambda *one: told.append(one))
    click(qtbot, window, "point")
    assert told == [(SESSION, True)]
    window.render(running(CONTROL, pointing=True))
    assert text(window, "mode") == "Pointing"
    click(qtbot, window, "point")
    assert told[1:] == [(SESSION, False)]


async def test_special_keys_only_while_they_can_arrive(qtbot: QtBot, speech: Speech) -> None:
    """In control mode, not while pointing, with a viewer that shows the screen; else the reason is told."""
    window = made(qtbot)
    tool = find(window, QPushButton, "keys")
    told: list[tuple[str, str]] = []
    window.keys.connect(lambda *one: told.append(one))
    for value, reason in (
        (running(), "Only while you control."),
        (running(CONTROL, pointing=True), "Not while you point or draw."),
        (running(CONTROL, shown=False), "Only while a viewer shows the screen."),
    ):
        window.render(value)
        assert (tool.isEnabled(), tool.toolTip(), tool.accessibleDescription()) == (False, reason, reason)
    window.render(CONTROL)
    assert tool.isEnabled()
    for chord in Chord:
        choose(window, "keys_menu", chord)
    assert told == [(SESSION, chord) for chord in Chord]


async def test_menus_open_without_a_loop_of_their_own(qtbot: QtBot, speech: Speech) -> None:
    """By mouse and by keyboard."""
    window = made(qtbot)
    menu = find(window, QMenu, "quality_menu")
    click(qtbot, window, "quality")
    assert menu.isVisible()
    menu.hide()
    qtbot.keyClick(find(window, QPushButton, "quality"), Qt.Key.Key_Space)
    assert menu.isVisible()
    menu.hide()


async def test_quality_and_size(qtbot: QtBot, speech: Speech) -> None:
    """Quality for every viewer, size for the built-in one only; what holds is ticked."""
    window = made(qtbot, running(quality=Quality.FAST))
    told: list[tuple[str, str]] = []
    window.quality.connect(lambda *one: told.append(one))
    window.scaling.connect(lambda *one: told.append(one))
    assert find(window, QPushButton, "quality").text() == "&Quality: fast"
    assert not find(window, QPushButton, "size").isEnabled()
    choose(window, "quality_menu", Quality.SHARP)
    window.render(running(BUILT_IN, quality=Quality.SHARP, scaling=Scaling.ACTUAL))
    ticked = [one.objectName() for one in find(window, QMenu, "size_menu").actions() if one.isChecked()]
    assert ticked == [Scaling.ACTUAL]
    choose(window, "size_menu", Scaling.FIT)
    assert told == [(SESSION, Quality.SHARP), (SESSION, Scaling.FIT)]


async def test_a_screenshot(qtbot: QtBot, speech: Speech) -> None:
    """With the built-in viewer; it lands on the clipboard, or it is said that none could be had."""
    window = made(qtbot)
    tool = find(window, QPushButton, "screenshot")
    assert not tool.isEnabled()
    assert tool.toolTip() == "Only the built-in viewer can give a picture."
    window.render(BUILT_IN)
    asked: list[str] = []
    window.screenshot.connect(asked.append)
    click(qtbot, window, "screenshot")
    assert asked == [SESSION]
    png = io.BytesIO()
    Image.new("RGB", (12, 7), "red").save(png, "PNG")
    QGuiApplication.clipboard().setMimeData(QMimeData())
    window.show_picture(png.getvalue())
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (12, 7)
    assert notice(window) == "The screenshot is on your clipboard."
    for nothing in (None, b"", b"no picture"):
        window.show_picture(nothing)
        assert notice(window) == "No screenshot could be had. Is the screen shown?"


async def test_a_viewer_that_closed(qtbot: QtBot, speech: Speech) -> None:
    """It says so, offers to open it again, and is content when it shows the screen."""
    window = made(qtbot)
    wanted: list[str] = []
    window.viewer_wanted.connect(wanted.append)
    for value in (running(shown=False), running(viewer_closed=True, shown=False)):
        window.render(running())
        assert notice(window) == ""
        window.render(value)
        assert notice(window) == "The viewer was closed. The session goes on."
    (again,) = (one for one in window.findChildren(QPushButton) if one.text() == "Open the &viewer again")
    qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    assert wanted == [SESSION]


async def test_a_browser_that_shows_nothing(qtbot: QtBot, speech: Speech, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while it says so and offers to open it again, until the screen is shown."""
    monkeypatch.setattr(session_window, "BROWSER_PATIENCE", 1)
    window = made(qtbot, running(shown=False))
    wanted: list[str] = []
    window.viewer_wanted.connect(wanted.append)
    window.render(running(address="http://127.0.0.1:1/#t", shown=False))
    assert notice(window) == ""
    async with asyncio.timeout(10):
        while not notice(window):  # noqa: ASYNC110 -- a banner sets no event
            await asyncio.sleep(0)
    assert notice(window).startswith("The browser does not show the screen yet.")
    (again,) = (one for one in window.findChildren(QPushButton) if one.text() == "Open the &viewer again")
    qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    assert wanted == [SESSION]
    assert notice(window) == ""
    window.render(running(address="http://127.0.0.1:1/#t", shown=True))
    assert notice(window) == ""


async def test_where_a_viewer_of_ones_own_connects(qtbot: QtBot, speech: Speech) -> None:
    """Until it has."""
    window = made(qtbot, running(viewer="none", shown=False, hint="A viewer may connect to here."))
    assert notice(window) == "A viewer may connect to here."
    window.render(running(viewer="none", hint="A viewer may connect to here."))
    assert notice(window) == ""
    window.show_problem("The viewer failed.")
    assert notice(window) == "The viewer failed."


async def test_what_did_not_cross_is_said(qtbot: QtBot, speech: Speech) -> None:
    """A clipboard that is too long, a message that cannot be shown: in words, and the session goes on."""
    window = made(qtbot)
    left_out = ClipboardLeftOut(ClipWhy.TOO_LARGE, 9 << 20)
    window.happened(left_out)
    assert notice(window) == plain(left_out.problem)
    assert "9.0 MB" in notice(window)
    window.happened(KeysUnpressed("あ🎉"))
    assert "あ, 🎉" in notice(window)
    window.happened(ChatLeftOut())
    assert notice(window) == "A message came that cannot be shown. Ask for it in other words."


async def test_chat(qtbot: QtBot, speech: Speech) -> None:
    """A message while it is closed counts as new; what is said goes out once and stands there; the draft is told, and gone."""
    window = made(qtbot, chat_text="begun")
    said: list[tuple[str, str, int]] = []
    drafts: list[tuple[str, str]] = []
    window.said.connect(lambda *one: said.append(one))
    window.chat_draft.connect(lambda *one: drafts.append(one))
    window.happened(ChatReceived("Hello?"))
    assert find(window, QPushButton, "chat").text() == "Ch&at (1 new)"
    click(qtbot, window, "chat")
    field = find(window, QPlainTextEdit, "chat_field")
    assert field.isVisible()
    assert field.toPlainText() == "begun"
    qtbot.keyClicks(field, "!")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert said == [(SESSION, "begun!", 1)]
    assert (SESSION, "begun!") in drafts
    assert drafts[-1] == (SESSION, "")
    window.render(running(session=OVER))
    assert field.isReadOnly()


async def test_the_note(qtbot: QtBot, speech: Speech) -> None:
    """Every letter is a draft; at the end, and when it is changed after that, it goes to the history once."""
    window = made(qtbot, note_text="Driver")
    notes: list[tuple[str, str]] = []
    drafts: list[tuple[str, str]] = []
    window.note.connect(lambda *one: notes.append(one))
    window.note_draft.connect(lambda *one: drafts.append(one))
    click(qtbot, window, "note")
    field = find(window, QPlainTextEdit, "note_field")
    field.appendPlainText("renewed")
    assert drafts == [(SESSION, "Driver\nrenewed")]
    assert notes == []
    window.render(running(session=OVER))
    assert notes == [(SESSION, "Driver\nrenewed")]
    window.render(running(session=OVER))
    assert len(notes) == 1
    field.appendPlainText("Thanks")
    window.close()
    assert notes[1:] == [(SESSION, "Driver\nrenewed\nThanks")]


async def test_the_end_is_asked_for(qtbot: QtBot, speech: Speech) -> None:
    """By the button and by closing the window; it ends only at yes, and goes on at no."""
    window = made(qtbot)
    ended: list[str] = []
    window.ended.connect(ended.append)
    assert not window.close()
    dialog = find(window, EndDialog, "end_dialog")
    qtbot.mouseClick(find(dialog, QPushButton, "end_no"), Qt.MouseButton.LeftButton)
    assert ended == []
    await once(dialog.destroyed)
    click(qtbot, window, "end")
    dialog = find(window, EndDialog, "end_dialog")
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert ended == [SESSION]
    await once(dialog.destroyed)


async def test_at_the_end_it_closes_without_a_question(qtbot: QtBot, speech: Speech) -> None:
    """It tells that once, and no tool is left."""
    window = made(qtbot)
    closed: list[str] = []
    window.closed.connect(closed.append)
    window.render(running(session=OVER, shown=False))
    assert not find(window, QPushButton, "control").isVisible()
    assert window.close()
    assert closed == [SESSION]
    assert window.close()
    assert closed == [SESSION]


async def test_several_at_once(qtbot: QtBot, speech: Speech) -> None:
    """Each tells its own id."""
    one, two = made(qtbot), made(qtbot, running(session={"session": "6" * 32}))
    told: list[str] = []
    for window in (one, two):
        window.transfer.connect(told.append)
        click(qtbot, window, "transfer")
    assert told == [SESSION, "6" * 32]


async def test_another_screen_is_one_click_away(qtbot: QtBot, speech: Speech) -> None:
    """Where the user lets several be seen: which one is, the others in a menu; not while the picture is stopped."""
    window = made(qtbot)
    assert not find(window, QPushButton, "screens").isVisible()
    window.render(running(session={"screens": TWO_SCREENS}))
    tool = find(window, QPushButton, "screens")
    assert tool.isVisible()
    assert tool.text() == "&Screen 2"
    assert "screen 2" in text(window, "elapsed")
    menu = find(window, QMenu, "screens_menu")
    assert [action.text() for action in menu.actions()] == [
        "All &screens",
        "Screen &1: 1024 × 768 (HDMI-1)",
        "Screen &2: 1366 × 768 (R&&D)",
    ]
    menu.aboutToShow.emit()
    assert [action.isChecked() for action in menu.actions()] == [False, False, True]
    wanted: list[tuple[str, str]] = []
    window.screen_wanted.connect(lambda key, which: wanted.append((key, which)))
    for action in menu.actions()[:2]:
        action.trigger()
    assert wanted == [(SESSION, "all"), (SESSION, TWO_SCREENS.screens[0].key)]
    window.render(running(session={"screens": TWO_SCREENS, "paused": True}))
    assert not tool.isEnabled()
    window.render(running())
    assert not tool.isVisible()


async def test_what_is_recorded_is_said(qtbot: QtBot, speech: Speech) -> None:
    """Once the present mode stands in the record, and only while it does."""
    window = made(qtbot)
    label = find(window, QLabel, "mode")
    for recorded, said in ((Mode.VIEW, "Look only · recorded"), (Mode.CONTROL, "Look only")):
        window.render(running(session={"recorded": recorded}))
        assert label.text() == said
        told = "It is recorded that you may only look." if recorded is Mode.VIEW else ""
        assert (label.accessibleDescription(), label.toolTip()) == (told, told)
        assert label.accessibleName() == "Look only"
