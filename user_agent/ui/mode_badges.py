"""The three badges of a session: what the helper may do now, as a colour and, for whoever cannot tell colours apart, as a pattern."""

from enum import StrEnum
from itertools import count

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from common.agent.views import SessionView
from common.protocol.messages import Mode


class ModeBadge(StrEnum):
    """What holds now."""

    VIEW = "view"
    CONTROL = "control"
    PAUSED = "paused"


# The ground, and what is drawn on it; both stand out from light and from dark screens, and from each other.
_COLOURS = {
    ModeBadge.VIEW: ("#1f6fd6", "#1f6fd6"),
    ModeBadge.CONTROL: ("#d9480f", "#1b1b1b"),
    ModeBadge.PAUSED: ("#f1f3f5", "#495057"),
}


def badge_of(session: SessionView) -> ModeBadge:
    """What this session bears: where the screens have changed, the same as in a pause, since the same holds."""
    if session.stopped:
        return ModeBadge.PAUSED
    return ModeBadge.CONTROL if session.mode is Mode.CONTROL else ModeBadge.VIEW


def paint_badge(painter: QPainter, box: QRectF, badge: ModeBadge) -> None:
    """Fill the box: plain for looking, slanted stripes for control, dots for a pause."""
    ground, drawn = (QColor(colour) for colour in _COLOURS[badge])
    painter.save()
    painter.setClipRect(box)
    painter.fillRect(box, ground)
    painter.setPen(drawn)
    painter.setBrush(drawn)
    step = 12.0 if badge is ModeBadge.PAUSED else 16.0
    if badge is not ModeBadge.VIEW:
        across = box.width() >= box.height()
        length, depth = (box.width(), box.height()) if across else (box.height(), box.width())
        for number in count():
            at = number * step - depth
            if at > length:
                break
            slant = depth if badge is ModeBadge.CONTROL else 0.0
            corners = [(at, 0.0), (at + step / 2, 0.0), (at + step / 2 + slant, depth), (at + slant, depth)]
            points = [QPointF(x, y) if across else QPointF(y, x) for x, y in corners]
            painter.drawPolygon(QPolygonF([box.topLeft() + point for point in points]))
    painter.restore()


class BadgeStrip(QWidget):
    """A strip that bears the badge. Decoration: words stand beside it."""

    def __init__(self, badge: ModeBadge = ModeBadge.VIEW, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._badge = badge

    def show_badge(self, badge: ModeBadge) -> None:
        """Bear it from now on."""
        if badge is not self._badge:
            self._badge = badge
            self.update()

    def paintEvent(self, event: object) -> None:  # noqa: ARG002
        """All of it."""
        painter = QPainter(self)
        paint_badge(painter, QRectF(self.rect()), self._badge)
        painter.end()
