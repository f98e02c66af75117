"""A helper's agent behind the windows: what they show comes from a HelperApp, what the person wants goes to it."""

import asyncio
import time
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from common.agent.autostart import Autostart
from common.agent.composition import Agent
from common.agent.drafts import Drafts
from common.agent.history import Record
from common.agent.settings import AgentSettings
from common.agent.telling import Told, problem_text
from common.agent.views import MatchingView, SessionEvent
from common.host.command import Events
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.host.words import sentence
from common.protocol.messages import Code, Status
from common.protocol.session_life import Phase
from common.ui.errands import Errands
from common.ui.language import Speech
from common.ui.notices import Notices
from common.ui.side_windows import SideWindows
from common.ui.theme import Theme
from helper_agent.app import HelperApp
from helper_agent.face import Face
from helper_agent.status_rules import Rules
from helper_agent.ui import page_view
from helper_agent.ui.attention import Attention
from helper_agent.ui.idle import reader
from helper_agent.ui.presence import Presence
from helper_agent.ui.queue_window import QueueWindow
from helper_agent.ui.quitting import QuitDialog
from helper_agent.ui.session_windows import SessionWindows
from helper_agent.ui.side_windows import Own
from helper_agent.ui.tray import HelperTray
from helper_agent.viewers import novnc
from helper_agent.viewers.base import Host
from helper_agent.viewers.choice import NONE
from helper_agent.views import HelperView

log = get_logger(component="window")


