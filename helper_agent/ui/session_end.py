"""What is asked before a session is ended, and what stands there when it is over."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from common.ui.elapsed import clock_text
from common.ui.widgets import button, column, label
from common.ui.window import Dialog, Part
from helper_agent.ui.session_head import ending
from helper_agent.views import RunningSession


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
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._stay)
        row.addWidget(self._end)
        layout = column(self._text, margins=20, spacing=16)
        layout.addLayout(row)
        self.setLayout(layout)
        self._end.setDefault(True)
        self._end.setFocus()
        self._end.clicked.connect(self.accept)
        self._stay.clicked.connect(self.reject)
        self.accepted.connect(self.confirmed)
        self.begin_words()
        self.resize(self.fontMetrics().height() * 32, self.sizeHint().height())

    def retranslate(self) -> None:
        """Words."""
        self.setWindowTitle(self.tr("End the session"))
        self._text.setText(self.tr("End the session with {name}?").format(name=self._name))
        self._end.setText(self.tr("&End session"))
        self._stay.setText(self.tr("&Go on"))


class EndPanel(Part):
    """It is over: why, how long it lasted, and *close*."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._running: RunningSession | None = None
        self._lasted = 0.0
        self._title = label(rank="title", wrap=False)
        self._why = label()
        self._why.setObjectName("why")
        self._length = label(rank="muted")
        self._close = button(kind="primary")
        self._close.setObjectName("close")
        for one in (self._title, self._why, self._length):
            one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(1)
        layout.addWidget(self._title)
        layout.addWidget(self._why)
        layout.addWidget(self._length)
        layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        self._close.clicked.connect(self.closed)
        self.setFocusProxy(self._close)
        self.begin_words()

    def show_end(self, running: RunningSession, *, lasted: float) -> None:
        """`lasted`: seconds that it was connected."""
        self._running, self._lasted = running, lasted
        self.retranslate()

    def retranslate(self) -> None:
        """Words."""
        self._title.setText(self.tr("The session has ended"))
        self._close.setText(self.tr("&Close"))
        if self._running is not None:
            self._why.setText(ending(self._running))
            lasted = clock_text(self._lasted)
            self._length.setText(self.tr("It lasted {time}.").format(time=lasted))
            self._length.setVisible(self._running.view.since is not None)
