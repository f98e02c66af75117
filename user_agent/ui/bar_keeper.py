"""When the bar becomes a tab by itself, and when it makes room: what the person looks at or has under the pointer stays."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtGui import QCursor

from user_agent.ui.bar import Bar
from user_agent.ui.bar_aside import AsideWatch, HelpersPointer
from user_agent.ui.overlay import as_box, places

GLANCE = 200  # milliseconds


class BarKeeper(QObject):
    """Between `begin` and `end` it looks several times a second. `hold`: the bar stays open for as long as that lasts."""

    def __init__(
        self,
        bar: Bar,
        *,
        helpers_pointer: Callable[[], HelpersPointer | None],
        clock: Callable[[], float] = time.monotonic,
        pointer: Callable[[], QPoint] = QCursor.pos,
        parent: QObject | None = None,
    ) -> None:
        """`clock`: seconds of any beginning. `pointer`: the desktop's, in Qt's units."""
        super().__init__(parent)
        self.folds_after = 0.0  # seconds without anybody at it; 0: never by itself, nor does it make room
        self._bar = bar
        self._helpers_pointer = helpers_pointer
        self._clock = clock
        self._pointer = pointer
        self._watch = AsideWatch()
        self._holds: set[str] = set()
        self._busy_at = clock()  # when somebody was at it last
        self._timer = QTimer(self)
        self._timer.setInterval(GLANCE)
        self._timer.timeout.connect(self.look)
        bar.opened.connect(self._opened)

    def begin(self) -> None:
        """A session: the bar is there, open."""
        self._watch = AsideWatch()
        self._holds.clear()
        self._bar.begin()
        self._timer.start()

    def end(self) -> None:
        """There is no bar any more."""
        self._timer.stop()

    def news(self) -> None:
        """What the bar says has changed: the person reads it."""
        self._bar.unfold()

    def hold(self, why: str, on: bool) -> None:
        """The bar stays open because of this, or no longer."""
        if on and why not in self._holds:
            self._holds.add(why)
            self._bar.unfold()
        elif not on:
            self._holds.discard(why)

    def look(self) -> None:
        """Fold it, or make room, if it is time."""
        now, bar = self._clock(), self._bar
        at = self._pointer()
        pointer, helper = (at.x(), at.y()), self._helpers_pointer()
        aside = self._watch.look(now, bar=as_box(bar.geometry()), pointer=pointer, helper=helper)
        used = self._watch.person_on if places() else bar.underMouse()
        if used or self._holds or bar.isActiveWindow():
            self._busy_at = now
        elif self.folds_after and now - self._busy_at >= self.folds_after:
            bar.fold()
        if aside is not None and self.folds_after and places() and not bar.isActiveWindow():
            if not self._holds:
                bar.fold()
            bar.make_room(QPoint(*aside))
            return
        home = bar.home
        box = as_box(home) if home is not None else None
        if self._watch.may_go_home(now, home=box, pointer=pointer, helper=helper) and not bar.isActiveWindow():
            bar.go_home()

    def _opened(self) -> None:
        self._busy_at = self._clock()
