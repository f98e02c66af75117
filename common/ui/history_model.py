"""Sessions that are over, as rows of a table that can be sorted and searched."""

import html
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, assert_never

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt

from common.agent.history import Record
from common.host.words import one_line
from common.ui.record_words import RecordWords

Index = QModelIndex | QPersistentModelIndex
ROLE = Qt.ItemDataRole


class HistoryColumn(IntEnum):
    """In the order that is shown."""

    WHO = 0
    WHEN = 1
    LASTED = 2
    MODES = 3
    END = 4
    NOTE = 5


class HistoryModel(QAbstractTableModel):
    """The rows. `notes`: with the column of a helper's notes."""

    def __init__(self, *, notes: bool) -> None:
        super().__init__()
        self._words = RecordWords(self)
        self._columns = (
            list(HistoryColumn) if notes else [one for one in HistoryColumn if one is not HistoryColumn.NOTE]
        )
        self._records: list[Record] = []

    def put(self, records: Sequence[Record]) -> None:
        """Show these. A row whose note alone changed keeps its place, and so whatever is selected."""
        if [one.session for one in records] != [one.session for one in self._records]:
            self.beginResetModel()
            self._records = list(records)
            self.endResetModel()
            return
        self._records = list(records)
        self.spoken()

    def spoken(self) -> None:
        """Another language, or other notes: everything is read again."""
        if self._records:
            last = self.index(len(self._records) - 1, len(self._columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._columns) - 1)

    def record(self, row: int) -> Record:
        """The record of a row."""
        return self._records[row]

    def row_of(self, session: str) -> int | None:
        """The row of a session."""
        return next((row for row, one in enumerate(self._records) if one.session == session), None)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own default
        """Rows."""
        return 0 if parent.isValid() else len(self._records)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Columns."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        """The titles."""
        if orientation is not Qt.Orientation.Horizontal or role != ROLE.DisplayRole:
            return None
        titles = {
            HistoryColumn.WHO: self.tr("Who"),
            HistoryColumn.WHEN: self.tr("When"),
            HistoryColumn.LASTED: self.tr("How long"),
            HistoryColumn.MODES: self.tr("Modes"),
            HistoryColumn.END: self.tr("How it ended"),
            HistoryColumn.NOTE: self.tr("Note"),
        }
        return titles[HistoryColumn(section)]

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        """What a cell shows; under UserRole what it is sorted by."""
        record, column = self._records[index.row()], HistoryColumn(index.column())
        if role == ROLE.UserRole:
            return {HistoryColumn.WHEN: record.began, HistoryColumn.LASTED: record.seconds}.get(
                column, self._text(record, column)
            )
        if role in {ROLE.DisplayRole, ROLE.ToolTipRole}:
            text = self._text(record, column)
            return text if role == ROLE.DisplayRole else html.escape(text)
        return None

    def _text(self, record: Record, column: HistoryColumn) -> str:
        match column:
            case HistoryColumn.WHO:
                return one_line(record.peer_name)
            case HistoryColumn.WHEN:
                return self._words.when(record.began)
            case HistoryColumn.LASTED:
                return self._words.lasting(record.seconds)
            case HistoryColumn.MODES:
                return self._words.modes(record)
            case HistoryColumn.END:
                return self._words.end(record)
            case HistoryColumn.NOTE:
                return one_line(record.note)
            case _:
                assert_never(column)

    def all_text(self, row: int) -> str:
        """What a search looks in: all that is shown, and the topic."""
        record = self._records[row]
        return "\n".join([*(self._text(record, one) for one in self._columns), record.topic, record.organisation])


class HistorySearch(QSortFilterProxyModel):
    """The rows that hold every word that was typed, in any case."""

    def __init__(self, model: HistoryModel) -> None:
        super().__init__()
        self._model = model
        self._words: list[str] = []
        self.setSourceModel(model)
        self.setSortRole(ROLE.UserRole)
        self.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setSortLocaleAware(True)

    def look_for(self, text: str) -> None:
        """Words; empty: everything."""
        self.beginFilterChange()
        self._words = text.casefold().split()
        self.endFilterChange()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:  # noqa: ARG002
        """Whether it is shown."""
        text = self._model.all_text(source_row).casefold()
        return all(word in text for word in self._words)

    def shown(self) -> list[Record]:
        """The records of the rows that are shown, in their order."""
        rows = range(self.rowCount())
        return [self._model.record(self.mapToSource(self.index(row, 0)).row()) for row in rows]
