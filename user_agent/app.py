"""The user's agent without a face: one request for help at a time, from the wish to its end. The composition root.

`on_change` gets every new UserView, `on_event` what happened in a session; the person's intents come in as method calls.
"""

import asyncio
import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Self

from common.agent.composition import Agent
from common.agent.history import History, Recorder
from common.agent.keeper_journal import FILE as JOURNAL
from common.agent.matching import MatchingEvent
from common.agent.matching_problems import is_hopeless
from common.agent.session import Session
from common.agent.views import MatchingView, SessionEvent, SessionView
from common.host.errors import TasukiError
from common.protocol.matching_client import Phase
from common.protocol.messages import (
    Code,
    Error,
    Granted,
    GroupEntry,
    HelperEntry,
    Mode,
    Over,
    To,
    ToAnyone,
    ToGroup,
    ToHelper,
    Waiting,
)
from common.protocol.reasons import Why
from common.protocol.rfb.filter import Box, StopKey
from user_agent.consent import Kind, Question, answered_by_yes, questions
from user_agent.servers.base import Host, ScreenChoice, ServerKind
from user_agent.servers.running import Running
from user_agent.servers.screens import find, named
from user_agent.sharing import Sharing
from user_agent.stop_keys import chosen
from user_agent.views import Ending, Shows, Stage, UserView, Wish

LONGEST_LIST = 60.0  # seconds; the list comes in batches of 50, one a second

_ERRORS: dict[str, str] = {
    Code.NO_SUCH_HELPER: "helper_unknown",
    Code.NO_SUCH_GROUP: "group_unknown",
    Code.NOT_ALLOWED: "not_allowed",
    Code.TOO_MANY: "too_many_requests",
    Code.BUSY: "relay_busy",
    Code.OPEN_REQUEST: "request_open",
}


