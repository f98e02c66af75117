"""The windows beside a program's main one, opened when they are wanted: recent sessions, settings, why can't I connect."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from common.agent.composition import Agent
from common.agent.diagnosis import Check, diagnose
from common.agent.history import History, Record
from common.agent.proxy_keyring import set_apart
from common.agent.settings import AgentSettings, read
from common.agent.settings_file import change
from common.agent.views import MatchingView
from common.host.background import Background
from common.host.errors import TasukiError, plain, sentence
from common.protocol.desk import Desk
from common.protocol.proxies import ProxyUrl
from common.protocol.proxy_login import Login
from common.ui.diagnosis import DiagnosisWindow
from common.ui.history import HistoryWindow
from common.ui.program import ProgramContext
from common.ui.settings import SettingsDialog
from common.ui.settings_values import AUTOSTART, PROXY
from common.ui.theme import Scheme


class SaysOutcome(Protocol):
    """A window that says what became of an export."""

    def say(self, text: str, *, tone: str = "") -> None: ...


class SideWindowFactory(Protocol):
    """Makes a program's own windows, as they differ."""

    def recent(self) -> HistoryWindow:
        """Recent sessions, empty."""

    async def settings(self, settings: AgentSettings, *, autostart: bool) -> SettingsDialog:
        """The dialog, filled."""

    def checks(self, agent: Agent) -> Sequence[Check]:
        """What is looked at beside the way to the relay."""


class SideWindows(QObject):
    """For one agent, at most one of each; what the person changes is written."""

    saved = Signal(
        object, object
    )  # AgentSettings, and which keys of agent.toml changed; language, looks and large letters hold already
    problem = Signal(str)  # a sentence for the main window
    dialog_open = Signal(bool)  # the settings

    def __init__(
        self,
        *,
        factory: SideWindowFactory,
        agent: Agent,
        context: ProgramContext,
        live: Callable[[], MatchingView],
        parent: QObject | None = None,
    ) -> None:
        """`live`: how the agent's own connection stands."""
        super().__init__(parent)
        self._factory = factory
        self._live = live
        self._agent = agent
        self._folder = agent.profile.folder
        self._history = History(self._folder)
        self._context = context
        self._background = Background()
        self._recent: HistoryWindow | None = None
        self._settings: SettingsDialog | None = None
        self._why: DiagnosisWindow | None = None

    @property
    def windows(self) -> list[QWidget]:
        """Those that were opened, seen or not."""
        return [one for one in (self._recent, self._settings, self._why) if one is not None]

    async def close(self) -> None:
        """All of them go."""
        await self._background.close()
        for window in self.windows:
            window.hide()
            window.deleteLater()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Set it going; what hinders it is told to the main window."""

        async def run() -> None:
            try:
                await work
            except TasukiError as error:
                self.problem.emit(plain(error))

        self._background.spawn(run())

    @property
    def desk(self) -> Desk | None:
        """Whom a user can turn to where something fails."""
        return self._live().desk

    # sessions that are over

    def show_recent(self) -> None:
        """The list, as it is on the disk now."""
        self._start(self._show_recent())

    async def _show_recent(self) -> None:
        if self._recent is None:
            recent = self._recent = self._factory.recent()
            recent.export_wanted.connect(lambda path, records: self.export(recent, path, records))
        await self._fill(self._recent)
        self._recent.bring()

    def refresh(self) -> None:
        """One more is over: where the list is open, it stands there too."""
        if self._recent is not None and self._recent.isVisible():
            self._start(self._fill(self._recent))

    async def _fill(self, recent: HistoryWindow) -> None:
        recent.render(await asyncio.to_thread(self._history.records))
        if (problem := self._history.take_problem()) is not None:
            self.problem.emit(plain(problem))

    def export(self, teller: SaysOutcome, path: str, records: Sequence[Record]) -> None:
        """Write the table; `teller` says what became of it."""
        self._start(self._export(teller, path, records))

    async def _export(self, teller: SaysOutcome, path: str, records: Sequence[Record]) -> None:
        try:
            await asyncio.to_thread(self._history.export, Path(path), records)
        except TasukiError as error:
            teller.say(plain(error), tone="danger")
        else:
            teller.say(self.tr("Written to {path}.").format(path=path), tone="good")

    # why can't I connect?

    def show_why(self) -> None:
        """Every step of the way is tried again."""
        if self._why is None:
            self._why = DiagnosisWindow()
            self._why.wanted.connect(self._diagnose)
        self._why.know(self.desk)
        self._why.bring()
        self._why.ask()

    def _diagnose(self) -> None:
        if self._why is not None:
            self._start(self._go(self._why))

    async def _go(self, window: DiagnosisWindow) -> None:
        try:
            agent = self._agent.changed(await asyncio.to_thread(read, self._folder))
            await diagnose(agent, window.show_step, live=self._live, checks=self._factory.checks(agent))
        finally:
            window.finish()

    # settings

    def show_settings(self) -> None:
        """The dialog, filled from the disk."""
        if self._settings is not None:
            self._settings.raise_()
            self._settings.activateWindow()
        else:
            self._start(self._show_settings())

    async def _show_settings(self) -> None:
        settings = await asyncio.to_thread(read, self._folder)
        on = await asyncio.to_thread(lambda: self._context.autostart.enabled)
        dialog = await self._factory.settings(settings, autostart=on)
        if self._settings is not None:  # wanted twice
            dialog.deleteLater()
            return
        dialog.language_chosen.connect(self._context.speech.use)
        dialog.theme_chosen.connect(self._use_theme)
        dialog.large_chosen.connect(self._context.theme.use_large)
        dialog.saved.connect(self._save)
        dialog.finished.connect(self._settings_closed)
        self._settings = dialog
        self.dialog_open.emit(True)
        dialog.open()

    def _save(self, changes: dict[str, object]) -> None:
        if self._settings is not None:
            self._start(self._write(self._settings, changes))

    async def _write(self, dialog: SettingsDialog, changes: dict[str, object]) -> None:
        kept = {key: value for key, value in changes.items() if key != AUTOSTART}
        logins: tuple[tuple[ProxyUrl, Login], ...] = ()
        try:
            if PROXY in kept:
                kept[PROXY], logins = set_apart(str(kept[PROXY] or ""))  # no file of settings holds a password
            if AUTOSTART in changes:
                await asyncio.to_thread(self._context.autostart.set, bool(changes[AUTOSTART]))
            settings = await asyncio.to_thread(change, self._folder, kept)  # type: ignore[arg-type]
        except TasukiError as error:
            dialog.refuse(sentence(error))
            return
        for proxy, login in logins:
            self._agent.routes.logins.give(proxy, login)
        dialog.finish()
        self.saved.emit(settings, set(kept))

    def _settings_closed(self) -> None:
        self.dialog_open.emit(False)
        if self._settings is not None:
            self._settings.deleteLater()
            self._settings = None

    def _use_theme(self, name: str) -> None:
        self._context.theme.use(Scheme(name))
