"""The user's agent without windows: one request for help at a time, from the wish to its end. The composition root.

`on_change` gets every new UserView, `on_event` what happened in a session; the person's intents come in as method calls.
"""

import asyncio
import dataclasses
import os
from collections.abc import Callable
from typing import Self, assert_never

from common.agent.clipboard.clipboard import DesktopClipboard
from common.agent.composition import Agent
from common.agent.history import History, HistoryRecorder
from common.agent.keeper.journal import FILE as JOURNAL
from common.agent.matching.ports import MatchingEvent
from common.agent.matching.problems import is_hopeless
from common.agent.network_watch import NetworkWatch, Watch, nobody
from common.agent.session.session import Session
from common.agent.views import InputLost, MatchingView, ScreenWished, SessionEvent, SessionView
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import (
    Ended,
    Error,
    Granted,
    GroupEntry,
    HelperEntry,
    Mode,
    Over,
    Recorded,
    Requests,
    Waiting,
    Yours,
)
from common.protocol.reasons import Why
from user_agent.area.offering import Screens, places
from user_agent.area.question import AreaView
from user_agent.call_back import CallBackFile, LeftCallBack
from user_agent.clipboard import UserClipboard
from user_agent.consent import answered_by_yes
from user_agent.helper_directory import SETTLED, HelperDirectory
from user_agent.input.opening import open_x11
from user_agent.input.ports import OpenDesktop
from user_agent.open_questions import OpenQuestions
from user_agent.persons_orders import PersonsOrders
from user_agent.refusals import refusal
from user_agent.servers.base import ScreenChoice, ServerKind
from user_agent.servers.foreign import ForeignServer
from user_agent.servers.monitors import find
from user_agent.sharing import Sharing, first
from user_agent.stop_keys import chosen
from user_agent.views import OF_ONE_REQUEST, MissedCall, RequestEnding, RequestStage, UserView, Wish
from user_agent.waiting_request import WaitingRequest

LOOK_AGAIN = 5.0  # seconds until it is looked again whether the person has installed what was missing