class UserApp:
    """One user's agent. `async with` it: on leaving, everything is ended and put back."""

    def __init__(
        self,
        *,
        agent: Agent,
        environ: Mapping[str, str],
        platform: str,
        yes: bool = False,
        running: Running | None = None,
        random: Callable[[int], bytes] = os.urandom,
        on_change: Callable[[UserView], None] = lambda _: None,
        on_event: Callable[[SessionEvent, SessionView], None] = lambda _event, _view: None,
        on_problem: Callable[[TasukiError], None] = lambda _: None,
    ) -> None:
        self.view = UserView()
        self._agent = agent
        self._yes = yes
        self._on_change = on_change
        self._on_event = on_event
        self._on_problem = on_problem
        self._host = Host(environ=environ, platform=platform)
        self._screens: tuple[ScreenChoice, ...] = ()
        self._sharing = Sharing(
            host=self._host,
            wanted=agent.settings.programs.server,
            running=running,
            clipboard=agent.settings.clipboard,
            stop_key=chosen(agent.settings.hotkey.stop, platform).key.filtered,
            journal=agent.profile.folder / JOURNAL,
            random=random,
            on_shows=self._shows,
            on_problem=self._has_problem,
        )
        self._recorder = Recorder(history=History(agent.profile.folder), organisation=agent.profile.organisation)
        self._matching = agent.matching(on_change=self._matching_changed)
        self._news: asyncio.Queue[MatchingEvent | None] = asyncio.Queue()  # None: look whether it became hopeless
        self._list_changed = asyncio.Event()
        self._matching.subscribe(self._news.put_nowait)
        self._watched_by: set[str] = set()  # "window" and "ask": the list is watched while one of them wants it
        self._question = False
        self._session: Session | None = None
        self._problem: TasukiError | None = None

    async def __aenter__(self) -> Self:
        self._recorder.start()
        await self._sharing.begin()
        self._matching.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._matching.stop()
        await self._sharing.close()
        await self._recorder.settle()

    # the list

    async def online(self) -> None:
        """Wait for the relay. Raises the problem (TasukiError)."""
        await self._matching.online(self._agent.settings.timing.online)

    async def listed(self, settle: float = 1.5) -> tuple[HelperEntry | GroupEntry, ...]:
        """Everybody in the list: what came until nothing more did for `settle` seconds (it comes in batches, one a second)."""
        self._watch("ask", True)
        while True:
            self._list_changed.clear()
            try:
                async with asyncio.timeout(settle):
                    await self._list_changed.wait()
            except TimeoutError:
                return self._matching.view.helpers

    def watch(self, on: bool) -> None:
        """Keep `view.matching.helpers` up to date, or no longer: for a window that shows the list, whatever is asked meanwhile."""
        self._watch("window", on)

    def _watch(self, who: str, on: bool) -> None:
        before = bool(self._watched_by)
        (self._watched_by.add if on else self._watched_by.discard)(who)
        if bool(self._watched_by) is not before:
            self._matching.watch(not before)

    def screens(self) -> tuple[ScreenChoice, ...]:
        """The screens that a wish may name, as `look_for_screens` last found them; none where it cannot be told."""
        return self._screens

    async def look_for_screens(self) -> tuple[ScreenChoice, ...]:
        """Look again, in a thread."""
        self._screens = await asyncio.to_thread(find, self._host)
        return self._screens

    async def _screen(self, wish: Wish, kind: ServerKind | None) -> ScreenChoice | None:
        """The one screen that the wish names; never more is shown. Raises TasukiError `screen_unknown` | `server_shows_all`."""
        if not wish.screen:
            return None
        if kind is None or not kind.one_screen:
            raise TasukiError("server_shows_all", program=kind.name if kind is not None else Running.name)
        return await asyncio.to_thread(named, self._host, wish.screen)

    async def _find(self, wish: Wish) -> tuple[To, str | None]:
        """Whom the wish means, and the name that the person chose; the list is watched on, for that one may go away.

        Raises TasukiError `helper_unknown` | `helper_ambiguous`.
        """
        if wish.anyone:
            return ToAnyone(), None
        if wish.group:
            return ToGroup(group=wish.group), None
        self._watch("ask", True)
        try:
            async with asyncio.timeout(LONGEST_LIST):
                while (entry := self._entry(wish.helper)) is None:
                    self._list_changed.clear()
                    await asyncio.wait_for(self._list_changed.wait(), self._agent.settings.timing.list)
        except TimeoutError:
            raise TasukiError("helper_unknown", name=wish.helper) from None
        return ToHelper(uri=entry.uri), entry.name

    def _entry(self, wanted: str) -> HelperEntry | None:
        """The helper of this name or URI, if listed. Raises TasukiError `helper_ambiguous`."""
        helpers = [entry for entry in self._matching.view.helpers if isinstance(entry, HelperEntry)]
        found = [entry for entry in helpers if wanted in {entry.name, entry.uri}]
        if len(found) > 1:
            raise TasukiError("helper_ambiguous", name=wanted)
        return found[0] if found else None

    # one request

    async def ask(self, wish: Wish) -> Ending:
        """Ask, wait, be helped; returns when it is over. Raises TasukiError where it cannot even be asked.

        Cancelled, it takes the request back, or ends the session.
        """
        self._show(stage=Stage.ASKING, wish=wish, ending=None, session=None, position=None, record=None)
        try:
            kind = await self._sharing.server()
            screen = await self._screen(wish, kind)
            await self.online()
            to, name = await self._find(wish)
            while not self._news.empty():
                self._news.get_nowait()
            request = self._matching.request(
                to=to, mode=wish.mode, name=name, topic=wish.topic, inventory=dict(wish.inventory)
            )
            ending = await self._attend(request, kind, screen)
        except BaseException:
            self._show(stage=Stage.IDLE, position=None)
            raise
        finally:
            # Cancelled, the request is taken back. Otherwise nothing of it is left, unless a relay lost count.
            self._watch("ask", False)
            self._matching.cancel()
        self._show(stage=Stage.ENDED, ending=ending, session=self.view.session, position=None)
        return ending

    async def _attend(self, request: str, kind: ServerKind | None, screen: ScreenChoice | None) -> Ending:
        """The request's life, as the relay tells it."""
        connected = False
        while True:
            match await self._news.get():
                case Waiting(request=about, position=position) if about == request:
                    self._show(stage=Stage.WAITING, position=position, session=None)
                case Granted() as granted if granted.request == request:
                    view = await self._hold(granted, kind, screen)
                    if view is None:
                        continue
                    connected = connected or view.since is not None
                    if view.why is not Why.TRANSFERRED:
                        problem = self._problem or (view.problem if isinstance(view.problem, TasukiError) else None)
                        return Ending(why=view.why or Why.FAILED, problem=problem, connected=connected)
                    self._show(stage=Stage.WAITING, position=None, session=view)
                case Over(request=about, why=why, note=note) if about == request:
                    return Ending(why=why, words=note, connected=connected)
                case Error(about="topic", code=code):
                    self._on_problem(TasukiError(_ERRORS.get(code, "relay_refused"), detail=code, **self._wished()))
                case Error(about="request", code=code):
                    raise TasukiError(_ERRORS.get(code, "relay_refused"), detail=code, **self._wished())
                case None if is_hopeless(self.view.matching) and self.view.matching.problem is not None:
                    raise self.view.matching.problem
                case _:
                    continue

    def _wished(self) -> dict[str, object]:
        wish = self.view.wish
        return {"name": (wish.helper or wish.group) if wish is not None else ""}

    async def _hold(self, granted: Granted, kind: ServerKind | None, screen: ScreenChoice | None) -> SessionView | None:
        """One session, to its end; None where nothing of ours was granted."""
        plan = self._matching.plan(granted)
        if plan is None:
            return None
        self._problem = None
        self._watch("ask", False)
        async with self._sharing.session(kind, screen, lost=self._server_lost) as broker:
            self._session = self._agent.session(
                plan=plan,
                matching=self._matching,
                local=broker,
                on_change=self._session_changed,
                on_event=self._happened,
            )
            self._session.question(self._question)
            self._show(stage=Stage.SESSION, position=None, record=None)
            try:
                return await self._session.run()
            finally:
                self._session = None

    def _server_lost(self) -> None:
        if self._session is not None:
            self._session.stop(Why.SERVER_GONE)

    def _has_problem(self, problem: TasukiError) -> None:
        if self._problem is None:
            self._problem = problem
            self._on_problem(problem)

    # the person's intents

    def allow(self, on: bool = True) -> bool:
        """Answer to: may this helper come in? False where nothing was asked."""
        if self._session is None or not self._asked(Kind.ALLOW):
            return False
        self._session.allow(on)
        return True

    def grant(self, on: bool = True) -> bool:
        """Answer to the helper's wish for control. False where nothing was asked."""
        if self._session is None or not self._asked(Kind.CONTROL):
            return False
        if on:
            self._session.set_mode(Mode.CONTROL)
        else:
            self._session.refuse_control()
        return True

    def set_mode(self, mode: Mode) -> bool:
        """From now on. False without a session."""
        if self._session is None:
            return False
        self._session.set_mode(mode)
        return True

    def pause(self, on: bool) -> bool:
        """Show nothing and take no input, or go on. False without a session."""
        if self._session is None:
            return False
        self._session.pause(on)
        return True

    def chat(self, text: str) -> bool:
        """Say something to the helper. False where it was not sent."""
        return self._session is not None and self._session.chat(text)

    def change_topic(self, text: str) -> bool:
        """Say otherwise what it is about, while the request waits. False where none does."""
        if self.view.stage is not Stage.WAITING or not self._matching.change_topic(text):
            return False
        if self.view.wish is not None:
            self._show(wish=dataclasses.replace(self.view.wish, topic=text))
        return True

    def question_open(self, on: bool) -> None:
        """A dialog of Tasuki's own is open: the helper's input is dropped meanwhile, also in a session that is to come."""
        self._question = on
        if self._session is not None:
            self._session.question(on)

    def broker_cover(self, boxes: Iterable[Box]) -> None:
        """Where Tasuki's own windows lie, in framebuffer pixels: the helper presses nothing there. Until it is called again."""
        self._sharing.cover(boxes)

    def broker_cover_keyboard(self, on: bool) -> None:
        """Whether one of Tasuki's own windows has the keyboard: the helper types nothing there. Until it is called again."""
        self._sharing.cover_keyboard(on)

    def set_clipboard(self, *, to_user: bool, to_helper: bool) -> None:
        """Which way clipboards cross in control mode, from now on."""
        self._sharing.set_clipboard(to_user=to_user, to_helper=to_helper)

    def set_stop_key(self, stop_key: StopKey) -> None:
        """Which key stops a session, so that the helper can never press it; from the next session on."""
        self._sharing.set_stop_key(stop_key)

    def set_server(self, name: str) -> None:
        """Which kind of VNC server from the next session on; "" for the first that can."""
        self._sharing.set_wanted(name)

    def stop(self) -> bool:
        """End the session, or take the request back. False where there is neither."""
        if self._session is not None:
            self._session.stop()
            return True
        if self.view.stage is Stage.WAITING or self.view.stage is Stage.ASKING:
            request = self._matching.view.request
            self._matching.cancel()
            if request is not None:
                self._news.put_nowait(Over(request=request.request, why=Why.CANCELLED))
            return request is not None
        return False

    def _asked(self, kind: Kind) -> bool:
        return any(question.kind is kind for question in self.view.questions)

    # what changes

    def _matching_changed(self, view: MatchingView) -> None:
        self._list_changed.set()
        lost = self.view.stage is Stage.WAITING and view.phase is not Phase.ONLINE
        self._show(matching=view, position=None if lost else self.view.position)
        if is_hopeless(view):
            self._news.put_nowait(None)

    def _session_changed(self, view: SessionView) -> None:
        asked = questions(view)
        topic = self.view.wish.topic if self.view.wish is not None else ""
        record = self._recorder.changed(view, topic=topic)
        self._show(session=view, questions=asked, record=record or self.view.record)
        for question in asked:
            self._answer_by_itself(question)

    def _answer_by_itself(self, question: Question) -> None:
        named = self.view.wish is not None and bool(self.view.wish.helper)
        if answered_by_yes(question, yes=self._yes, named=named):
            asyncio.get_running_loop().call_soon(self.allow)

    def _happened(self, event: SessionEvent) -> None:
        if self.view.session is not None:
            self._on_event(event, self.view.session)

    def _shows(self, shows: Shows | None) -> None:
        self._show(shows=shows)

    def _show(self, **changes: object) -> None:
        view = dataclasses.replace(self.view, **changes)  # type: ignore[arg-type]
        if view != self.view:
            self.view = view
            self._on_change(view)
