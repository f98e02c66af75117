"""The box whose text is typed at the user's desktop: in the session's window, by mouse and by keyboard, and grey where nothing is typed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from common.host.errors import TasukiError, sentence
from common.protocol.channel import CAN_TYPE
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.protocol.texts import TYPE_LIMIT
from common.ui.language import Speech
from helper_agent.ui.session_window import SessionWindow
from helper_agent.views import RunningSession
from tests.support.finding import find
from tests.support.running import NOON, SESSION, running

CONTROL = running(session={"mode": Mode.CONTROL, "peer_features": frozenset({CAN_TYPE})})
OVER = running(session={"phase": SessionPhase.ENDED, "why": Why.USER_ENDED})


class Shown:
    """A session's window, and what it wants typed."""

    def __init__(self, qtbot: QtBot, value: RunningSession = CONTROL) -> None:
        self.window = SessionWindow(running=value, now=lambda: NOON, embed=False)
        qtbot.addWidget(self.window, before_close_func=lambda one: one.render(OVER))
        self.window.render(value)
        self.window.show()
        self.typed: list[tuple[str, str]] = []
        self.window.typed.connect(lambda *one: self.typed.append(one))
        self.tool = find(self.window, QPushButton, "type")
        self.field = find(self.window, QPlainTextEdit, "type_field")
        self.send = find(self.window, QPushButton, "type_send")

    def said(self, name: str) -> str:
        """What a line of it says."""
        return find(self.window, QLabel, name).text()


async def test_what_is_written_goes_with_every_line_and_blank(qtbot: QtBot, speech: Speech) -> None:
    """By the button or Ctrl+Enter; Enter makes a line. It stays until it is known that it went."""
    shown = Shown(qtbot)
    assert not shown.field.isVisible()
    qtbot.mouseClick(shown.tool, Qt.MouseButton.LeftButton)
    assert shown.field.isVisible()
    assert not shown.send.isEnabled()
    shown.field.setPlainText(" 漢字")
    shown.field.moveCursor(shown.field.textCursor().MoveOperation.End)
    qtbot.keyClick(shown.field, Qt.Key.Key_Return)
    qtbot.mouseClick(shown.send, Qt.MouseButton.LeftButton)
    qtbot.keyClick(shown.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert shown.typed == [(SESSION, " 漢字\n")] * 2
    assert shown.field.toPlainText() == " 漢字\n"
    shown.window.text_sent()
    assert shown.field.toPlainText() == ""
    assert shown.said("type_hint").startswith("Sent.")
    qtbot.keyClicks(shown.field, "x")
    assert not shown.said("type_hint").startswith("Sent.")


async def test_all_of_it_by_keyboard(qtbot: QtBot, speech: Speech) -> None:
    """Tab leads from the field to Send, and back."""
    shown = Shown(qtbot)
    qtbot.keyClick(shown.tool, Qt.Key.Key_Space)
    shown.window.activateWindow()
    assert shown.window.focusWidget() is shown.field
    qtbot.keyClicks(shown.field, "ok")
    qtbot.keyClick(shown.field, Qt.Key.Key_Tab)
    assert shown.window.focusWidget() is shown.send
    qtbot.keyClick(shown.send, Qt.Key.Key_Space)
    assert shown.typed == [(SESSION, "ok")]


async def test_it_is_counted_as_the_wire_counts(qtbot: QtBot, speech: Speech) -> None:
    """Blanks at either end count, an emoji is one; one too many cannot be sent, and nothing is cut."""
    shown = Shown(qtbot)
    shown.tool.click()
    shown.field.setPlainText(" \U0001f600\n")
    assert shown.said("type_count") == f"3 of {TYPE_LIMIT} characters"
    shown.field.setPlainText(" " * TYPE_LIMIT)
    assert shown.send.isEnabled()
    shown.field.setPlainText(" " * (TYPE_LIMIT + 1))
    assert not shown.send.isEnabled()
    assert "1 character" in shown.said("type_field_limit")
    qtbot.keyClick(shown.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert shown.typed == []


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (running(CONTROL, session={"mode": Mode.VIEW}), "typing_view"),
        (running(CONTROL, session={"paused": True}), "typing_paused"),
        (running(CONTROL, session={"peer_features": frozenset()}), "typing_not_there"),
        (running(CONTROL, pointing=True), "typing_pointing"),
        (running(CONTROL, shown=False), "typing_unseen"),
    ],
    ids=["view", "pause", "older", "pointing", "unseen"],
)
async def test_where_nothing_is_typed_it_is_grey_and_says_why(
    qtbot: QtBot, speech: Speech, value: RunningSession, code: str
) -> None:
    """The tool, and an open box too, which keeps what stands there; it can be closed."""
    why = sentence(TasukiError(code))
    closed = Shown(qtbot, value)
    assert (closed.tool.isEnabled(), closed.tool.toolTip(), closed.tool.accessibleDescription()) == (False, why, why)
    shown = Shown(qtbot)
    shown.tool.click()
    shown.field.setPlainText("kept")
    shown.window.render(value)
    assert not shown.send.isEnabled()
    assert shown.said("type_hint") == why
    qtbot.keyClick(shown.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert shown.typed == []
    shown.window.render(CONTROL)
    assert shown.send.isEnabled()
    assert shown.field.toPlainText() == "kept"
    shown.window.render(value)
    shown.tool.click()
    assert not shown.field.isVisible()
    assert not shown.tool.isEnabled()


async def test_after_the_end_nothing_of_it_is_left(qtbot: QtBot, speech: Speech) -> None:
    """It may have been a password."""
    shown = Shown(qtbot)
    shown.tool.click()
    shown.field.setPlainText("secret")
    shown.window.render(OVER)
    assert not shown.field.isVisible()
    assert shown.field.toPlainText() == ""


async def test_the_note_and_the_box_take_turns(qtbot: QtBot, speech: Speech) -> None:
    """The chat stays beside either."""
    shown = Shown(qtbot)
    note, chat = find(shown.window, QPlainTextEdit, "note_field"), find(shown.window, QPlainTextEdit, "chat_field")
    for name in ("chat", "note", "type"):
        find(shown.window, QPushButton, name).click()
    assert (chat.isVisible(), note.isVisible(), shown.field.isVisible()) == (True, False, True)
    assert not find(shown.window, QPushButton, "note").isChecked()
    find(shown.window, QPushButton, "note").click()
    assert (chat.isVisible(), note.isVisible(), shown.field.isVisible()) == (True, True, False)
