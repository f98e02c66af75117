"""The question before a program ends while it still does something for somebody. What that is, each program says itself."""

from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from common.ui.widgets import ButtonRow, button, label, named
from common.ui.window import Dialog

WIDE = 24  # heights of a line


class QuitWords(Protocol):
    """A program's own words, in the language of the moment."""

    def loss(self) -> str:
        """What would end, and how."""

    def leave(self) -> str:
        """The button that ends it."""


class QuitDialog(Dialog):
    """`confirmed()`: end it. Escape and Enter stay."""

    confirmed = Signal()

    def __init__(self, words: QuitWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("quit_dialog")
        self._words = words
        self.text = label()
        self.leave = named(button(kind="danger"), "quit_now")
        self.stay = named(button(kind="primary"), "stay")
        self.stay.setDefault(True)
        self.leave.clicked.connect(self._confirm)
        self.stay.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(16)
        layout.addWidget(self.text, 1)
        layout.addWidget(ButtonRow(accept=self.leave, reject=self.stay))
        self.begin_words()
        self.open_at(WIDE)

    def retranslate(self) -> None:
        """The words."""
        self.setWindowTitle(self.tr("Quit Tasuki?"))
        self.text.setText(self._words.loss())
        self.leave.setText(self._words.leave())
        self.stay.setText(self.tr("&Stay"))

    def _confirm(self) -> None:
        self.accept()
        self.confirmed.emit()
