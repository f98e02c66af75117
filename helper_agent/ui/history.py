"""A helper's own sessions, with notes: the summary after each, and all that are kept."""

from PySide6.QtWidgets import QWidget

from common.ui.history import HistoryWindow
from common.ui.summary import SummaryWindow


class HelperHistory(HistoryWindow):
    """All that are kept on this computer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(notes=True, parent=parent)


class HelperSummary(SummaryWindow):
    """The session that has just ended, with a note on it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(notes=True, again=False, parent=parent)
