"""One agent's life behind the windows: what they show comes from a UserApp, what the person wants goes to it."""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import Any

from PySide6.QtCore import QObject

from common.agent.composition import Agent
from common.agent.drafts import Drafts
from common.agent.settings import AgentSettings
from common.agent.views import SessionEvent, SessionView
from common.host.errors import TasukiError
from common.protocol.reasons import Why
from common.protocol.session_life import Phase as SessionPhase
from common.ui import application
from common.ui.errands import Errands
from user_agent.app import UserApp
from user_agent.consent import Kind
from user_agent.face import Face
from user_agent.inventory import details
from user_agent.servers.base import Host
from user_agent.stop_keys import chosen
from user_agent.ui.ask import AskDialog
from user_agent.ui.attention import Attention
from user_agent.ui.hotkey.choice import hotkey_for
from user_agent.ui.leaving import QuitDialog
from user_agent.ui.main_window import UNDER_WAY, MainWindow
from user_agent.ui.people_model import Row
from user_agent.ui.session_face import SessionFace
from user_agent.ui.side_windows import SideWindows
from user_agent.ui.tray import UserTray
from user_agent.views import Ending, Stage, UserView, Wish

TOPIC = "topic"  # the draft's key
TOLD = "told-of-tray"


class Outcome(Enum):
    """Why a desk was left."""

    QUIT = auto()
    REOPEN = auto()  # settings have changed that an agent is made with


