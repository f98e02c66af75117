"""The waiting requests as rows for a view. Rows come, change and go one by one, so that a view keeps its selection and its place."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, assert_never

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from common.host.words import one_line
from common.protocol.matching_memory import place_in_line
from common.protocol.messages import Mode, RequestEntry, To, ToAnyone, ToGroup, ToHelper
from common.ui.elapsed import ElapsedWords
from helper_agent.views import NumberedRequest

REQUEST = int(Qt.ItemDataRole.UserRole)  # the request's id
NUMBERED = REQUEST + 1  # the whole value
UNDER = NUMBERED + 1  # what stands under the name in the first column; empty where the topic has a column of its own
MAX_STEPS = 60  # runs of rows that come or go one by one; more at once, and the view starts anew

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class RequestColumn(IntEnum):
    """What a row shows."""

    WHO = 0
    FOR = 1
    TOPIC = 2
    MODE = 3
    WAITING = 4


class RequestsModel(QAbstractTableModel):
    """What is `render`ed, as rows in that order, which must be that of `place_in_line`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[NumberedRequest] = []
        self._now = 0.0
        self._stacked = False
        self._elapsed_words = ElapsedWords(self)

    def render(self, rows: Sequence[NumberedRequest], now: float) -> None:
        """Show these, at this moment (Unix seconds of the relay's clock)."""
        self._now = now
        if self._steps(rows) > MAX_STEPS:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
            return
        self._remove({_key(one) for one in rows})
        self._insert_and_change(rows)

    def tick(self, now: float) -> None:
        """Time passes: only what says how long."""
        self._now = now
        self._changed(0, len(self._rows) - 1, RequestColumn.WAITING)

    def retranslate(self) -> None:
        """The language has changed."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(RequestColumn) - 1)
        self._changed(0, len(self._rows) - 1, RequestColumn.WHO)

    def stack(self, *, on: bool) -> None:
        """Whether the topic stands under the name from now on, or has a column of its own."""
        if on is not self._stacked:
            self._stacked = on
            self._changed(0, len(self._rows) - 1, RequestColumn.WHO)

    def request_at(self, index: Index) -> str:
        """The id of the request in that row; empty where there is none."""
        return self._rows[index.row()].entry.request if index.isValid() else ""

    def row_of(self, request: str) -> int:
        """Its row; -1 where it is not shown."""
        return next((row for row, one in enumerate(self._rows) if one.entry.request == request), -1)

    def widest(self, column: RequestColumn) -> list[str]:
        """What may stand in this column of fixed words, and its title: it should fit."""
        words = {
            RequestColumn.FOR: [self.tr("You"), self.tr("Anyone")],
            RequestColumn.MODE: [self.tr("look and control"), self.tr("look")],
            RequestColumn.WAITING: [self.tr("connecting…"), self._elapsed_words.text(23 * 3600 + 59 * 60)],
        }
        return [str(self.headerData(column, Qt.Orientation.Horizontal)), *words.get(column, [])]

    # Qt's

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """How many are shown."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """See `RequestColumn`."""
        return 0 if parent.isValid() else len(RequestColumn)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """A cell."""
        if not index.isValid():
            return None
        one, column = self._rows[index.row()], RequestColumn(index.column())
        stacked = self._stacked and column is RequestColumn.WHO
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(one, column)
        if role == UNDER:
            return self._topic(one.entry) if stacked else ""
        if role == Qt.ItemDataRole.ToolTipRole:  # a cell may be shortened
            return "\n".join([self._text(one, column), *([self._topic(one.entry)] if stacked else [])])
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join([self._text(one, column), *([self._topic(one.entry)] if stacked else [])])
        if role == REQUEST:
            return one.entry.request
        if role == NUMBERED:
            return one
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> Any:
        """The columns' names."""
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        names = {
            RequestColumn.WHO: self.tr("Who"),
            RequestColumn.FOR: self.tr("Asks for"),
            RequestColumn.TOPIC: self.tr("What is the matter"),
            RequestColumn.MODE: self.tr("You may"),
            RequestColumn.WAITING: self.tr("Waiting"),
        }
        return names[RequestColumn(section)]

    def _text(self, one: NumberedRequest, column: RequestColumn) -> str:
        entry = one.entry
        match column:
            case RequestColumn.WHO:
                return one_line(entry.user.name)
            case RequestColumn.FOR:
                return self._whom(entry.to)
            case RequestColumn.TOPIC:
                return self._topic(entry)
            case RequestColumn.MODE:
                return self.tr("look and control") if entry.mode is Mode.CONTROL else self.tr("look")
            case RequestColumn.WAITING:
                return self.tr("connecting…") if one.accepted else self._elapsed_words.text(self._now - entry.since)
            case _:
                assert_never(column)

    def _topic(self, entry: RequestEntry) -> str:
        topic = one_line(entry.topic) or "–"
        if not entry.call_back:
            return topic
        text = self.tr("Call back: {topic}") if entry.here else self.tr("Call back (away): {topic}")
        return text.format(topic=topic)

    def _whom(self, to: To) -> str:
        match to:
            case ToHelper():
                return self.tr("You")
            case ToGroup(group=group):
                return one_line(group)
            case ToAnyone():
                return self.tr("Anyone")
            case _:
                assert_never(to)

    # rows come and go

    def _steps(self, rows: Sequence[NumberedRequest]) -> int:
        """How many runs of rows come and go."""
        old, new = {_key(one) for one in self._rows}, {_key(one) for one in rows}
        return _runs([_key(one) not in new for one in self._rows]) + _runs([_key(one) not in old for one in rows])

    def _remove(self, stay: set[tuple[bool, float, str]]) -> None:
        last = len(self._rows) - 1
        while last >= 0:
            if _key(self._rows[last]) in stay:
                last -= 1
                continue
            first = last
            while first > 0 and _key(self._rows[first - 1]) not in stay:
                first -= 1
            self.beginRemoveRows(_NOWHERE, first, last)
            del self._rows[first : last + 1]
            self.endRemoveRows()
            last = first - 1

    def _insert_and_change(self, rows: Sequence[NumberedRequest]) -> None:
        """What is left stands in the order of `rows`: go through both."""
        known = {_key(one) for one in self._rows}
        row = 0
        while row < len(rows):
            if _key(rows[row]) in known:
                if self._rows[row] != rows[row]:
                    self._rows[row] = rows[row]
                    self._changed(row, row, RequestColumn.WHO)
                row += 1
                continue
            end = row
            while end < len(rows) and _key(rows[end]) not in known:
                end += 1
            self.beginInsertRows(_NOWHERE, row, end - 1)
            self._rows[row:row] = rows[row:end]
            self.endInsertRows()
            row = end

    def _changed(self, first: int, last: int, column: RequestColumn) -> None:
        if last >= first:
            self.dataChanged.emit(self.index(first, column), self.index(last, len(RequestColumn) - 1))


def _key(one: NumberedRequest) -> tuple[bool, float, str]:
    """A request that waits anew, or is left as a call back, has a new place."""
    return place_in_line(one.entry)


def _runs(flags: list[bool]) -> int:
    return sum(1 for row, flag in enumerate(flags) if flag and (row == 0 or not flags[row - 1]))
