"""A window for each session. It goes with the session: what it was stands in the queue (last_session) and in the history."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from common.agent.drafts import Drafts
from common.agent.views import SessionEvent
from common.host.errors import TasukiError, plain
from common.protocol.matching_client import MatchingPhase
from common.protocol.session_life import SessionPhase
from common.ui import application
from helper_agent.ui.session_head import ending
from helper_agent.ui.session_window import SessionWindow
from helper_agent.viewers.tools import Chord, Quality, Scaling
from helper_agent.views import HelperView, RunningSession


class Intents(Protocol):
    """What is needed of helper_agent.sessions.HelperSessions."""

    def want_control(self, session: str) -> bool: ...
    def point(self, session: str, on: bool) -> bool: ...
    def draw(self, session: str, on: bool) -> bool: ...
    def chat(self, session: str, text: str, number: int = 0) -> bool: ...
    def press(self, session: str, chord: Chord) -> bool: ...
    def type_text(self, session: str, text: str) -> bool: ...
    def set_quality(self, session: str, quality: Quality) -> bool: ...
    def set_scaling(self, session: str, scaling: Scaling) -> bool: ...
    def want_screen(self, session: str, which: str) -> bool: ...
    def picture(self, session: str) -> Coroutine[Any, Any, bytes | None]: ...
    def note(self, session: str, text: str) -> bool: ...
    def end(self, session: str) -> bool: ...
    def open_viewer(self, session: str, *, browser: bool = False) -> bool: ...


class SessionWindows(QObject):
    """`render` every view. `transfer_wanted(session)`: open that dialog. `noted(session, text)`: a note was written there.

    `failed(name, why)`: a session ended before anybody was connected, of which the history has nothing.
    """

    transfer_wanted = Signal(str)
    noted = Signal(str, str)
    failed = Signal(str, str)

    def __init__(
        self,
        *,
        intents: Intents,
        drafts: Drafts,
        now: Callable[[], float],
        embed: Callable[[], bool],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        answers: Callable[[], tuple[str, ...]] = tuple,
        parent: QObject | None = None,
    ) -> None:
        """`embed()`: whether the next session's screen stands in its window. `spawn` runs a coroutine. `answers()`: own texts."""
        super().__init__(parent)
        self._intents = intents
        self._drafts = drafts
        self._now = now
        self._embed = embed
        self._spawn = spawn
        self._answers = answers
        self._windows: dict[str, SessionWindow] = {}
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
                if running.view.since is None:
                    self.failed.emit(running.view.peer_name or running.user, ending(running))
                self._windows[key].close()
        self._over &= {running.view.session for running in view.sessions}

    def follow(self) -> None:
        """Other own texts, also in sessions that run."""
        for window in self._windows.values():
            window.set_answers(self._answers())

    def show(self, session: str) -> None:
        """In front."""
        if (window := self._windows.get(session)) is not None:
            window.bring()

    def window(self, session: str) -> SessionWindow | None:
        """A session's, while it is there."""
        return self._windows.get(session)

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

    def close(self) -> None:
        """The program ends."""
        for window in self._windows.values():
            window.hide()
            window.deleteLater()
        self._windows.clear()

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
        window.drawing.connect(self._draw)
        window.said.connect(self._say)
        window.keys.connect(lambda key, chord: intents.press(key, Chord(chord)))
        window.typed.connect(self._type)
        window.quality.connect(lambda key, value: intents.set_quality(key, Quality(value)))
        window.scaling.connect(lambda key, value: intents.set_scaling(key, Scaling(value)))
        window.screen_wanted.connect(intents.want_screen)
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
        window.set_answers(self._answers())
        window.render(running)
        window.bring()
        return window

    def _say(self, session: str, text: str, number: int) -> None:
        if not self._intents.chat(session, text, number):
            self._windows[session].not_sent(number)

    def _draw(self, session: str, on: bool) -> None:
        try:
            self._intents.draw(session, on)
        except TasukiError as problem:  # it has come to that since the button could be pressed
            self._windows[session].show_problem(plain(problem))

    def _type(self, session: str, text: str) -> None:
        try:
            if self._intents.type_text(session, text):
                self._windows[session].text_sent()
        except TasukiError as problem:
            self._windows[session].text_refused(plain(problem))

    def _noted(self, session: str, text: str) -> None:
        self._intents.note(session, text)
        self.noted.emit(session, text)

    def _closed(self, session: str) -> None:
        if (window := self._windows.pop(session, None)) is not None:
            window.deleteLater()
            application.tidy()

    async def _picture(self, session: str) -> None:
        png = await self._intents.picture(session)
        if (window := self._windows.get(session)) is not None:
            window.show_picture(png)
