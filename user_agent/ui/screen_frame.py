"""The frame around what is shared: four thin strips for each screen, above everything, that let every click through."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QScreen

from user_agent.ui.mode_badges import BadgeStrip, ModeBadge
from user_agent.ui.overlay import Overlay, places, put_above

THICK = 6  # Qt's units


class FrameStrip(Overlay):
    """One side of the frame."""

    def __init__(self, place: QRect) -> None:
        super().__init__()
        self.setObjectName("frame_strip")
        self._badge = BadgeStrip(parent=self)
        self._badge.resize(place.size())
        self.setGeometry(place)

    def show_badge(self, badge: ModeBadge) -> None:
        """Bear it from now on."""
        self._badge.show_badge(badge)


class ScreenFrame(QObject):
    """All strips. They are made anew when the screens change."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._strips: list[FrameStrip] = []
        self._around: list[QRect] = []

    def show_around(self, screens: Sequence[QScreen], badge: ModeBadge) -> None:
        """Around these screens; nothing where windows cannot be placed."""
        around = [screen.geometry() for screen in screens] if places() else []
        if around != self._around:
            self.hide()
            self._around = around
            self._strips = [FrameStrip(side) for area in around for side in sides(area)]
        for strip in self._strips:
            strip.show_badge(badge)
            strip.show()

    def hide(self) -> None:
        """No frame."""
        for strip in self._strips:
            strip.hide()
            strip.deleteLater()
        self._strips, self._around = [], []

    def put_above(self) -> None:
        """Above what was put there since."""
        for strip in self._strips:
            put_above(strip)


def sides(area: QRect) -> list[QRect]:
    """The four strips along the edges, inside."""
    x, y, width, height = area.x(), area.y(), area.width(), area.height()
    inner = max(0, height - 2 * THICK)
    return [
        QRect(x, y, width, THICK),
        QRect(x, y + height - THICK, width, THICK),
        QRect(x, y + THICK, THICK, inner),
        QRect(x + width - THICK, y + THICK, THICK, inner),
    ]
