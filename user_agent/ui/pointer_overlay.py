"""Where the helper points without touching: an arrow with the name, above everything, that lets every click through."""

from PySide6.QtCore import QPoint, QRect, QSize, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPolygon, QRegion

from user_agent.ui.name_plate import COLOUR, EDGE, NamePlate
from user_agent.ui.overlay import Overlay, places, put_above

STAYS = 3000  # milliseconds without a move, until it fades
STEP = 80  # milliseconds between two steps of fading
STEPS = 4  # the last of them is nothing
PACE = 30  # milliseconds between two places at least, however many are sent: each is a new shape of the window

_ARROW = ((0, 0), (0, 22), (6, 17), (10, 26), (15, 24), (11, 15), (18, 15))
_GAP = 4


class PointerOverlay(Overlay):
    """Hidden until something is pointed at. Cut out of the screen, not see-through: that needs no compositor.

    `came`: it is on the screen, above what must not be under it.
    """

    came = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("helper_pointer")
        self._name = NamePlate(self)
        self._left = self._above = False
        self._faded = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._fade)
        self._next: tuple[QPoint, QRect, str] | None = None  # came too early
        self._pace = QTimer(self, interval=PACE, singleShot=True)
        self._pace.timeout.connect(self._go_on)

    def point(self, place: QPoint, screen: QRect, name: str) -> None:
        """The helper of this name points here, on this screen."""
        if not places():
            return
        self._next = place, screen, name
        if not self._pace.isActive():
            self._go_on()

    def hideEvent(self, event: QHideEvent) -> None:
        """What was not shown by then never is."""
        self._next = None
        self._pace.stop()
        super().hideEvent(event)

    def _go_on(self) -> None:
        if self._next is not None:
            (place, screen, name), self._next = self._next, None
            self._show_at(place, screen, name)
            self._pace.start()

    def _show_at(self, place: QPoint, screen: QRect, name: str) -> None:
        self._name.say(name)
        size = self._size()
        self._left = place.x() + size.width() > screen.right()
        self._above = place.y() + size.height() > screen.bottom()
        left = place.x() - size.width() + 1 if self._left else place.x()
        top = place.y() - size.height() + 1 if self._above else place.y()
        self._faded = 0
        self.setGeometry(QRect(QPoint(left, top), size))
        self.setMask(self._shape())
        self.update()
        if not self.isVisible():
            self.show()
            put_above(self)
            self.came.emit()
        self._timer.start(STAYS)

    def paintEvent(self, event: object) -> None:  # noqa: ARG002
        """Arrow and name, each with a light edge, so that it stands out from every ground."""
        painter = QPainter(self)
        painter.setPen(EDGE)
        painter.setBrush(COLOUR)
        painter.drawPolygon(self._arrow())
        self._name.paint(painter, self._plate())
        painter.end()

    def _fade(self) -> None:
        """Every step takes more of its lines away; nothing on X11 is half there without a compositor."""
        self._faded += 1
        if self._faded >= STEPS:
            self._timer.stop()
            self.hide()
            return
        self._timer.start(STEP)
        kept = QRegion()
        for line in range(self.height()):
            if line % STEPS >= self._faded:
                kept += QRect(0, line, self.width(), 1)
        self.setMask(self._shape() & kept)

    def _size(self) -> QSize:
        words = self._name.size()
        return QSize(14 + words.width(), 26 + _GAP + words.height())

    def _plate(self) -> QRect:
        """Where the name stands."""
        words, size = self._name.size(), self._size()
        x = 0 if self._left else size.width() - words.width()
        y = 0 if self._above else size.height() - words.height()
        return QRect(QPoint(x, y), words)

    def _arrow(self) -> QPolygon:
        """Its tip is the place that is pointed at, in whichever corner."""
        size = self._size()
        return QPolygon(
            [
                QPoint(size.width() - 1 - x if self._left else x, size.height() - 1 - y if self._above else y)
                for x, y in _ARROW
            ]
        )

    def _shape(self) -> QRegion:
        return QRegion(self._arrow()) + QRegion(self._plate())
