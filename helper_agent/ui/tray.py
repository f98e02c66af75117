"""The helper's menu beside the clock, and what its icon tells."""

from PySide6.QtCore import QObject

from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Status
from common.ui.app_icon import IconState
from common.ui.tray import MenuEntry, Tray
from helper_agent.views import HelperView


class HelperTray(Tray):
    """`chosen(key)`: show, available, busy, away, recent, settings, why, quit."""

    def __init__(self, parent: QObject | None = None) -> None:
        self._waiting = 0
        self._status = Status.AVAILABLE
        super().__init__(
            name="Tasuki",
            entries=[
                MenuEntry(key="show", text=self._show_text),
                MenuEntry(key="line_1"),
                MenuEntry(key="available", text=lambda: self._marked(Status.AVAILABLE, self.tr("Available"))),
                MenuEntry(key="busy", text=lambda: self._marked(Status.BUSY, self.tr("Busy"))),
                MenuEntry(key="away", text=lambda: self._marked(Status.AWAY, self.tr("Away"))),
                MenuEntry(key="line_2"),
                MenuEntry(key="recent", text=lambda: self.tr("Recent sessions")),
                MenuEntry(key="settings", text=lambda: self.tr("Settings")),
                MenuEntry(key="why", text=lambda: self.tr("Why can’t I connect?")),
                MenuEntry(key="line_3"),
                MenuEntry(key="quit", text=lambda: self.tr("Quit")),
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
            self.retranslate()

    def _show_text(self) -> str:
        return self.tr("Show the requests ({count})").format(count=self._waiting) if self._waiting else self.tr("Show")

    def _marked(self, status: Status, text: str) -> str:
        return f"●  {text}" if status is self._status else f"○  {text}"


def state_of(view: HelperView) -> IconState:
    """The icon for this."""
    if view.sessions:
        return "session"
    if view.matching.phase is not MatchingPhase.ONLINE:
        return "offline"
    return "waiting" if view.requests else "idle"
