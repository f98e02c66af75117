"""A window that asks the person something in mid-session: in front of everything, and deaf at first."""

from PySide6.QtCore import QEvent, Qt, QTimer

from common.ui.screens import screen_of
from common.ui.window import Window
from user_agent.ui.overlay import places, put_above

WIDE = 30  # heights of a line
DEAF = 1000  # milliseconds in which a click or a key that was meant for something else answers nothing


class AskingWindow(Window):
    """`_come` shows it; a while later `hear` is called, and answers count (`_hears`). `_go` takes it away."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setWindowFlags(
            Qt.WindowType.Dialog
            | Qt.WindowType.WindowStaysOnTopHint
            | Qt.WindowType.CustomizeWindowHint
            | Qt.WindowType.WindowTitleHint
        )
        self.setObjectName(name)
        self._hears = False
        self._ears = QTimer(self)
        self._ears.setSingleShot(True)
        self._ears.setInterval(DEAF)
        self._ears.timeout.connect(self.hear)

    def hear(self) -> None:
        """From now on answers count."""
        self._hears = True

    def _close_ears(self) -> None:
        """A new question: whatever is under way was not meant for it."""
        self._hears = False
        self._ears.start()

    def event(self, event: QEvent) -> bool:
        """A key that comes while nothing counts: somebody types, and goes on being heard by nothing until they have stopped.

        Every key passes here by this event first, whichever part of the window has the keyboard.
        """
        if event.type() is QEvent.Type.ShortcutOverride and self._ears.isActive():
            self._ears.start()
        return super().event(event)

    def _come(self) -> None:
        """In the middle of the screen, in front, with the keyboard."""
        self.fit_to_content()
        if places():
            self.move(screen_of(self).availableGeometry().center() - self.rect().center())
        self.bring()
        put_above(self)

    def _go(self) -> None:
        self._ears.stop()
        self.hide()
