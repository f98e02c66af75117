"""What is shown where the program cannot begin: the sentence, and what can be done about it here."""

from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from common.agent.desk import KnownDesk, telephone_text
from common.host.errors import TasukiError, sentence
from common.ui.widgets import ButtonRow, CallLine, button, label
from common.ui.window import Window

WIDE = 30  # heights of a line


class StartupErrorWindow(Window):
    """`answered(bool)`: try again, or end the program."""

    answered = Signal(bool)

    def __init__(self, *, folder: Path, parent: QWidget | None = None) -> None:
        """`folder`: the agent's, which the person may want to look into."""
        super().__init__(parent)
        self.setObjectName("startup_error")
        self._folder = folder
        self._problem: TasukiError | None = None
        self._title = label(rank="title")
        self.text = label()
        self.text.setObjectName("problem")
        self.call = CallLine()
        self.again = button(kind="primary")
        self.again.setObjectName("try_again")
        self.again.setDefault(True)
        self.open_folder = button()
        self.open_folder.setObjectName("open_folder")
        self.leave = button()
        self.leave.setObjectName("quit")
        self.again.clicked.connect(lambda: self.answered.emit(True))
        self.open_folder.clicked.connect(self._open_folder)
        self.leave.clicked.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addWidget(self._title)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.call)
        layout.addWidget(ButtonRow(accept=self.again, reject=self.leave, besides=(self.open_folder,)))
        self.begin_words()
        self.open_at(WIDE)

    def render(self, problem: TasukiError) -> None:  # type: ignore[override]
        """Say this."""
        self._problem = problem
        self.retranslate()
        self.again.setFocus()

    def retranslate(self) -> None:
        """Words."""
        self.setWindowTitle(self.tr("Tasuki cannot start"))
        self._title.setText(self.tr("Tasuki cannot start"))
        self.text.setText(sentence(self._problem) if self._problem is not None else "")
        self.call.say(telephone_text(KnownDesk(self._folder).read()))
        self.again.setText(self.tr("&Try again"))
        self.open_folder.setText(self.tr("&Open the folder"))
        self.open_folder.setAccessibleName(self.tr("Open the folder with Tasuki's settings"))
        self.leave.setText(self.tr("&Quit"))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closed: the person gives up."""
        super().closeEvent(event)
        self.answered.emit(False)

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))
