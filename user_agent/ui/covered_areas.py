"""Where Tasuki's own windows lie on the shared screen, and whether one has the keyboard, told whenever that changes.

The filter drops what a helper clicks on there, and types there.
"""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QApplication, QWidget

from common.protocol.rfb.filter import Box
from user_agent.ui.geometry import to_framebuffer
from user_agent.ui.overlay import as_box, as_screen, places

DEAF = 300  # milliseconds for which a window that was given the keyboard hears no key: the helper's may be under way
SETTLES = 200  # milliseconds until the desktop has put its frame around a new window, which it tells nobody

_MOVES = frozenset({
    QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.WindowStateChange,
    QEvent.Type.Close, QEvent.Type.ScreenChangeInternal,
})  # fmt: skip
_KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride, QEvent.Type.Shortcut})


class CoveredAreas(QObject):
    """Watches every window of the program between `watch` and `rest`. `covered(list[Box])`: in framebuffer pixels.

    `keyboard_covered(bool)`: what is typed comes to one of them.

    Wayland tells no program where its windows are, so nothing is covered there: a helper in control may stop the session
    or pause it by a click on the bar, but answers no question, since all input is dropped while one is open.
    """

    covered = Signal(object)
    keyboard_covered = Signal(bool)

    def __init__(self, app: QApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._shared: Box | None = None
        self._boxes: list[Box] = []
        self._keyboard = False
        self.deaf = QTimer(self)
        self.deaf.setSingleShot(True)
        self.deaf.setInterval(DEAF)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(SETTLES)
        self._later.timeout.connect(self.look)

    def watch(self, shared: Box) -> None:
        """From now on; `shared` is the framebuffer in the desktop's pixels."""
        if self._shared is None:
            self._app.installEventFilter(self)
            self._app.focusWindowChanged.connect(self._keyboard_went)
            self._keyboard_went(self._app.focusWindow())
        self._shared = shared
        self.look()

    def rest(self) -> None:
        """No longer: nothing is covered."""
        if self._shared is not None:
            self._app.removeEventFilter(self)
            self._app.focusWindowChanged.disconnect(self._keyboard_went)
            self._keyboard_went(None)
            self._shared = None
            self.deaf.stop()
            self._later.stop()
            self._tell([])

    def look(self) -> None:
        """Look where the windows are, and tell if that is news."""
        if self._shared is not None:
            self._tell(boxes_of(self._app.topLevelWidgets(), self._shared) if places() else [])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look again when a window has moved; a window that has just come is told before the next click is read."""
        if event.type() in _KEYS and self.deaf.isActive():
            return True
        if event.type() in _MOVES and isinstance(watched, QWidget) and watched.isWindow():
            self._later.start()
            self.look()
        return False

    def _keyboard_went(self, window: QWindow | None) -> None:
        """To one of our windows, or elsewhere."""
        here = window is not None
        if here and not self._keyboard:
            self.deaf.start()
        if here is not self._keyboard:
            self._keyboard = here
            self.keyboard_covered.emit(here)

    def _tell(self, boxes: list[Box]) -> None:
        if boxes != self._boxes:
            self._boxes = boxes
            self.covered.emit(boxes)


def boxes_of(windows: list[QWidget], shared: Box) -> list[Box]:
    """The windows that can be seen and clicked on, with their frames."""
    found = []
    for window in windows:
        if (
            not window.isVisible()
            or window.isMinimized()
            or window.windowFlags() & Qt.WindowType.WindowTransparentForInput
        ):
            continue
        box = to_framebuffer(as_box(window.frameGeometry()), as_screen(window.screen()), shared)
        if box is not None:
            found.append(box)
    return sorted(found)