class Desk(QObject):
    """An enrolled helper at work: the agent, its windows, and what goes between them."""

    def __init__(
        self,
        *,
        agent: Agent,
        host: Host,
        autostart: Autostart,
        speech: Speech,
        theme: Theme,
        drafts: Drafts,
        events: Events | None,
        queue: QueueWindow | None = None,
    ) -> None:
        """`queue`: the window where it is there already; it goes with the desk. Raises TasukiError."""
        super().__init__()
        self._agent = agent
        self._settings = agent.settings
        self._errands = Errands()
        self._quit: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked: QuitDialog | None = None
        self._face = Face(events) if events is not None else None
        self._drafts = drafts
        self._embeds = page_view.available(host.environ, host.platform)
        self.app, problem = self._make_app(host)
        self.queue = queue if queue is not None else QueueWindow(now=time.time)
        self.queue.belong(own_uri=str(agent.profile.uri), draft=self._drafts.get)
        self.tray = HelperTray(self)
        self._notices = Notices(self.tray.icon, parent=self)
        self._attention = Attention(
            notices=self._notices, settings=self._settings.window, looking=self.queue.isActiveWindow, parent=self
        )
        self._presence = Presence(
            rules=Rules.of(self._settings.helper),
            set_status=self.app.set_status,
            idle=reader(host.environ, host.platform),
            now=time.monotonic,
            parent=self,
        )
        self.sessions = SessionWindows(
            intents=self.app,
            drafts=self._drafts,
            now=time.time,
            embed=lambda: self._embeds and self._settings.programs.viewer == novnc.NAME,
            spawn=self._errands.start,
            parent=self,
        )

        def live() -> MatchingView:
            return self.app.view.matching

        own = Own(uri=str(agent.profile.uri), host=host, live=live, note=self.app.note, main=self.queue)
        self.side = SideWindows(
            own=own,
            agent=agent,
            history=self.app.history,
            autostart=autostart,
            speech=speech,
            theme=theme,
            parent=self.queue,
        )
        self.side.live = live
        self._connect()
        if problem is not None:
            self.queue.say(sentence(problem), tone="danger")

    def _make_app(self, host: Host) -> tuple[HelperApp, TasukiError | None]:
        """With the viewer of the settings; where that is not here, with none, so that it can be chosen anew."""
        made: dict[str, Any] = {
            "environ": host.environ,
            "platform": host.platform,
            "browser": not self._embeds,
            "on_change": self._changed,
            "tell": self._tell,
            "on_event": self._happened,
            "on_record": self._recorded,
            "on_kept": lambda _record: self.side.refresh(),
        }
        try:
            return HelperApp(agent=self._agent, **made), None
        except TasukiError as problem:
            return HelperApp(agent=self._agent, viewer=NONE, **made), problem

    async def run(self, *, hidden: bool) -> int:
        """Until the person quits. `hidden`: the queue does not show itself at the beginning."""
        renewing = None
        try:
            async with self.app:
                if self._face is not None:
                    self._face.app = self.app
                renewing = self._agent.renewing()
                renewing.add_done_callback(self._renewal_ended)
                self.tray.show()
                if not (hidden and self.tray.available):
                    self.queue.bring()
                if self._embeds and self._settings.programs.viewer == novnc.NAME:
                    self._errands.start(page_view.warm_up(self._is_quiet))
                await self._quit
        finally:
            if renewing is not None:
                renewing.cancel()
            self.tray.hide()
            self.queue.hide()
            self.sessions.close()
            await self.side.close()
            await self._errands.close()
            await self._drafts.flush()
            self.queue.deleteLater()
        return 0

    def _is_quiet(self) -> bool:
        """Nobody waits, no session is under way, and the person does nothing here."""
        view = self.app.view
        return not view.sessions and not view.requests and QApplication.activeModalWidget() is None

    # from the agent

    def _changed(self, view: HelperView) -> None:
        if self._face is not None:
            self._face.changed(view)
        self.queue.render(view)
        self.tray.render(view)
        self.sessions.render(view)
        self._presence.render(view)
        self._attention.render(view)

    def _tell(self, told: Told) -> None:
        if self._face is not None:
            self._face.tell(told)
        if told.event == "missed":
            self.queue.say(told.text, tone="warn")
        elif told.event == "problem":
            late = told.facts.get("about") == "accept" and told.facts.get("code") == Code.TOO_LATE
            session = str(told.facts.get("session", ""))
            if not late and not (session and self.sessions.problem(session, told.text)):  # `missed` says more
                self.queue.say(told.text, tone="danger")

    def _happened(self, session: str, event: SessionEvent) -> None:
        self.sessions.happened(session, event)

    def _recorded(self, record: Record) -> None:
        self.sessions.summarise(record)

    def _renewal_ended(self, renewing: "asyncio.Task[TasukiError]") -> None:
        if not renewing.cancelled():
            error = renewing.exception() or renewing.result()
            self.queue.say(problem_text(error), tone="danger")

    # from the person

    def _connect(self) -> None:
        queue, side = self.queue, self.side
        queue.accepted.connect(self.app.accept)
        queue.declined.connect(self.app.decline)
        queue.transferred.connect(self.app.transfer)
        queue.session_wanted.connect(self.sessions.show)
        queue.session_ended.connect(self.app.end)
        queue.status_chosen.connect(self._presence.choose)
        queue.connect_wanted.connect(self.app.connect)
        queue.settings_wanted.connect(side.show_settings)
        queue.history_wanted.connect(side.show_recent)
        queue.diagnosis_wanted.connect(side.show_why)
        queue.quit_wanted.connect(self.ask_to_quit)
        queue.closing.connect(self._queue_closed)
        queue.drafted.connect(self._drafts.set)
        side.saved.connect(self._follow)
        side.problem.connect(lambda text: queue.say(text, tone="danger"))
        self.sessions.transfer_wanted.connect(self._transfer)
        self._notices.clicked.connect(self._notice_clicked)
        self.tray.chosen.connect(self._tray_chosen)

    def _tray_chosen(self, key: str) -> None:
        match key:
            case "available" | "busy" | "away":
                self._presence.choose(Status(key))
            case "recent":
                self.side.show_recent()
            case "settings":
                self.queue.bring()
                self.side.show_settings()
            case "why":
                self.side.show_why()
            case "quit":
                self.ask_to_quit()
            case _:
                self.queue.bring()

    def _notice_clicked(self, request: str) -> None:
        self.queue.bring()
        self.queue.choose(request)

    def _transfer(self, session: str) -> None:
        self.queue.bring()
        self.queue.open_transfer(session)

    def _queue_closed(self) -> None:
        """Beside the clock it goes on unseen; where there is no such place, it stays in reach."""
        if self.tray.available:
            self.queue.hide()
        else:
            self.queue.showMinimized()

    def _follow(self, settings: AgentSettings) -> None:
        self._settings = settings
        self._attention.follow(settings.window)
        self._presence.follow(Rules.of(settings.helper))
        try:
            self.app.follow(settings)
        except TasukiError as problem:
            self.queue.say(sentence(problem), tone="danger")

    def ask_to_quit(self) -> None:
        """At once where no session runs, else the person is asked."""
        alive = [one for one in self.app.view.sessions if one.view.phase is not Phase.ENDED]
        if not alive:
            self._leave()
            return
        if self._asked is not None:
            self._asked.raise_()
            return
        self.queue.bring()
        names = tuple(one.view.peer_name or one.user for one in alive)
        self._asked = QuitDialog(names=names, parent=self.queue)
        self._asked.confirmed.connect(self._leave)
        self._asked.finished.connect(self._asked_closed)
        self._asked.open()

    def _asked_closed(self) -> None:
        if self._asked is not None:
            self._asked.deleteLater()
            self._asked = None

    def _leave(self) -> None:
        if not self._quit.done():
            self._quit.set_result(None)
