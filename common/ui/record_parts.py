"""Parts that show one session that is over, and take a note on it: for the history and for the summary."""

from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPlainTextEdit, QVBoxLayout

from common.agent.history import NOTE_LIMIT, Record
from common.ui.record_words import RecordWords
from common.ui.text_limit import TextLimit
from common.ui.widgets import label, lines_high
from common.ui.window import Part

LINES: Final = 3  # of a note, at least
MOST: Final = 20  # facts
SETTLED: Final = 500  # milliseconds without a key until a note is kept


class Facts(Part):
    """What there is to say of a session, word by word."""

    def __init__(self) -> None:
        super().__init__()
        self._words = RecordWords(self)
        self._record: Record | None = None
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._grid.setRowStretch(MOST, 1)  # what room is left lies below
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(8)
        self.begin_words()

    def render(self, record: Record | None) -> None:  # type: ignore[override]
        """Show this one; None: nothing."""
        if record != self._record:
            self._record = record
            self.retranslate()

    def retranslate(self) -> None:
        """The words."""
        rows = [] if self._record is None else self._words.facts(self._record)
        while len(self._rows) > len(rows):
            for shown in self._rows.pop():
                shown.hide()
                shown.deleteLater()
        while len(self._rows) < len(rows):
            pair = label(rank="muted", wrap=False), label()
            pair[1].setMinimumWidth(self.fontMetrics().height() * 7)  # a name's longest part is not broken
            for column, shown in enumerate(pair):
                self._grid.addWidget(shown, len(self._rows), column, Qt.AlignmentFlag.AlignTop)
            self._rows.append(pair)
        for (head, said), (word, text) in zip(self._rows, rows, strict=True):
            head.setText(word)
            said.setText(text)
            said.setAccessibleName(self.tr("{word}: {text}").format(word=word, text=text))


class NoteEdit(QPlainTextEdit):
    """Text that is kept while it is typed: `settled(session, text)` a moment after the last key, and when it is left."""

    settled = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("note")
        self.setTabChangesFocus(True)
        self._session = ""
        self._kept = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLED)
        self._timer.timeout.connect(self.settle)
        self.textChanged.connect(self._changed)

    def open_for(self, session: str, text: str) -> None:
        """The note of this session. What was typed for another one is kept first; what is being typed for this one stays."""
        if session != self._session:
            self.settle()
            self._session = session
        elif self._timer.isActive() or text == self.toPlainText():
            self._kept = text
            return
        self._kept = text
        self.setPlainText(text)
        self._timer.stop()

    def settle(self) -> None:
        """Keep it now."""
        self._timer.stop()
        text = self.toPlainText()[:NOTE_LIMIT]
        if self._session and text != self._kept:
            self._kept = text
            self.settled.emit(self._session, text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The person goes elsewhere."""
        self.settle()
        super().focusOutEvent(event)

    def _changed(self) -> None:
        self._timer.start()


class NoteField(Part):
    """A note with its word above. `changed(session, text)`."""

    changed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._word = label(wrap=False)
        self.edit = NoteEdit()
        self.edit.settled.connect(self.changed)
        lines_high(self.edit, LINES)
        self._word.setBuddy(self.edit)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._word)
        layout.addWidget(self.edit, 1)
        layout.addWidget(TextLimit(self.edit, NOTE_LIMIT, kept=True))
        self.begin_words()

    def open_for(self, session: str, text: str) -> None:
        """The note of this session."""
        self.edit.open_for(session, text)

    def settle(self) -> None:
        """Keep it now."""
        self.edit.settle()

    def retranslate(self) -> None:
        """The words."""
        self._word.setText(self.tr("&Note"))
        self.edit.setPlaceholderText(self.tr("What was done, what remains. Only kept on this computer."))
