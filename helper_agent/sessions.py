"""A helper's sessions, any number at once: each with a viewer front and a viewer, from what was granted to its end."""

import asyncio
import dataclasses
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from common.agent.clipboard.by_hand import read_copied, write_received
from common.agent.clipboard.choice import x11_desktop
from common.agent.clipboard.clipboard import Clipboard, DesktopClipboard
from common.agent.composition import Agent
from common.agent.events import AgentEvent, happened_event
from common.agent.history import NOTE_LIMIT, HistoryRecorder, Record
from common.agent.keeper.client import Keeper
from common.agent.matching.matching import Matching
from common.agent.session.session import Session
from common.agent.session.session_clipboard import SharedClipboard
from common.agent.settings import AgentSettings
from common.agent.views import ControlRefused, ScreenChanged, SessionEvent, SessionView
from common.host.background import Background
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.typed import typed
from common.protocol.matching_memory import SessionPlan
from common.protocol.messages import Mode, RequestEntry
from common.protocol.session_life import SessionPhase
from common.protocol.texts import TYPE_LIMIT
from helper_agent.events import numbered_event, viewer_event
from helper_agent.viewer_front import ViewerFront
from helper_agent.viewers.choice import choose
from helper_agent.viewers.opening import Viewer
from helper_agent.viewers.page_server import PagePlace
from helper_agent.viewers.tools import Chord, Quality, Scaling
from helper_agent.views import RunningSession


@dataclasses.dataclass(kw_only=True, eq=False)
class _LiveSession:
    """One session with its front and its viewer."""

    session: Session
    front: ViewerFront
    viewer: Viewer


