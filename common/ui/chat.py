"""What the two say to each other in writing: what was said, and a field for the next."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtCore import QDateTime, QEvent, QLocale, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QFont,
    QKeyEvent,
    QPalette,
    QShowEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
)
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from common.host.words import one_line
from common.protocol.texts import CHAT_LIMIT
from common.ui.answers import AnswerList
from common.ui.links import LinkedText, insert_with_links
from common.ui.text_limit import TextLimit
from common.ui.widgets import button, lines_high
from common.ui.window import Part

KEPT = 200  # messages; what is older goes out of the view
LINES = 3  # of the field
GAP = 6  # pixels between two messages


Fate = Literal["", "delivered", "not_sent"]


@dataclass(frozen=True, kw_only=True)
class ChatMessage:
    """What was said. `at`: Unix seconds. `name` is the other one's. `number`: of an own line; `fate`: what became of it."""

    text: str
    own: bool
    at: float
    name: str
    number: int = 0
    fate: Fate = ""


class ChatField(QPlainTextEdit):
    """Enter says it, Shift-Enter makes a new line, Tab goes on, Down goes into what is offered, and Escape leaves that."""

    entered = Signal()
    down = Signal()
    escaped = Signal()
    offers = False  # whether something is offered

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        lines_high(self, LINES, fixed=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter of either block; while an input method composes, its Enter does not come here."""
        plain = not event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and plain:
            self.entered.emit()
        elif self.offers and event.key() == Qt.Key.Key_Down:
            self.down.emit()
        elif self.offers and event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)


class ChatPanel(Part):
    """What was said, newest below, and a field. `said(text, number)`: to be sent, and shown by `add` when it was; `delivered`
    and `not_sent` say what became of it.

    `unread` counts what the other one said while nobody can have seen it: the panel was hidden or its window not in front.
    """

    said = Signal(str, int)
    draft_changed = Signal(str)
    unread_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages: list[ChatMessage] = []
        self._unread = 0
        self._has_answers = False
        self._numbers = 0
        self._setting = False
        self._field = ChatField(self)  # first of all: where the keyboard is when a window opens
        self._field.setObjectName("chat_field")
        self._send = button(kind="primary")
        self._send.setObjectName("chat_send")
        self._send.setParent(self)
        self._log = lines_high(LinkedText(self), LINES)
        self._log.setObjectName("chat_log")
        self._log.document().setDocumentMargin(8)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._field, 1)
        row.addWidget(self._send, 0, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._log, 1)
        layout.addLayout(row)
        self._answers = AnswerList(self)
        self._answers.chosen.connect(self._answer)
        self._answers.left.connect(self._field.setFocus)
        self._field.down.connect(self._answers.setFocus)
        self._field.escaped.connect(lambda: self._offer(""))
        layout.insertWidget(1, self._answers)
        self._limit = TextLimit(self._field, CHAT_LIMIT)
        self._limit.changed.connect(self._show_sendable)
        layout.addWidget(self._limit)
        self._field.entered.connect(self._say)
        self._send.clicked.connect(self._say)
        self._field.textChanged.connect(self._changed)
        self.setFocusProxy(self._field)
        self._enabled = False
        self.set_enabled(False)
        self.begin_words()

    @property
    def unread(self) -> int:
        """How many messages of the other one nobody has seen yet."""
        return self._unread

    def mark_read(self) -> None:
        """All were seen."""
        if self._unread:
            self._unread = 0
            self.unread_changed.emit(0)

    def set_enabled(self, on: bool) -> None:
        """Whether anything can be said now. What was said stays readable."""
        self._enabled = on
        self._field.setReadOnly(not on)
        self._show_sendable()
        if self._worded:
            self._show_placeholder()

    def set_answers(self, answers: tuple[str, ...]) -> None:
        """Own texts, which a slash at the beginning of the field offers."""
        self._answers.set_answers(answers)
        self._has_answers = bool(answers)
        self._show_placeholder()

    def _offer(self, typed: str) -> None:
        self._answers.look(typed)
        self._field.offers = not self._answers.isHidden()

    def _answer(self, text: str) -> None:
        """Into the field, to be changed or sent."""
        self._field.setPlainText(text)
        self._field.moveCursor(QTextCursor.MoveOperation.End)
        self._offer("")
        self._field.setFocus()

    def set_draft(self, text: str) -> None:
        """What was begun before and not said."""
        self._setting = True
        self._field.setPlainText(text)
        self._field.moveCursor(QTextCursor.MoveOperation.End)
        self._setting = False
        self._show_sendable()

    def add(self, text: str, *, own: bool, at: float, name: str, number: int = 0) -> None:
        """Show what was said. `at`: Unix seconds; `name`: the other one's; `number`: as `said` gave it."""
        message = ChatMessage(text=text, own=own, at=at, name=one_line(name), number=number)
        self._messages.append(message)
        if len(self._messages) > KEPT + KEPT // 10:  # not for each one, since all is drawn anew then
            del self._messages[:-KEPT]
            self._draw()
        else:
            self._append(message)
        self._to_end()
        if not own:
            self._announce(message)
            if not (self.isVisible() and self.isActiveWindow()):
                self._unread += 1
                self.unread_changed.emit(self._unread)

    def delivered(self, number: int) -> None:
        """Every own line up to this one has reached the other computer, but for those that were not sent."""
        self._settle("delivered", lambda one: 0 < one.number <= number)

    def not_sent(self, number: int) -> None:
        """One that stays here: there is no connection, or it was too much at once."""
        self._settle("not_sent", lambda one: one.number == number)

    def _settle(self, fate: Fate, meant: Callable[[ChatMessage], bool]) -> None:
        settled = [
            replace(one, fate=fate) if one.own and not one.fate and meant(one) else one for one in self._messages
        ]
        if settled != self._messages:
            self._messages = settled
            bar = self._log.verticalScrollBar()
            below = bar.maximum() - bar.value()
            self._draw()
            bar.setValue(bar.maximum() - below)  # who reads what was said before goes on reading

    def retranslate(self) -> None:
        """Words, and the times as the language writes them."""
        self._send.setText(self.tr("Send"))  # no mnemonic: Enter says it, and the letters are the window's
        self._field.setAccessibleName(self.tr("Message to be sent"))
        self._log.setAccessibleName(self.tr("What was said"))
        self._answers.setAccessibleName(self.tr("Own texts"))
        self._show_placeholder()
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Other colours."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and self._worded:
            self._draw()

    def event(self, event: QEvent) -> bool:
        """The window came to the front."""
        if event.type() is QEvent.Type.WindowActivate and self.isVisible():
            self.mark_read()
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Now it is seen."""
        super().showEvent(event)
        if self.isActiveWindow():
            self.mark_read()
        self._to_end()

    def _say(self) -> None:
        if self._answers.choose():
            return
        text = self._field.toPlainText().strip()
        if text and self._enabled and self._limit.fits:
            self._field.clear()
            self._numbers += 1
            self.said.emit(text, self._numbers)

    def _changed(self) -> None:
        self._show_sendable()
        self._offer(self._field.toPlainText())
        if not self._setting:
            self.draft_changed.emit(self._field.toPlainText())

    def _show_sendable(self) -> None:
        self._send.setEnabled(self._enabled and self._limit.fits and bool(self._field.toPlainText().strip()))

    def _show_placeholder(self) -> None:
        if not self._enabled:
            self._field.setPlaceholderText(self.tr("Messages can be sent during a session."))
        elif self._has_answers:
            self._field.setPlaceholderText(self.tr("Write a message, or / for your own texts"))
        else:
            self._field.setPlaceholderText(self.tr("Write a message"))

    def _draw(self) -> None:
        self._log.clear()
        whole = QTextCursor(self._log.document())
        whole.beginEditBlock()  # so that Qt lays it out once
        for message in self._messages:
            self._append(message)
        whole.endEditBlock()
        self._to_end()

    def _append(self, message: ChatMessage) -> None:
        """A frame with who and when above the text. All is inserted as text, never as HTML."""
        cursor = QTextCursor(self._log.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not cursor.position():
            cursor.setBlockFormat(_between())
        colours = self.palette()
        muted, plain = QTextCharFormat(), QTextCharFormat()
        muted.setForeground(colours.color(QPalette.ColorRole.PlaceholderText))
        plain.setForeground(colours.color(QPalette.ColorRole.Text))
        if message.fate == "not_sent":  # not to be overlooked
            muted = QTextCharFormat(plain)
            muted.setFontWeight(QFont.Weight.DemiBold)
        cursor.insertFrame(self._frame(own=message.own))
        cursor.insertText(self._head(message), muted)
        for line in message.text.splitlines():
            cursor.insertBlock(QTextBlockFormat(), plain)
            insert_with_links(cursor, line, plain, link=colours.color(QPalette.ColorRole.Link))
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.setBlockFormat(_between())

    def _frame(self, *, own: bool) -> QTextFrameFormat:
        """Own messages stand to the right and tinted."""
        indent = self.fontMetrics().averageCharWidth() * 6
        base = self.palette().color(QPalette.ColorRole.Base)
        other = self.palette().color(QPalette.ColorRole.Highlight if own else QPalette.ColorRole.Text)
        made = QTextFrameFormat()
        made.setPadding(6)
        made.setLeftMargin(indent if own else 0)
        made.setRightMargin(0 if own else indent)
        made.setBackground(mixed(base, other, 0.14 if own else 0.06))
        return made

    def _head(self, message: ChatMessage) -> str:
        moment = QDateTime.fromSecsSinceEpoch(int(message.at)).time()
        time = QLocale().toString(moment, QLocale.FormatType.ShortFormat)
        if message.fate == "delivered":
            return self.tr("You, {time} ✓ delivered").format(time=time)
        if message.fate == "not_sent":
            return self.tr("You, {time} – not sent").format(time=time)
        if message.own:
            return self.tr("You, {time}").format(time=time)
        return self.tr("{name}, {time}").format(name=message.name, time=time)

    def _announce(self, message: ChatMessage) -> None:
        """A screen reader reads it out without being asked."""
        if QAccessible.isActive():
            words = self.tr("{name}: {text}").format(name=message.name, text=message.text)
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def _to_end(self) -> None:
        bar = self._log.verticalScrollBar()
        bar.setValue(bar.maximum())


def _between() -> QTextBlockFormat:
    """The line that Qt wants between two frames, as low as a gap."""
    made = QTextBlockFormat()
    made.setLineHeight(GAP, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
    return made


def mixed(base: QColor, other: QColor, share: float) -> QColor:
    """`base` with a share of `other`, both opaque."""
    parts = ((base.redF(), other.redF()), (base.greenF(), other.greenF()), (base.blueF(), other.blueF()))
    return QColor.fromRgbF(*(one + (two - one) * share for one, two in parts))
