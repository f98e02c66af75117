"""The helper's own note of a session. Every letter is kept as a draft; it goes to the history when it was finished."""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from common.agent.history import NOTE_LIMIT
from common.ui.text_limit import TextLimit
from common.ui.widgets import column, label, lines_high
from common.ui.window import Part

LINES = 3  # of the field, at least


class NotePanel(Part):
    """`draft_changed(text)` while it is written; `finished(text)` when the keyboard leaves it, or at `finish`, if it was changed."""

    draft_changed = Signal(str)
    finished = Signal(str)

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = label(rank="heading")
        self._hint = label(rank="muted")
        self._field = lines_high(QPlainTextEdit(), LINES)
        self._field.setObjectName("note_field")
        self._field.setTabChangesFocus(True)
        self._field.setPlainText(text)
        self._kept = ""  # what the history has; a draft is more than that
        self._title.setBuddy(self._field)
        limit = TextLimit(self._field, NOTE_LIMIT, kept=True)
        self.setLayout(column(self._title, self._field, limit, self._hint, margins=0, spacing=6))
        self.setFocusProxy(self._field)
        self._field.textChanged.connect(self._changed)
        self._field.installEventFilter(self)
        self.begin_words()

    @property
    def text(self) -> str:
        """What stands there."""
        return self._field.toPlainText()[:NOTE_LIMIT]

    def finish(self) -> None:
        """Give it to the history now."""
        if self.text != self._kept:
            self._kept = self.text
            self.finished.emit(self.text)

    def retranslate(self) -> None:
        """Words."""
        self._title.setText(self.tr("Note"))
        self._field.setAccessibleName(self.tr("Note"))
        self._field.setPlaceholderText(self.tr("What was the matter, and what helped?"))
        self._hint.setText(self.tr("Kept with this session in your history. Nobody else sees it."))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keyboard goes elsewhere: as good as finished."""
        if watched is self._field and event.type() is QEvent.Type.FocusOut:
            self.finish()
        return super().eventFilter(watched, event)

    def _changed(self) -> None:
        self.draft_changed.emit(self.text)
