"""What is asked before a session is ended."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from common.ui.widgets import ButtonRow, button, column, label
from common.ui.window import Dialog


class EndDialog(Dialog):
    """`confirmed`: end it."""

    confirmed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("end_dialog")
        self._name = name
        self._text = label(rank="heading")
        self._end = button(kind="danger")
        self._end.setObjectName("end_yes")
        self._stay = button()
        self._stay.setObjectName("end_no")
        self.setLayout(column(self._text, ButtonRow(accept=self._end, reject=self._stay), margins=20, spacing=16))
        self._end.setDefault(True)
        self._end.setFocus()
        self._end.clicked.connect(self.accept)
        self._stay.clicked.connect(self.reject)
        self.accepted.connect(self.confirmed)
        self.begin_words()
        self.open_at(32)

    def retranslate(self) -> None:
        """Words."""
        self.setWindowTitle(self.tr("End the session"))
        self._text.setText(self.tr("End the session with {name}?").format(name=self._name))
        self._end.setText(self.tr("&End session"))
        self._stay.setText(self.tr("&Go on"))
