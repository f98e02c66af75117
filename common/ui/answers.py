"""Own texts, offered while the field of a chat begins with a slash: the keyboard stays where it is, and goes into them by Down."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QWidget

SLASH = ("/", "／")  # as an input method writes it
SHOWN = 6  # rows


class AnswerList(QListWidget):
    """`chosen(text)`: put this into the field. `left()`: the keyboard goes back there."""

    chosen = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answers: tuple[str, ...] = ()
        self.setObjectName("answers")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.itemActivated.connect(lambda item: self.chosen.emit(item.data(Qt.ItemDataRole.UserRole)))
        self.itemClicked.connect(lambda item: self.chosen.emit(item.data(Qt.ItemDataRole.UserRole)))
        self.hide()

    def set_answers(self, answers: tuple[str, ...]) -> None:
        """These can be chosen."""
        self._answers = answers

    def look(self, typed: str) -> None:
        """What was typed: behind a slash, words that an answer has; shown are those that have them all."""
        words = typed[1:].casefold().split() if typed.startswith(SLASH) else None
        found = [one for one in self._answers if words is not None and all(word in one.casefold() for word in words)]
        self.clear()
        for one in found:
            self.addItem(" ".join(one.split()))
            self.item(self.count() - 1).setData(Qt.ItemDataRole.UserRole, one)
        self.setVisible(bool(found))
        if found:
            self.setCurrentRow(0)
            rows = min(SHOWN, len(found))
            self.setFixedHeight(rows * self.sizeHintForRow(0) + 2 * self.frameWidth())

    def choose(self) -> bool:
        """The row that is marked; whether there is one."""
        item = self.currentItem()
        if self.isHidden() or item is None:
            return False
        self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes it, Escape goes back to the field, and so does Up at the first row."""
        if event.key() == Qt.Key.Key_Escape or (event.key() == Qt.Key.Key_Up and self.currentRow() <= 0):
            self.left.emit()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.choose()
        else:
            super().keyPressEvent(event)
