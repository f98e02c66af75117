"""A user's agent behind the windows: what they show comes from a UserApp, what the person wants goes to it."""

import time
from collections.abc import Callable, Sequence
from typing import assert_never

from common.agent.composition import Agent
from common.agent.drafts import Drafts
from common.agent.settings import AgentSettings
from common.agent.views import SessionEvent, SessionView
from common.host.command import Events
from common.host.errors import TasukiError, plain
from common.protocol.messages import Mode
from common.ui.clipboard import qt_desktop
from common.ui.controller import AgentController, Wire
from common.ui.network_information import watch_network
from common.ui.program import ProgramContext, RunEnd
from user_agent.app import UserApp
from user_agent.consent import QuestionKind
from user_agent.terminal import UserTerminal
from user_agent.ui.main_window import UNDER_WAY, MainWindow
from user_agent.ui.overlay import places
from user_agent.ui.quit_words import UserQuitWords
from user_agent.ui.request_flow import RequestFlow
from user_agent.ui.tray import UserTray
from user_agent.ui.windows import UserWindows, stop_key
from user_agent.views import RequestStage, UserView

TOLD = "told-of-tray"  # the draft's key


class UserController(AgentController):
    """See AgentController. What is asked is user_agent.ui.request_flow's."""

    app: UserApp
    windows: UserWindows

    def __init__(
        self,
        *,
        agent: Agent,
        context: ProgramContext,
        main: MainWindow,
        tray: UserTray,
        drafts: Drafts,
        events: Events | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`events`: where it is told what happens, for scripts. `clock`: Unix seconds."""
        super().__init__(agent=agent, drafts=drafts)
        self._settings = agent.settings
        self._computer = context.computer
        self._terminal = UserTerminal(events)
        self._main = main
        self._tray = tray
        self._clock = clock
        self._view = UserView()
        self._guarded: set[str] = set()
        self.app = UserApp(
            agent=agent,
            computer=context.computer,
            desktop=qt_desktop(context.computer.platform),
            draws=places(),
            watch_network=watch_network,
            on_change=self._changed,
            on_event=self._happened,
            on_problem=self._terminal.problem,
            on_file_problem=self.file_problem,
        )
        self.windows = UserWindows(
            context=context,
            agent=agent,
            main=main,
            tray=tray,
            live=lambda: self.app.view.matching,
            clipboard=self._no_clipboard,
            pointed=self.app.pointed,
            drafts=drafts,
        )
        self.requests = RequestFlow(
            app=self.app,
            main=main,
            terminal=self._terminal,
            drafts=drafts,
            background=self.background,
            computer=context.computer,
            withheld=lambda: self._settings.inventory.withheld,
        )

    def wires(self) -> Sequence[Wire]:
        """Every window's."""
        main, session, side, requests, app = (
            self._main,
            self.windows.session,
            self.windows.side,
            self.requests,
            self.app,
        )
        return (
            (requests.changed, self._render),
            (main.help_wanted, requests.open),
            (main.topic_changed, requests.type_topic),
            (main.sent_topic_changed, requests.change_topic),
            (main.cancelled, requests.cancel),
            (main.call_back_wanted, app.leave_as_call_back),
            (main.again_wanted, requests.again),
            (main.here_wanted, self._reopen),
            (main.menu_chosen, self.choose),
            (main.close_wanted, self._close_wanted),
            (main.seen, self._watch),
            (self._tray.chosen, self.choose),
            (self.windows.notifications.opened, self.choose),
            (side.saved, self._saved),
            (side.again_wanted, requests.again),
            (side.dialog_open, self._settings_open),
            (side.problem, main.say),
            (session.mode_wanted, app.set_mode),
            (session.pause_wanted, app.pause),
            (session.answered, self._answered),
            (session.said, self._said),
            (session.draft_changed, self._chat_typed),
            (session.stopped, app.stop),
            (session.screen_chosen, app.choose_screen),
            (session.screens_changed, app.screens_changed),
            (session.covered, app.cover),
            (session.keyboard_covered, app.cover_keyboard),
        )

    def begin(self) -> None:
        """The list is watched where it can be seen."""
        self.requests.begin()
        self._watch(self._main.isVisible())

    def put_away(self) -> None:
        """Nothing of a session stays on the screen."""
        self.requests.close()
        self.windows.session.render(UserView(), self._clock())

    def show(self) -> None:
        """What there is, in front."""
        self.choose("show")

    # what is shown

    def file_problem(self, problem: TasukiError) -> None:
        """In the main window, and for scripts."""
        self._terminal.problem(problem)
        self._main.say(plain(problem))

    def _changed(self, view: UserView) -> None:
        before, self._view = self._view, view
        self._terminal.changed(view)
        if _is_connected(view) and not _is_connected(before):
            self._connected(view)
        self._render()
        self.windows.notifications.changed(before, view)
        if before.stage is RequestStage.SESSION and view.stage is not RequestStage.SESSION:
            self._session_left(view)
        interrupted = _is_connected(view) and view.session is not None and view.session.lost is not None
        self.connection(view.matching, self._main, interrupted=interrupted)

    def _render(self) -> None:
        shown = self.requests.shown(self._view)
        self._main.render(shown)
        self._tray.render(shown)
        self.windows.session.render(self._view, self._clock())

    def _connected(self, view: UserView) -> None:
        """The helper is there: the window makes room."""
        if view.session is not None:
            self.windows.session.set_draft(self.drafts.get(f"chat:{view.session.peer_uri}"))
        self.requests.sent()
        self.windows.side.hide_summary()
        self._make_room()

    def session_is_back(self) -> None:
        """It makes room again."""
        if _is_connected(self._view):
            self._make_room()

    def _make_room(self) -> None:
        if self._tray.available:
            self._main.hide()
        else:
            self._main.showMinimized()

    def _session_left(self, view: UserView) -> None:
        self._main.bring()
        if view.stage is RequestStage.ENDED and view.record is not None and view.ending is not None:
            self.windows.side.show_summary(view.record, lost=view.ending.lost)

    def _happened(self, event: SessionEvent, view: SessionView) -> None:
        self._terminal.happened(event, view)
        self.windows.session.happened(event, view)
        self.windows.notifications.happened(event, view)

    def _watch(self, on: bool) -> None:
        self.app.watch(on)
        if on:
            self.background.spawn(self.app.look_for_screens())
            self.background.spawn(self.app.look_whether_shown())

    # in a session

    def _answered(self, kind: QuestionKind, yes: bool) -> None:
        match kind:
            case QuestionKind.ALLOW:
                self.app.allow(yes)
            case QuestionKind.CONTROL:
                self.app.grant(yes)
            case _:
                assert_never(kind)

    def _said(self, text: str, number: int) -> None:
        if self.app.chat(text, number):
            self._chat_typed("")
        else:
            self.windows.session.not_sent(number)

    def _chat_typed(self, text: str) -> None:
        if self._view.session is not None:
            self.drafts.set(f"chat:{self._view.session.peer_uri}", text)

    def _settings_open(self, on: bool) -> None:
        self._guard("settings", on)

    def asking_to_quit(self, on: bool) -> None:
        """No helper answers that."""
        self._guard("quit", on)

    def asking_for_login(self, on: bool) -> None:
        """Nor that."""
        self._guard("proxy-login", on)

    def try_again_now(self) -> None:
        """The relay is dialled at once."""
        self.app.connect()

    def _guard(self, dialog: str, on: bool) -> None:
        """While one of these dialogs is open, a helper's keys and clicks go nowhere."""
        (self._guarded.add if on else self._guarded.discard)(dialog)
        self.app.question_open(bool(self._guarded))

    # the menu, the end

    def choose(self, key: str) -> None:
        """An entry of a menu, or a notice that was clicked on."""
        match key:
            case "question" | "session" | "clipboard" | "show" if _is_connected(self._view) or self._view.questions:
                self.windows.session.bring()
            case "chat":
                self.windows.session.open_chat()
            case "show" | "main" | "question" | "session" | "clipboard":
                self._main.bring()
            case "help":
                self._main.bring()
                self._main.go_home()
            case "control":
                self.app.set_mode(Mode.CONTROL)
            case "stop":
                self.app.stop()
            case "recent":
                self.windows.side.show_recent()
            case "settings":
                self.windows.side.show_settings()
            case "why":
                self.windows.side.show_why()
            case "quit":
                self.quit()
            case _:
                raise ValueError(f"no entry of a menu is called {key}")

    def quit(self) -> None:
        """End the program; the person is asked while help is under way."""
        if self._view.stage not in UNDER_WAY:
            self.leave(RunEnd.QUIT)
            return
        session = self._view.session if self._view.stage is RequestStage.SESSION else None
        helper = session.peer_name if session is not None else ""
        self.ask_to_quit(UserQuitWords(helper=helper, call_back=_is_left(self._view)))

    def _close_wanted(self) -> None:
        """The main window was closed: there is the icon beside the clock, or a session to keep; else it is the end."""
        if self._tray.available:
            self._main.hide()
            if not self.drafts.get(TOLD):
                self.drafts.set(TOLD, "1")
                self.windows.notifications.stays()
        elif self._view.stage in UNDER_WAY:
            self._main.showMinimized()
        else:
            self.leave(RunEnd.QUIT)

    def _no_clipboard(self) -> TasukiError | None:
        view = self._view
        return view.session.clipboard if view.session is not None and _is_connected(view) else None

    def _saved(self, settings: AgentSettings, keys: set[str]) -> None:
        """What a running agent can take over at once, it takes; for another proxy it is made anew, once nobody is helped."""
        self._settings = settings
        self.windows.follow(settings, keys)
        self.app.switch_clipboard(settings.clipboard)
        self.app.set_server(settings.programs.server)
        self.background.spawn(self.app.look_whether_shown())
        if "hotkey.stop" in keys:
            self.app.set_stop_key(stop_key(settings, self._computer).key.filtered)
        if "network.proxy" in keys:
            self._reopen()

    def _reopen(self) -> None:
        if self._view.stage not in UNDER_WAY or _is_left(self._view):
            self.leave(RunEnd.REOPEN)
        else:
            self.requests.when_over(self._reopen)


def _is_connected(view: UserView) -> bool:
    return view.stage is RequestStage.SESSION and view.session is not None and view.session.running


def _is_left(view: UserView) -> bool:
    """Whether a call back waits, which goes on without the program."""
    request = view.matching.request
    return view.stage is RequestStage.WAITING and request is not None and request.call_back
