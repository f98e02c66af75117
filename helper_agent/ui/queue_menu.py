"""The queue window's menu. Its keys hold also while it is closed."""

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from common.ui.window import Worded


class QueueMenu(Worded, QMenu):
    """One action for each thing that can be done; connect to their `triggered`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.next = self._add("next", "Ctrl+N")
        self.list = self._add("list", "Ctrl+L")
        self.search = self._add("search", "Ctrl+F")
        self.hand_over = self._add("hand_over", "Ctrl+T")
        self.retry = self._add("retry", "F5")
        self.addSeparator()
        self.history = self._add("history", "Ctrl+H")
        self.settings = self._add("settings", "Ctrl+,")
        self.diagnosis = self._add("diagnosis", "F1")
        self.addSeparator()
        self.quit = self._add("quit", "Ctrl+Q")
        self.begin_words()

    def retranslate(self) -> None:
        """Words."""
        self.next.setText(self.tr("Take the &next"))
        self.list.setText(self.tr("Go to the &list"))
        self.search.setText(self.tr("&Search the list"))
        self.hand_over.setText(self.tr("&Hand the last session over…"))
        self.retry.setText(self.tr("&Connect now"))
        self.history.setText(self.tr("&Recent sessions…"))
        self.settings.setText(self.tr("S&ettings…"))
        self.diagnosis.setText(self.tr("&Why can’t I connect?"))
        self.quit.setText(self.tr("&Quit"))

    def _add(self, name: str, keys: str) -> QAction:
        action = self.addAction("")
        action.setObjectName(name)
        action.setShortcut(QKeySequence(keys))
        return action
