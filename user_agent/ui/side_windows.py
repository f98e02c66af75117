"""The user's windows beside the main one: what both programs have, and the summary of the last session."""

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from common.agent.autostart import Autostart
from common.agent.composition import Agent
from common.agent.diagnosis import Check
from common.agent.history import History, Record
from common.agent.settings import AgentSettings
from common.ui import side_windows
from common.ui.history import HistoryWindow
from common.ui.language import Speech
from common.ui.theme import Theme
from user_agent.checks import checks
from user_agent.inventory import details
from user_agent.servers.base import Host
from user_agent.servers.choice import known
from user_agent.stop_keys import CHOICES, chosen
from user_agent.ui.settings import UserSettings, UserSettingsDialog, programs
from user_agent.ui.summary import UserSummary


class _Own:
    """As a user's."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def recent(self) -> HistoryWindow:
        """A user writes no notes."""
        return HistoryWindow(notes=False)

    async def settings(self, settings: AgentSettings, *, autostart: bool) -> UserSettingsDialog:
        """With the VNC servers that are here, and the details of this computer."""
        here, found = await asyncio.gather(asyncio.to_thread(known, self._host), details(self._host))
        return UserSettingsDialog(
            UserSettings.of(settings, autostart=autostart),
            programs=programs(here),
            stop_keys=CHOICES,
            usual_stop=chosen("", self._host.platform).name,
            details=found,
        )

    def checks(self, agent: Agent) -> Sequence[Check]:
        """Whether this screen can be shown."""
        return checks(agent, self._host.platform)


class SideWindows(side_windows.SideWindows):
    """No helper may work in the settings: `dialog_open` says when they are there."""

    again_wanted = Signal()

    def __init__(
        self,
        *,
        agent: Agent,
        host: Host,
        autostart: Autostart,
        speech: Speech,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        history = History(agent.profile.folder)
        super().__init__(
            own=_Own(host), agent=agent, history=history, autostart=autostart, speech=speech, theme=theme, parent=parent
        )
        self._summary: UserSummary | None = None

    @property
    def windows(self) -> list[QWidget]:
        """Those that were opened, seen or not."""
        return [*super().windows, *([self._summary] if self._summary is not None else [])]

    def show_summary(self, record: Record, *, lost: bool) -> None:
        """Of the session that has just ended."""
        if self._summary is None:
            summary = self._summary = UserSummary()
            summary.again_wanted.connect(self.again_wanted)
            summary.export_wanted.connect(lambda path, records: self.export(summary, path, records))
        self._summary.render(record, lost=lost)
        self._summary.bring()

    def hide_summary(self) -> None:
        """Another session begins."""
        if self._summary is not None:
            self._summary.hide()
