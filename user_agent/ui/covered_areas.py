"""Where Tasuki's own windows lie on the shared screen, and whether one has the keyboard, told whenever that changes.

The filter drops what a helper clicks on there, and types there. A place is told before a window is put there (`expect`), and a while
longer than the window was seen there: the desktop moves windows a moment later than it is asked to, and until then a click meets
the window where it was.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QApplication, QWidget

from common.protocol.rfb.filter import Box
from common.ui.screens import screen_of
from user_agent.ui.geometry import to_framebuffer
from user_agent.ui.overlay import as_box, as_screen, places

DEAF = 300  # milliseconds for which a window that was given the keyboard hears no key: the helper's may be under way
SETTLES = (
    200  # milliseconds until the desktop has put its frame around a new window, which it tells nobody, or has moved one
)
LINGER = 0.5  # seconds for which a place is told after a window was there, or before it is
MOST = 64  # places that are told so: of a window that is dragged the last

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

    def __init__(
        self,
        app: QApplication,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock`: seconds of any beginning."""
        super().__init__(parent)
        self._app = app
        self._clock = clock
        self._seen: list[Box] = []  # where windows were when it was looked last
        self._kept: dict[Box, float] = {}  # until when a place is told all the same
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
        if shared != self._shared:
            self._seen, self._kept = [], {}  # elsewhere by now
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
            self._seen, self._kept = [], {}
            self._tell([])

    def expect(self, place: QRect) -> None:
        """One of our windows is about to be put there."""
        screen = QGuiApplication.screenAt(place.center()) or QGuiApplication.primaryScreen()
        if self._shared is not None and places():
            box = to_framebuffer(as_box(place), as_screen(screen), self._shared)
            if box is not None:
                self._keep(box)
                self.look()

    def look(self) -> None:
        """Look where the windows are, and tell if that is news."""
        if self._shared is None:
            return
        now = self._clock()
        before, self._seen = self._seen, boxes_of(self._app.topLevelWidgets(), self._shared) if places() else []
        for box in set(before).difference(self._seen):
            self._keep(box)
        self._kept = {box: until for box, until in self._kept.items() if until > now}
        if self._kept and not self._later.isActive():
            self._later.start()
        self._tell(sorted({*self._seen, *self._kept}))

    def _keep(self, box: Box) -> None:
        self._kept.pop(box, None)
        self._kept[box] = self._clock() + LINGER
        while len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]

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
        box = to_framebuffer(as_box(window.frameGeometry()), as_screen(screen_of(window)), shared)
        if box is not None:
            found.append(box)
    return sorted(found)
