"""The helper's windows beside the queue."""

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from common.agent.autostart import Autostart
from common.agent.composition import Agent
from common.agent.diagnosis import Check
from common.agent.history import History
from common.agent.settings import AgentSettings
from common.agent.views import MatchingView
from common.protocol.messages import HelperEntry
from common.ui import side_windows
from common.ui.language import Speech
from common.ui.theme import Theme
from helper_agent.checks import checks
from helper_agent.ui.history import HelperHistory
from helper_agent.ui.settings import HelperSettings, HelperSettingsDialog, Person, programs
from helper_agent.viewers.base import Host


class SideWindows(side_windows.SideWindows):
    """What both programs have, as a helper's."""

    def __init__(
        self,
        *,
        agent: Agent,
        history: History,
        host: Host,
        autostart: Autostart,
        speech: Speech,
        theme: Theme,
        live: Callable[[], MatchingView],
        note: Callable[[str, str], object],
        main: QWidget,
    ) -> None:
        """`live`: how the agent's own connection stands. `note(session, text)` keeps a note. Dialogs belong to `main`."""
        super().__init__(agent=agent, history=history, autostart=autostart, speech=speech, theme=theme, parent=main)
        self.live = live
        self._host = host
        self._note = note
        self._main = main

    def make_recent(self) -> HelperHistory:
        """With notes."""
        recent = HelperHistory()
        recent.note_changed.connect(self._note)
        return recent

    async def make_settings(self, settings: AgentSettings, *, autostart: bool) -> HelperSettingsDialog:
        """With the viewers that are here, and what the relay says of this helper."""
        found = await asyncio.to_thread(programs, self._host)
        values = HelperSettings.of(settings, autostart=autostart)
        return HelperSettingsDialog(values, programs=found, person=self._person(), parent=self._main)

    def checks(self, agent: Agent) -> Sequence[Check]:
        """Whether there is a viewer."""
        return checks(agent, self._host)

    def _person(self) -> Person:
        view = self.live()
        own = str(self._agent.profile.uri)
        entry = next((one for one in view.helpers if isinstance(one, HelperEntry) and one.uri == own), None)
        return Person(
            name=view.name,
            organisation=view.organisation,
            languages=tuple(entry.languages) if entry is not None else None,
            skills=tuple(entry.skills) if entry is not None else None,
        )
