"""How a waiting request is painted: of some height; the person with a picture of initials; what is important in bold."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from common.protocol.messages import ToHelper
from common.ui.widgets import paint_avatar
from helper_agent.ui.requests_model import NUMBERED, UNDER, Index, RequestColumn
from helper_agent.views import NumberedRequest

ROW = 2.6  # lines of text that a row is high


class RowDelegate(QStyledItemDelegate):
    """Who is asked for by name, and what goes on, stands out. Under a name stands what the model says stands under it (UNDER)."""

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
        """The texts stand right of the picture."""
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
        under = str(index.data(UNDER) or "")
        painter.save()
        _write(
            painter, room, whole.font, whole.palette.color(QPalette.ColorRole.Text), text, half="upper" if under else ""
        )
        if under:
            muted = whole.palette.color(QPalette.ColorRole.PlaceholderText)
            _write(painter, room, option.font, muted, under, half="lower")
        painter.restore()


def _write(painter: QPainter, room: QRectF, font: QFont, colour: QColor, text: str, *, half: str) -> None:
    """One line, shortened; in the middle, or of two lines that stand there together the upper or the lower."""
    metrics = QFontMetrics(font)
    line = QRectF(room)
    if half:
        middle = room.center().y()
        line.setTop(middle - metrics.height() if half == "upper" else middle)
        line.setHeight(metrics.height())
    painter.setFont(font)
    painter.setPen(colour)
    elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(line.width()))
    painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), elided)
