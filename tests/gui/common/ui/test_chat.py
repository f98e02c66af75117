"""The chat: what was said can be read, what is typed is sent once, and what nobody has seen is counted."""

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QTextBrowser,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from common.protocol.texts import CHAT_LIMIT
from common.ui.application import once
from common.ui.chat import KEPT, ChatPanel
from common.ui.language import Speech
from common.ui.theme import DARK, Scheme, Theme
from tests.support.finding import find

NOON = 1_700_049_600.0


def made(qtbot: QtBot) -> tuple[ChatPanel, QPlainTextEdit, QPushButton]:
    """A panel that is shown, with its field and its button."""
    panel = ChatPanel()
    qtbot.addWidget(panel)
    panel.set_enabled(True)
    panel.show()
    return panel, find(panel, QPlainTextEdit, "chat_field"), find(panel, QPushButton, "chat_send")


def log_of(panel: ChatPanel) -> str:
    """All that can be read."""
    return find(panel, QTextEdit, "chat_log").toPlainText()


async def test_enter_says_it_and_shift_enter_makes_a_line(qtbot: QtBot, speech: Speech) -> None:
    """What was typed is told once, without the spaces around it, and the field is empty again."""
    panel, field, _send = made(qtbot)
    said: list[str] = []
    panel.said.connect(lambda text, _number: said.append(text))
    qtbot.keyClicks(field, "  one")
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(field, "two ")
    assert said == []
    qtbot.keyClick(field, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert said == ["one\ntwo"]
    assert field.toPlainText() == ""


async def test_nothing_is_not_said(qtbot: QtBot, speech: Speech) -> None:
    """Spaces alone cannot be sent, neither by the button nor by Enter; nor is anything while nobody would hear it."""
    panel, field, send = made(qtbot)
    said: list[str] = []
    panel.said.connect(lambda text, _number: said.append(text))
    qtbot.keyClicks(field, "   ")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert not send.isEnabled()
    qtbot.keyClicks(field, "x")
    assert send.isEnabled()
    panel.set_enabled(False)
    assert not send.isEnabled()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert said == []
    assert field.toPlainText().strip() == "x"


async def test_a_long_text_is_not_cut_but_refused_where_it_is_written(qtbot: QtBot, speech: Speech) -> None:
    """What is too long cannot be sent, by button or Enter, and a line says by how much; all of it is still there."""
    panel, field, send = made(qtbot)
    said: list[str] = []
    panel.said.connect(lambda text, _number: said.append(text))
    field.setPlainText("x" * (CHAT_LIMIT + 12))
    note = find(panel, QLabel, "chat_field_limit")
    assert not send.isEnabled()
    assert note.isVisible()
    assert "12" in note.text()
    assert f"{CHAT_LIMIT}" in note.text()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert (said, len(field.toPlainText())) == ([], CHAT_LIMIT + 12)
    field.setPlainText("\n" + "\U0001f600" * CHAT_LIMIT + " ")
    assert send.isEnabled()
    assert not note.isVisible()
    qtbot.mouseClick(send, Qt.MouseButton.LeftButton)
    assert said == ["\U0001f600" * CHAT_LIMIT]


async def test_a_draft_is_told_as_it_is_typed_but_not_as_it_is_put_in(qtbot: QtBot, speech: Speech) -> None:
    """What a person types is told, so that it can be kept; what was kept is not told again."""
    panel, field, send = made(qtbot)
    drafts: list[str] = []
    panel.draft_changed.connect(drafts.append)
    panel.set_draft("kept")
    assert (field.toPlainText(), drafts, send.isEnabled()) == ("kept", [], True)
    qtbot.keyClicks(field, "!")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert drafts == ["kept!", ""]


async def test_what_others_write_is_text(qtbot: QtBot, speech: Speech) -> None:
    """Markup stands there as it was written; a name of several lines is on one."""
    panel, _field, _send = made(qtbot)
    panel.add("<b>bold</b> &amp; <img src=x>", own=False, at=NOON, name="Eve\nYou, 12:00")
    assert "<b>bold</b> &amp; <img src=x>" in log_of(panel)
    assert log_of(panel).strip().splitlines()[0].startswith("Eve You, 12:00, ")


async def test_the_newest_is_in_view_and_the_oldest_go(qtbot: QtBot, speech: Speech) -> None:
    """However much is said, the view stays bounded and shows the end."""
    panel, _field, _send = made(qtbot)
    for number in range(KEPT + KEPT // 10 + 1):
        panel.add(f"message {number}.", own=bool(number % 2), at=NOON + number, name="Hanako Sato")
        if not number % 50:
            await asyncio.sleep(0)
    text = log_of(panel)
    assert f"message {KEPT + KEPT // 10}." in text
    assert "message 0." not in text
    assert text.count("message") == KEPT
    bar = find(panel, QTextEdit, "chat_log").verticalScrollBar()
    assert bar.value() == bar.maximum()


async def test_unread_counts_what_nobody_can_have_seen(app: QApplication, qtbot: QtBot, speech: Speech) -> None:
    """Only the other one's, only while the panel is hidden; showing it is reading it."""
    window = QWidget()
    qtbot.addWidget(window)
    panel = ChatPanel()
    QVBoxLayout(window).addWidget(panel)
    counts: list[int] = []
    panel.unread_changed.connect(counts.append)
    panel.add("mine", own=True, at=NOON, name="Hanako Sato")
    panel.add("one", own=False, at=NOON, name="Hanako Sato")
    panel.add("two", own=False, at=NOON, name="Hanako Sato")
    assert (panel.unread, counts) == (2, [1, 2])
    activated = asyncio.ensure_future(once(app.focusWindowChanged))
    await asyncio.sleep(0)
    window.show()
    window.activateWindow()
    await activated
    assert (panel.unread, counts) == (0, [1, 2, 0])
    panel.add("seen", own=False, at=NOON, name="Hanako Sato")
    assert panel.unread == 0
    window.hide()
    panel.add("three", own=False, at=NOON, name="Hanako Sato")
    assert panel.unread == 1
    panel.mark_read()
    assert panel.unread == 0


async def test_what_was_said_follows_language_and_colours(qtbot: QtBot, speech: Speech, theme: Theme) -> None:
    """All stays, in the new colours."""
    panel, _field, _send = made(qtbot)
    panel.add("hello", own=True, at=NOON, name="Hanako Sato")
    before = log_of(panel)
    theme.use(Scheme.DARK)
    speech.use("ja")
    speech.use("en")
    await asyncio.sleep(0)
    log = find(panel, QTextEdit, "chat_log")
    assert log_of(panel) == before
    assert log.document().lastBlock().previous().begin().fragment().charFormat().foreground().color() == DARK.text


async def test_the_keyboard_is_in_the_field_first(qtbot: QtBot, speech: Speech) -> None:
    """Who opens the chat types; Tab leads to sending and then to what was said."""
    panel, field, send = made(qtbot)
    panel.set_draft("x")
    order: list[QWidget] = [panel]
    while len(order) < 4:
        panel.focusNextChild()
        order.append(panel.focusWidget())
    assert [one for one in order if one is not panel] == [field, send, find(panel, QTextEdit, "chat_log")]


async def test_what_arrived_says_so(qtbot: QtBot, speech: Speech) -> None:
    """Each own line has its fate: on the way, delivered, not sent; and who has scrolled up stays there."""
    panel, _field, _send = made(qtbot)
    numbers: list[int] = []
    panel.said.connect(lambda _text, number: numbers.append(number))
    for text in ("one", "two", "three"):
        panel.set_draft(text)
        find(panel, QPushButton, "chat_send").click()
        panel.add(text, own=True, at=NOON, name="Hanako", number=numbers[-1])
    assert numbers == [1, 2, 3]
    panel.not_sent(2)
    panel.delivered(2)
    heads = [line for line in log_of(panel).splitlines() if line.startswith("You")]
    assert ["delivered" in heads[0], "not sent" in heads[1], heads[2].endswith("M")] == [True, True, True]
    for at in range(60):
        panel.add(f"line {at}", own=False, at=NOON, name="Hanako")
    bar = find(panel, QTextEdit, "chat_log").verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    before = bar.maximum() - bar.value()
    panel.delivered(3)
    assert bar.maximum() - bar.value() == before


async def test_an_address_is_opened_by_a_click_alone(
    qtbot: QtBot, speech: Speech, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands there in full; what looks like HTML stays text; nothing is opened by being shown."""
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    panel, _field, _send = made(qtbot)
    panel.resize(500, 300)
    text = 'see https://help.example/a?b=1&c=2. <a href="https://evil.example">x</a>'
    panel.add(text, own=False, at=NOON, name="Hanako")
    assert text in log_of(panel)
    assert opened == []
    log = find(panel, QTextBrowser, "chat_log")
    cursor = log.document().find("help.example")
    qtbot.mouseClick(log.viewport(), Qt.MouseButton.LeftButton, pos=log.cursorRect(cursor).center())
    assert opened == ["https://help.example/a?b=1&c=2"]


async def test_own_texts_by_a_slash(qtbot: QtBot, speech: Speech) -> None:
    """A slash offers them, words behind it choose among them, Enter puts one into the field, and only the next one sends it."""
    panel, field, _send = made(qtbot)
    said: list[str] = []
    panel.said.connect(lambda text, _number: said.append(text))
    panel.set_answers(("Please restart the computer.", "I am with you in a minute.\u3000", "Please call 42."))
    answers = find(panel, QListWidget, "answers")
    qtbot.keyClicks(field, "/")
    assert answers.item(0).text() == "Please restart the computer."
    assert answers.isVisible()
    qtbot.keyClicks(field, "please")
    assert answers.count() == 2
    qtbot.keyClick(field, Qt.Key.Key_Down)
    qtbot.keyClick(answers, Qt.Key.Key_Down)
    qtbot.keyClick(answers, Qt.Key.Key_Return)
    assert (field.toPlainText(), said) == ("Please call 42.", [])
    assert not answers.isVisible()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert said == ["Please call 42."]
    qtbot.keyClicks(field, "/rest")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.toPlainText() == "Please restart the computer."
    field.clear()
    qtbot.keyClicks(field, "/")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not answers.isVisible()
    qtbot.keyClicks(field, "none of them")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert said[-1] == "/none of them"
    field.setPlainText("see /please")
    assert not answers.isVisible()
