"""The program's icon, painted at every size that is asked for: a sash across a disc, and a dot for what goes on."""

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

IconState = Literal["idle", "waiting", "session", "offline"]

SIZES = (16, 22, 24, 32, 48, 64, 128, 256)
_DISC: dict[IconState, str] = {"idle": "#2456c7", "waiting": "#2456c7", "session": "#2456c7", "offline": "#7a8194"}
_DOT: dict[IconState, str] = {"waiting": "#f5a623", "session": "#e5382c"}


def app_icon(state: IconState = "idle") -> QIcon:
    """The icon: waiting has an amber dot, a session a red one, and without the relay it is grey."""
    icon = QIcon()
    for size in SIZES:
        icon.addPixmap(_picture(size, state))
    return icon


def _picture(size: int, state: IconState) -> QPixmap:
    picture = QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / 16, size / 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(_DISC[state]))
    disc = QPainterPath()
    disc.addEllipse(QRectF(0.5, 0.5, 15, 15))
    painter.drawPath(disc)
    painter.setClipPath(disc)
    pen = QPen(QColor("#ffffff"), 3.2)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.drawLine(QPointF(1, 13), QPointF(15, 3))
    if (dot := _DOT.get(state)) is not None:
        painter.setClipping(False)
        painter.setPen(QPen(QColor("#ffffff"), 1))
        painter.setBrush(QColor(dot))
        painter.drawEllipse(QPointF(12, 12), 3.4, 3.4)
    painter.end()
    return picture
