"""What every window and part of one is made from: its words are set in one method, again whenever the language changes."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QDialog, QFrame, QWidget

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


class Fitted(_Widget):
    """Mixed into a top-level QWidget before it: it is never lower than its wrapped texts need at its width.

    Qt's layouts see to that for the parts of a window, but not for the window itself.
    """

    _fitted = 0

    def event(self, event: QEvent) -> bool:
        """After whatever may have changed a text, a font or the width."""
        done = super().event(event)
        if event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.Resize, QEvent.Type.Show}:
            self._fit()
        return done

    def _fit(self) -> None:
        layout = self.layout()
        if layout is None or not layout.hasHeightForWidth():
            return
        needed = min(layout.totalMinimumHeightForWidth(self.width()), self.screen().availableGeometry().height())
        if needed > self.minimumHeight() or self.minimumHeight() == self._fitted != needed:
            self._fitted = needed
            self.setMinimumHeight(needed)


class Window(Worded, Fitted, QWidget):
    """A window of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)

    def bring(self) -> None:
        """Show it, in front, with the keyboard."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()


class Dialog(Worded, Fitted, QDialog):
    """A dialog. Open it by `open()` and hear its signals: nothing here ever runs a loop of its own (`exec`)."""
