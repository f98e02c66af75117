"""The three signs of a session: what the helper may do now, as a colour and, for who cannot tell colours apart, as a pattern."""

from enum import StrEnum
from itertools import count

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from common.agent.views import SessionView
from common.protocol.messages import Mode


class Sign(StrEnum):
    """What holds now."""

    VIEW = "view"
    CONTROL = "control"
    PAUSED = "paused"


# The ground, and what is drawn on it; both stand out from light and from dark screens, and from each other.
_COLOURS = {
    Sign.VIEW: ("#1f6fd6", "#1f6fd6"),
    Sign.CONTROL: ("#d9480f", "#1b1b1b"),
    Sign.PAUSED: ("#f1f3f5", "#495057"),
}


def sign_of(session: SessionView) -> Sign:
    """What this session shows."""
    if session.paused:
        return Sign.PAUSED
    return Sign.CONTROL if session.mode is Mode.CONTROL else Sign.VIEW


def paint_sign(painter: QPainter, box: QRectF, sign: Sign) -> None:
    """Fill the box: plain for looking, slanted stripes for control, dots for a pause."""
    ground, drawn = (QColor(colour) for colour in _COLOURS[sign])
    painter.save()
    painter.setClipRect(box)
    painter.fillRect(box, ground)
    painter.setPen(drawn)
    painter.setBrush(drawn)
    step = 12.0 if sign is Sign.PAUSED else 16.0
    if sign is not Sign.VIEW:
        across = box.width() >= box.height()
        length, depth = (box.width(), box.height()) if across else (box.height(), box.width())
        for number in count():
            at = number * step - depth
            if at > length:
                break
            slant = depth if sign is Sign.CONTROL else 0.0
            corners = [(at, 0.0), (at + step / 2, 0.0), (at + step / 2 + slant, depth), (at + slant, depth)]
            points = [QPointF(x, y) if across else QPointF(y, x) for x, y in corners]
            painter.drawPolygon(QPolygonF([box.topLeft() + point for point in points]))
    painter.restore()


class Swatch(QWidget):
    """A strip that bears the sign. Decoration: words stand beside it."""

    def __init__(self, sign: Sign = Sign.VIEW, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = sign

    def show_sign(self, sign: Sign) -> None:
        """Bear it from now on."""
        if sign is not self._sign:
            self._sign = sign
            self.update()

    def paintEvent(self, event: object) -> None:  # noqa: ARG002
        """All of it."""
        painter = QPainter(self)
        paint_sign(painter, QRectF(self.rect()), self._sign)
        painter.end()
