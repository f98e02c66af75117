"""Recent sessions: a table with a search, the details of the chosen one, a note on it (helper), and the way out as CSV."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QStandardPaths, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from common.agent.history import Record
from common.ui.history_model import HistoryColumn, HistoryModel, HistorySearch
from common.ui.record_parts import Facts, NoteField
from common.ui.record_words import RecordWords
from common.ui.scrolled import Scrolled
from common.ui.widgets import Banner, ButtonRow, button, label
from common.ui.window import Window

MARGIN = 16  # pixels
BORDER = 8  # pixels, at most, of the table
SHORTENED = (
    HistoryColumn.MODES,
    HistoryColumn.WHO,
    HistoryColumn.LASTED,
    HistoryColumn.WHEN,
)  # in this order, down to their titles


class HistoryWindow(Window):
    """`render(records)` shows them. The program writes what is emitted, in a thread, and tells by `say`."""

    note_changed = Signal(str, str)  # session, text: a moment after the last key, and when the note is left
    export_wanted = Signal(str, object)  # path, tuple[Record, …]: those that are shown, in their order

    def __init__(self, *, notes: bool, parent: QWidget | None = None) -> None:
        """`notes`: a helper's, with a note on every session."""
        super().__init__(parent)
        self.setObjectName("history")
        self._words = RecordWords(self)
        self._model = HistoryModel(notes=notes)
        self._search = HistorySearch(self._model)
        self._dialog: QFileDialog | None = None
        self.banner = Banner()
        self.search = QLineEdit()
        self.search.setObjectName("search")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._look)
        self.table = self._table()
        self.empty = label(rank="muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.facts = Facts()
        self.note = NoteField() if notes else None
        self.copy, self.export, self.close_button = button(), button(), button()
        for name, one in (("copy", self.copy), ("export", self.export), ("close", self.close_button)):
            one.setObjectName(name)
        self.copy.clicked.connect(self._copy)
        self.export.clicked.connect(self._ask_where)
        self.close_button.clicked.connect(self.close)
        if self.note is not None:
            self.note.changed.connect(self.note_changed)
        self._lay_out()
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        self.begin_words()

    def _table(self) -> QTableView:
        table = QTableView()
        table.setObjectName("sessions")
        table.setModel(self._search)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.setSortingEnabled(True)
        table.sortByColumn(HistoryColumn.WHEN, Qt.SortOrder.DescendingOrder)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return table

    def _lay_out(self) -> None:
        details = QWidget()
        below = QHBoxLayout(details)
        below.setContentsMargins(0, 8, 0, 0)
        below.setSpacing(20)
        below.addWidget(Scrolled(self.facts), 3)
        if self.note is not None:
            below.addWidget(self.note, 2)
        self._details = details
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(details)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(10)
        layout.addWidget(self.banner)
        layout.addWidget(self.search)
        layout.addWidget(self.empty, 1)
        layout.addWidget(split, 1)
        layout.addWidget(ButtonRow(reject=self.close_button, besides=(self.export, self.copy)))
        self._split = split
        line = self.fontMetrics().height()
        split.setSizes([line * 18, line * 16])
        self.open_at(64, 38)

    def render(self, records: Sequence[Record]) -> None:  # type: ignore[override]
        """Show these, the newest first. Who was chosen stays chosen; a note that is being typed stays."""
        chosen = self.chosen
        self._model.put(records)
        if chosen is not None and (row := self._model.row_of(chosen.session)) is not None:
            self._go_to(self._search.mapFromSource(self._model.index(row, 0)))
        elif self._search.rowCount():
            self._go_to(self._search.index(0, 0))
        self._fit()
        self._show()

    def say(self, text: str, *, tone: str = "") -> None:
        """What became of an export, in the person's words."""
        self.banner.say(text, tone=tone)

    @property
    def chosen(self) -> Record | None:
        """The session whose details are shown."""
        index = self._search.mapToSource(self.table.currentIndex())
        return self._model.record(index.row()) if index.isValid() else None

    def _go_to(self, index: QModelIndex) -> None:
        if index.isValid():
            self.table.selectRow(index.row())
            self.table.setCurrentIndex(index)

    def _look(self, text: str) -> None:
        self._search.look_for(text)
        if not self.table.currentIndex().isValid() and self._search.rowCount():
            self._go_to(self._search.index(0, 0))
        self._show()

    def _chosen(self, current: QModelIndex, before: QModelIndex) -> None:  # noqa: ARG002
        self._show()

    def _fit(self) -> None:
        """Columns as wide as their words, none wider than a quarter of the window; the sentences at the end share what is left."""
        table, ends = self.table, [HistoryColumn.END] if self.note is None else [HistoryColumn.END, HistoryColumn.NOTE]
        first = HistoryColumn.END.value
        room = self.width() - 2 * MARGIN - BORDER
        widths = {one: self._wanted(one) for one in range(first)}
        for one in map(int, SHORTENED):
            lack = sum(widths.values()) + sum(map(self._least, ends)) - room
            widths[one] = max(widths[one] - max(0, lack), self._least(one))
        left = room - sum(widths.values())
        if self.note is not None:  # all that both need, or half at least
            wanted, other = table.sizeHintForColumn(first), self._wanted(HistoryColumn.NOTE)
            widths[first] = max(min(wanted, left - other), min(wanted, left // 2), self._least(first))
        for column, width in widths.items():
            table.setColumnWidth(column, width)

    def _wanted(self, column: int) -> int:
        contents = max(self.table.sizeHintForColumn(column), self._least(column))
        return min(contents, max(self.width() // 4, self._least(column)))

    def _least(self, column: int) -> int:
        return self.table.horizontalHeader().sectionSizeHint(column)

    def _show(self) -> None:
        record, rows = self.chosen, self._search.rowCount()
        self.facts.render(record)
        if self.note is not None:
            self.note.open_for(record.session if record else "", record.note if record else "")
        self._details.setVisible(record is not None)
        self._split.setVisible(rows > 0)
        self.empty.setVisible(rows == 0)
        self.export.setEnabled(rows > 0)
        self.copy.setEnabled(record is not None)
        searched = self._model.rowCount() > 0
        self.empty.setText(self.tr("Nothing was found.") if searched else self.tr("There was no session yet."))

    def _copy(self) -> None:
        if (record := self.chosen) is not None:
            QGuiApplication.clipboard().setText(self._words.report(record))

    def _ask_where(self) -> None:
        dialog = ask_for_csv(self, self.tr("Export sessions"), self.tr("Table (*.csv)"), "tasuki-sessions.csv")
        dialog.fileSelected.connect(lambda path: self.export_wanted.emit(path, tuple(self._search.shown())))
        self._dialog = dialog
        dialog.open()

    def closeEvent(self, event: QCloseEvent) -> None:
        """A note that is being typed is kept."""
        if self.note is not None:
            self.note.settle()
        super().closeEvent(event)

    def retranslate(self) -> None:
        """The words."""
        self.setWindowTitle(self.tr("Recent sessions"))
        self.search.setPlaceholderText(self.tr("Search names, dates, topics and notes"))
        self.search.setAccessibleName(self.tr("Search"))
        self.table.setAccessibleName(self.tr("Recent sessions"))
        self.copy.setText(self.tr("&Copy details"))
        self.export.setText(self.tr("&Export…"))
        self.close_button.setText(self.tr("C&lose"))
        self.banner.say("")
        self._model.spoken()
        self._fit()
        self._show()


def ask_for_csv(parent: QWidget, title: str, kind: str, name: str) -> QFileDialog:
    """A dialog that asks where a table goes; not open yet. It deletes itself when it is closed."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    dialog = QFileDialog(parent, title, folder, kind)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("csv")
    dialog.selectFile(name)
    dialog.finished.connect(dialog.deleteLater)
    return dialog
