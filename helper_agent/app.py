"""The helper's agent without windows: the queue, and in `sessions` any number of sessions at once. The composition root.

`on_change` gets every new HelperView, `tell` what happened besides, `on_event` what happened in a session, named by its id,
`on_record` what is kept of one that is over; the person's intents come in as method calls.
"""

import asyncio
from collections.abc import Callable
from typing import Self, assert_never

from common.agent.clipboard.clipboard import DesktopClipboard
from common.agent.composition import Agent
from common.agent.events import AgentEvent, problem_event
from common.agent.history import History, HistoryRecorder, Record
from common.agent.matching.ports import MatchingEvent
from common.agent.matching.problems import is_hopeless
from common.agent.network_watch import NetworkWatch, Watch, nobody
from common.agent.settings import AgentSettings
from common.agent.views import MatchingView, SessionEvent
from common.host.background import Background
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.matching_client import MatchingPhase
from common.protocol.matching_memory import SessionPlan
from common.protocol.messages import (
    Code,
    Ended,
    Error,
    Granted,
    Over,
    Recorded,
    RequestEntry,
    Requests,
    Status,
    To,
    Waiting,
    Yours,
)
from helper_agent.events import missed_event
from helper_agent.request_numbers import RequestNumbers
from helper_agent.sessions import HelperSessions
from helper_agent.viewers.choice import choose
from helper_agent.viewers.page_server import PagePlace
from helper_agent.views import HelperView, NumberedRequest

OF_THEIR_OWN = {
    ("accept", Code.USER_AWAY),
    ("accept", Code.NOT_HERE),
    ("transfer", Code.NOT_FOR_USER),
    ("next", Code.NOBODY_WAITS),
}
"""What the relay says no to with a sentence of its own, called as the code is."""


