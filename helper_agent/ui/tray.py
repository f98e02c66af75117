"""The helper's menu beside the clock, and what its icon tells."""

from PySide6.QtCore import QObject

from common.protocol.matching_client import Phase
from common.protocol.messages import Status
from common.ui.emblem import State
from common.ui.tray import Entry, Tray
from helper_agent.views import HelperView


class HelperTray(Tray):
    """`chosen(key)`: show, available, busy, away, recent, settings, why, quit."""

    def __init__(self, parent: QObject | None = None) -> None:
        self._waiting = 0
        self._status = Status.AVAILABLE
        super().__init__(
            name="Tasuki",
            entries=[
                Entry(key="show", text=self._show_text),
                Entry(key="line_1"),
                Entry(key="available", text=lambda: self._marked(Status.AVAILABLE, self.tr("Available"))),
                Entry(key="busy", text=lambda: self._marked(Status.BUSY, self.tr("Busy"))),
                Entry(key="away", text=lambda: self._marked(Status.AWAY, self.tr("Away"))),
                Entry(key="line_2"),
                Entry(key="recent", text=lambda: self.tr("Recent sessions")),
                Entry(key="settings", text=lambda: self.tr("Settings")),
                Entry(key="why", text=lambda: self.tr("Why can’t I connect?")),
                Entry(key="line_3"),
                Entry(key="quit", text=lambda: self.tr("Quit")),
            ],
            parent=parent,
        )
        self.render(HelperView())

    def render(self, view: HelperView) -> None:
        """Show what goes on."""
        self.set_state(state_of(view))
        told = (len(view.requests), view.matching.status)
        if told != (self._waiting, self._status):
            self._waiting, self._status = told
            self._retranslate()

    def _show_text(self) -> str:
        return self.tr("Show the requests ({count})").format(count=self._waiting) if self._waiting else self.tr("Show")

    def _marked(self, status: Status, text: str) -> str:
        return f"●  {text}" if status is self._status else f"○  {text}"


def state_of(view: HelperView) -> State:
    """The icon for this."""
    if view.sessions:
        return "session"
    if view.matching.phase is not Phase.ONLINE:
        return "offline"
    return "waiting" if view.requests else "idle"
