"""Available, busy, away: three buttons, one of them pressed."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from common.protocol.messages import Status
from common.ui.widgets import button
from common.ui.window import Part

KEYS = {Status.AVAILABLE: "Ctrl+1", Status.BUSY: "Ctrl+2", Status.AWAY: "Ctrl+3"}


class StatusSwitch(Part):
    """`chosen(Status)` when the person presses another one; what holds comes by `render`."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._status = Status.AVAILABLE
        self._group = QButtonGroup(self)
        self._buttons = {status: button() for status in KEYS}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for status, made in self._buttons.items():
            made.setObjectName(status.value)
            made.setCheckable(True)
            made.setShortcut(QKeySequence(KEYS[status]))
            self._group.addButton(made)
            row.addWidget(made)
            made.clicked.connect(lambda _checked=False, status=status: self._chosen(status))
        self._buttons[self._status].setChecked(True)
        self.begin_words()

    def render(self, status: Status) -> None:  # type: ignore[override]
        """What holds."""
        self._status = status
        self._buttons[status].setChecked(True)

    def retranslate(self) -> None:
        """Words; setting them takes the shortcuts away."""
        texts = {
            Status.AVAILABLE: (self.tr("Available"), self.tr("Everybody who may ask for you can do so.")),
            Status.BUSY: (self.tr("Busy"), self.tr("Others see that you are busy; they can ask for you all the same.")),
            Status.AWAY: (self.tr("Away"), self.tr("Nobody asks for you by name.")),
        }
        for status, made in self._buttons.items():
            text, meaning = texts[status]
            keys = QKeySequence(KEYS[status])
            made.setText(text)
            made.setShortcut(keys)
            made.setToolTip(f"{meaning} ({keys.toString(QKeySequence.SequenceFormat.NativeText)})")
            made.setAccessibleDescription(meaning)

    def _chosen(self, status: Status) -> None:
        if status is not self._status:
            self.chosen.emit(status)
