"""The windows beside the queue, opened when they are wanted: recent sessions, settings, why can't I connect.

They write what the person changes.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from common.agent.autostart import Autostart
from common.agent.composition import Agent
from common.agent.diagnosis import diagnose
from common.agent.history import History, Record
from common.agent.settings import AgentSettings, read
from common.agent.settings_file import change
from common.agent.views import MatchingView
from common.host.errors import TasukiError
from common.host.words import sentence
from common.protocol.messages import HelperEntry
from common.ui.diagnosis import DiagnosisWindow
from common.ui.errands import Errands
from common.ui.language import Speech
from common.ui.settings_values import AUTOSTART, Program
from common.ui.theme import Scheme, Theme
from helper_agent.checks import checks
from helper_agent.ui.history import HelperHistory
from helper_agent.ui.settings import HelperSettings, HelperSettingsDialog, Person, programs
from helper_agent.viewers.base import Host


class Teller(Protocol):
    """A window that says what became of an export."""

    def say(self, text: str, *, tone: str = "") -> None: ...


class SideWindows(QObject):
    """At most one of each. `settings_changed(AgentSettings)`: they are written; language and looks hold already."""

    settings_changed = Signal(object)
    problem = Signal(str)  # a sentence for the main window

    def __init__(
        self,
        *,
        agent: Agent,
        history: History,
        host: Host,
        autostart: Autostart,
        speech: Speech,
        theme: Theme,
        matching: Callable[[], MatchingView],
        note: Callable[[str, str], object],
        main: QWidget,
    ) -> None:
        """`note(session, text)` keeps a note; `main` is the window that dialogs belong to."""
        super().__init__(main)
        self._agent = agent
        self._history = history
        self._host = host
        self._autostart = autostart
        self._speech = speech
        self._theme = theme
        self._matching = matching
        self._note = note
        self._main = main
        self._errands = Errands()
        self._recent: HelperHistory | None = None
        self._settings: HelperSettingsDialog | None = None
        self._why: DiagnosisWindow | None = None

    async def close(self) -> None:
        """All of them go."""
        await self._errands.close()
        for window in (self._recent, self._settings, self._why):
            if window is not None:
                window.hide()
                window.deleteLater()
        self._recent = self._settings = self._why = None

    # sessions that are over

    def show_recent(self) -> None:
        """The list, as it is on the disk now."""
        self._errands.start(self._show_recent())

    def refresh(self) -> None:
        """One more is over: where the list is open, it stands there too."""
        if self._recent is not None and self._recent.isVisible():
            self._errands.start(self._fill_recent(self._recent))

    def export(self, teller: Teller, path: str, records: Sequence[Record]) -> None:
        """Write the table; `teller` says what became of it."""
        self._errands.start(self._export(teller, path, records))

    async def _show_recent(self) -> None:
        if self._recent is None:
            recent = self._recent = HelperHistory()
            recent.note_changed.connect(self._note)
            recent.export_wanted.connect(lambda path, records: self.export(recent, path, records))
        await self._fill_recent(self._recent)
        self._recent.bring()

    async def _fill_recent(self, recent: HelperHistory) -> None:
        recent.render(await asyncio.to_thread(self._history.records))

    async def _export(self, teller: Teller, path: str, records: Sequence[Record]) -> None:
        try:
            await asyncio.to_thread(self._history.export, Path(path), records)
        except TasukiError as error:
            teller.say(sentence(error), tone="danger")
        else:
            teller.say(self.tr("Written to {path}.").format(path=path), tone="good")

    # why can't I connect?

    def show_why(self) -> None:
        """Every step of the way is gone once more."""
        if self._why is None:
            self._why = DiagnosisWindow()
            self._why.wanted.connect(self._diagnose)
        self._why.bring()
        self._why.ask()

    def _diagnose(self) -> None:
        if self._why is not None:
            self._errands.start(self._go(self._why))

    async def _go(self, window: DiagnosisWindow) -> None:
        try:
            agent = replace(self._agent, settings=await asyncio.to_thread(read, self._agent.profile.folder))
            own = checks(agent, self._host)
            await diagnose(agent, window.show_step, live=self._matching, checks=own)
        except TasukiError as error:
            self.problem.emit(sentence(error))
        finally:
            window.finish()

    # settings

    def show_settings(self) -> None:
        """The dialog, filled from the disk."""
        if self._settings is not None:
            self._settings.raise_()
            self._settings.activateWindow()
        else:
            self._errands.start(self._show_settings())

    async def _show_settings(self) -> None:
        try:
            settings, found, on = await asyncio.to_thread(self._look)
        except TasukiError as error:
            self.problem.emit(sentence(error))
            return
        if self._settings is not None:
            return
        dialog = HelperSettingsDialog(
            HelperSettings.of(settings, autostart=on), programs=found, person=self._person(), parent=self._main
        )
        dialog.language_chosen.connect(self._speech.use)
        dialog.theme_chosen.connect(lambda name: self._theme.use(Scheme(name)))
        dialog.saved.connect(lambda changes: self._errands.start(self._save(dialog, changes)))
        dialog.finished.connect(self._settings_closed)
        self._settings = dialog
        dialog.open()

    def _look(self) -> tuple[AgentSettings, list[Program], bool]:
        return read(self._agent.profile.folder), programs(self._host), self._autostart.enabled

    def _person(self) -> Person:
        view = self._matching()
        own = str(self._agent.profile.uri)
        entry = next((one for one in view.helpers if isinstance(one, HelperEntry) and one.uri == own), None)
        return Person(
            name=view.name,
            organisation=view.organisation,
            languages=tuple(entry.languages) if entry is not None else None,
            skills=tuple(entry.skills) if entry is not None else None,
        )

    async def _save(self, dialog: HelperSettingsDialog, changes: dict[str, object]) -> None:
        kept = {key: value for key, value in changes.items() if key != AUTOSTART}
        try:
            if AUTOSTART in changes:
                await asyncio.to_thread(self._autostart.set, bool(changes[AUTOSTART]))
            settings = await asyncio.to_thread(change, self._agent.profile.folder, kept)  # type: ignore[arg-type]
        except TasukiError as error:
            dialog.refuse(sentence(error))
            return
        dialog.finish()
        self.settings_changed.emit(settings)

    def _settings_closed(self) -> None:
        if self._settings is not None:
            self._settings.deleteLater()
            self._settings = None
