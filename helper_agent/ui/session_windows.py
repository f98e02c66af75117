"""A window for each session, and after each the summary."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from common.agent.drafts import Drafts
from common.agent.history import Record
from common.agent.views import SessionEvent
from common.host.errors import TasukiError, sentence
from common.protocol.matching_client import MatchingPhase
from common.protocol.session_life import SessionPhase
from common.ui import application
from common.ui.summary import SummaryWindow
from helper_agent.ui.session_window import SessionWindow
from helper_agent.viewers.tools import Chord, Quality, Scaling
from helper_agent.views import HelperView, RunningSession


class Intents(Protocol):
    """What is needed of helper_agent.sessions.HelperSessions."""

    def want_control(self, session: str) -> bool: ...
    def point(self, session: str, on: bool) -> bool: ...
    def chat(self, session: str, text: str) -> bool: ...
    def press(self, session: str, chord: Chord) -> bool: ...
    def type_text(self, session: str, text: str) -> bool: ...
    def set_quality(self, session: str, quality: Quality) -> bool: ...
    def set_scaling(self, session: str, scaling: Scaling) -> bool: ...
    def picture(self, session: str) -> Coroutine[Any, Any, bytes | None]: ...
    def note(self, session: str, text: str) -> bool: ...
    def end(self, session: str) -> bool: ...
    def open_viewer(self, session: str, *, browser: bool = False) -> bool: ...


class SessionWindows(QObject):
    """`render` every view. `transfer_wanted(session)`: open that dialog. `export_wanted(summary, path, records)`."""

    transfer_wanted = Signal(str)
    export_wanted = Signal(object, str, object)

    def __init__(
        self,
        *,
        intents: Intents,
        drafts: Drafts,
        now: Callable[[], float],
        embed: Callable[[], bool],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        parent: QObject | None = None,
    ) -> None:
        """`embed()`: whether the next session's screen stands in its window. `spawn` runs a coroutine."""
        super().__init__(parent)
        self._intents = intents
        self._drafts = drafts
        self._now = now
        self._embed = embed
        self._spawn = spawn
        self._windows: dict[str, SessionWindow] = {}
        self._summaries: dict[str, SummaryWindow] = {}
        self._over: set[str] = set()

    def render(self, view: HelperView) -> None:
        """New sessions get a window; the others show what is new."""
        online = view.matching.phase is MatchingPhase.ONLINE
        for running in view.sessions:
            key = running.view.session
            if key in self._over:
                continue
            if key not in self._windows:
                self._windows[key] = self._new(running)
            self._windows[key].render(running, online=online)
            if running.view.phase is SessionPhase.ENDED:
                self._over.add(key)
                self._make_way(key)
        self._over &= {running.view.session for running in view.sessions}

    def show(self, session: str) -> None:
        """In front."""
        if (window := self._windows.get(session)) is not None:
            window.bring()

    def happened(self, session: str, event: SessionEvent) -> None:
        """In this session."""
        if (window := self._windows.get(session)) is not None:
            window.happened(event)

    def problem(self, session: str, text: str) -> bool:
        """Of this session's viewer. False where it has no window."""
        window = self._windows.get(session)
        if window is not None:
            window.show_problem(text)
        return window is not None

    def summarise(self, record: Record) -> None:
        """A session is over. Its summary takes the place of its own window; a session that never began has that one alone."""
        summary = SummaryWindow(notes=True, again=False)
        self._summaries[record.session] = summary
        summary.note_changed.connect(self._noted)
        summary.export_wanted.connect(lambda path, records: self.export_wanted.emit(summary, path, records))
        summary.closed.connect(self._summary_closed)
        summary.render(record)
        summary.bring()
        self._make_way(record.session)

    def close(self) -> None:
        """The program ends."""
        for window in (*self._windows.values(), *self._summaries.values()):
            window.hide()
            window.deleteLater()
        self._windows.clear()
        self._summaries.clear()

    def _new(self, running: RunningSession) -> SessionWindow:
        who = running.entry.user.uri if running.entry is not None else running.view.session
        chat, note = f"chat:{who}", f"note:{who}"  # a crash ends the session: the next one with the same person goes on
        window = SessionWindow(
            running=running,
            now=self._now,
            embed=self._embed(),
            chat_text=self._drafts.get(chat),
            note_text=self._drafts.get(note),
        )
        intents = self._intents
        window.control_wanted.connect(intents.want_control)
        window.pointing.connect(intents.point)
        window.said.connect(intents.chat)
        window.keys.connect(lambda key, chord: intents.press(key, Chord(chord)))
        window.typed.connect(self._type)
        window.quality.connect(lambda key, value: intents.set_quality(key, Quality(value)))
        window.scaling.connect(lambda key, value: intents.set_scaling(key, Scaling(value)))
        window.screenshot.connect(lambda key: self._spawn(self._picture(key)))
        window.note.connect(self._noted)
        window.note.connect(lambda _key, _text: self._drafts.clear(note))
        window.note_draft.connect(lambda _key, text: self._drafts.set(note, text))
        window.chat_draft.connect(lambda _key, text: self._drafts.set(chat, text))
        window.transfer.connect(self.transfer_wanted)
        window.ended.connect(intents.end)
        window.viewer_wanted.connect(intents.open_viewer)
        window.browser_wanted.connect(lambda key: intents.open_viewer(key, browser=True))
        window.closed.connect(self._closed)
        window.render(running)
        window.bring()
        return window

    def _type(self, session: str, text: str) -> None:
        try:
            if self._intents.type_text(session, text):
                self._windows[session].text_sent()
        except TasukiError as problem:
            self._windows[session].text_refused(sentence(problem))

    def _noted(self, session: str, text: str) -> None:
        self._intents.note(session, text)

    def _closed(self, session: str) -> None:
        if (window := self._windows.pop(session, None)) is not None:
            window.deleteLater()
            application.tidy()

    def _summary_closed(self, session: str) -> None:
        if (summary := self._summaries.pop(session, None)) is not None:
            summary.deleteLater()

    def _make_way(self, session: str) -> None:
        window = self._windows.get(session)
        if window is not None and session in self._over and session in self._summaries:
            window.close()

    async def _picture(self, session: str) -> None:
        png = await self._intents.picture(session)
        if (window := self._windows.get(session)) is not None:
            window.show_picture(png)
