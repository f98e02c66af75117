"""What a user reads before the program ends while help is under way."""

from PySide6.QtCore import QObject

from common.host.words import one_line


class UserQuitWords(QObject):
    """For common.ui.quit_dialog."""

    def __init__(self, *, helper: str = "", call_back: bool = False) -> None:
        """`helper`: whose session would end; empty: a request would be taken back, or stay as a call back."""
        super().__init__()
        self._helper = helper
        self._call_back = call_back

    def loss(self) -> str:
        """The session, or the request."""
        if self._call_back:
            return self.tr(
                "You have asked to be told here when somebody is free. If you quit, the request stays in the queue, but nobody can help you before you start Tasuki again."
            )
        if not self._helper:
            return self.tr("You have asked for help. If you quit, your request is taken back.")
        text = self.tr("{name} is helping you now. If you quit, the session ends.")
        return text.format(name=one_line(self._helper))

    def leave(self) -> str:
        """It is the program that ends."""
        return self.tr("&Quit")
