"""A window is never larger than the free part of its screen: what gives way is scrolled, its last row of buttons is not.

Every window and dialog of both programs goes through `Fitted` (common.ui.window). None says a size in pixels: `open_at` names
one in heights of a line, and holds in any language, with any font, on any screen, also while those change.
"""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, QMargins, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QScreen, QWindow
from PySide6.QtWidgets import QBoxLayout, QDialogButtonBox, QLayout, QSizePolicy, QStyle, QVBoxLayout, QWidget
from shiboken6 import delete

from common.ui.screens import screen_of
from common.ui.scrolled import Column, Scrolled, least_height, usual_height

if TYPE_CHECKING:
    _Widget = QWidget
else:
    _Widget = object

ENLARGED = Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen
PASSES = 3  # widths and heights that depend on each other settle in fewer


class Pages(QWidget):
    """Parts of a window of which one is shown, each with a last row of its own: these stand in `foot`, below what is scrolled."""

    def __init__(self) -> None:
        super().__init__()
        self._feet: dict[QWidget, QWidget] = {}
        self._current: QWidget | None = None
        self.foot = QWidget()
        self._columns = QVBoxLayout(self), QVBoxLayout(self.foot)
        for column in self._columns:
            column.setContentsMargins(0, 0, 0, 0)

    def addWidget(self, page: QWidget) -> None:
        """One more; the first is shown. Its layout is a column."""
        rows, foot = page.layout(), QWidget()
        if isinstance(rows, QVBoxLayout):
            below = QVBoxLayout(foot)
            below.setContentsMargins(0, 0, 0, 0)
            _move(rows, rows.count() - 1, below)
        self._feet[page] = foot
        for column, part in zip(self._columns, (page, foot), strict=True):
            column.addWidget(part)
            part.setVisible(self._current is None)
        self._current = self._current or page

    def currentWidget(self) -> QWidget | None:
        """The one that is shown."""
        return self._current

    def setCurrentWidget(self, page: QWidget) -> None:
        """Show this one. It is there before the other goes, so that the keyboard is not passed on to a third."""
        before, self._current = self._current, page
        for part in (page, self._feet[page]):
            part.show()
        if before is not None and before is not page:
            for part in (before, self._feet[before]):
                part.hide()


class Fitted(_Widget):
    """Mixed into a top-level QWidget before it: it is as large as its texts need, and no larger than its screen has room for."""

    gives_way: ClassVar[slice] = slice(0, -1)
    """Which rows of its layout are scrolled where the screen is too low: all but the last, unless a class knows better."""

    _screen_fit: "ScreenFit | None" = None

    @property
    def screen_fit(self) -> "ScreenFit":
        """What holds it against the screen."""
        if self._screen_fit is None:
            self._screen_fit = ScreenFit(self)
        return self._screen_fit

    def give_way(self) -> None:
        """Everything is built: put what gives way into a Scrolled, unless there is one already."""
        self.screen_fit.give_way(self.gives_way)

    def open_at(self, wide: float, high: float = 0.0) -> None:
        """How large it is at first, in heights of a line. No height: as high as what stands in it."""
        self.screen_fit.open_at(wide, high)

    def fit_to_content(self) -> None:
        """As large as it was at first, or as what stands in it needs by now."""
        self.screen_fit.reopen()

    def event(self, event: QEvent) -> bool:
        """After whatever may have changed a text, a font, the size or the screen."""
        done = super().event(event)
        match event.type():
            case QEvent.Type.Show:
                self.screen_fit.shown()
            case QEvent.Type.LayoutRequest:
                self.screen_fit.rearranged()
            case QEvent.Type.Resize if not event.spontaneous():
                self.screen_fit.hold()
            case QEvent.Type.FontChange:
                self.screen_fit.other_letters()
            case _:
                pass
        return done


