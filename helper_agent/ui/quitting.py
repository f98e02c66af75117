"""The question before the program ends while sessions run."""

from PySide6.QtWidgets import QWidget

from common.host.words import one_line
from common.ui.quitting import QuitQuestion


class QuitDialog(QuitQuestion):
    """`confirmed()`: end them. Escape and Enter stay."""

    def __init__(self, *, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        """`names`: whose sessions run."""
        super().__init__(parent)
        self._names = names
        self.begin_words()

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