class Desk(QObject):
    """Run it once. The windows are the program's, and outlive it; only what it opens itself goes with it."""

    def __init__(
        self,
        *,
        agent: Agent,
        host: Host,
        told: Face,
        main: MainWindow,
        tray: UserTray,
        face: SessionFace,
        side: SideWindows,
        attention: Attention,
        drafts: Drafts,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`told` prints what happens, for scripts. `clock`: Unix seconds."""
        super().__init__()
        self._agent = agent
        self._settings: AgentSettings = agent.settings
        self._host = host
        self._told = told
        self._main = main
        self._tray = tray
        self._face = face
        self._side = side
        self._attention = attention
        self._drafts = drafts
        self._clock = clock
        self._view = UserView()
        self._failed: Ending | None = None  # asking was not even possible
        self._wish: Wish | None = None
        self._asking: asyncio.Task[Any] | None = None
        self._errands = Errands()
        self._guarded: set[str] = set()
        self._ask: AskDialog | None = None
        self._quit: QuitDialog | None = None
        self._over: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.app = UserApp(
            agent=agent,
            environ=host.environ,
            platform=host.platform,
            on_change=self._changed,
            on_event=self._happened,
            on_problem=told.problem,
        )
        side.live = lambda: self.app.view.matching

    async def run(self) -> Outcome:
        """Until the person quits, or an agent must be made anew. Then nothing is left of a request or a session."""
        async with self.app:
            renewing = self._agent.renewing()
            self._main.set_topic(self._drafts.get(TOPIC))
            self._watch(self._main.isVisible())
            try:
                with self._wired():
                    return await self._over
            finally:
                renewing.cancel()
                await self._errands.close()
                await asyncio.gather(renewing, return_exceptions=True)
                for dialog in (self._ask, self._quit):
                    if dialog is not None:
                        dialog.deleteLater()
                self._face.render(UserView(), self._clock())
                await self._drafts.flush()

    @contextlib.contextmanager
    def _wired(self) -> Iterator[None]:
        """The windows' signals come here, for as long as the block lasts."""
        main, face, side, app = self._main, self._face, self._side, self.app
        wires: list[tuple[Any, Callable[..., Any]]] = [
            (main.help_wanted, self._help_wanted),
            (main.topic_changed, self._topic_typed),
            (main.sent_topic_changed, self._topic_changed),
            (main.cancelled, self._cancel),
            (main.again_wanted, self._again),
            (main.here_wanted, self._reopen),
            (main.menu_chosen, self.choose),
            (main.close_wanted, self._close_wanted),
            (main.seen, self._watch),
            (self._tray.chosen, self.choose),
            (side.saved, self._saved),
            (side.again_wanted, self._again),
            (side.dialog_open, self._settings_open),
            (side.problem, main.say),
            (face.mode_wanted, app.set_mode),
            (face.pause_wanted, app.pause),
            (face.answered, self._answered),
            (face.said, self._said),
            (face.draft_changed, self._chat_typed),
            (face.stopped, app.stop),
            (face.covered, app.broker_cover),
            (face.keyboard_covered, app.broker_cover_keyboard),
        ]
        for signal, slot in wires:
            signal.connect(slot)
        try:
            yield
        finally:
            for signal, slot in wires:
                signal.disconnect(slot)

    # what is shown

    def _changed(self, view: UserView) -> None:
        before, self._view = self._view, view
        self._told.changed(view)
        if _is_connected(view) and not _is_connected(before):
            self._connected(view)
        self._render()
        self._attention.changed(before, view)
        if before.stage is Stage.SESSION and view.stage is not Stage.SESSION:
            self._session_left(view)

    def _render(self) -> None:
        shown = self._view
        if self._failed is not None and shown.stage is Stage.IDLE:
            shown = dataclasses.replace(shown, stage=Stage.ENDED, ending=self._failed)
        self._main.render(shown)
        self._tray.render(shown)
        self._face.render(self._view, self._clock())

    def _connected(self, view: UserView) -> None:
        """The helper is there: the window makes room, and what was typed to be asked is done with."""
        if view.session is not None:
            self._face.set_draft(self._drafts.get(f"chat:{view.session.peer_uri}"))
        self._drafts.clear(TOPIC)
        self._main.set_topic("")
        self._side.hide_summary()
        self._away()

    def _session_left(self, view: UserView) -> None:
        self._main.bring()
        if view.stage is Stage.ENDED and view.record is not None and view.ending is not None:
            self._side.show_summary(view.record, lost=view.ending.lost)

    def _happened(self, event: SessionEvent, view: SessionView) -> None:
        self._told.happened(event, view)
        self._face.happened(event, view)
        self._attention.happened(event, view)

    def _watch(self, on: bool) -> None:
        self.app.watch(on)
        if on:
            self._errands.start(self.app.look_for_screens())

    # asking

    def _help_wanted(self, row: Row) -> None:
        if self._asking is not None or self._ask is not None:
            return
        dialog = AskDialog(row=row, topic=self._drafts.get(TOPIC), parent=self._main)
        dialog.show_screens(self.app.screens())
        dialog.topic_changed.connect(self._topic_typed)
        dialog.topic_changed.connect(self._main.set_topic)
        dialog.asked.connect(self._start)
        dialog.finished.connect(self._ask_closed)
        self._ask = dialog
        dialog.open()
        self._errands.start(self._fill(dialog))

    async def _fill(self, dialog: AskDialog) -> None:
        found = await details(self._host, withheld=self._settings.inventory.withheld)
        screens = await self.app.look_for_screens()
        if self._ask is dialog:
            dialog.show_details(found)
            dialog.show_screens(screens)

    def _ask_closed(self) -> None:
        if self._ask is not None:
            self._ask.deleteLater()
            self._ask = None

    def _start(self, wish: Wish) -> None:
        if self._asking is None:
            self._wish, self._failed = wish, None
            self._asking = self._errands.start(self._attend(wish))

    async def _attend(self, wish: Wish) -> None:
        try:
            self._told.over(await self.app.ask(wish))
        except TasukiError as error:
            self._failed = Ending(why=Why.FAILED, problem=error)
            self._told.problem(error)
        finally:
            self._asking = None
            self._render()
            application.tidy()

    def _again(self) -> None:
        if self._wish is not None:
            self._main.bring()
            self._start(dataclasses.replace(self._wish, topic=self._asked_topic()))

    def _asked_topic(self) -> str:
        """As it was changed while the request waited."""
        wish = self._view.wish or self._wish
        return wish.topic if wish is not None else ""

    def _cancel(self) -> None:
        """Before a request is sent there is nothing that `stop` could take back."""
        if not self.app.stop() and self._asking is not None:
            self._asking.cancel()

    def _topic_typed(self, text: str) -> None:
        self._drafts.set(TOPIC, text)

    def _topic_changed(self, text: str) -> None:
        if self.app.change_topic(text):
            self._drafts.set(TOPIC, text)
            self._main.set_topic(text)

    # in a session

    def _answered(self, kind: Kind, yes: bool) -> None:
        if kind is Kind.ALLOW:
            self.app.allow(yes)
        else:
            self.app.grant(yes)

    def _said(self, text: str) -> None:
        if self.app.chat(text):
            self._chat_typed("")

    def _chat_typed(self, text: str) -> None:
        if self._view.session is not None:
            self._drafts.set(f"chat:{self._view.session.peer_uri}", text)

    def _settings_open(self, on: bool) -> None:
        self._guard("settings", on)

    def _guard(self, dialog: str, on: bool) -> None:
        """While one of these dialogs is open, a helper's keys and clicks go nowhere."""
        (self._guarded.add if on else self._guarded.discard)(dialog)
        self.app.question_open(bool(self._guarded))

    # the menu, the end

    def choose(self, key: str) -> None:
        """An entry of a menu, or a notice that was clicked on."""
        match key:
            case "session" | "show" if _is_connected(self._view) or self._view.questions:
                self._face.bring()
            case "chat":
                self._face.open_chat()
            case "show" | "main" | "session":
                self._main.bring()
            case "help":
                self._main.bring()
                self._main.go_home()
            case "stop":
                self.app.stop()
            case "recent":
                self._side.show_recent()
            case "settings":
                self._side.show_settings()
            case "why":
                self._side.show_why()
            case "quit":
                self.quit()

    def quit(self) -> None:
        """End the program; the person is asked while help is under way."""
        if self._view.stage not in UNDER_WAY:
            self._leave(Outcome.QUIT)
        elif self._quit is None:
            session = self._view.session if self._view.stage is Stage.SESSION else None
            dialog = QuitDialog(helper=session.peer_name if session is not None else "")
            dialog.confirmed.connect(lambda: self._leave(Outcome.QUIT))
            dialog.finished.connect(self._quit_closed)
            self._quit = dialog
            self._guard("quit", True)
            dialog.open()

    def _quit_closed(self) -> None:
        self._guard("quit", False)
        if self._quit is not None:
            self._quit.deleteLater()
            self._quit = None

    def _close_wanted(self) -> None:
        """The main window was closed: there is the icon beside the clock, or a session to keep; else it is the end."""
        if self._tray.available:
            self._main.hide()
            if not self._drafts.get(TOLD):
                self._drafts.set(TOLD, "1")
                self._attention.stays()
        elif self._view.stage in UNDER_WAY:
            self._main.showMinimized()
        else:
            self._leave(Outcome.QUIT)

    def _away(self) -> None:
        if self._tray.available:
            self._main.hide()
        else:
            self._main.showMinimized()

    def _saved(self, settings: AgentSettings, keys: set[str]) -> None:
        """What a running agent can take over at once, it takes; for another proxy it is made anew, once nobody is helped."""
        self._settings = settings
        self._attention.settings = settings.window
        self.app.set_clipboard(to_user=settings.clipboard.to_user, to_helper=settings.clipboard.to_helper)
        self.app.set_server(settings.programs.server)
        if "hotkey.stop" in keys:
            key = chosen(settings.hotkey.stop, self._host.platform)
            self.app.set_stop_key(key.key.filtered)
            self._face.set_hotkey(hotkey_for(key, platform=self._host.platform, environ=self._host.environ))
        if "network.proxy" in keys:
            self._reopen()

    def _reopen(self) -> None:
        if self._view.stage not in UNDER_WAY:
            self._leave(Outcome.REOPEN)
        elif self._asking is not None:
            self._asking.add_done_callback(lambda _: self._reopen())

    def _leave(self, outcome: Outcome) -> None:
        if not self._over.done():
            self._over.set_result(outcome)


def _is_connected(view: UserView) -> bool:
    return view.stage is Stage.SESSION and view.session is not None and view.session.phase is SessionPhase.CONNECTED