class HelperSessions:
    """The helper's intents name a session by its id; False where that is not possible now."""

    def __init__(
        self,
        *,
        agent: Agent,
        computer: Computer,
        matching: Matching,
        recorder: HistoryRecorder,
        viewer: str,
        browser: bool,
        desktop: DesktopClipboard | None,
        by_hand: bool,
        place: PagePlace,
        on_change: Callable[[], None],
        on_event: Callable[[str, SessionEvent], None],
        on_record: Callable[[Record], None],
        tell: Callable[[AgentEvent], None],
    ) -> None:
        """`viewer` by its name. `browser`: show the built-in viewer's page by oneself. `on_change`: `running` is another.

        `desktop` is a clipboard that windows bring along. `by_hand`: where there is none, what is copied is said by orders.
        """
        self._agent = agent
        self._computer = computer
        self._matching = matching
        self._recorder = recorder
        self._viewer = viewer
        self._browser = browser
        self._desktop = desktop
        self._by_hand = by_hand
        self._place = place
        self._clipboard: Clipboard | None = None
        self._on_change = on_change
        self._on_event = on_event
        self._on_record = on_record
        self._tell = tell
        self._live: dict[str, _LiveSession] = {}
        self._running: dict[str, RunningSession] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._background = Background()
        self._keeper: Keeper | None = None

    @property
    def running(self) -> tuple[RunningSession, ...]:
        """Those that are there, as values."""
        return tuple(self._running.values())

    @property
    def idle(self) -> bool:
        """Whether none is alive."""
        return not self._live

    async def start(self) -> None:
        """From now on sessions can begin. Raises TasukiError where nothing could be started here."""
        self._keeper = await Keeper.launch()
        desktop = self._desktop or await x11_desktop(self._computer)
        if desktop is not None or self._by_hand:
            self._clipboard = Clipboard(desktop)

    async def end_all(self) -> None:
        """Each says goodbye."""
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._background.close()

    async def close(self) -> None:
        """Everything that was started is gone."""
        if self._keeper is not None:
            await self._keeper.close()
        if self._clipboard is not None:
            self._clipboard.close()

    def follow(self, settings: AgentSettings) -> None:
        """Other settings from now on. Raises what choosing a viewer raises; then nothing has changed."""
        viewer = settings.programs.viewer
        if viewer != self._agent.settings.programs.viewer:
            choose(self._computer, viewer)
            self._viewer = viewer
        self._agent = self._agent.changed(settings)
        for live in self._live.values():
            live.session.switch_clipboard(settings.clipboard)

    def leave_page(self) -> None:
        """From the next session on the built-in viewer's page is not opened here: a window of ours has it."""
        self._browser = False

    def begin(self, plan: SessionPlan, *, number: int, entry: RequestEntry | None) -> None:
        """One was granted that is not there yet. `entry`: its request as it stood in the queue."""
        assert self._keeper is not None  # noqa: S101 -- nothing is granted before it was started
        key = plan.session
        user = entry.user.name if entry is not None else plan.granted.peer.name
        front = ViewerFront(
            random=os.urandom,
            on_viewer=lambda shown: self._change(key, shown=shown),
            on_over=lambda: self._stream_over(key),
        )
        viewer = Viewer(
            front=front,
            wanted=self._viewer,
            computer=self._computer,
            keeper=self._keeper,
            title=f"{user} – Tasuki",
            browser=self._browser,
            place=self._place,
            act=lambda wish: self._wished(key, wish),
            typed=lambda text: self._composed(key, text),
            tell=lambda event, facts: self._viewer_changed(key, event, facts),
        )
        session = self._agent.session(
            plan=plan,
            matching=self._matching,
            local=front,
            clipboard=SharedClipboard(clipboard=self._clipboard, switches=self._agent.settings.clipboard),
            on_change=lambda view: self._session_changed(key, view),
            on_event=lambda event: self._happened(key, event),
        )
        self._live[key] = _LiveSession(session=session, front=front, viewer=viewer)
        self._running[key] = RunningSession(number=number, view=session.view, user=user, entry=entry)
        self._on_change()
        self._tasks[key] = self._background.spawn(self._run(key, session, viewer))

    async def _run(self, key: str, session: Session, viewer: Viewer) -> None:
        try:
            await session.run()
        finally:
            self._live.pop(key, None)
            await viewer.close()
            self._running.pop(key, None)
            self._tasks.pop(key, None)
            self._on_change()

    def probe(self) -> None:
        """The network has changed: is each still connected?"""
        for live in list(self._live.values()):
            live.session.probe()

    # the person's intents

    def has(self, request: str) -> bool:
        """Whether a session of this request runs here."""
        return any(running.view.request == request for running in self._running.values())

    def request(self, session: str) -> str | None:
        """Whose request it serves; None where it is not alive."""
        live = self._live.get(session)
        return None if live is None else live.session.view.request

    def note(self, session: str, text: str) -> bool:
        """Keep a note of one's own on a session, running or over; it stays on this computer. Raises TasukiError `text_too_long`."""
        text = typed(text, limit=NOTE_LIMIT)
        self._recorder.note(session, text)
        self._change(session, note=text)
        return True

    def want_control(self, session: str) -> bool:
        """May I control?"""
        if (live := self._live.get(session)) is None:
            return False
        live.session.want_control()
        return True

    def want_screen(self, session: str, which: str) -> bool:
        """Show me this one of the screens that may be seen: its number, key or name, or "all". False where it may not be, or is seen already."""
        live = self._live.get(session)
        key = None if live is None else live.session.view.screens.key(which)
        return live is not None and key is not None and live.session.want_screen(key)

    def chat(self, session: str, text: str, number: int = 0) -> bool:
        """Say something to the user. False where it was not sent."""
        live = self._live.get(session)
        return live is not None and live.session.chat(text, number)

    def type_text(self, session: str, text: str) -> bool:
        """Type it at the user's desktop, character by character. False where there is nothing to type.

        Raises TasukiError: `typing_…` where that is not possible now, and what `typed` raises.
        """
        live, running = self._live.get(session), self._running.get(session)
        text = typed(text, limit=TYPE_LIMIT)
        if live is None or running is None or not text:
            return False
        if (why := running.no_typing) is not None:
            raise why
        if not live.session.type_text(text):
            raise TasukiError("typing_too_fast")
        return True

    def copy(self, path: Path) -> bool:
        """What is in the file is the helper's clipboard, and crosses as that does. False where there is none.

        Raises TasukiError (`clipboard_…`).
        """
        if self._clipboard is None:
            return False
        self._clipboard.copy(*read_copied(path))
        return True

    def paste(self, path: Path) -> bool:
        """What came last from a user's clipboard goes into the file. False where nothing did. Raises TasukiError `file_not_written`."""
        if self._clipboard is None or self._clipboard.received is None:
            return False
        write_received(path, self._clipboard.received.data)
        return True

    def end(self, session: str) -> bool:
        """End it."""
        if (live := self._live.get(session)) is None:
            return False
        live.session.stop()
        return True

    def open_viewer(self, session: str, *, browser: bool = False) -> bool:
        """Open the viewer, again where it was closed. `browser`: the built-in one's page in the browser, whatever was said before."""
        live = self._live.get(session)
        if live is None or live.session.view.phase is not SessionPhase.CONNECTED:
            return False
        self._background.spawn(self._open(session, live.viewer.open(browser=browser)))
        return True

    def point(self, session: str, on: bool) -> bool:
        """Show instead of touching, also in control mode."""
        if (live := self._live.get(session)) is None:
            return False
        live.front.point(on)
        live.front.draw(False)
        live.viewer.point(on)
        self._change(session, pointing=on, drawing=False)
        return True

    def draw(self, session: str, on: bool) -> bool:
        """Take the pen, or lay it down; nothing is touched with it. Raises TasukiError `drawing_…` where nothing would be seen."""
        live, running = self._live.get(session), self._running.get(session)
        if live is None or running is None:
            return False
        if on and (why := running.view.no_drawing) is not None:
            raise why
        live.front.point(False)
        live.front.draw(on)
        live.viewer.point(on)
        self._change(session, pointing=False, drawing=on)
        return True

    def press(self, session: str, chord: Chord) -> bool:
        """Special keys, while the helper controls and does not point."""
        live = self._live.get(session)
        return live is not None and live.front.press(chord)

    def set_quality(self, session: str, quality: Quality) -> bool:
        """How fine the picture is."""
        if (live := self._live.get(session)) is None:
            return False
        live.front.set_quality(quality)
        self._change(session, quality=quality)
        return True

    def set_scaling(self, session: str, scaling: Scaling) -> bool:
        """How large the built-in viewer shows the screen."""
        if (live := self._live.get(session)) is None:
            return False
        live.viewer.set_scaling(scaling)
        self._change(session, scaling=scaling)
        return True

    async def picture(self, session: str) -> bytes | None:
        """What the built-in viewer shows now, as PNG; None where it shows nothing, or another viewer does."""
        live = self._live.get(session)
        return None if live is None else await live.viewer.picture()

    # what happens

    async def _open(self, key: str, opening: Awaitable[None]) -> None:
        try:
            await opening
        except (TasukiError, OSError) as error:
            problem = (
                error
                if isinstance(error, TasukiError)
                else TasukiError("viewer_failed", program=self._viewer, detail=error)
            )
            self._viewer_changed(key, "problem", {"problem": problem})

    def _session_changed(self, key: str, view: SessionView) -> None:
        live, running = self._live.get(key), self._running.get(key)
        if live is None or running is None:
            return
        before = running.view.phase
        record = self._recorder.changed(view, topic=running.entry.topic if running.entry is not None else "")
        if record is not None:
            self._on_record(record)
        live.viewer.show(view)
        refused = running.refused and not view.control_wanted and view.mode is Mode.VIEW
        self._change(key, view=view, refused=refused)
        if view.phase is SessionPhase.CONNECTED and before not in {SessionPhase.CONNECTED, SessionPhase.INTERRUPTED}:
            self._background.spawn(self._open(key, live.viewer.open()))

    def _happened(self, key: str, event: SessionEvent) -> None:
        if (running := self._running.get(key)) is None:
            return
        if isinstance(event, ControlRefused) and (live := self._live.get(key)) is not None:
            live.viewer.refused(running.view)
            self._change(key, refused=True)
        if isinstance(event, ScreenChanged):
            self._change(key, screen=(event.width, event.height))
        self._tell(numbered_event(happened_event(event, running.view), running.number))
        self._on_event(key, event)

    def _wished(self, key: str, wish: str) -> None:
        """From the viewer page."""
        if wish == "want_control":
            self.want_control(key)
        elif wish == "next_screen" and (live := self._live.get(key)) is not None:
            if (after := live.session.view.screens.after()) is not None:
                live.session.want_screen(after)
        elif wish == "end":
            self.end(key)
        elif wish in set(Scaling):
            self.set_scaling(key, Scaling(wish))

    def _composed(self, key: str, text: str) -> None:
        """By an input method, on the viewer page."""
        try:
            self.type_text(key, text)
        except TasukiError as problem:
            self._viewer_changed(key, "problem", {"problem": problem})

    def _stream_over(self, key: str) -> None:
        if (live := self._live.get(key)) is not None:
            self._background.spawn(self._open(key, live.viewer.open_again()))

    def _viewer_changed(self, key: str, event: str, facts: dict[str, object]) -> None:
        running = self._running.get(key)
        if running is None:
            return
        happened = viewer_event(running.view, event, facts)
        if event == "viewer":
            address, hint = str(facts.get("address", "")), happened.text if "port" in facts else ""
            self._change(key, viewer=str(facts["viewer"]), address=address, hint=hint, viewer_closed=False)
        elif event == "viewer_closed":
            self._change(key, viewer_closed=True)
        self._tell(numbered_event(happened, running.number))

    def _change(self, key: str, **changes: Any) -> None:
        if (running := self._running.get(key)) is not None:
            self._running[key] = dataclasses.replace(running, **changes)
            self._on_change()
