"""What lies above everything else on the screen: which window flags that takes, and windows that only show and let every click through."""

import sys

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from common.protocol.rfb.filter import Box
from user_agent.ui.geometry import ScreenGeometry

Flag = Qt.WindowType

# On X11 a window manager may put a full-screen window above those that ask to stay on top, so it is left out.
ON_TOP = Flag.Window | Flag.FramelessWindowHint | Flag.WindowStaysOnTopHint | Flag.X11BypassWindowManagerHint


def places() -> bool:
    """Whether programs may place their windows and put them above others here; Wayland lets nobody."""
    return QGuiApplication.platformName() in {"xcb", "windows", "cocoa"}


def put_above(window: QWidget) -> None:
    """Above everything, again: something else may have been put there since."""
    if window.isVisible() and places():
        window.raise_()


def as_box(rect: QRect) -> Box:
    """Qt's rectangle as a plain one."""
    return Box(rect.x(), rect.y(), rect.width(), rect.height())


def as_screen(screen: QScreen) -> ScreenGeometry:
    """Qt's screen as a plain one. On macOS corners are in units too; elsewhere they are in pixels."""
    area = as_box(screen.geometry())
    ratio = screen.devicePixelRatio()
    corner = ratio if sys.platform == "darwin" else 1.0
    return ScreenGeometry(area=area, ratio=ratio, x=round(area.x * corner), y=round(area.y * corner))


def screens() -> tuple[ScreenGeometry, ...]:
    """The screens that are there now."""
    return tuple(as_screen(screen) for screen in QGuiApplication.screens())


class Overlay(QWidget):
    """Shows something above everything, and is nothing to the mouse and the keyboard."""

    def __init__(self) -> None:
        super().__init__(None, ON_TOP | Flag.Tool | Flag.WindowTransparentForInput | Flag.WindowDoesNotAcceptFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_MacAlwaysShowToolWindow)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)


class ScreenWatch(QObject):
    """`changed`: a screen came, went, or is otherwise than before."""

    changed = Signal()

    def __init__(self, app: QGuiApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        app.screenAdded.connect(self._added)
        app.screenRemoved.connect(self.changed)
        app.primaryScreenChanged.connect(self.changed)
        for screen in app.screens():
            self._hear(screen)

    def _added(self, screen: QScreen) -> None:
        self._hear(screen)
        self.changed.emit()

    def _hear(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self.changed)
        screen.availableGeometryChanged.connect(self.changed)
        screen.logicalDotsPerInchChanged.connect(self.changed)