class UserApp(PersonsOrders, WaitingRequest):
    """One user's agent. `async with` it: on leaving, everything is ended and put back."""

    def __init__(
        self,
        *,
        agent: Agent,
        computer: Computer,
        yes: bool = False,
        running: ForeignServer | None = None,
        desktop: DesktopClipboard | None = None,
        draws: bool = False,
        watch_network: Watch = nobody,
        random: Callable[[int], bytes] = os.urandom,
        open_desktop: OpenDesktop = open_x11,
        on_change: Callable[[UserView], None] = lambda _: None,
        on_event: Callable[[SessionEvent, SessionView], None] = lambda _event, _view: None,
        on_problem: Callable[[TasukiError], None] = lambda _: None,
        on_file_problem: Callable[[TasukiError], None] = lambda _: None,
    ) -> None:
        """`desktop`: a clipboard that windows bring along, `watch_network`: what hears more of the network. `draws`: they show what the helper draws. `open_desktop`: how keys and pointer get into an X display.

        `on_problem`: what hinders a request or a session. `on_file_problem`: a file of ours that is damaged or cannot be written.
        """
        self.view = UserView()
        self._agent = agent
        self._yes = yes
        self._on_change = on_change
        self._on_event = on_event
        self._on_problem = on_problem
        self._on_file_problem = on_file_problem
        self._computer = computer
        self._screens: tuple[ScreenChoice, ...] = ()
        self._looking = False
        self._sharing = Sharing(
            computer=self._computer,
            wanted=agent.settings.programs.server,
            running=running,
            stop_key=chosen(agent.settings.hotkey.stop, computer.platform).key.filtered,
            journal=agent.profile.folder / JOURNAL,
            random=random,
            open_desktop=open_desktop,
            draws=draws,
            on_input_lost=self._input_lost,
            on_shared=lambda shared: self._show(shared=shared),
            on_area=self._area_changed,
            on_problem=self._has_problem,
        )
        self._clipboard = UserClipboard(computer=computer, desktop=desktop, switches=agent.settings.clipboard)
        self._recorder = HistoryRecorder(
            history=History(agent.profile.folder),
            organisation=agent.profile.organisation_name,
            on_problem=on_file_problem,
        )
        self._matching = agent.matching(on_change=self._matching_changed)
        self._news: asyncio.Queue[MatchingEvent | None] = asyncio.Queue()  # None: look whether it became hopeless
        self._directory = HelperDirectory(self._matching, timing=agent.settings.timing)
        self._matching.subscribe(self._news.put_nowait)
        self._questions = OpenQuestions()
        self._left = CallBackFile(agent.profile)
        self._session: Session | None = None
        self._problem: TasukiError | None = None
        self._network = NetworkWatch(self._network_changed, also=watch_network)

    async def __aenter__(self) -> Self:
        self._recorder.start()
        if (problem := await self._sharing.begin()) is not None:
            self._on_file_problem(problem)
        self._matching.start()
        self._network.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._network.close()
        await self._matching.stop()
        await self._sharing.close()
        self._clipboard.close()
        await self._recorder.settle()

    # the list

    def connect(self) -> None:
        """Try now, where it waits for the next try."""
        self._matching.start()

    async def online(self) -> None:
        """Wait for the relay. Raises the problem (TasukiError)."""
        await self._matching.online(self._agent.settings.timing.online)

    async def listed(self, settle: float = SETTLED) -> tuple[HelperEntry | GroupEntry, ...]:
        """Everybody who can be asked: what came until nothing more did for `settle` seconds. It is watched until the next request is over."""
        self._directory.watch("ask", True)
        return await self._directory.listed(settle)

    def watch(self, on: bool) -> None:
        """Keep `view.matching.helpers` up to date, or no longer: for a window that shows the list, whatever is asked meanwhile."""
        self._directory.watch("window", on)

    def screens(self) -> tuple[ScreenChoice, ...]:
        """The screens that a wish may name, as `look_for_screens` last found them; none where it cannot be told."""
        return self._screens

    async def look_for_screens(self) -> tuple[ScreenChoice, ...]:
        """Look again, in a thread."""
        self._screens = places(await asyncio.to_thread(find, self._computer))
        return self._screens

    async def look_whether_shown(self) -> None:
        """Keep `view.cannot_show` up to date until the screen can be shown: what is missing is said before anybody asks.

        Not while help is under way: what runs then is ours.
        """
        if self._looking:
            return
        self._looking = True
        try:
            while self.view.stage in {RequestStage.IDLE, RequestStage.ENDED}:
                problem = await self._sharing.why_not()
                if (problem and problem.code) != (self.view.cannot_show and self.view.cannot_show.code):
                    self._show(cannot_show=problem)
                if problem is None:
                    return
                await asyncio.sleep(LOOK_AGAIN)
        finally:
            self._looking = False

    # one request

    async def ask(self, wish: Wish, *, left: LeftCallBack | None = None, again: bool = False) -> RequestEnding:
        """Ask, wait, be helped; returns when it is over. Raises TasukiError where it cannot even be asked. `again`: after a loss.

        Nobody is asked before there is something to show (`view.offer`). `left`: go on with that. Cancelled, it ends all but a call back.
        """
        self._show(stage=RequestStage.ASKING, wish=wish, **dict.fromkeys(OF_ONE_REQUEST))
        self._matching.cancel()  # a call back that only this program had given up
        begun = False
        try:
            kind, screens = await self._sharing.agreed(wish.screens)
            if left is None:
                await self.online()
                self._directory.watch("ask", True)  # also while it waits: whoever would take it may go away
                to, name = await self._directory.find(wish, again=again)
                self._directory.check_mode(wish, to)
                self._show(offer=await self._sharing.look(kind, screens))  # as late as can be: what was there may go
            else:
                to, name = left.to, left.name
            while not self._news.empty():
                self._news.get_nowait()
            request, begun = self._request(wish, to, name, left), True
            ending = await self._attend(request, kind, screens)
        except BaseException as error:
            begun = begun or isinstance(error, TasukiError)
            self._show(stage=RequestStage.IDLE, position=None)
            raise
        finally:
            # Cancelled, it is taken back. Otherwise nothing of it is left, unless a relay lost count.
            self._directory.watch("ask", False)
            if (begun or left is None) and not self._stays():
                self._matching.cancel()
                self._left.remove()
        self._show(stage=RequestStage.ENDED, ending=ending, session=self.view.session, position=None)
        return ending

    async def _attend(self, request: str, kind: ServerKind | None, screens: Screens) -> RequestEnding:
        """The request's life, as the relay tells it."""
        connected = False
        self._questions.ask_anew()
        while True:
            news = await self._news.get()
            match news:
                case Waiting(request=about, position=position) if about == request:
                    self._show(stage=RequestStage.WAITING, position=position, session=None)
                case Granted() as granted if granted.request == request:
                    self._questions.granted(granted.note)
                    view = await self._hold(granted, kind, screens)
                    if view is None:
                        continue
                    connected = connected or view.since is not None
                    if view.why is not Why.TRANSFERRED and not self._waits(request):
                        problem = self._problem or (view.problem if isinstance(view.problem, TasukiError) else None)
                        return RequestEnding(why=view.why or Why.FAILED, problem=problem, connected=connected)
                    if view.why is Why.TRANSFERRED:
                        self._questions.handed_over(view.peer_name)
                    missed = MissedCall(name=view.peer_name) if view.why is Why.NO_ANSWER else None
                    self._directory.watch("ask", not self._stays())
                    self._show(stage=RequestStage.WAITING, position=None, session=view, missed=missed)
                case Over(request=about, why=why, note=note) if about == request:
                    return RequestEnding(why=why, words=note, connected=connected)
                case Error(about="topic", code=code):
                    self._on_problem(refusal(code, self.view.wish))
                case Error(about="request", code=code):
                    raise refusal(code, self.view.wish)
                case None if is_hopeless(self.view.matching) and self.view.matching.problem is not None:
                    raise self.view.matching.problem
                case Waiting() | Granted() | Over() | Ended() | Recorded() | Error() | Requests() | Yours() | None:
                    continue
                case _:
                    assert_never(news)

    async def _hold(self, granted: Granted, kind: ServerKind | None, screens: Screens) -> SessionView | None:
        """One session, to its end; None where nothing of ours was granted."""
        plan = self._matching.plan(granted)
        if plan is None:
            return None
        self._problem = None
        self._directory.watch("ask", False)
        clipboard = await self._clipboard.shared(kind, self._sharing.shown(kind, first(screens)))
        async with self._sharing.session(kind, screens, lost=self._server_lost) as broker:
            self._session = self._agent.session(
                plan=plan,
                matching=self._matching,
                local=broker,
                clipboard=clipboard,
                on_change=self._session_changed,
                on_event=self._happened,
            )
            self._questions.begin(self._session)
            self._area_changed(self.view.area)
            self._show(stage=RequestStage.SESSION, position=None, record=None)
            try:
                return await self._session.run()
            finally:
                self._session = None
                self._questions.end()

    def _network_changed(self) -> None:
        """Whatever is connected is looked at now."""
        self._matching.network_changed()
        if self._session is not None:
            self._session.probe()

    def _server_lost(self) -> None:
        if self._session is not None:
            self._session.stop(Why.SERVER_GONE)

    def _input_lost(self, problem: TasukiError) -> None:
        """What the person granted cannot be had: it is granted no more, until the person grants it again."""
        if self._session is not None and self.view.session is not None:
            self._session.set_mode(Mode.VIEW)
            self._on_event(InputLost(problem), self.view.session)

    def _has_problem(self, problem: TasukiError) -> None:
        if self._problem is None:
            self._problem = problem
            self._on_problem(problem)

    # the person's intents: see PersonsOrders and WaitingRequest, too

    def stop(self) -> bool:
        """End the session, or take the request back. False where there is neither."""
        if self._session is not None and not self._stays():
            self._session.stop()
            return True
        if self.view.stage in {RequestStage.WAITING, RequestStage.ASKING} or self._stays():
            request = self._matching.view.request
            self._matching.cancel()
            if request is not None:
                self._news.put_nowait(Over(request=request.request, why=Why.CANCELLED))
            return request is not None
        return False

    # what changes

    def _matching_changed(self, view: MatchingView) -> None:
        self._directory.changed()
        lost = self.view.stage is RequestStage.WAITING and view.phase is not MatchingPhase.ONLINE
        self._show(matching=view, position=None if lost else self.view.position)
        if is_hopeless(view):
            self._news.put_nowait(None)

    def _session_changed(self, view: SessionView) -> None:
        asked = self._questions.questions(view)
        if view.since is not None:
            self._left.remove()  # it has led to somebody
        topic = self.view.wish.topic if self.view.wish is not None else ""
        record = self._recorder.changed(view, topic=topic)
        self._show(session=view, questions=asked, record=record or self.view.record)
        named = self.view.wish is not None and bool(self.view.wish.helper)
        if any(answered_by_yes(question, yes=self._yes, named=named) for question in asked):
            asyncio.get_running_loop().call_soon(self.allow)

    def _happened(self, event: SessionEvent) -> None:
        if isinstance(event, ScreenWished):
            self.want_screen(event.key)
        if self.view.session is not None:
            self._on_event(event, self.view.session)

    def _area_changed(self, area: AreaView) -> None:
        self._show(area=area)
        if self._session is not None:
            self._session.offer_screens(area.offered)
            self._session.screens_changed(area.stopped)

    def _show(self, **changes: object) -> None:
        view = dataclasses.replace(self.view, **changes)  # type: ignore[arg-type]
        if view != self.view:
            self.view = view
            self._on_change(view)