class HelperApp:
    """One helper's agent. `async with` it: on leaving, every session is ended and everything put back."""

    def __init__(
        self,
        *,
        agent: Agent,
        computer: Computer,
        viewer: str = "",
        browser: bool = True,
        desktop: DesktopClipboard | None = None,
        watch_network: Watch = nobody,
        by_hand: bool = False,
        place: PagePlace = PagePlace.BROWSER,
        on_change: Callable[[HelperView], None] = lambda _: None,
        tell: Callable[[AgentEvent], None] = lambda _: None,
        on_event: Callable[[str, SessionEvent], None] = lambda _session, _event: None,
        on_record: Callable[[Record], None] = lambda _: None,
        on_kept: Callable[[Record], None] = lambda _: None,
    ) -> None:
        """`viewer` by its name, else as the settings say. `on_record`: of a session's end; `on_kept`: once that is on the disk.

        `desktop`: a clipboard that windows bring along, `watch_network`: what hears more of the network. `by_hand`: where there is none, orders say what is copied.
        `place`: where the built-in viewer's page stands when a browser shows it.

        Raises what choosing a viewer raises.
        """
        viewer = viewer or agent.settings.programs.viewer
        choose(computer, viewer)  # told now, not when the first session is there
        self.view = HelperView()
        self._agent = agent
        self._on_change = on_change
        self._tell = tell
        self._matching = agent.matching(on_change=self._matching_changed)
        self._matching.subscribe(self._heard)
        self._numbers = RequestNumbers()
        self._accepted: set[str] = set()
        self._missed: set[str] = set()  # accepted too late
        self._background = Background()
        self._changed = asyncio.Event()
        self._recorder = HistoryRecorder(
            history=History(agent.profile.folder),
            organisation=agent.profile.organisation_name,
            on_kept=on_kept,
            on_problem=lambda problem: tell(problem_event(problem)),
        )
        self.sessions = HelperSessions(
            agent=agent,
            computer=computer,
            matching=self._matching,
            recorder=self._recorder,
            viewer=viewer,
            browser=browser,
            desktop=desktop,
            by_hand=by_hand,
            place=place,
            on_change=self._sessions_changed,
            on_event=on_event,
            on_record=on_record,
            tell=tell,
        )
        self._network = NetworkWatch(self._network_changed, also=watch_network)

    async def __aenter__(self) -> Self:
        self._recorder.start()
        await self.sessions.start()
        self._matching.watch(True)
        self._matching.start()
        self._network.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._network.close()
        await self.sessions.end_all()
        await self._background.close()
        await self._matching.stop()
        await self.sessions.close()
        await self._recorder.settle()

    def _network_changed(self) -> None:
        """Whatever is connected is looked at now."""
        self._matching.network_changed()
        self.sessions.probe()

    async def hopeless(self) -> TasukiError:
        """Wait until no repetition can help (revoked, disabled, started elsewhere) and no session runs; say why."""
        while True:
            view = self._matching.view
            if view.problem is not None and self.sessions.idle and is_hopeless(view):
                return view.problem
            self._changed.clear()
            await self._changed.wait()

    def follow(self, settings: AgentSettings) -> None:
        """Other settings from now on: what a window changes while the agent runs. Raises what choosing a viewer raises."""
        self.sessions.follow(settings)
        proxy = settings.network.proxy != self._agent.settings.network.proxy
        self._agent = self._agent.changed(settings)
        if proxy:
            self._background.spawn(self._connect_anew())

    async def _connect_anew(self) -> None:
        await self._matching.stop()
        self._matching.start()

    def connect(self) -> None:
        """Try now, where it waits for the next try; or go on here, where the same certificate went on elsewhere."""
        self._matching.start()

    # the person's intents; False where it is not possible now

    def accept(self, request: str) -> bool:
        """Take it."""
        listed = any(numbered.entry.request == request for numbered in self.view.requests)  # so we know whose it is
        if not listed or not self._matching.accept(request):
            return False
        self._accepted.add(request)
        self._show()
        return True

    def next(self) -> bool:
        """Take whoever has waited longest of those whom I may take; the relay finds out who that is."""
        return self._matching.next()

    def decline(self, request: str, why: str = "") -> bool:
        """Not mine."""
        return request in self._numbers and self._matching.decline(request, why)

    def set_status(self, status: Status) -> bool:
        """Presence."""
        self._matching.set_status(status)
        return True

    def transfer(self, session: str, to: To, note: str = "") -> bool:
        """Hand the session's request on."""
        request = self.sessions.request(session)
        return request is not None and self._matching.transfer(request, to, note)

    # what happens

    def _matching_changed(self, view: MatchingView) -> None:
        self._numbers.seen(view.requests)
        if view.phase is not MatchingPhase.ONLINE:
            self._accepted.clear()  # what the relay still holds for us it says when we are back
        self._forget(view)
        self._show(matching=view)

    def _sessions_changed(self) -> None:
        self._forget(self._matching.view)
        self._show()

    def _forget(self, view: MatchingView) -> None:
        """What neither waits nor runs is no more."""
        running = {running.view.request for running in self.sessions.running}
        self._numbers.keep({entry.request for entry in view.requests} | self._accepted | running)

    def _heard(self, event: MatchingEvent) -> None:
        match event:
            case Granted() if self.sessions.request(event.session) is None:
                if (plan := self._matching.plan(event)) is not None:
                    self._begin(plan)
            case Error(about=about, code=code, request=request) if about != "ticket":
                self._accepted.discard(request)
                if about == "accept" and code == Code.TOO_LATE:
                    self._missed.add(request)
                self._show()
                sentence = Code(code).value if (about, code) in OF_THEIR_OWN else "relay_said_no"
                problem = TasukiError(sentence, about=about, detail=code)
                self._tell(problem_event(problem, code=code, about=about, request=request))
            case Requests(gone=gone):
                for one in gone:
                    if one.request in self._missed:
                        self._missed.discard(one.request)
                        entry = self._numbers.entry(one.request)
                        name = entry.user.name if entry is not None else ""
                        self._tell(missed_event(one, name, self._numbers.number(one.request)))
            case Yours(entry=entry) if self._matching.takes(entry.request) and not self.sessions.has(entry.request):
                self._numbers.seen((entry,))
                self._accepted.add(entry.request)
                self._show()
            case Yours() | Granted() | Error() | Waiting() | Over() | Ended() | Recorded():
                pass
            case _:
                assert_never(event)

    def _begin(self, plan: SessionPlan) -> None:
        number, entry = self._numbers.number(plan.request), self._numbers.entry(plan.request)
        self._accepted.discard(plan.request)
        self.sessions.begin(plan, number=number, entry=entry)

    def _show(self, **changes: MatchingView) -> None:
        matching = changes.get("matching", self.view.matching)
        view = HelperView(
            matching=matching,
            requests=tuple(self._numbered(entry) for entry in matching.requests),
            sessions=self.sessions.running,
        )
        if view != self.view:
            self.view = view
            self._changed.set()
            self._on_change(view)

    def _numbered(self, entry: RequestEntry) -> NumberedRequest:
        return NumberedRequest(
            number=self._numbers.number(entry.request), entry=entry, accepted=entry.request in self._accepted
        )
