"""A user's windows besides the main one and the icon: what a session shows, notices, and what is opened from a menu."""

from collections.abc import Callable

from common.agent.composition import Agent
from common.agent.drafts import Drafts
from common.agent.settings import AgentSettings
from common.agent.views import MatchingView
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.session_bus import socket_path
from common.protocol.rfb.filter import Pointed
from common.ui.notices import Notices
from common.ui.program import ProgramContext
from user_agent.stop_keys import StopHotkey, chosen
from user_agent.ui.hotkey.base import GlobalHotkey
from user_agent.ui.hotkey.choice import hotkey_for
from user_agent.ui.main_window import MainWindow
from user_agent.ui.notifications import UserNotifications
from user_agent.ui.session_display import SessionDisplay
from user_agent.ui.side_windows import UserSideWindows
from user_agent.ui.tray import UserTray


class UserWindows:
    """They are made for one agent, and go with it."""

    def __init__(
        self,
        *,
        context: ProgramContext,
        agent: Agent,
        main: MainWindow,
        tray: UserTray,
        live: Callable[[], MatchingView],
        clipboard: Callable[[], TasukiError | None],
        pointed: Callable[[], Pointed | None],
        drafts: Drafts,
    ) -> None:
        """`live`: how the agent's connection stands. `clipboard`: why none crosses in the session that runs.

        `pointed`: where a helper in control has the pointer. `drafts`: where the bar's places are kept, too.
        """
        app = context.app
        self._computer = context.computer
        self.notices = Notices(
            tray.icon,
            window=main,
            socket=socket_path(self._computer.environ, platform=self._computer.platform),
        )
        self.notifications = UserNotifications(
            notices=self.notices,
            settings=agent.settings.window,
            looks_here=lambda: app.activeWindow() is not None,
        )
        app.focusWindowChanged.connect(self.notifications.looked)
        self.session = SessionDisplay(
            app=app,
            hotkey=_hotkey(stop_key(agent.settings, self._computer), self._computer),
            pointed=pointed,
            recall=lambda screen: drafts.get(f"bar:{screen}"),
            keep=lambda screen, place: drafts.set(f"bar:{screen}", place),
        )
        self.session.fold_after(agent.settings.window.bar_folds)
        self.side = UserSideWindows(agent=agent, context=context, live=live, clipboard=clipboard)

    def follow(self, settings: AgentSettings, keys: set[str]) -> None:
        """Other settings from now on, `keys` of them new; another hotkey from the next session on."""
        self.notifications.follow(settings.window)
        self.session.fold_after(settings.window.bar_folds)
        if "hotkey.stop" in keys:
            self.session.set_hotkey(_hotkey(stop_key(settings, self._computer), self._computer))

    async def close(self) -> None:
        """Nothing of them stays."""
        self.session.close()
        await self.side.close()
        await self.notices.close()
        for one in (self.session, self.side, self.notifications, self.notices):
            one.deleteLater()


def stop_key(settings: AgentSettings, computer: Computer) -> StopHotkey:
    """The key that stops a session, as the settings say."""
    return chosen(settings.hotkey.stop, computer.platform)


def _hotkey(key: StopHotkey, computer: Computer) -> GlobalHotkey:
    return hotkey_for(key, platform=computer.platform, environ=computer.environ)
