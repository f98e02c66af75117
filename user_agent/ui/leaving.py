"""The question before the program ends while help is under way."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from common.host.words import one_line
from common.ui.widgets import button, label
from common.ui.window import Dialog


class QuitDialog(Dialog):
    """`confirmed()`: end it. Escape and Enter stay."""

    confirmed = Signal()

    def __init__(self, *, helper: str = "", parent: QWidget | None = None) -> None:
        """`helper`: whose session would end; empty: a request would be taken back."""
        super().__init__(parent)
        self.setObjectName("quit_dialog")
        self._helper = helper
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
        self.setMinimumWidth(self.fontMetrics().height() * 24)
        self.begin_words()

    def retranslate(self) -> None:
        """Words."""
        self.setWindowTitle(self.tr("Quit Tasuki?"))
        if self._helper:
            text = self.tr("{name} is helping you now. If you quit, the session ends.")
            self.text.setText(text.format(name=one_line(self._helper)))
        else:
            self.text.setText(self.tr("You have asked for help. If you quit, your request is taken back."))
        self.leave.setText(self.tr("&Quit"))
        self.stay.setText(self.tr("&Stay"))

    def _confirm(self) -> None:
        self.accept()
        self.confirmed.emit()
