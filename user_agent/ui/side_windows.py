"""The user's windows beside the main one: what both programs have, and the summary of the last session."""

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from common.agent.composition import Agent
from common.agent.diagnosis import Check
from common.agent.history import Record
from common.agent.settings import AgentSettings
from common.agent.views import MatchingView
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.ui.history import HistoryWindow
from common.ui.program import ProgramContext
from common.ui.side_windows import SideWindows
from common.ui.summary import SummaryWindow
from user_agent.checks import checks
from user_agent.inventory import details
from user_agent.servers.choice import known
from user_agent.stop_keys import CHOICES, chosen
from user_agent.ui.settings import UserSettings, UserSettingsDialog, programs


class UserSideWindowFactory:
    """For common.ui.side_windows."""

    def __init__(self, computer: Computer, clipboard: Callable[[], TasukiError | None]) -> None:
        """`clipboard`: why none crosses in the session that runs."""
        self._computer = computer
        self._clipboard = clipboard

    def recent(self) -> HistoryWindow:
        """A user writes no notes."""
        return HistoryWindow(notes=False)

    async def settings(self, settings: AgentSettings, *, autostart: bool) -> UserSettingsDialog:
        """With the VNC servers that are here, and the details of this computer."""
        here, found = await asyncio.gather(asyncio.to_thread(known, self._computer), details(self._computer))
        return UserSettingsDialog(
            UserSettings.of(settings, autostart=autostart),
            programs=programs(here),
            stop_keys=CHOICES,
            usual_stop=chosen("", self._computer.platform).name,
            details=found,
            clipboard=self._clipboard(),
        )

    def checks(self, agent: Agent) -> Sequence[Check]:
        """Whether this screen can be shown."""
        return checks(agent, self._computer)


class UserSideWindows(SideWindows):
    """No helper may work in the settings: `dialog_open` says when they are there."""

    again_wanted = Signal()

    def __init__(
        self,
        *,
        agent: Agent,
        context: ProgramContext,
        live: Callable[[], MatchingView],
        clipboard: Callable[[], TasukiError | None],
        parent: QObject | None = None,
    ) -> None:
        factory = UserSideWindowFactory(context.computer, clipboard)
        super().__init__(factory=factory, agent=agent, context=context, live=live, parent=parent)
        self._summary: SummaryWindow | None = None

    @property
    def windows(self) -> list[QWidget]:
        """Those that were opened, seen or not."""
        return [*super().windows, *([self._summary] if self._summary is not None else [])]

    def show_summary(self, record: Record, *, lost: bool) -> None:
        """Of the session that has just ended."""
        if self._summary is None:
            summary = self._summary = SummaryWindow(notes=False, again=True)
            summary.again_wanted.connect(self.again_wanted)
            summary.export_wanted.connect(lambda path, records: self.export(summary, path, records))
        self._summary.render(record, lost=lost, desk=self.desk)
        self._summary.bring()

    def hide_summary(self) -> None:
        """Another session begins."""
        if self._summary is not None:
            self._summary.hide()
