"""The question before the program ends while sessions run."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from common.host.words import one_line
from common.ui.widgets import button, label
from common.ui.window import Dialog


class QuitDialog(Dialog):
    """`confirmed()`: end them. Escape and Enter stay."""

    confirmed = Signal()

    def __init__(self, *, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        """`names`: whose sessions run."""
        super().__init__(parent)
        self.setObjectName("quit_dialog")
        self._names = names
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
        self.begin_words()
        self.resize(self.fontMetrics().height() * 26, self.sizeHint().height())

    def retranslate(self) -> None:
        """Words."""
        self.setWindowTitle(self.tr("Quit Tasuki?"))
        if len(self._names) == 1:
            text = self.tr("You are in a session with {name}. If you quit, it ends.")
            self.text.setText(text.format(name=one_line(self._names[0])))
        else:
            text = self.tr("You are in %n sessions. If you quit, they end.", "", len(self._names))
            self.text.setText(text)
        self.leave.setText(self.tr("&End and quit"))
        self.stay.setText(self.tr("&Stay"))

    def _confirm(self) -> None:
        self.accept()
        self.confirmed.emit()
