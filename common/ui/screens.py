"""The screen that a window is on.

`QWidget.screen()` and `QWindow.screen()` must not be asked: PySide takes the screen that they return for a part of that
window, and now and then frees it with the window; the program then crashes at whatever needs a screen next. What the
application itself returns belongs to nobody.
"""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget


def screen_of(widget: QWidget) -> QScreen:
    """Where the middle of its window is, or the nearest one; where it will come up, while it was not shown yet.

    Wayland tells nobody where a window is: there it is the one where such a window would begin.
    """
    window = widget.window()
    while not window.isVisible() and not window.testAttribute(Qt.WidgetAttribute.WA_Moved):
        over = window.parentWidget()
        if over is None:
            return QGuiApplication.primaryScreen()
        window = over.window()  # Qt puts it there
    middle = window.geometry().center()
    return QGuiApplication.screenAt(middle) or min(
        QGuiApplication.screens(), key=lambda screen: _away(screen.geometry(), middle)
    )


def _away(area: QRect, point: QPoint) -> int:
    """How far outside it lies, in units."""
    beside = max(area.left() - point.x(), point.x() - area.right(), 0)
    return beside + max(area.top() - point.y(), point.y() - area.bottom(), 0)
