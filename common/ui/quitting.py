"""The question before a program ends while it still does something for somebody. What that is, each program says itself."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from common.ui.widgets import button, label
from common.ui.window import Dialog

WIDE = 24  # lines of text


class QuitQuestion(Dialog):
    """`confirmed()`: end it. Escape and Enter stay. Who derives sets the words, and calls `begin_words`."""

    confirmed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("quit_dialog")
        self.text = label()
        self.leave = button(kind="danger")
        self.leave.setObjectName("quit_now")
        self.stay = button(kind="primary")
        self.stay.setObjectName("stay")
        self.stay.setDefault(True)
        self.leave.clicked.connect(self._confirm)
        self.stay.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.leave)
        row.addWidget(self.stay)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(16)
        layout.addWidget(self.text, 1)
        layout.addLayout(row)
        self.setMinimumWidth(self.fontMetrics().height() * WIDE)

    def _confirm(self) -> None:
        self.accept()
        self.confirmed.emit()
