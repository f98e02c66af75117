"""A helper's agent behind the windows: what they show comes from a HelperApp, what the person wants goes to it."""

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QApplication

from common.agent.composition import Agent
from common.agent.drafts import Drafts
from common.agent.events import AgentEvent, plain_text, problem_event
from common.agent.history import Record
from common.agent.settings import AgentSettings
from common.agent.views import SessionEvent
from common.host.command import Events
from common.host.computer import Computer
from common.host.errors import TasukiError, plain
from common.host.words import one_line
from common.protocol.messages import Code, Status
from common.protocol.session_life import SessionPhase
from common.ui.clipboard import qt_desktop
from common.ui.controller import AgentController, Wire
from common.ui.network_information import watch_network
from common.ui.program import ProgramContext, RunEnd
from helper_agent.app import HelperApp
from helper_agent.status_rules import Rules
from helper_agent.terminal import HelperTerminal
from helper_agent.ui import engine_trial, page_view
from helper_agent.ui.idle import reader
from helper_agent.ui.own_status import OwnStatus
from helper_agent.ui.queue_window import QueueWindow
from helper_agent.ui.quit_words import HelperQuitWords
from helper_agent.ui.tray import HelperTray
from helper_agent.ui.windows import HelperWindows
from helper_agent.viewers.choice import NONE
from helper_agent.viewers.page_server import PagePlace
from helper_agent.views import HelperView


