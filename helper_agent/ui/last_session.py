"""The session that was over last, as a line in the queue: who, how long, how it ended; a note on it, and the way to all others."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from common.agent.history import Record
from common.host.words import one_line
from common.ui.record_parts import NoteField
from common.ui.record_words import RecordWords
from common.ui.widgets import button, label
from common.ui.window import Card

NOTE_LINES = 4  # of text that the note has room for


class LastSession(Card):
    """Hidden until one is over. Nothing has to be closed: the next one takes its place."""

    note_changed = Signal(str, str)  # session, text
    history_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("last_session")
        self._record: Record | None = None
        self._words = RecordWords(self)
        self._text = label()
        self._text.setObjectName("last_text")
        self._write, self._all = button(), button()
        for name, one in (("last_note", self._write), ("last_history", self._all)):
            one.setObjectName(name)
            one.setAutoDefault(True)  # Enter presses it
        self._write.setCheckable(True)
        self._note = NoteField()
        self._note.setMinimumHeight(self.fontMetrics().height() * (NOTE_LINES + 3))
        self._note.hide()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._text, 1)
        row.addWidget(self._write)
        row.addWidget(self._all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addLayout(row)
        layout.addWidget(self._note)
        self._write.toggled.connect(self._open)
        self._all.clicked.connect(self.history_wanted)
        self._note.changed.connect(self.note_changed)
        self.hide()
        self.begin_words()

    def render(self, record: Record) -> None:  # type: ignore[override]
        """One is over. What was typed on the one before is kept."""
        self._record = record
        self._note.open_for(record.session, record.note)
        self._write.setChecked(False)
        self.retranslate()
        self.show()

    def take_note(self, session: str, text: str) -> None:
        """Written on it in its own window, as that went."""
        if self._record is not None and session == self._record.session:
            self._note.open_for(session, text)

    def settle(self) -> None:
        """A note that is being typed is kept now."""
        self._note.settle()

    def retranslate(self) -> None:
        """Words."""
        self._write.setText(self.tr("Note"))
        self._all.setText(self.tr("Recent sessions"))
        if self._record is not None:
            name, words = one_line(self._record.peer_name), self._words
            self._text.setText(
                self.tr("The session with {name} is over. {lasted}. {end}").format(
                    name=name, lasted=words.lasting(self._record.seconds), end=words.end(self._record)
                )
            )
            self._write.setAccessibleName(self.tr("Note on the session with {name}").format(name=name))

    def _open(self, on: bool) -> None:
        self._note.setVisible(on)
        if on:
            self._note.edit.setFocus()
        else:
            self._note.settle()
