"""The list of those who can be asked: rows painted by a delegate, so that thousands scroll as smoothly as three."""

import contextlib
from collections.abc import Callable, Iterator

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from common.protocol.messages import HelperEntry
from common.ui.theme import Colours
from common.ui.widgets import column, label, named, paint_avatar
from common.ui.window import Part
from user_agent.ui.people_model import PeopleModel, PeopleRole, PeopleRow, RowTexts

MANY = 8  # more than these, and there is a field to search


class PeopleDelegate(QStyledItemDelegate):
    """Paints a row: who, what they speak and know, whether they are there, how many wait."""

    def __init__(self, *, colours: Callable[[], Colours], parent: QWidget) -> None:
        super().__init__(parent)
        self._colours = colours

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: ARG002
        """Two lines and room around them."""
        line = option.fontMetrics.height()
        return QSize(line * 16, line * 2 + line * 5 // 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one row."""
        row, texts = index.data(PeopleRole.ROW), index.data(PeopleRole.TEXTS)
        colours = self._colours()
        box = QRectF(option.rect)
        font = QFont(option.font)
        state = option.state
        gap = QFontMetricsF(font).height() / 2
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, box, state, colours)
        inner = box.adjusted(gap * 1.4, gap, -gap * 1.4, -gap)
        avatar = QRectF(inner.left(), inner.center().y() - gap * 2, gap * 4, gap * 4)
        self._paint_avatar(painter, avatar, row, colours)
        inner.setLeft(avatar.right() + gap * 1.2)
        self._paint_texts(painter, inner, font, texts, colours)
        painter.restore()

    def _paint_ground(self, painter: QPainter, box: QRectF, state: QStyle.StateFlag, colours: Colours) -> None:
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(colours.selected))
            painter.fillRect(QRectF(box.left(), box.top(), 4, box.height()), QColor(colours.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, QColor(colours.background))
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())

    def _paint_avatar(self, painter: QPainter, box: QRectF, row: PeopleRow, colours: Colours) -> None:
        if isinstance(row.entry, HelperEntry):
            paint_avatar(painter, box, row.name)
            return
        ground = colours.accent if row.entry is None else colours.muted
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawEllipse(box)
        painter.setBrush(QColor(colours.on_accent if row.entry is None else colours.surface))
        painter.drawPath(several(box))

    def _paint_texts(self, painter: QPainter, box: QRectF, font: QFont, texts: RowTexts, colours: Colours) -> None:
        bold = QFont(font)
        bold.setBold(True)
        metrics, strong = QFontMetricsF(font), QFontMetricsF(bold)
        line = metrics.height()
        dot = line * 0.55
        tone = {"good": colours.good, "warn": colours.warn}.get(texts.tone, colours.muted)
        first = QRectF(box.left(), box.center().y() - line * 1.1, box.width(), line)
        second = QRectF(box.left(), box.center().y() + line * 0.1, box.width(), line)
        above = box.width() - metrics.horizontalAdvance(texts.status) - dot - line
        below = box.width() - metrics.horizontalAdvance(texts.waiting) - line / 2
        start, end = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(bold)
        painter.setPen(QColor(colours.text))
        title = strong.elidedText(texts.title, Qt.TextElideMode.ElideRight, above)
        painter.drawText(first, start | centre, title)
        painter.setFont(font)
        painter.setPen(QColor(colours.muted))
        painter.drawText(second, start | centre, metrics.elidedText(texts.detail, Qt.TextElideMode.ElideRight, below))
        painter.drawText(second, end | centre, texts.waiting)
        if not texts.status:
            return
        painter.setPen(QColor(tone))
        painter.drawText(first, end | centre, texts.status)
        at = first.right() - metrics.horizontalAdvance(texts.status) - dot - line * 0.3
        mark = QRectF(at, first.center().y() - dot / 2, dot, dot)
        if texts.tone == "good":
            painter.setBrush(QColor(tone))
        painter.setPen(QPen(QColor(tone), max(1.5, dot / 6)))
        painter.drawEllipse(mark.adjusted(1, 1, -1, -1))
        painter.setBrush(Qt.BrushStyle.NoBrush)