class ScreenFit(QObject):
    """Holds one window against the screen that it is on, and goes with it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._wish: tuple[float, float] = (0.0, 0.0)  # heights of a line
        self._points = 0.0  # of its letters, when it was last given a size
        self._grown: tuple[QSize, float, QSize] | None = None  # a size by other letters, and what was before
        self._room: Scrolled | None = None
        self._busy = False
        self._handle: QWindow | None = None
        self._screen: QScreen | None = None

    # what it is made of

    def give_way(self, rows: slice) -> None:
        """Put these rows of the window's layout into a Scrolled, unless one of all of them is one."""
        layout = self._window.layout()
        if not isinstance(layout, QVBoxLayout):
            return
        parts = [item.widget() if (item := layout.itemAt(row)) is not None else None for row in range(layout.count())]
        self._room = next((part for part in parts if isinstance(part, Scrolled)), None)
        last = parts[-1] if parts else None
        giving = range(len(parts))[slice(None) if isinstance(last, Pages) else rows]
        if self._room is not None or not giving:
            return
        keyboard = self._window.focusWidget()
        inside = Column()
        inside.rows.setSpacing(layout.spacing())
        for _ in giving:
            _move(layout, giving.start, inside.rows)
        self._room = Scrolled(inside)
        if any(layout.stretch(row) for row in range(layout.count())):  # they want what room is left
            self._room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        layout.insertWidget(giving.start, self._room)
        if isinstance(last, Pages):
            layout.addWidget(last.foot)
        if keyboard is not None:  # Qt takes it away from what gets another parent
            keyboard.setFocus(Qt.FocusReason.OtherFocusReason)

    # how large it is

    def open_at(self, wide: float, high: float) -> None:
        """See Fitted."""
        self._wish = (wide, high)
        self.reopen()

    def reopen(self) -> None:
        """Its first size, once more."""
        layout = self._window.layout()
        if layout is None:
            return
        line, self._points = self._window.fontMetrics().height(), self._window.fontInfo().pointSizeF()
        wide, high = (round(side * line) for side in self._wish)
        least = layout.totalMinimumSize().width() if wide else self._window.sizeHint().width()
        wide = min(max(wide, least), self.free.width())
        self.hold(QSize(wide, high or self._height(layout, wide, usual=True)))

    @property
    def free(self) -> QRect:
        """Where on its screen the window may be, its frame left out."""
        area = screen_of(self._window).availableGeometry()
        if self._window.windowFlags() & Qt.WindowType.FramelessWindowHint:
            return area
        title = self._window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
        handle = self._window.windowHandle()
        frame = handle.frameMargins() if handle is not None else QMargins()
        above = max(frame.top(), title - frame.bottom())  # a window manager tells late, or never
        return area.adjusted(frame.left(), above, -frame.right(), -frame.bottom())

    def _height(self, layout: QLayout, width: int, *, usual: bool = False) -> int:
        """What it needs at this width so that nothing is scrolled; `usual`: what it wants to have."""
        found = usual_height(layout, width) if usual else least_height(layout, width)
        room = self._room
        if room is None or not isinstance(room.widget(), Column):
            return found
        margins = layout.contentsMargins()
        inner = width - margins.left() - margins.right()
        if usual:
            return found - room.sizeHint().height() + max(room.usual(inner), room.least(inner))
        return found - room.minimumSizeHint().height() + room.least(inner)

    def hold(self, wish: QSize | None = None) -> None:
        """Give it `wish` (None: the size that it has), as far as the screen has room, and at least what it needs."""
        window, layout = self._window, self._window.layout()
        if layout is None or self._busy:
            return
        self._busy = True
        try:
            for _ in range(PASSES):
                free = self.free.size()
                self._stack_buttons(layout, free.width())
                least = min(layout.totalMinimumSize().width(), free.width())
                size = window.size() if wish is None else wish
                wide = max(min(size.width(), free.width()), least)
                needed = QSize(least, min(self._height(layout, wide), free.height()))
                if window.minimumSize() != needed:
                    window.setMinimumSize(needed)
                size = size.expandedTo(needed).boundedTo(free)
                if size == window.size() or window.windowState() & ENLARGED:
                    break
                window.resize(size)
        finally:
            self._busy = False

    def _stack_buttons(self, layout: QLayout, width: int) -> None:
        """Buttons beside each other that are wider than the screen stand under each other."""
        last = layout.itemAt(layout.count() - 1)
        row = last.layout() if last is not None else None
        if isinstance(row, QBoxLayout) and row.direction() is QBoxLayout.Direction.LeftToRight:
            margins = layout.contentsMargins()
            if row.minimumSize().width() > width - margins.left() - margins.right():
                row.setDirection(QBoxLayout.Direction.TopToBottom)
        box = last.widget() if last is not None else None
        if isinstance(box, QDialogButtonBox) and box.minimumSizeHint().width() > width:
            box.setOrientation(Qt.Orientation.Vertical)

    # where it is

    def keep_inside(self) -> None:
        """All of it is on the screen, wherever it was put."""
        window = self._window
        if not window.isVisible() or window.windowState() & ENLARGED:
            return
        free, at = self.free, window.geometry()
        x = max(free.left(), min(at.left(), free.right() + 1 - at.width()))
        y = max(free.top(), min(at.top(), free.bottom() + 1 - at.height()))
        if (x, y) != (at.left(), at.top()):
            window.move(window.pos() + QPoint(x - at.left(), y - at.top()))

    def shown(self) -> None:
        """It has just come up."""
        self._watch()
        self.hold()
        self.keep_inside()

    def rearranged(self) -> None:
        """Something in it is longer, shorter, there, or gone."""
        before = self._window.size()
        self.hold()
        if self._window.size() != before:
            self.keep_inside()

    def other_letters(self) -> None:
        """As much larger or smaller as they are."""
        before, points, size = self._points, self._window.fontInfo().pointSizeF(), self._window.size()
        if not before or points == before:
            return
        self._points = points
        if self._grown is not None and self._grown[:2] == (
            size,
            points,
        ):  # the screen may have had no room for all of it
            wish = self._grown[2]
        else:
            wish = QSize(round(size.width() * points / before), round(size.height() * points / before))
        self.hold(wish)
        self._grown = (self._window.size(), before, size)
        self.keep_inside()

    def _watch(self) -> None:
        """Another screen, or another part of it that is free, is known at once."""
        handle, screen = self._window.windowHandle(), screen_of(self._window)
        if handle is not None and handle is not self._handle:
            self._handle = handle
            handle.screenChanged.connect(self._screen_changed)
        if screen is not self._screen:
            self._screen = screen
            screen.availableGeometryChanged.connect(self._area_changed)

    def _screen_changed(self) -> None:
        """Dragged there by the person, who sees where it is: it only gets smaller."""
        self._watch()
        self.hold()

    def _area_changed(self) -> None:
        self.hold()
        self.keep_inside()


def _move(source: QVBoxLayout, row: int, target: QVBoxLayout) -> None:
    """One row of a column to the end of another."""
    stretch, item = source.stretch(row), source.takeAt(row)
    if item is None:
        return
    if (widget := item.widget()) is not None:
        alignment = item.alignment()
        delete(item)  # before there is another: only the first one is told of the widget's other sizes
        target.addWidget(widget, stretch, alignment)
    elif (inner := item.layout()) is not None:
        target.addLayout(inner, stretch)
    else:
        target.addItem(item)
        target.setStretch(target.count() - 1, stretch)
