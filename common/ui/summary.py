"""What a session was, once it is over: who, how long, which modes and when, how it ended; to copy, to export, to ask again."""

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from common.agent.desk import telephone_text
from common.agent.history import Record
from common.protocol.desk import Desk
from common.ui.history import ask_for_csv
from common.ui.record_parts import Facts, NoteField
from common.ui.record_words import RecordWords
from common.ui.scrolled import Scrolled
from common.ui.widgets import Avatar, Banner, ButtonRow, CallLine, button, label
from common.ui.window import Card, Part, Window


class SummaryWindow(Window):
    """One per session, or one for the last: `render(record, lost=…)`."""

    again_wanted = Signal()  # the same request once more
    export_wanted = Signal(str, object)  # path, (Record,)
    note_changed = Signal(str, str)  # session, text
    closed = Signal(str)  # session

    def __init__(self, *, notes: bool, again: bool, parent: QWidget | None = None) -> None:
        """`notes`: with a note (helper). `again`: where it was lost, *ask again* is offered (user)."""
        super().__init__(parent)
        self.setObjectName("summary")
        self._words = RecordWords(self)
        self._record: Record | None = None
        self._lost = False
        self._desk: Desk | None = None
        self._again_offered = again
        self._dialog: QFileDialog | None = None
        self.banner = Banner()
        self.avatar = Avatar(size=44)
        self.title = label(rank="title")
        self.call = CallLine()
        self.facts = Facts()
        self.note = NoteField() if notes else None
        self.again, self.copy, self.export, self.close_button = button(kind="primary"), button(), button(), button()
        buttons = (("again", self.again), ("copy", self.copy), ("export", self.export), ("close", self.close_button))
        for name, one in buttons:
            one.setObjectName(name)
        self.again.clicked.connect(self._ask_again)
        self.copy.clicked.connect(self._copy)
        self.export.clicked.connect(self._ask_where)
        self.close_button.clicked.connect(self.close)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self.close)
        if self.note is not None:
            self.note.changed.connect(self.note_changed)
        self._lay_out()
        self.begin_words()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(self.avatar)
        head.addWidget(self.title, 1)
        card = Card()
        inside = QVBoxLayout(card)
        inside.setContentsMargins(18, 16, 18, 16)
        inside.addWidget(self.facts)
        scrolling = Part()
        above = QVBoxLayout(scrolling)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(14)
        above.addLayout(head)
        above.addWidget(self.banner)
        above.addWidget(self.call)
        above.addWidget(card)
        if self.note is not None:
            above.addWidget(self.note, 1)
        above.addStretch(0 if self.note is not None else 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(14)
        layout.addWidget(Scrolled(scrolling), 1)
        layout.addWidget(ButtonRow(accept=self.again, reject=self.close_button, besides=(self.export, self.copy)))
        self.open_at(32, 38 if self.note is not None else 28)

    def render(self, record: Record, *, lost: bool = False, desk: Desk | None = None) -> None:  # type: ignore[override]
        """Show it. `lost`: nobody wanted that end; `desk`: whom a user can turn to then."""
        self._record, self._lost, self._desk = record, lost, desk
        self._show()
        (self.again if lost and self._again_offered else self.close_button).setFocus()

    def say(self, text: str, *, tone: str = "") -> None:
        """What became of an export, in the person's words."""
        self.banner.say(text, tone=tone)

    def _show(self) -> None:
        record = self._record
        self.title.setText(self.tr("The connection was lost") if self._lost else self.tr("The session is over"))
        self.call.say(telephone_text(self._desk) if self._lost else "")
        self.avatar.set_name(record.peer_name if record else "")
        self.facts.render(record)
        if self.note is not None and record is not None:
            self.note.open_for(record.session, record.note)
        self.again.setVisible(self._lost and self._again_offered)

    def _ask_again(self) -> None:
        self.again_wanted.emit()
        self.close()

    def _copy(self) -> None:
        if self._record is not None:
            QGuiApplication.clipboard().setText(self._words.report(self._with_note(self._record)))

    def _ask_where(self) -> None:
        if (record := self._record) is None:
            return
        dialog = ask_for_csv(self, self.tr("Export this session"), self.tr("Table (*.csv)"), "tasuki-session.csv")
        dialog.fileSelected.connect(lambda path: self.export_wanted.emit(path, (self._with_note(record),)))
        self._dialog = dialog
        dialog.open()

    def _with_note(self, record: Record) -> Record:
        if self.note is None:
            return record
        return msgspec.structs.replace(record, note=self.note.edit.toPlainText())

    def closeEvent(self, event: QCloseEvent) -> None:
        """A note that is being typed is kept."""
        if self.note is not None:
            self.note.settle()
        super().closeEvent(event)
        if self._record is not None:
            self.closed.emit(self._record.session)

    def retranslate(self) -> None:
        """The words."""
        self.setWindowTitle(self.tr("Summary"))
        self.again.setText(self.tr("&Ask again"))
        self.copy.setText(self.tr("&Copy"))
        self.export.setText(self.tr("&Export…"))
        self.close_button.setText(self.tr("C&lose"))
        self._show()
