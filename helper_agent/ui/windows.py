"""A helper's windows besides the queue and the icon: one for each session, notices, and what is opened from a menu."""

import time
from collections.abc import Callable, Coroutine
from typing import Any

from common.agent.composition import Agent
from common.agent.drafts import Drafts
from common.agent.settings import AgentSettings
from common.agent.views import MatchingView
from common.host.errors import TasukiError
from common.host.session_bus import socket_path
from common.ui.notices import Notices
from common.ui.program import ProgramContext
from common.ui.side_windows import SideWindows
from helper_agent.ui import page_view
from helper_agent.ui.notifications import HelperNotifications
from helper_agent.ui.queue_window import QueueWindow
from helper_agent.ui.session_windows import Intents, SessionWindows
from helper_agent.ui.side_windows import HelperSideWindowFactory
from helper_agent.ui.tray import HelperTray
from helper_agent.viewers import novnc


class HelperWindows:
    """They are made for one agent, and go with it."""

    def __init__(
        self,
        *,
        context: ProgramContext,
        agent: Agent,
        main: QueueWindow,
        tray: HelperTray,
        drafts: Drafts,
        intents: Intents,
        live: Callable[[], MatchingView],
        clipboard: Callable[[], TasukiError | None],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        """`live`: how the agent's connection stands. `clipboard`: why none crosses. `spawn` runs a coroutine."""
        uri, computer = str(agent.profile.uri), context.computer
        self._settings = agent.settings
        self._can_embed = page_view.available(computer.environ, computer.platform)
        main.belong(own_uri=uri, draft=drafts.get)
        self.notices = Notices(tray.icon, window=main, socket=socket_path(computer.environ, platform=computer.platform))
        self.notifications = HelperNotifications(
            notices=self.notices, settings=agent.settings, looking=main.isActiveWindow
        )
        self.sessions = SessionWindows(
            intents=intents,
            drafts=drafts,
            now=time.time,
            embed=lambda: self.embeds,
            spawn=spawn,
            answers=lambda: self._settings.helper.answers,
        )
        factory = HelperSideWindowFactory(
            uri=uri, computer=computer, live=live, clipboard=clipboard, note=intents.note, main=main
        )
        self.side = SideWindows(factory=factory, agent=agent, context=context, live=live)

    @property
    def embeds(self) -> bool:
        """Whether the next session's screen stands in its window."""
        return self._can_embed and self.wants_page

    @property
    def wants_page(self) -> bool:
        """Whether it would, if it could."""
        return self._settings.programs.viewer == novnc.NAME

    def embed(self) -> None:
        """From the next session on it can."""
        self._can_embed = True

    def follow(self, settings: AgentSettings) -> None:
        """Other settings from now on."""
        self._settings = settings
        self.notifications.follow(settings)
        self.sessions.follow()

    async def close(self) -> None:
        """Nothing of them stays."""
        self.sessions.close()
        await self.side.close()
        await self.notices.close()
        for one in (self.sessions, self.side, self.notifications, self.notices):
            one.deleteLater()
