"""Room for what may be higher than the screen."""

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QLayout, QScrollArea, QVBoxLayout, QWidget

from common.ui.screens import screen_of

COMFORTABLE = 28  # heights of a line: a width at which texts read well
LEAST = 5  # heights of a line that are always seen of what is scrolled
TURNS = 3  # of the loop, until layouts inside layouts have passed on what changed
EDGE = 4  # heights of a line: what stands beside it in a window, at most


def least_height(layout: QLayout, width: int) -> int:
    """The least that this needs at a width, all of its texts wrapped."""
    if layout.hasHeightForWidth():
        return layout.totalMinimumHeightForWidth(width)
    return layout.totalMinimumSize().height()


def usual_height(layout: QLayout, width: int) -> int:
    """What it wants to have at a width."""
    if layout.hasHeightForWidth():
        return layout.totalHeightForWidth(width)
    return layout.totalSizeHint().height()


class Column(QWidget):
    """Parts under each other for a Scrolled. Lists and fields in it give way before anything is scrolled."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)

    def heightForWidth(self, width: int) -> int:
        """No more than it can do with."""
        return least_height(self.rows, width)


class Scrolled(QScrollArea):
    """Around what may be higher than there is room for; as wide as it has to be, and it takes no keyboard of its own.

    What gets the keyboard is scrolled into sight.
    """

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self._inside = inside
        self._wants: tuple[QSize, QSize] | None = None  # what the window was told last
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inside)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    def minimumSizeHint(self) -> QSize:
        """Nothing is cut off at the side, unless the screen itself is too narrow."""
        line = self.fontMetrics().height()
        wide = self._inside.minimumSizeHint().width() + self._bar
        wide = min(wide, screen_of(self).availableGeometry().width() - line * EDGE)
        return QSize(wide, min(self.least(wide), line * LEAST))

    def sizeHint(self) -> QSize:
        """As high as it is at a comfortable width."""
        wide = max(self.minimumSizeHint().width(), self.fontMetrics().height() * COMFORTABLE)
        return QSize(wide, self.usual(max(wide, self.width()) if self.isVisible() else wide))

    def least(self, width: int) -> int:
        """The height below which something is scrolled."""
        layout = self._inside.layout()
        return least_height(layout, width) if layout is not None else self._inside.minimumSizeHint().height()

    def usual(self, width: int) -> int:
        """The height that what stands in it wants."""
        layout = self._inside.layout()
        return usual_height(layout, width) if layout is not None else self._inside.sizeHint().height()

    @property
    def _bar(self) -> int:
        return self.verticalScrollBar().sizeHint().width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wider is lower."""
        self._drop_bar()
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def viewportEvent(self, event: QEvent) -> bool:
        """What is in it wants another size: layouts in layouts have kept heights of before, and Qt does not ask them again.

        A layout that has done its work says that it may want another size, whether it does or not: that would bring us here
        again, and so without end.
        """
        layout = self._inside.layout()
        if event.type() is QEvent.Type.LayoutRequest and layout is not None:
            layout.invalidate()
            layout.activate()
            QCoreApplication.removePostedEvents(self.viewport(), QEvent.Type.LayoutRequest.value)
            self._drop_bar()
            if (wants := (self.minimumSizeHint(), self.sizeHint())) != self._wants:
                self._wants = wants
                self.updateGeometry()  # the window may be lower by now, or has to be higher
        return super().viewportEvent(event)

    def _drop_bar(self) -> None:
        """The bar goes where all fits without it: Qt asks at the width that the bar leaves, at which the bar is needed."""
        room = self.maximumViewportSize()
        fits = self._inside.minimumSizeHint().width() <= room.width() and self.least(room.width()) <= room.height()
        off, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        if self.verticalScrollBarPolicy() is not (policy := off if fits else needed):
            self.setVerticalScrollBarPolicy(policy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows are the window's own, which may lead from a field into a list; pages are scrolled."""
        if event.key() in {Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        """By keys or by the program. What is clicked on must not move away under the pointer, and a window that opens shows its top."""
        if before is None or now is None or before.window() is not now.window():
            return
        if not self._inside.isAncestorOf(now) or is_clicked(now):
            return
        self.ensureWidgetVisible(now)
        bar, room, edge = self.verticalScrollBar(), self.viewport().height(), self.fontMetrics().height() // 2
        top = now.mapTo(self._inside, QPoint(0, 0)).y()
        if now.height() + 2 * edge <= room:  # all of it: to Qt the cursor in a field is enough
            bar.setValue(max(min(bar.value(), top - edge), top + now.height() + edge - room))


def reveal(widget: QWidget) -> None:
    """Something new stands there: it comes into sight where it is scrolled, once that is laid out."""

    def look(turn: int = 0) -> None:
        if turn < TURNS:
            QTimer.singleShot(0, widget, lambda: look(turn + 1))
            return
        above = widget.parentWidget()
        while above is not None and not isinstance(above, Scrolled):
            above = above.parentWidget()
        if above is not None and widget.isVisible():
            above.ensureWidgetVisible(widget, 0, 0)

    look()


def is_clicked(widget: QWidget) -> bool:
    """Whether a mouse button is down on it."""
    return widget.underMouse() and QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
