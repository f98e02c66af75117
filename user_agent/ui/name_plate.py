"""The helper's name, beside what the helper shows on the screen: on a ground of its own, with a light edge."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QWidget

from common.host.words import one_line

COLOUR, EDGE = QColor("#a3127f"), QColor("#ffffff")
LONGEST = 14  # in widths of an M
_ACROSS, _DOWN = 16, 8


class NamePlate:
    """In the font of the window that it stands on."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self.name = ""

    def say(self, name: str) -> None:
        """Bear this name, cut where it is too long."""
        metrics = QFontMetrics(self._bold())
        self.name = metrics.elidedText(
            one_line(name), Qt.TextElideMode.ElideRight, metrics.horizontalAdvance("M") * LONGEST
        )

    def size(self) -> QSize:
        """What it needs; nothing without a name."""
        if not self.name:
            return QSize()
        metrics = QFontMetrics(self._bold())
        return QSize(metrics.horizontalAdvance(self.name) + _ACROSS, metrics.height() + _DOWN)

    def paint(self, painter: QPainter, where: QRect) -> None:
        """There."""
        painter.setPen(EDGE)
        painter.setBrush(COLOUR)
        painter.drawRect(where.adjusted(0, 0, -1, -1))
        painter.setFont(self._bold())
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, self.name)

    def _bold(self) -> QFont:
        font = QFont(self._window.font())
        font.setBold(True)
        return font
