"""The small signs on the bar: what the helper may do, and which way it folds. Drawn, so that no font must have them."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from user_agent.ui.mode_badges import ModeBadge

SIZE, GAP = 20, 5  # Qt's units
BADGE = QSize(20, 16)  # as the badge is shown, with the gap
_UNITS = 20.0  # in which they are drawn
_GROUND = {ModeBadge.VIEW: "#1f6fd6", ModeBadge.CONTROL: "#d9480f", ModeBadge.PAUSED: "#495057"}
_ARROW = ((6, 3), (6, 15.5), (9, 12.5), (11, 17), (13, 16), (11, 11.8), (15, 11.5))


def badge_icon(badge: ModeBadge, owner: QWidget) -> QIcon:
    """An eye: the helper looks. A pointer: the helper controls. Two bars: paused. On the colour of the frame."""
    pixmap, painter = _canvas(owner, beside=GAP)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(_GROUND[badge]))
    painter.drawRoundedRect(QRectF(0, 0, _UNITS, _UNITS), 4, 4)
    white = QColor("#ffffff")
    if badge is ModeBadge.VIEW:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(white, 1.6))
        painter.drawEllipse(QRectF(2.5, 5.5, 15, 9))
        painter.setBrush(white)
        painter.drawEllipse(QPointF(10, 10), 2.2, 2.2)
    elif badge is ModeBadge.CONTROL:
        painter.setBrush(white)
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in _ARROW]))
    else:
        painter.setBrush(white)
        painter.drawRect(QRectF(5.5, 4.5, 3, 11))
        painter.drawRect(QRectF(11.5, 4.5, 3, 11))
    painter.end()
    return QIcon(pixmap)


def fold_icon(owner: QWidget, *, up: bool) -> QIcon:
    """An angle that points to the edge."""
    pixmap, painter = _canvas(owner)
    painter.setPen(QPen(owner.palette().buttonText().color(), 2.2))
    middle, ends = (7.0, 13.0) if up else (13.0, 7.0)
    painter.drawPolyline(QPolygonF([QPointF(4, ends), QPointF(10, middle), QPointF(16, ends)]))
    painter.end()
    return QIcon(pixmap)


def _canvas(owner: QWidget, *, beside: int = 0) -> tuple[QPixmap, QPainter]:
    """In the pixels of the owner's screen. `beside`: what stays free before the words."""
    ratio = owner.devicePixelRatioF()
    pixmap = QPixmap(QSize(SIZE + beside, SIZE) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return pixmap, painter