class HelperController(AgentController):
    """See AgentController."""

    app: HelperApp
    windows: HelperWindows

    def __init__(
        self,
        *,
        agent: Agent,
        context: ProgramContext,
        main: QueueWindow,
        tray: HelperTray,
        drafts: Drafts,
        events: Events | None,
    ) -> None:
        """`events`: where it is told what happens, for scripts. Raises TasukiError."""
        super().__init__(agent=agent, drafts=drafts)
        self._terminal = HelperTerminal(events)
        self._main = main
        self._tray = tray
        self._looked_after = False
        computer = self._computer = context.computer
        self.app, problem = self._make_app(agent, computer)
        self.windows = HelperWindows(
            context=context,
            agent=agent,
            main=main,
            tray=tray,
            drafts=drafts,
            intents=self.app.sessions,
            live=lambda: self.app.view.matching,
            clipboard=lambda: self.app.view.no_clipboard,
            spawn=self.background.spawn,
        )
        self._status = OwnStatus(
            rules=Rules.of(agent.settings.helper),
            set_status=self.app.set_status,
            idle=reader(computer.environ, computer.platform),
            now=time.monotonic,
            parent=self,
        )
        if problem is not None:
            main.say(plain(problem), tone="danger")

    def _make_app(self, agent: Agent, computer: Computer) -> tuple[HelperApp, TasukiError | None]:
        """With the viewer of the settings; where that is not here, with none, so that it can be chosen anew."""
        made: dict[str, Any] = {
            "computer": computer,
            "desktop": qt_desktop(computer.platform),
            "watch_network": watch_network,
            "place": PagePlace.WINDOW,
            "browser": not page_view.available(computer.environ, computer.platform),
            "on_change": self._changed,
            "tell": self._tell,
            "on_event": self._happened,
            "on_record": self._recorded,
            "on_kept": lambda _record: self.windows.side.refresh(),
        }
        try:
            return HelperApp(agent=agent, **made), None
        except TasukiError as problem:
            return HelperApp(agent=agent, viewer=NONE, **made), problem

    def wires(self) -> Sequence[Wire]:
        """Every window's."""
        main, side, sessions, app = self._main, self.windows.side, self.windows.sessions, self.app
        return (
            (main.accepted, self._accept),
            (main.next_wanted, self._next),
            (main.declined, app.decline),
            (main.transferred, app.transfer),
            (main.session_wanted, sessions.show),
            (main.session_ended, app.sessions.end),
            (main.status_chosen, self._status.choose),
            (main.connect_wanted, app.connect),
            (main.settings_wanted, side.show_settings),
            (main.history_wanted, side.show_recent),
            (main.diagnosis_wanted, side.show_why),
            (main.quit_wanted, self.quit),
            (main.closing, self._main_closed),
            (main.drafted, self.drafts.set),
            (side.saved, self._saved),
            (side.problem, self._say),
            (sessions.transfer_wanted, self._transfer),
            (sessions.noted, main.last.take_note),
            (sessions.failed, self._failed),
            (main.last.note_changed, app.sessions.note),
            (self.windows.notifications.taken, self._take),
            (self.windows.notifications.wanted, self._notice_clicked),
            (self._tray.chosen, self.choose),
        )

    def begin(self) -> None:
        """The built-in viewer is looked after."""
        if self.windows.wants_page and not self._looked_after and engine_trial.installed():
            self._looked_after = True
            self.background.spawn(self._look_after_page())

    async def _look_after_page(self) -> None:
        """It is loaded when nothing else goes on. Where that cannot be, the browser shows it, and the person is told."""
        if await engine_trial.starts(self._computer.environ, self._computer.platform):
            await page_view.warm_up(self._is_quiet, ready=self._embed)
            return
        event = problem_event(TasukiError("page_not_in_window"))
        self._terminal.tell(event)
        self._main.say(event.text, tone="warn")

    def _embed(self) -> None:
        """In a moment without sessions: none may be told to look elsewhere than its page is."""
        self.windows.embed()
        self.app.sessions.leave_page()

    def show(self) -> None:
        """The queue, in front."""
        self._main.bring()

    def _is_quiet(self) -> bool:
        """Nobody waits, no session is under way, and the person does nothing here."""
        view = self.app.view
        return not view.sessions and not view.requests and QApplication.activeModalWidget() is None

    # from the agent

    def file_problem(self, problem: TasukiError) -> None:
        """In the queue, and for scripts."""
        self._tell(problem_event(problem))

    def _changed(self, view: HelperView) -> None:
        self._terminal.changed(view)
        self._main.render(view)
        self._tray.render(view)
        self.windows.sessions.render(view)
        self._status.render(view)
        self.windows.notifications.render(view)
        interrupted = any(one.view.phase is SessionPhase.INTERRUPTED for one in view.sessions)
        self.connection(view.matching, self._main, interrupted=interrupted)

    def try_again_now(self) -> None:
        """The relay is dialled at once."""
        self.app.connect()

    def _tell(self, event: AgentEvent) -> None:
        self._terminal.tell(event)
        if event.name == "missed":
            self._main.say(event.text, tone="warn")
        elif event.name == "problem":
            late = event.facts.get("about") == "accept" and event.facts.get("code") == Code.TOO_LATE
            session = str(event.facts.get("session", ""))
            if not late and not (session and self.windows.sessions.problem(session, event.text)):  # `missed` says more
                self._say(event.text)

    def _happened(self, session: str, event: SessionEvent) -> None:
        self.windows.sessions.happened(session, event)

    def _recorded(self, record: Record) -> None:
        self._main.last.render(record)

    def _failed(self, name: str, why: str) -> None:
        self._main.say(f"{one_line(name)}: {why}" if why else one_line(name), tone="warn")

    def cannot_renew(self, error: BaseException) -> None:
        """While there is still time."""
        self._say(plain_text(error))

    def _say(self, text: str) -> None:
        self._main.say(text, tone="danger")

    # from the person

    def choose(self, key: str) -> None:
        """An entry of the icon's menu."""
        match key:
            case "available" | "busy" | "away":
                self._status.choose(Status(key))
            case "recent":
                self.windows.side.show_recent()
            case "settings":
                self._main.bring()
                self.windows.side.show_settings()
            case "why":
                self.windows.side.show_why()
            case "quit":
                self.quit()
            case "show":
                self._main.bring()
            case _:
                raise ValueError(f"no entry of a menu is called {key}")

    def _notice_clicked(self, request: str) -> None:
        self._main.bring()
        self._main.choose(request)

    def _accept(self, request: str) -> None:
        try:
            self.app.accept(request)
        except TasukiError as problem:
            self.file_problem(problem)

    def _next(self) -> None:
        try:
            self.app.next()
        except TasukiError as problem:
            self.file_problem(problem)

    def _take(self, request: str) -> None:
        """By a notice's button. The session's own window comes by itself; the queue where that cannot be."""
        if not self._main.accept(request):
            self._notice_clicked(request)

    def _transfer(self, session: str) -> None:
        self._main.open_transfer(session, over=self.windows.sessions.window(session))

    def _main_closed(self) -> None:
        """Beside the clock it goes on unseen; where there is no such place, it stays in reach."""
        if self._tray.available:
            self._main.hide()
        else:
            self._main.showMinimized()

    def _saved(self, settings: AgentSettings) -> None:
        self.windows.follow(settings)
        self.begin()
        self._status.follow(Rules.of(settings.helper))
        try:
            self.app.follow(settings)
        except TasukiError as problem:
            self._say(plain(problem))

    def quit(self) -> None:
        """At once where no session runs, else the person is asked."""
        self._main.last.settle()
        alive = [one for one in self.app.view.sessions if one.view.phase is not SessionPhase.ENDED]
        if not alive:
            self.leave(RunEnd.QUIT)
            return
        self._main.bring()
        self.ask_to_quit(HelperQuitWords(tuple(one.view.peer_name or one.user for one in alive)), self._main)
