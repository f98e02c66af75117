"""The helper's windows beside the queue."""

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from common.agent.composition import Agent
from common.agent.diagnosis import Check
from common.agent.settings import AgentSettings
from common.agent.views import MatchingView
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.messages import HelperEntry
from common.ui.history import HistoryWindow
from helper_agent.checks import checks
from helper_agent.ui.settings import HelperSettings, HelperSettingsDialog, PublicProfile, programs


class HelperSideWindowFactory:
    """For common.ui.side_windows."""

    def __init__(
        self,
        *,
        uri: str,
        computer: Computer,
        live: Callable[[], MatchingView],
        clipboard: Callable[[], TasukiError | None],
        note: Callable[[str, str], object],
        main: QWidget,
    ) -> None:
        """`uri`: this helper's. `live`: how the agent's connection stands. `note(session, text)` keeps a note. Dialogs belong to `main`.

        `clipboard`: why none crosses in the sessions that run.
        """
        self._uri = uri
        self._computer = computer
        self._live = live
        self._clipboard = clipboard
        self._note = note
        self._main = main

    def recent(self) -> HistoryWindow:
        """With notes."""
        recent = HistoryWindow(notes=True)
        recent.note_changed.connect(self._note)
        return recent

    async def settings(self, settings: AgentSettings, *, autostart: bool) -> HelperSettingsDialog:
        """With the viewers that are here, and what the relay says of this helper."""
        found = await asyncio.to_thread(programs, self._computer)
        values = HelperSettings.of(settings, autostart=autostart)
        return HelperSettingsDialog(
            values, programs=found, profile=self._profile(), clipboard=self._clipboard(), parent=self._main
        )

    def checks(self, agent: Agent) -> Sequence[Check]:
        """Whether there is a viewer."""
        return checks(agent, self._computer)

    def _profile(self) -> PublicProfile:
        view = self._live()
        entry = next((one for one in view.helpers if isinstance(one, HelperEntry) and one.uri == self._uri), None)
        return PublicProfile(
            name=view.name,
            organisation=view.whose,
            languages=tuple(entry.languages) if entry is not None else None,
            skills=tuple(entry.skills) if entry is not None else None,
        )
