"""What a helper reads before the program ends while sessions run."""

from PySide6.QtCore import QObject

from common.host.words import one_line


class HelperQuitWords(QObject):
    """For common.ui.quit_dialog."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """`names`: whose sessions run."""
        super().__init__()
        self._names = names

    def loss(self) -> str:
        """The sessions."""
        if len(self._names) != 1:
            return self.tr("You are in %n sessions. If you quit, they end.", "", len(self._names))
        text = self.tr("You are in a session with {name}. If you quit, it ends.")
        return text.format(name=one_line(self._names[0]))

    def leave(self) -> str:
        """The sessions end too."""
        return self.tr("&End and quit")
