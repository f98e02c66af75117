"""The user's menu beside the clock, and what its icon tells."""

from PySide6.QtCore import QObject

from common.protocol.matching_client import MatchingPhase
from common.ui.app_icon import IconState
from common.ui.tray import MenuEntry, Tray
from user_agent.views import RequestStage, UserView


class UserTray(Tray):
    """`chosen(key)`: show, help, stop, recent, settings, why, quit."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(
            name="Tasuki",
            entries=[
                MenuEntry(key="show", text=lambda: self.tr("Show")),
                MenuEntry(key="help", text=lambda: self.tr("Get help")),
                MenuEntry(key="stop", text=lambda: self.tr("Stop the session")),
                MenuEntry(key="line_1"),
                MenuEntry(key="recent", text=lambda: self.tr("Recent sessions")),
                MenuEntry(key="settings", text=lambda: self.tr("Settings")),
                MenuEntry(key="why", text=lambda: self.tr("Why can't I connect?")),
                MenuEntry(key="line_2"),
                MenuEntry(key="quit", text=lambda: self.tr("Quit")),
            ],
            parent=parent,
        )
        self.render(UserView())

    def render(self, view: UserView) -> None:
        """Show what goes on."""
        self.set_state(state_of(view))
        under_way = view.stage in {RequestStage.ASKING, RequestStage.WAITING, RequestStage.SESSION}
        self.set_enabled("help", not under_way)
        self.set_visible("stop", view.stage is RequestStage.SESSION)


def state_of(view: UserView) -> IconState:
    """The icon for this."""
    if view.stage is RequestStage.SESSION:
        return "session"
    if view.stage in {RequestStage.ASKING, RequestStage.WAITING}:
        return "waiting"
    return "idle" if view.matching.phase is MatchingPhase.ONLINE else "offline"