def several(box: QRectF) -> QPainterPath:
    """Two people, for a disc."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    size = box.width()
    for across, down, scale in ((0.36, 0.40, 0.85), (0.60, 0.44, 1.0)):
        head = QPointF(box.left() + size * across, box.top() + size * (down - 0.06))
        path.addEllipse(head, size * 0.10 * scale, size * 0.10 * scale)
        shoulders = QRectF(0, 0, size * 0.34 * scale, size * 0.36 * scale)
        shoulders.moveCenter(QPointF(head.x(), head.y() + size * 0.33 * scale))
        path.arcMoveTo(shoulders, 0)
        path.arcTo(shoulders, 0, 180)
        path.closeSubpath()
    return path


class _PeopleView(QListView):
    """Takes what room is left, and asks for none: Qt takes what a list wants for what the page needs."""

    def sizeHint(self) -> QSize:
        """The least."""
        return self.minimumSizeHint()


class PeopleList(Part):
    """The list, with a field to search where there are many. One row is always chosen, if there is any."""

    chosen = Signal(object)  # PeopleRow
    activated = Signal(object)  # PeopleRow

    def __init__(self, *, colours: Callable[[], Colours], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = ""
        self._preferred = ""
        self._quiet = False
        self.model = PeopleModel(self)
        self.search = named(QLineEdit(), "search")
        self.search.setClearButtonEnabled(True)
        self.search.setVisible(False)
        self.search.textChanged.connect(self._search)
        self.view = named(_PeopleView(), "people")
        self.view.setModel(self.model)
        self.view.setItemDelegate(PeopleDelegate(colours=colours, parent=self.view))
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.selectionModel().currentChanged.connect(self._current_changed)
        self.view.activated.connect(lambda index: self.activated.emit(index.data(PeopleRole.ROW)))
        self._nobody = label(rank="muted")
        self._nobody.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nobody.setVisible(False)
        self.setLayout(column(self.search, self.view, self._nobody, margins=0, spacing=8))
        self.setFocusProxy(self.view)
        self.begin_words()

    def retranslate(self) -> None:
        """Words of the field, the list and every row."""
        self.search.setPlaceholderText(self.tr("Search by name, language or skill"))
        self.search.setAccessibleName(self.tr("Search"))
        self.view.setAccessibleName(self.tr("Who can help"))
        self._nobody.setText(self.tr("Nobody is found by these words."))
        self.model.retranslate()

    def render(self, new: tuple[PeopleRow, ...]) -> None:  # type: ignore[override]
        """Show these; who is chosen stays chosen, if still there."""
        place = self.view.verticalScrollBar().value()
        with self._changing():
            self.model.show(new)
        self._choose_preferred()
        many = self.model.total > MANY or bool(self.search.text())
        if self.search.isHidden() is many:
            self.search.setVisible(many)
        self.view.verticalScrollBar().setValue(place)

    def prefer(self, key: str) -> None:
        """Choose this one when the list comes, if it is there then: never later, since somebody may be about to ask."""
        self._preferred = key
        self._choose_preferred()

    def _choose_preferred(self) -> None:
        first = self.model.index(0).data(PeopleRole.ROW)
        if self._preferred and isinstance(first, PeopleRow) and (first.known or self.model.total > 1):
            preferred, self._preferred = self._preferred, ""
            self.choose(preferred)

    def choose(self, key: str) -> None:
        """Choose this one, if shown."""
        index = self.model.index_of(key)
        if index.isValid():
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)

    def _search(self, text: str) -> None:
        with self._changing():
            self.model.search(text)
        self._nobody.setVisible(bool(text) and self.model.rowCount() == 0)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Rows come and go in the block. Whoever was chosen is so afterwards; where that one is gone, the first row:

        nobody is asked because of having stood beside somebody who left.
        """
        key, self._quiet = self._key, True
        yield
        self._quiet = False
        index = self.model.index_of(key)
        if not index.isValid() and self.model.rowCount():
            index = self.model.index(0)
        self.view.setCurrentIndex(index)
        self._current_changed(index)

    def _current_changed(self, index: QModelIndex) -> None:
        if self._quiet:
            return
        row = index.data(PeopleRole.ROW)
        self._key = row.key if isinstance(row, PeopleRow) else ""
        self.chosen.emit(row)
