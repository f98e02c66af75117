"""The helper's agent without a face: the queue, and any number of sessions at once. The composition root.

`on_change` gets every new HelperView, `tell` what happened besides, `on_event` what happened in a session, named by its id,
`on_record` what is kept of one that is over; the person's intents come in as method calls.
"""

import asyncio
import dataclasses
import os
from collections.abc import Callable, Mapping
from typing import Any, Self

from common.agent.composition import Agent
from common.agent.history import History, Record, Recorder
from common.agent.keeper_client import Keeper
from common.agent.matching import MatchingEvent, SessionPlan
from common.agent.matching_problems import is_hopeless
from common.agent.session import Session
from common.agent.settings import AgentSettings
from common.agent.telling import Told, event_told
from common.agent.views import ControlRefused, MatchingView, ScreenChanged, SessionEvent, SessionView
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.net.bridge import Background
from common.protocol.messages import Code, Error, Granted, Mode, RequestEntry, Requests, Status, To
from common.protocol.proxies import ProxyUrl
from common.protocol.session_life import Phase
from helper_agent.ledger import Ledger
from helper_agent.telling import missed_told, numbered_told, viewer_told
from helper_agent.viewer_front import ViewerFront
from helper_agent.viewers.base import Host
from helper_agent.viewers.choice import choose
from helper_agent.viewers.opening import Viewer
from helper_agent.viewers.tools import Chord, Quality, Scaling
from helper_agent.views import HelperView, Numbered, Running

log = get_logger(component="helper")


@dataclasses.dataclass(kw_only=True, eq=False)
class _Life:
    """One session with its front and its viewer."""

    session: Session
    front: ViewerFront
    viewer: Viewer


