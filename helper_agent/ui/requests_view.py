"""The list of waiting requests. What the person does is about a request's id, never about a place on the screen.

While a mouse button is down, and as long as a double click may still come of it, the rows stand still. A request that was
chosen and goes is chosen no longer, and none is chosen in its place: Enter never takes somebody whom nobody has picked.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QItemSelection, QModelIndex, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFont, QFontMetrics, QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from common.protocol.messages import ToHelper
from common.ui.widgets import paint_avatar
from helper_agent.ui.requests_model import NUMBERED, Index, RequestColumn, RequestsModel
from helper_agent.views import NumberedRequest

ROW = 2.6  # lines of text that a row is high


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
        self._still.setSingleShot(True)
        self._still.setInterval(QApplication.doubleClickInterval() if stillness is None else stillness)
        self._still.timeout.connect(self._move_again)
        self._held = False
        self._request = ""
        self.setModel(self._model)
        self.setItemDelegate(_RowDelegate(self))
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
        for column, least in (
            (RequestColumn.WHO, 20),
            (RequestColumn.FOR, 10),
            (RequestColumn.MODE, 0),
            (RequestColumn.WAITING, 0),
        ):
            wide = max(letters.horizontalAdvance(text) for text in self._model.widest(column))
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, max(wide, least * letters.averageCharWidth()) + 2 * letters.height())
        header.setSectionResizeMode(RequestColumn.TOPIC, QHeaderView.ResizeMode.Stretch)

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


class _RowDelegate(QStyledItemDelegate):
    """A row of some height; the person with a picture of initials; who is asked for by name, and what goes on, in bold."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """As high as `ROW` lines."""
        return QSize(super().sizeHint(option, index).width(), int(option.fontMetrics.height() * ROW))

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """What is important stands out."""
        super().initStyleOption(option, index)
        one = index.data(NUMBERED)
        if not isinstance(one, NumberedRequest):
            return
        column = index.column()
        named = column == RequestColumn.FOR and isinstance(one.entry.to, ToHelper)
        if column == RequestColumn.WHO or named or (column == RequestColumn.WAITING and one.accepted):
            font = QFont(option.font)
            font.setWeight(QFont.Weight.DemiBold)
            option.font = font
            option.fontMetrics = QFontMetrics(font)  # Qt shortens by these

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The text stands right of the picture."""
        if index.column() != RequestColumn.WHO:
            super().paint(painter, option, index)
            return
        whole = QStyleOptionViewItem(option)
        self.initStyleOption(whole, index)
        text, whole.text = whole.text, ""
        widget = whole.widget
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, whole, painter, widget)
        margin = option.fontMetrics.height() * 0.45
        side = option.rect.height() - 2 * margin
        box = QRectF(option.rect.left() + margin, option.rect.top() + margin, side, side)
        paint_avatar(painter, box, text)
        room = QRectF(option.rect)
        room.setLeft(box.right() + margin)
        room.setRight(room.right() - margin)
        painter.save()
        painter.setFont(whole.font)
        painter.setPen(whole.palette.color(QPalette.ColorRole.Text))
        elided = whole.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), elided)
        painter.restore()
