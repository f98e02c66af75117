"""The user's agent without a face: one request for help at a time, from the wish to its end. The composition root.

`on_change` gets every new UserView, `on_event` what happened in a session; the person's intents come in as method calls.
"""

import asyncio
import dataclasses
import os
import socket
from collections.abc import Callable, Mapping
from typing import Self

from common.agent.composition import Agent
from common.agent.keeper_client import Keeper
from common.agent.matching import MatchingEvent, MatchingView, Phase
from common.agent.matching_problems import is_hopeless
from common.agent.session import Session, SessionEvent, SessionView
from common.host.errors import TasukiError
from common.host.log import get_logger
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
from user_agent.broker import Broker
from user_agent.consent import Kind, Question, answered_by_yes, questions
from user_agent.servers.base import Host, Server
from user_agent.servers.choice import choose
from user_agent.servers.running import Running
from user_agent.servers.starting import start
from user_agent.views import Ending, Stage, UserView, Wish

log = get_logger(component="user")

LONGEST_LIST = 60.0  # seconds; the list comes in batches of 50, one a second

_ERRORS: dict[str, str] = {
    Code.NO_SUCH_HELPER: "helper_unknown",
    Code.NO_SUCH_GROUP: "group_unknown",
    Code.NOT_ALLOWED: "not_allowed",
    Code.TOO_MANY: "too_many_requests",
    Code.BUSY: "relay_busy",
    Code.OPEN_REQUEST: "request_open",
}


