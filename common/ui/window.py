"""What every window and part of one is made from: its words are set in one method, again whenever the language changes.

A window with an edge of its own is also held against the screen: see common.ui.fitted.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QDialog, QFrame, QWidget

from common.ui.fitted import Fitted

if TYPE_CHECKING:
    _Widget = QWidget
else:
    _Widget = object


class Worded(_Widget):
    """Mixed into a QWidget before it: call `self.retranslate()` at the end of the constructor.

    `retranslate` sets every text and accessible name by `self.tr("…")`, and renders the value shown last once more. It may be
    called before the constructor is through (Qt polishes early), hence `_worded`.
    """

    _worded = False

    def retranslate(self) -> None:
        """Set the words. Override; the last line of the constructor calls it."""

    def begin_words(self) -> None:
        """Everything is built: set the words now, and whenever the language changes."""
        self._worded = True
        self.retranslate()

    def changeEvent(self, event: QEvent) -> None:
        """Qt tells every widget of a new language."""
        if event.type() is QEvent.Type.LanguageChange and self._worded:
            self.retranslate()
        super().changeEvent(event)


class Part(Worded, QWidget):
    """A part of a window."""


class Card(Worded, QFrame):
    """A part of a window on a surface of its own (see common.ui.theme)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)


class Window(Worded, Fitted, QWidget):
    """A window of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)

    def begin_words(self) -> None:
        """Everything is built: what gives way on a small screen is known too."""
        self.give_way()
        super().begin_words()

    def bring(self) -> None:
        """Show it, in front, with the keyboard."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()


class Dialog(Worded, Fitted, QDialog):
    """A dialog. Open it by `open()` and hear its signals: nothing here ever runs a loop of its own (`exec`)."""

    def begin_words(self) -> None:
        """Everything is built: what gives way on a small screen is known too."""
        self.give_way()
        super().begin_words()
