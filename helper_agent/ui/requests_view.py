"""The list of waiting requests. What the person does is about a request's id, never about a place on the screen.

While a mouse button is down, and as long as a double click may still come of it, the rows stand still. A request that was
chosen and goes is chosen no longer, and none is chosen in its place: Enter never takes somebody whom nobody has picked.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QItemSelection, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFont, QFontMetrics, QHideEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTreeView, QWidget

from helper_agent.ui.requests_model import Index, RequestColumn, RequestsModel
from helper_agent.ui.requests_row import RowDelegate
from helper_agent.views import NumberedRequest

TOPIC = 18  # heights of a line: where the topic would be narrower, it stands under the name
PERSON = 12  # the same for that column then
LEAST = {
    RequestColumn.FOR: 4,
    RequestColumn.MODE: 4,
    RequestColumn.WAITING: 4,
}  # heights of a line, in the order in which columns are shortened where that, too, is too much


class RequestsView(QTreeView):
    """`chosen(request)`: that row is selected, or none (`""`). `accepted`, `declined`: by Enter or double click, by Delete."""

    chosen = Signal(str)
    accepted = Signal(str)
    declined = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, stillness: int | None = None) -> None:
        """`stillness`: milliseconds without a move of rows after a click; by default as long as a double click may take."""
        super().__init__(parent)
        self.setObjectName("requests")
        self._model = RequestsModel(self)
        self._waiting: tuple[Sequence[NumberedRequest], float] | None = None
        self._pressed = ""
        self._still = QTimer(self)
        self._wanted: dict[RequestColumn, int] = {}  # pixels that columns are wide where there is room
        self._still.setSingleShot(True)
        self._still.setInterval(QApplication.doubleClickInterval() if stillness is None else stillness)
        self._still.timeout.connect(self._move_again)
        self._held = False
        self._request = ""
        self.setModel(self._model)
        self.setItemDelegate(RowDelegate(self))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setItemsExpandable(False)
        self.setAllColumnsShowFocus(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setTabKeyNavigation(False)
        self._lay_columns()
        self._model.modelReset.connect(self._choose_again)
        self.selectionModel().selectionChanged.connect(self._selected)

    @property
    def request(self) -> str:
        """The id of the request that is chosen; empty where none is."""
        return self._request

    def render(self, requests: Sequence[NumberedRequest], now: float) -> None:  # type: ignore[override]
        """Show these, in this order; at once, or as soon as rows may move again."""
        if self._held:
            self._waiting = (requests, now)
            return
        self._model.render(requests, now)

    def tick(self, now: float) -> None:
        """Time passes."""
        self._model.tick(now)

    def retranslate(self) -> None:
        """The language has changed."""
        self._model.retranslate()
        self._lay_columns()

    def begin(self) -> None:
        """The keyboard goes there; where nothing is chosen, who waits longest is."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not self._request:
            self._choose_here()

    def _choose_here(self) -> None:
        """Where the keyboard is, or at the beginning."""
        place = self.currentIndex()
        row = place.row() if place.isValid() else 0
        if row < self._model.rowCount():
            self._choose_row(row)

    def _choose_row(self, row: int) -> None:
        flags = self.selectionModel().SelectionFlag
        index = self._model.index(row, RequestColumn.WHO)
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.scrollTo(index)

    def choose(self, request: str) -> None:
        """Select that one, if it is shown."""
        row = self._model.row_of(request)
        if row >= 0:
            self._choose_row(row)

    # Qt's

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter, Delete, and all that a list knows."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            if self._request:
                self.accepted.emit(self._request)
            else:
                self._choose_here()  # it is seen first, and taken by the next
        elif event.key() == Qt.Key.Key_Delete and not event.isAutoRepeat():
            if self._request:
                self.declined.emit(self._request)
        elif event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Space} and not self._request:
            self._choose_here()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The rows stand still from here on."""
        self._hold()
        self._pressed = self._model.request_at(self.indexAt(event.position().toPoint()))
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A double click may still come."""
        super().mouseReleaseEvent(event)
        self._still.start()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Of the request that both clicks hit."""
        hit = self._model.request_at(self.indexAt(event.position().toPoint()))
        if hit and hit == self._pressed and event.button() is Qt.MouseButton.LeftButton:
            self.accepted.emit(hit)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A release may have gone elsewhere."""
        super().focusOutEvent(event)
        self._let_go()

    def hideEvent(self, event: QHideEvent) -> None:
        """The same."""
        super().hideEvent(event)
        self._let_go()

    def rowsAboutToBeRemoved(self, parent: Index, start: int, end: int) -> None:
        """Qt would select a neighbour: only the keyboard's place goes there."""
        current = self.currentIndex()
        if current.isValid() and start <= current.row() <= end:
            below, above = end + 1, start - 1
            row = below if below < self._model.rowCount() else above
            self.selectionModel().clearSelection()
            place = self._model.index(row, current.column()) if row >= 0 else QModelIndex()
            self.selectionModel().setCurrentIndex(place, self.selectionModel().SelectionFlag.NoUpdate)
        super().rowsAboutToBeRemoved(parent, start, end)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width to share."""
        super().resizeEvent(event)
        self._share_width()

    def changeEvent(self, event: QEvent) -> None:
        """Another font makes other rows."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._lay_columns()

    def _lay_columns(self) -> None:
        if self.model() is None:
            return
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        letters = QFontMetrics(bold)
        self._wanted = {}
        for column, least in (
            (RequestColumn.WHO, 20),
            (RequestColumn.FOR, 10),
            (RequestColumn.MODE, 0),
            (RequestColumn.WAITING, 0),
        ):
            wide = max(letters.horizontalAdvance(text) for text in self._model.widest(column))
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            self._wanted[column] = max(wide, least * letters.averageCharWidth()) + 2 * letters.height()
        self._share_width()

    def _share_width(self) -> None:
        """The topic has what the others leave, or stands under the name, where that is too little to read anything."""
        header, line, room = self.header(), self.fontMetrics().height(), self.viewport().width()
        stacked = room - sum(self._wanted.values()) < line * TOPIC
        self._model.stack(on=stacked)
        wide = RequestColumn.WHO if stacked else RequestColumn.TOPIC
        others = {column: width for column, width in self._wanted.items() if column is not wide}
        least = max(line * (PERSON if stacked else TOPIC), header.sectionSizeHint(wide))
        lack = sum(others.values()) + least - room
        header.setSectionHidden(RequestColumn.TOPIC, stacked)
        header.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
        if not stacked:
            header.setSectionResizeMode(RequestColumn.WHO, QHeaderView.ResizeMode.Interactive)
        for column, wanted in others.items():
            least = max(line * LEAST[column], header.sectionSizeHint(column)) if column in LEAST else wanted
            width = max(min(wanted, least), wanted - max(0, lack))
            lack -= wanted - width
            header.resizeSection(column, width)

    def _selected(self, selected: QItemSelection, deselected: QItemSelection) -> None:  # noqa: ARG002 -- the whole counts
        rows = self.selectionModel().selectedRows()
        request = self._model.request_at(rows[0]) if rows else ""
        if request != self._request:
            self._request = request
            self.chosen.emit(request)

    def _choose_again(self) -> None:
        """The view has started anew, and forgot what was selected."""
        if self._model.row_of(self._request) >= 0:
            self.choose(self._request)
        elif self._request:
            self._request = ""
            self.chosen.emit("")

    def _hold(self) -> None:
        self._held = True
        self._still.stop()

    def _let_go(self) -> None:
        if self._held and not self._still.isActive():
            self._still.start()

    def _move_again(self) -> None:
        self._held = False
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self._model.render(*waiting)
