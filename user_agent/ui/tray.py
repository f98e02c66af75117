"""The user's menu beside the clock, and what its icon tells."""

from PySide6.QtCore import QObject

from common.protocol.matching_client import Phase
from common.ui.emblem import State
from common.ui.tray import Entry, Tray
from user_agent.views import Stage, UserView


class UserTray(Tray):
    """`chosen(key)`: show, help, stop, recent, settings, why, quit."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(
            name="Tasuki",
            entries=[
                Entry(key="show", text=lambda: self.tr("Show")),
                Entry(key="help", text=lambda: self.tr("Get help")),
                Entry(key="stop", text=lambda: self.tr("Stop the session")),
                Entry(key="line_1"),
                Entry(key="recent", text=lambda: self.tr("Recent sessions")),
                Entry(key="settings", text=lambda: self.tr("Settings")),
                Entry(key="why", text=lambda: self.tr("Why can't I connect?")),
                Entry(key="line_2"),
                Entry(key="quit", text=lambda: self.tr("Quit")),
            ],
            parent=parent,
        )
        self.render(UserView())

    def render(self, view: UserView) -> None:
        """Show what goes on."""
        self.set_state(state_of(view))
        under_way = view.stage in {Stage.ASKING, Stage.WAITING, Stage.SESSION}
        self.set_enabled("help", not under_way)
        self.set_visible("stop", view.stage is Stage.SESSION)


def state_of(view: UserView) -> State:
    """The icon for this."""
    if view.stage is Stage.SESSION:
        return "session"
    if view.stage in {Stage.ASKING, Stage.WAITING}:
        return "waiting"
    return "idle" if view.matching.phase is Phase.ONLINE else "offline"
