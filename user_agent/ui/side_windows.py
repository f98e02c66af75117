"""The windows beside the main one, opened when they are wanted: recent sessions, the last summary, settings, the way to the relay."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from common.agent.autostart import Autostart
from common.agent.composition import Agent
from common.agent.diagnosis import diagnose
from common.agent.history import History, Record
from common.agent.settings import read
from common.agent.settings_file import change
from common.agent.views import MatchingView
from common.host.errors import TasukiError
from common.host.words import sentence
from common.ui.diagnosis import DiagnosisWindow
from common.ui.errands import Errands
from common.ui.history import HistoryWindow
from common.ui.language import Speech
from common.ui.settings_values import AUTOSTART
from common.ui.summary import SummaryWindow
from common.ui.theme import Scheme, Theme
from user_agent.checks import checks
from user_agent.inventory import details
from user_agent.servers.base import Host
from user_agent.servers.choice import known
from user_agent.stop_keys import CHOICES, chosen
from user_agent.ui.settings import UserSettings, UserSettingsDialog, programs
from user_agent.ui.summary import UserSummary


class SideWindows(QObject):
    """For one agent. `saved(set[str])`: which keys of agent.toml have changed; language and looks hold already."""

    saved = Signal(object)
    again_wanted = Signal()
    dialog_open = Signal(bool)  # the settings: no helper may work in them

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
        super().__init__(parent)
        self._agent = agent
        self._host = host
        self._autostart = autostart
        self._speech = speech
        self._theme = theme
        self._folder = agent.profile.folder
        self._history = History(self._folder)
        self._errands = Errands()
        self._recent: HistoryWindow | None = None
        self._summary: UserSummary | None = None
        self._settings: UserSettingsDialog | None = None
        self._why: DiagnosisWindow | None = None
        self._live: Callable[[], MatchingView] = MatchingView

    @property
    def windows(self) -> list[QWidget]:
        """Those that were opened, seen or not."""
        return [one for one in (self._recent, self._summary, self._settings, self._why) if one is not None]

    async def close(self) -> None:
        """All of them go."""
        await self._errands.close()
        for window in self.windows:
            window.hide()
            window.deleteLater()

    # sessions that are over

    def show_recent(self) -> None:
        """The list, as it is on the disk now."""
        self._errands.start(self._show_recent())

    async def _show_recent(self) -> None:
        records = await asyncio.to_thread(self._history.records)
        if self._recent is None:
            self._recent = HistoryWindow(notes=False)
            self._recent.export_wanted.connect(self._export_recent)
        self._recent.render(records)
        self._recent.bring()

    def show_summary(self, record: Record, *, lost: bool) -> None:
        """Of the session that has just ended."""
        if self._summary is None:
            self._summary = UserSummary()
            self._summary.again_wanted.connect(self.again_wanted)
            self._summary.export_wanted.connect(self._export_summary)
        self._summary.render(record, lost=lost)
        self._summary.bring()

    def hide_summary(self) -> None:
        """Another session begins."""
        if self._summary is not None:
            self._summary.hide()

    def _export_recent(self, path: str, records: tuple[Record, ...]) -> None:
        if self._recent is not None:
            self._errands.start(self._export(self._recent, path, records))

    def _export_summary(self, path: str, records: tuple[Record, ...]) -> None:
        if self._summary is not None:
            self._errands.start(self._export(self._summary, path, records))

    async def _export(self, window: HistoryWindow | SummaryWindow, path: str, records: tuple[Record, ...]) -> None:
        try:
            await asyncio.to_thread(self._history.export, Path(path), records)
        except TasukiError as error:
            window.say(sentence(error), tone="danger")
        else:
            window.say(self.tr("Written to {path}.").format(path=path), tone="good")

    # why can't I connect?

    def show_why(self, live: Callable[[], MatchingView]) -> None:
        """Every step of the way is gone once more. `live`: how the agent's own connection stands."""
        self._live = live
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
            agent = replace(self._agent, settings=await asyncio.to_thread(read, self._folder))
            own = checks(agent, self._host.platform)
            await diagnose(agent, window.show_step, live=self._live, checks=own)
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
        settings, here, on, found = await asyncio.gather(
            asyncio.to_thread(read, self._folder),
            asyncio.to_thread(known, self._host),
            asyncio.to_thread(lambda: self._autostart.enabled),
            details(self._host),
        )
        if self._settings is not None:
            return
        dialog = UserSettingsDialog(
            UserSettings.of(settings, autostart=on),
            programs=programs(here),
            stop_keys=CHOICES,
            usual_stop=chosen("", self._host.platform).name,
            details=found,
        )
        dialog.language_chosen.connect(self._speech.use)
        dialog.theme_chosen.connect(self._use_theme)
        dialog.saved.connect(lambda changes: self._errands.start(self._save(dialog, changes)))
        dialog.finished.connect(self._settings_closed)
        self._settings = dialog
        self.dialog_open.emit(True)
        dialog.open()

    async def _save(self, dialog: UserSettingsDialog, changes: dict[str, object]) -> None:
        kept = {key: value for key, value in changes.items() if key != AUTOSTART}
        try:
            if AUTOSTART in changes:
                await asyncio.to_thread(self._autostart.set, bool(changes[AUTOSTART]))
            if kept:
                await asyncio.to_thread(change, self._folder, kept)  # type: ignore[arg-type]
        except TasukiError as error:
            dialog.refuse(sentence(error))
            return
        dialog.finish()
        self.saved.emit(set(kept))

    def _settings_closed(self) -> None:
        self.dialog_open.emit(False)
        if self._settings is not None:
            self._settings.deleteLater()
            self._settings = None

    def _use_theme(self, name: str) -> None:
        self._theme.use(Scheme(name))
