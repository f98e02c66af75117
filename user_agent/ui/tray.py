"""The user's menu beside the clock, and what its icon tells."""

from PySide6.QtCore import QObject

from common.host.words import one_line
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from common.ui.app_icon import IconState
from common.ui.tray import MenuEntry, Tray
from common.ui.widgets import on_button
from user_agent.views import RequestStage, UserView


class UserTray(Tray):
    """`chosen(key)`: show, help, control, stop, recent, settings, why, quit."""

    def __init__(self, parent: QObject | None = None) -> None:
        self._helper = ""
        super().__init__(
            name="Tasuki",
            entries=[
                MenuEntry(key="show", text=lambda: self.tr("Show")),
                MenuEntry(key="help", text=lambda: self.tr("Get help")),
                MenuEntry(key="control", text=self._let_control),
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
        session = view.session if view.stage is RequestStage.SESSION else None
        looks = session is not None and session.phase is SessionPhase.CONNECTED and session.mode is Mode.VIEW
        looks = looks and session is not None and session.no_control is None
        self.set_visible("control", looks)
        if session is not None and session.peer_name != self._helper:
            self._helper = session.peer_name
            self.retranslate()

    def _let_control(self) -> str:
        return self.tr("Let {name} control…").format(name=on_button(one_line(self._helper)))


def state_of(view: UserView) -> IconState:
    """The icon for this."""
    if view.stage is RequestStage.SESSION:
        return "session"
    if view.stage in {RequestStage.ASKING, RequestStage.WAITING}:
        return "waiting"
    return "idle" if view.matching.phase is MatchingPhase.ONLINE else "offline"
