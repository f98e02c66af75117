"""What shall be typed at the user's desktop: a field of several lines, and *Send*. Nothing of it is kept anywhere: it may be a password."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QWidget

from common.host.errors import TasukiError, plain
from common.protocol.texts import TYPE_LIMIT, clean
from common.ui.scrolled import reveal
from common.ui.text_limit import TextLimit
from common.ui.widgets import button, column, label, lines_high
from common.ui.window import Part

LINES = 3  # of the field, at least


class TypeField(QPlainTextEdit):
    """Enter makes a line, which is typed as one; Ctrl+Enter sends, Tab goes on."""

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter of either block."""
        if (
            event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class TypePanel(Part):
    """`typed(text)`: send it; `sent` or `refused` says what became of it, and until then it stays. `allow` says whether it can be typed."""

    typed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._problem: TasukiError | None = None
        self._news = ""  # a sentence, or `sent`; until something else is written
        self._title = label(rank="heading")
        self._field = lines_high(TypeField(), LINES)
        self._field.setObjectName("type_field")
        self._field.setTabChangesFocus(True)
        self._title.setBuddy(self._field)
        self._limit = TextLimit(self._field, TYPE_LIMIT, exact=True)
        self._count = label(rank="muted", wrap=False)
        self._count.setObjectName("type_count")
        self._send = button(kind="primary")
        self._send.setObjectName("type_send")
        self._hint = label(rank="muted")
        self._hint.setObjectName("type_hint")
        row = QHBoxLayout()
        row.addWidget(self._count, 1)
        row.addWidget(self._send)
        layout = column(self._title, self._field, self._limit, margins=0, spacing=6)
        layout.addLayout(row)
        layout.addWidget(self._hint)
        layout.setStretchFactor(self._field, 1)
        self.setLayout(layout)
        self.setFocusProxy(self._field)
        self._field.textChanged.connect(self._written)
        self._field.entered.connect(self._go)
        self._send.clicked.connect(self._go)
        self.begin_words()

    def allow(self, problem: TasukiError | None) -> None:
        """None: it can be typed now. What was written stays in any case."""
        if problem != self._problem:
            self._problem = problem
            self._show()

    def sent(self) -> None:
        """It is on its way."""
        self._field.clear()
        self._news = "sent"
        self._show()
        reveal(self._hint)

    def refused(self, why: str) -> None:
        """It is not, for this reason; it stands there still."""
        self._news = why
        self._show()
        reveal(self._hint)

    def forget(self) -> None:
        """The session is over."""
        self._field.clear()

    def retranslate(self) -> None:
        """Words."""
        self._title.setText(self.tr("Type this"))
        self._field.setAccessibleName(self.tr("Text that is typed at the user’s computer"))
        self._field.setPlaceholderText(self.tr("Text in any script, also of several lines"))
        self._send.setText(self.tr("Send"))  # no mnemonic: Ctrl+Enter sends it, and the letters are the window's
        self._show()

    def _written(self) -> None:
        if self._field.toPlainText():
            self._news = ""
        self._show()

    def _show(self) -> None:
        length = len(self._text)
        self._count.setText(self.tr("{count} of {limit} characters").format(count=length, limit=TYPE_LIMIT))
        self._send.setEnabled(self._problem is None and 0 < length <= TYPE_LIMIT)
        told = self._hint_text()
        self._hint.setText(told)
        self._send.setToolTip(told if self._problem is not None else self.tr("Ctrl+Enter"))
        self._send.setAccessibleDescription(told)

    def _hint_text(self) -> str:
        if self._problem is not None:
            return plain(self._problem)
        if self._news == "sent":
            return self.tr(
                "Sent. It is typed where the cursor is at the user’s computer, but never into Tasuki’s own windows."
            )
        return self._news or self.tr(
            "Tasuki types this where the cursor is at the user’s computer. Click there first. Ctrl+Enter sends."
        )

    @property
    def _text(self) -> str:
        return clean(self._field.toPlainText())

    def _go(self) -> None:
        if self._send.isEnabled():
            self.typed.emit(self._text)
