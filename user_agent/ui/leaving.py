"""The question before the program ends while help is under way."""

from PySide6.QtWidgets import QWidget

from common.host.words import one_line
from common.ui.quitting import QuitQuestion


class QuitDialog(QuitQuestion):
    """`confirmed()`: end it. Escape and Enter stay."""

    def __init__(self, *, helper: str = "", parent: QWidget | None = None) -> None:
        """`helper`: whose session would end; empty: a request would be taken back."""
        super().__init__(parent)
        self._helper = helper
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