class HelperApp:
    """One helper's agent. `async with` it: on leaving, every session is ended and everything put back."""

    def __init__(
        self,
        *,
        agent: Agent,
        environ: Mapping[str, str],
        platform: str,
        viewer: str = "",
        browser: bool = True,
        random: Callable[[int], bytes] = os.urandom,
        on_change: Callable[[HelperView], None] = lambda _: None,
        tell: Callable[[Told], None] = lambda _: None,
        on_event: Callable[[str, SessionEvent], None] = lambda _session, _event: None,
        on_record: Callable[[Record], None] = lambda _: None,
        on_kept: Callable[[Record], None] = lambda _: None,
    ) -> None:
        """`viewer` by its name, else as the settings say. `on_record`: of a session's end; `on_kept`: once that is on the disk.

        Raises what choosing a viewer raises.
        """
        self.view = HelperView()
        self._agent = agent
        self._host = Host(environ=environ, platform=platform)
        self._viewer = viewer or agent.settings.programs.viewer
        choose(self._host, self._viewer)  # told now, not when the first session is there
        self._browser = browser
        self._random = random
        self._on_change = on_change
        self._tell = tell
        self._on_event = on_event
        self._matching = agent.matching(on_change=self._matching_changed, way=self._way_to)
        self._matching.subscribe(self._heard)
        self._ledger = Ledger()
        self._on_record = on_record
        self.history = History(agent.profile.folder)
        self._recorder = Recorder(history=self.history, organisation=agent.profile.organisation, on_kept=on_kept)
        self._accepted: set[str] = set()
        self._missed: set[str] = set()  # accepted too late
        self._lives: dict[str, _Life] = {}  # session → its life
        self._running: dict[str, Running] = {}
        self._keeper: Keeper | None = None
        self._tasks = Background(on_failure=self._bug)
        self._task_of: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._recorder.start()
        self._keeper = await Keeper.launch()
        self._matching.watch(True)
        self._matching.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in list(self._task_of.values()):
            task.cancel()  # each session says goodbye
        await asyncio.gather(*self._task_of.values(), return_exceptions=True)
        await self._tasks.close()
        await self._matching.stop()
        if self._keeper is not None:
            await self._keeper.close()
        await self._recorder.settle()

    async def hopeless(self) -> TasukiError:
        """Wait until no repetition can help (revoked, disabled, started elsewhere) and no session runs; say why."""
        while True:
            view = self._matching.view
            if view.problem is not None and not self._lives and is_hopeless(view):
                return view.problem
            self._changed.clear()
            await self._changed.wait()

    def follow(self, settings: AgentSettings) -> None:
        """Other settings from now on: what a window changes while the agent runs. Raises what choosing a viewer raises."""
        viewer = settings.programs.viewer
        if viewer != self._agent.settings.programs.viewer:
            choose(self._host, viewer)
            self._viewer = viewer
        proxy = settings.network.proxy != self._agent.settings.network.proxy
        self._agent = dataclasses.replace(self._agent, settings=settings)
        for life in self._lives.values():
            life.front.set_clipboard(to_user=settings.clipboard.to_user, to_helper=settings.clipboard.to_helper)
        if proxy:
            self._tasks.spawn(self._connect_anew())

    def _way_to(self, host: str, port: int) -> ProxyUrl | None:
        return self._agent.way_to(host, port)  # as the settings say now

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

    def decline(self, request: str, why: str = "") -> bool:
        """Not mine."""
        return request in self._ledger and self._matching.decline(request, why)

    def set_status(self, status: Status) -> bool:
        """Presence."""
        self._matching.set_status(status)
        return True

    def transfer(self, session: str, to: To, note: str = "") -> bool:
        """Hand the session's request on."""
        life = self._lives.get(session)
        return life is not None and self._matching.transfer(life.session.view.request, to, note)

    def note(self, session: str, text: str) -> bool:
        """Keep a note of one's own on a session, running or over; it stays on this computer."""
        self._recorder.note(session, text)
        self._change(session, note=text)
        return True

    def want_control(self, session: str) -> bool:
        """May I control?"""
        if (life := self._lives.get(session)) is None:
            return False
        life.session.want_control()
        return True

    def chat(self, session: str, text: str) -> bool:
        """Say something to the user. False where it was not sent."""
        life = self._lives.get(session)
        return life is not None and life.session.chat(text)

    def end(self, session: str) -> bool:
        """End it."""
        if (life := self._lives.get(session)) is None:
            return False
        life.session.stop()
        return True

    def open_viewer(self, session: str, *, browser: bool = False) -> bool:
        """Open the viewer, again where it was closed. `browser`: the built-in one's page in the browser, whatever was said before."""
        life = self._lives.get(session)
        if life is None or life.session.view.phase is not Phase.CONNECTED:
            return False
        self._tasks.spawn(self._open(session, life.viewer, browser=browser))
        return True

    def point(self, session: str, on: bool) -> bool:
        """Show instead of touching, also in control mode."""
        if (life := self._lives.get(session)) is None:
            return False
        life.front.point(on)
        self._change(session, pointing=on)
        return True

    def press(self, session: str, chord: Chord) -> bool:
        """Special keys, while the helper controls and does not point."""
        life = self._lives.get(session)
        return life is not None and life.front.press(chord)

    def set_quality(self, session: str, quality: Quality) -> bool:
        """How fine the picture is."""
        if (life := self._lives.get(session)) is None:
            return False
        life.front.set_quality(quality)
        self._change(session, quality=quality)
        return True

    def set_scaling(self, session: str, scaling: Scaling) -> bool:
        """How large the built-in viewer shows the screen."""
        if (life := self._lives.get(session)) is None:
            return False
        life.viewer.set_scaling(scaling)
        self._change(session, scaling=scaling)
        return True

    async def picture(self, session: str) -> bytes | None:
        """What the built-in viewer shows now, as PNG; None where it shows nothing, or another viewer does."""
        life = self._lives.get(session)
        return None if life is None else await life.viewer.picture()

    # what happens

    def _matching_changed(self, view: MatchingView) -> None:
        self._ledger.seen(view.requests)
        self._forget(view)
        self._show(matching=view)

    def _forget(self, view: MatchingView) -> None:
        """What neither waits nor runs is no more."""
        running = {running.view.request for running in self._running.values()}
        self._ledger.keep({entry.request for entry in view.requests} | self._accepted | running)

    def _heard(self, event: MatchingEvent) -> None:
        match event:
            case Granted() if event.session not in self._lives and (plan := self._matching.plan(event)) is not None:
                self._begin(plan)
            case Error(about=about, code=code, request=request) if about != "ticket":
                self._accepted.discard(request)
                if about == "accept" and code == Code.TOO_LATE:
                    self._missed.add(request)
                self._show()
                problem = TasukiError("relay_said_no", about=about, detail=code)
                facts: dict[str, object] = {"code": code, "about": about, "request": request, "text": str(problem)}
                self._tell(Told(event="problem", text=str(problem), facts=facts))
            case Requests(gone=gone):
                for one in gone:
                    if one.request in self._missed:
                        self._missed.discard(one.request)
                        entry = self._ledger.entry(one.request)
                        name = entry.user.name if entry is not None else ""
                        self._tell(missed_told(one, name, self._ledger.number(one.request)))
            case _:
                pass

    def _begin(self, plan: SessionPlan) -> None:
        assert self._keeper is not None  # noqa: S101 -- nothing is granted before it was started
        key = plan.session
        number, entry = self._ledger.number(plan.request), self._ledger.entry(plan.request)
        user = entry.user.name if entry is not None else plan.granted.peer.name
        front = ViewerFront(
            random=self._random,
            on_viewer=lambda shown: self._viewer_shown(key, shown),
            clipboard_to_user=self._agent.settings.clipboard.to_user,
            clipboard_to_helper=self._agent.settings.clipboard.to_helper,
        )
        viewer = Viewer(
            front=front,
            wanted=self._viewer,
            host=self._host,
            keeper=self._keeper,
            title=f"{user} – Tasuki",
            browser=self._browser,
            act=lambda wish: self._wished(key, wish),
            tell=lambda event, facts: self._viewer_told(key, event, facts),
        )
        session = self._agent.session(
            plan=plan,
            matching=self._matching,
            local=front,
            on_change=lambda view: self._session_changed(key, view),
            on_event=lambda event: self._happened(key, event),
        )
        self._lives[key] = _Life(session=session, front=front, viewer=viewer)
        self._running[key] = Running(number=number, view=session.view, user=user, entry=entry)
        self._accepted.discard(plan.request)
        self._show()
        self._task_of[key] = self._tasks.spawn(self._live(key, session, viewer))

    async def _live(self, key: str, session: Session, viewer: Viewer) -> None:
        try:
            await session.run()
        finally:
            self._lives.pop(key, None)
            await viewer.close()
            self._running.pop(key, None)
            self._task_of.pop(key, None)
            self._forget(self._matching.view)
            self._show()

    async def _open(self, key: str, viewer: Viewer, *, browser: bool = False) -> None:
        try:
            await viewer.open(browser=browser)
        except (TasukiError, OSError) as error:
            problem = (
                error
                if isinstance(error, TasukiError)
                else TasukiError("viewer_failed", program=self._viewer, detail=error)
            )
            self._viewer_told(key, "problem", {"problem": problem})

    def _session_changed(self, key: str, view: SessionView) -> None:
        life, running = self._lives.get(key), self._running.get(key)
        if life is None or running is None:
            return
        before = running.view.phase
        record = self._recorder.changed(view, topic=running.entry.topic if running.entry is not None else "")
        if record is not None:
            self._on_record(record)
        life.viewer.show(view)
        refused = running.refused and not view.control_wanted and view.mode is Mode.VIEW
        self._change(key, view=view, refused=refused)
        if view.phase is Phase.CONNECTED and before is not Phase.CONNECTED:
            self._tasks.spawn(self._open(key, life.viewer))

    def _happened(self, key: str, event: SessionEvent) -> None:
        if (running := self._running.get(key)) is None:
            return
        if isinstance(event, ControlRefused) and (life := self._lives.get(key)) is not None:
            life.viewer.refused(running.view)
            self._change(key, refused=True)
        if isinstance(event, ScreenChanged):
            self._change(key, screen=(event.width, event.height))
        self._tell(numbered_told(event_told(event, running.view), running.number))
        self._on_event(key, event)

    def _wished(self, key: str, wish: str) -> None:
        """From the viewer page."""
        if wish == "want_control":
            self.want_control(key)
        elif wish == "end":
            self.end(key)
        elif wish in set(Scaling):
            self.set_scaling(key, Scaling(wish))

    def _viewer_shown(self, key: str, shown: bool) -> None:
        self._change(key, shown=shown)

    def _viewer_told(self, key: str, event: str, facts: dict[str, object]) -> None:
        running = self._running.get(key)
        if running is None:
            return
        told = viewer_told(running.view, event, facts)
        if event == "viewer":
            address, hint = str(facts.get("address", "")), told.text if "port" in facts else ""
            self._change(key, viewer=str(facts["viewer"]), address=address, hint=hint, viewer_closed=False)
        elif event == "viewer_closed":
            self._change(key, viewer_closed=True)
        self._tell(numbered_told(told, running.number))

    def _change(self, key: str, **changes: Any) -> None:
        if (running := self._running.get(key)) is not None:
            self._running[key] = dataclasses.replace(running, **changes)
            self._show()

    def _bug(self, error: BaseException) -> None:
        log.error("task_failed", exc_info=error)

    def _show(self, **changes: MatchingView) -> None:
        matching = changes.get("matching", self.view.matching)
        view = HelperView(
            matching=matching,
            requests=tuple(self._numbered(entry) for entry in matching.requests),
            sessions=tuple(self._running.values()),
        )
        if view != self.view:
            self.view = view
            self._changed.set()
            self._on_change(view)

    def _numbered(self, entry: RequestEntry) -> Numbered:
        return Numbered(
            number=self._ledger.number(entry.request), entry=entry, accepted=entry.request in self._accepted
        )
