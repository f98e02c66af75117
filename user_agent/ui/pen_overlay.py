"""What the helper draws without touching anything: strokes and rings above everything, for some seconds, that let every click through.

Whatever a helper sends, drawing costs the person's program little: what comes is only kept, and painted at most once a step, from
so many places and so much line at most. And nothing stands there for ever: each place has an age of its own.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QBitmap, QColor, QPainter, QPen, QPolygon, QRegion

from user_agent.ui.name_plate import COLOUR, EDGE, NamePlate
from user_agent.ui.overlay import Overlay, places, put_above

STAYS = 4.0  # seconds after its last place that a stroke stands there
LONGEST = 10.0  # seconds that a place stands there, however long its stroke is drawn on
FADES = 0.5  # of these, the last ones in which it goes
STEP = 80  # milliseconds between two paintings at least
MOST = 2000  # places on the screen at once: the oldest go first
LINE = 12000  # pixels of line on the screen at once, across and down: about as many rectangles has the window's shape
RING = 22  # pixels from a place to the ring around it
_ROUND = 8 * RING  # of a ring's line: the square around it
_WIDE, _EDGE = 6, 2


@dataclass(kw_only=True, eq=False)
class _Stroke:
    first: QPoint
    last: float = 0.0  # when its last place came
    is_ring: bool = True  # it never left its first place, but for what a hand trembles


@dataclass(kw_only=True, eq=False)
class _Place:
    point: QPoint
    stroke: _Stroke
    came: float

    @property
    def until(self) -> float:
        return min(self.came + LONGEST, self.stroke.last + STAYS)


class PenOverlay(Overlay):
    """Hidden until something is drawn. As PointerOverlay it is cut out of the screen, and needs no compositor.

    `came`: it is on the screen, above what must not be under it.
    """

    came = Signal()

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.setObjectName("helper_pen")
        self._now = now
        self._places: deque[_Place] = deque(maxlen=MOST)  # of all strokes, in order of age
        self._stroke: _Stroke | None = None
        self._screen = QRect()
        self._name = NamePlate(self)
        self._plate = QRect()  # where the name stands, on the screens
        self._new = False  # since it was painted last
        self._timer = QTimer(self, interval=STEP)
        self._timer.timeout.connect(self._look)

    def draw(self, points: Sequence[QPoint], screen: QRect, *, begins: bool, name: str = "") -> None:
        """The helper of this name draws here, on this screen: what leaves it is held at its edge. Another screen begins anew."""
        if not places() or not points:
            return
        if screen != self._screen:
            self._places.clear()
            self._stroke, self._screen = None, QRect(screen)
        self._name.say(name)
        now = self._now()
        for point in (_inside(one, screen) for one in points):
            if begins or self._stroke is None:
                self._stroke, begins = _Stroke(first=point), False
            self._stroke.is_ring = self._stroke.is_ring and (point - self._stroke.first).manhattanLength() <= _WIDE
            self._stroke.last = now
            self._places.append(_Place(point=point, stroke=self._stroke, came=now))
        self._new = True
        if not self._timer.isActive():
            self._timer.start()

    def clear(self) -> None:
        """Nothing is drawn any more."""
        self._places.clear()
        self._stroke = None
        self._timer.stop()
        self.hide()

    def paintEvent(self, event: object) -> None:  # noqa: ARG002
        """Each with a light edge, so that it stands out from every ground."""
        painter = QPainter(self)
        self._paint(painter, EDGE, _WIDE + 2 * _EDGE)
        self._paint(painter, COLOUR, _WIDE)
        if not self._plate.isEmpty():
            self._name.paint(painter, self._plate.translated(-self.pos()))
        painter.end()

    def _look(self) -> None:
        """A step: what is old goes, what is too much too, and what has changed is painted."""
        now, before = self._now(), len(self._places)
        while self._places and self._places[0].until <= now:
            self._places.popleft()
        self._shorten()
        if not self._places:
            self.clear()
        elif self._new or len(self._places) != before or self._places[0].until - now < FADES:
            self._new = False
            self._show_strokes()

    def _shorten(self) -> None:
        """Of too much line the oldest goes."""
        left, after = LINE, None
        for kept, place in enumerate(reversed(self._places)):
            joined = after is not None and after.stroke is place.stroke
            left -= (after.point - place.point).manhattanLength() if after is not None and joined else _ROUND
            if left < 0:
                for _ in range(len(self._places) - kept):
                    self._places.popleft()
                return
            after = place

    def _show_strokes(self) -> None:
        margin = RING + _WIDE + _EDGE
        around = QPolygon([place.point for place in self._places]).boundingRect()
        self._plate = self._beside(self._places[-1].stroke.first)
        self.setGeometry(around.adjusted(-margin, -margin, margin, margin).intersected(self._screen) | self._plate)
        shape = self._shape()
        if shape.isEmpty():  # Qt cuts out nothing then, and all of it would be seen
            self.hide()
            return
        self.setMask(shape)
        self.update()
        if not self.isVisible():
            self.show()
            put_above(self)
            self.came.emit()

    def _beside(self, first: QPoint) -> QRect:
        """The name's place: where the newest stroke begins, on the screen, and not on its first place."""
        size, gap = self._name.size(), RING + _WIDE
        if size.isEmpty():
            return QRect()
        x = (
            first.x() + gap
            if first.x() + gap + size.width() <= self._screen.right()
            else first.x() - gap - size.width()
        )
        y = (
            first.y() + gap
            if first.y() + gap + size.height() <= self._screen.bottom()
            else first.y() - gap - size.height()
        )
        return QRect(QPoint(x, y), size)

    def _shape(self) -> QRegion:
        """A stroke that goes loses its lines, more and more; nothing on X11 is half there without a compositor."""
        shape = QBitmap(self.size())
        shape.clear()
        painter = QPainter(shape)
        self._paint(painter, Qt.GlobalColor.color1, _WIDE + 2 * _EDGE)
        painter.end()
        return QRegion(shape) | self._plate.translated(-self.pos())

    def _strokes(self) -> Iterator[tuple[_Stroke, list[_Place]]]:
        """With the places of each that still stand."""
        for stroke, found in groupby(self._places, key=lambda place: place.stroke):
            yield stroke, list(found)

    def _paint(self, painter: QPainter, colour: QColor | Qt.GlobalColor, width: int) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.translate(-self.pos())
        now = self._now()
        for stroke, found in self._strokes():
            pen = QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
            left = stroke.last + STAYS - now
            if left < FADES:
                gone = 1 - left / FADES
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                pen.setDashPattern([max(0.1, 1 - gone), max(0.1, gone)])
            painter.setPen(pen)
            if stroke.is_ring:
                painter.drawEllipse(found[0].point, RING, RING)
            else:
                painter.drawPolyline(QPolygon([place.point for place in found]))
        painter.resetTransform()


def _inside(point: QPoint, screen: QRect) -> QPoint:
    return QPoint(
        max(screen.left(), min(point.x(), screen.right())), max(screen.top(), min(point.y(), screen.bottom()))
    )