class _Promised:
    """A VNC server that is being started while the session finds its way."""

    def __init__(self, name: str, starting: "asyncio.Task[Server]") -> None:
        self.name = name
        self.password = ""
        self._starting = starting

    async def connect(self) -> "socket.socket":
        """Once it has started. Raises what starting raised."""
        server = await asyncio.shield(self._starting)
        self.name, self.password = server.name, server.password
        return await server.connect()


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
        self._host = Host(environ=environ, platform=platform)
        self._yes = yes
        self._running = running
        self._random = random
        self._on_change = on_change
        self._on_event = on_event
        self._on_problem = on_problem
        self._matching = agent.matching(on_change=self._matching_changed)
        self._news: asyncio.Queue[MatchingEvent | None] = asyncio.Queue()  # None: look whether it became hopeless
        self._list_changed = asyncio.Event()
        self._matching.subscribe(self._news.put_nowait)
        self._session: Session | None = None
        self._keeper: Keeper | None = None
        self._problem: TasukiError | None = None

    async def __aenter__(self) -> Self:
        self._matching.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._matching.stop()
        if self._keeper is not None:
            await self._keeper.close()

    # the list

    async def online(self) -> None:
        """Wait for the relay. Raises the problem (TasukiError)."""
        await self._matching.online(self._agent.settings.timing.online)

    async def listed(self, settle: float = 1.5) -> tuple[HelperEntry | GroupEntry, ...]:
        """Everybody in the list: what came until nothing more did for `settle` seconds (it comes in batches, one a second)."""
        self._matching.watch(True)
        while True:
            self._list_changed.clear()
            try:
                async with asyncio.timeout(settle):
                    await self._list_changed.wait()
            except TimeoutError:
                return self._matching.view.helpers

    async def _find(self, wish: Wish) -> tuple[To, str | None]:
        """Whom the wish means, and the name that the person chose; the list is watched on, for that one may go away.

        Raises TasukiError `helper_unknown` | `helper_ambiguous`.
        """
        if wish.anyone:
            return ToAnyone(), None
        if wish.group:
            return ToGroup(group=wish.group), None
        self._matching.watch(True)
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
        kind = None if self._running is not None else choose(self._host, wanted=self._agent.settings.programs.server)
        self._show(stage=Stage.ASKING, wish=wish, ending=None, session=None, position=None)
        try:
            await self.online()
            to, name = await self._find(wish)
            while not self._news.empty():
                self._news.get_nowait()
            request = self._matching.request(to=to, mode=wish.mode, name=name, topic=wish.topic)
            ending = await self._attend(request, kind.name if kind is not None else Running.name)
        finally:
            # Cancelled, the request is taken back. Otherwise nothing of it is left, unless a relay lost count.
            self._matching.watch(False)
            self._matching.cancel()
        self._show(stage=Stage.ENDED, ending=ending, session=self.view.session, position=None)
        return ending

    async def _attend(self, request: str, server: str) -> Ending:
        """The request's life, as the relay tells it."""
        connected = False
        while True:
            match await self._news.get():
                case Waiting(request=about, position=position) if about == request:
                    self._show(stage=Stage.WAITING, position=position, session=None)
                case Granted() as granted if granted.request == request:
                    view = await self._hold(granted, server)
                    if view is None:
                        continue
                    connected = connected or view.since is not None
                    if view.why is not Why.TRANSFERRED:
                        problem = self._problem or (view.problem if isinstance(view.problem, TasukiError) else None)
                        return Ending(why=view.why or Why.FAILED, problem=problem, connected=connected)
                    self._show(stage=Stage.WAITING, position=None, session=view)
                case Over(request=about, why=why, note=note) if about == request:
                    return Ending(why=why, words=note, connected=connected)
                case Error(about="request", code=code):
                    raise TasukiError(_ERRORS.get(code, "relay_refused"), detail=code, **self._wished())
                case None if is_hopeless(self.view.matching) and self.view.matching.problem is not None:
                    raise self.view.matching.problem
                case _:
                    continue

    def _wished(self) -> dict[str, object]:
        wish = self.view.wish
        return {"name": (wish.helper or wish.group) if wish is not None else ""}

    async def _hold(self, granted: Granted, server: str) -> SessionView | None:
        """One session, to its end; None where nothing of ours was granted."""
        plan = self._matching.plan(granted)
        if plan is None:
            return None
        self._problem = None
        self._matching.watch(False)
        starting = asyncio.ensure_future(self._start_server())
        watching = asyncio.ensure_future(self._watch_server(starting))
        broker = Broker(
            server=_Promised(server, starting),
            clipboard_to_user=self._agent.settings.clipboard.to_user,
            clipboard_to_helper=self._agent.settings.clipboard.to_helper,
            on_problem=self._has_problem,
        )
        self._session = self._agent.session(
            plan=plan, matching=self._matching, local=broker, on_change=self._session_changed, on_event=self._happened
        )
        self._show(stage=Stage.SESSION, position=None)
        try:
            return await self._session.run()
        finally:
            self._session = None
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await self._stop_server(starting)

    async def _start_server(self) -> Server:
        if self._running is not None:
            return self._running
        if self._keeper is None:
            self._keeper = await Keeper.launch()
        kind = choose(self._host, wanted=self._agent.settings.programs.server)
        return await start(kind, host=self._host, keeper=self._keeper, random=self._random)

    async def _watch_server(self, starting: "asyncio.Task[Server]") -> None:
        """A server that cannot start, or ends by itself, ends the session; the person reads why."""
        try:
            problem = await (await asyncio.shield(starting)).over()
        except TasukiError as error:
            problem = error
        log.warning("vnc_server_over", error_code=problem.code)
        self._has_problem(problem)
        if self._session is not None:
            self._session.stop(Why.SERVER_GONE)

    async def _stop_server(self, starting: "asyncio.Task[Server]") -> None:
        starting.cancel()
        done = (await asyncio.gather(starting, return_exceptions=True))[0]
        if not isinstance(done, BaseException):
            await done.stop()

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
        """Say something to the helper. False without a session."""
        if self._session is None:
            return False
        self._session.chat(text)
        return True

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
        self._show(session=view, questions=asked)
        for question in asked:
            self._answer_by_itself(question)

    def _answer_by_itself(self, question: Question) -> None:
        named = self.view.wish is not None and bool(self.view.wish.helper)
        if answered_by_yes(question, yes=self._yes, named=named):
            asyncio.get_running_loop().call_soon(self.allow)

    def _happened(self, event: SessionEvent) -> None:
        if self.view.session is not None:
            self._on_event(event, self.view.session)

    def _show(self, **changes: object) -> None:
        view = dataclasses.replace(self.view, **changes)  # type: ignore[arg-type]
        if view != self.view:
            self.view = view
            self._on_change(view)
