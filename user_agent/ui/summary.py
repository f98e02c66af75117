"""The summary that the person at the screen reads after a session."""

from PySide6.QtWidgets import QWidget

from common.ui.summary import SummaryWindow


class UserSummary(SummaryWindow):
    """Who, how long, what the helper could do and when; *ask again* where the connection was lost."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(notes=False, again=True, parent=parent)
