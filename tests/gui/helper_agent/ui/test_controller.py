"""An enrolled helper at work: the agent and its windows, at a relay that the test plays."""

import asyncio
import contextlib
import dataclasses
import io
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton, QRadioButton
from shiboken6 import delete

from common.agent.drafts import Drafts
from common.agent.history import History
from common.agent.settings import AgentSettings, NetworkSection, ProgramsSection, read
from common.agent.views import MatchingView
from common.host.command import Events
from common.host.errors import TasukiError
from common.net.proxy_routes import OneRoute
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Error, Gone, RequestEntry, Requests, Status, To
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.ui.history import HistoryWindow
from common.ui.language import Speech
from common.ui.program import RunEnd
from common.ui.quit_dialog import QuitDialog
from common.ui.theme import Theme
from helper_agent.sessions import HelperSessions
from helper_agent.ui import engine_trial, page_view, sandbox
from helper_agent.ui.controller import HelperController
from helper_agent.ui.queue_window import QueueWindow
from helper_agent.ui.settings import HelperSettingsDialog
from helper_agent.ui.transfer import TransferDialog
from helper_agent.ui.tray import HelperTray
from tests.support.parts import part
from tests.support.program_context import program_context
from tests.support.records import LOOKED
from tests.support.waiting import COLLEAGUES, OWN, request_id, running, view
from tests.support.waiting import queue as waiting

NO_VIEWER = AgentSettings(programs=ProgramsSection(viewer="none"))


class Matching:
    """common.agent.matching.matching.Matching, played by the test."""

    def __init__(self, on_change: Callable[[MatchingView], None]) -> None:
        self.view = MatchingView(name="Taro", organisation="x", helpers=COLLEAGUES)
        self.listener: Callable[[Any], None] = lambda _: None
        self.told: list[tuple[Any, ...]] = []
        self._on_change = on_change

    def change(self, **changes: Any) -> None:
        """The view is another now."""
        self.view = dataclasses.replace(self.view, **changes)
        self._on_change(self.view)

    def start(self) -> None:
        """Online at once."""
        self.told.append(("start",))
        self.change(phase=MatchingPhase.ONLINE)

    async def stop(self) -> None:
        """Offline."""
        self.told.append(("stop",))

    def subscribe(self, listener: Callable[[Any], None]) -> Callable[[], None]:
        """One is enough."""
        self.listener = listener
        return lambda: None

    def watch(self, on: bool) -> None:
        """The test says what there is."""

    def set_status(self, status: Status) -> None:
        """It holds."""
        self.change(status=status)

    def accept(self, request: str) -> bool:
        """Said."""
        self.told.append(("accept", request))
        return True

    def decline(self, request: str, why: str) -> bool:
        """Said."""
        self.told.append(("decline", request, why))
        return True

    def transfer(self, request: str, to: To, note: str) -> bool:
        """Said."""
        self.told.append(("transfer", request, to, note))
        return True


@dataclasses.dataclass
class Profile:
    """What an agent's parts ask of one."""

    folder: Path
    organisation: str = "x"
    organisation_name: str = "x"
    uri: str = OWN


@dataclasses.dataclass
class Agent:
    """common.agent.composition.Agent, without a network."""

    profile: Profile
    settings: AgentSettings = NO_VIEWER
    environ: dict[str, str] = dataclasses.field(default_factory=dict)
    routes: OneRoute = dataclasses.field(default_factory=OneRoute)
    made: list[Matching] = dataclasses.field(default_factory=list)

    def matching(self, *, on_change: Callable[[MatchingView], None]) -> Matching:
        """The test's."""
        self.made.append(Matching(on_change))
        return self.made[0]

    def changed(self, settings: AgentSettings) -> "Agent":
        """With other settings."""
        return dataclasses.replace(self, settings=settings)

    def renewing(self) -> "asyncio.Task[Any]":
        """Never due."""
        return asyncio.ensure_future(asyncio.Event().wait())


@dataclasses.dataclass
class Place:
    """A controller that runs."""

    controller: HelperController
    queue: QueueWindow
    tray: HelperTray
    matching: Matching
    work: "asyncio.Task[RunEnd]"
    out: io.StringIO
    folder: Path

    async def until(self, so: Callable[[], Any]) -> None:
        """Turns of the loop until it is so."""
        async with asyncio.timeout(10):
            while not so():  # noqa: ASYNC110 -- a window sets no event
                await asyncio.sleep(0.005)

    def news(self) -> str:
        """What the window says."""
        return " ".join(label.text() for label in self.queue.news.findChildren(QLabel))


@contextlib.asynccontextmanager
async def at_work(
    tmp_path: Path, speech: Speech, theme: Theme, settings: AgentSettings = NO_VIEWER
) -> AsyncIterator[Place]:
    """With five who wait, until the block is left."""
    agent: Any = Agent(profile=Profile(folder=tmp_path), settings=settings)
    out = io.StringIO()
    queue, tray = QueueWindow(now=time.time), HelperTray()
    controller = HelperController(
        agent=agent,
        context=program_context(tmp_path, speech, theme, role=Role.HELPER),
        main=queue,
        tray=tray,
        drafts=Drafts(tmp_path),
        events=Events(json=True, stream=out),
    )
    queue.show()
    work = asyncio.ensure_future(controller.run())
    place = Place(controller, queue, tray, agent.made[0], work, out, tmp_path)
    await place.until(lambda: place.matching.view.phase is MatchingPhase.ONLINE or work.done())
    entries: tuple[RequestEntry, ...] = tuple(one.entry for one in waiting().requests)
    place.matching.change(requests=entries)
    try:
        yield place
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        for window in (queue, tray):
            window.deleteLater()
        await asyncio.sleep(0)


async def test_what_the_relay_says_is_shown_and_told(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme
) -> None:
    """In the window, and for scripts by the same events as without windows; what is clicked arrives at the relay."""
    async with at_work(tmp_path, speech, theme) as place:
        assert place.queue.requests.model().rowCount() == 5
        told = [json.loads(line)["event"] for line in place.out.getvalue().splitlines()]
        assert told == ["online", *["request"] * 5]
        place.queue.choose(request_id(2))
        part(place.queue, QPushButton, "accept").click()
        assert place.matching.told[-1] == ("accept", request_id(2))
        assert part(place.queue, QPushButton, "accept").text() == "Connecting…"


async def test_who_was_too_late_reads_why(tmp_path: Path, app: QApplication, speech: Speech, theme: Theme) -> None:
    """Taken by a colleague, or gone by itself: never the error's own words."""
    async with at_work(tmp_path, speech, theme) as place:
        matching = place.matching
        for number, why, text in (
            (1, Why.TAKEN, "Hanako Suzuki was taken by another helper."),
            (3, Why.CANCELLED, "Jonas Weber is no longer waiting."),
        ):
            place.controller.app.accept(request_id(number))
            matching.listener(Error(about="accept", code="too_late", request=request_id(number)))
            assert "too_late" not in place.news()
            matching.listener(Requests(gone=[Gone(request=request_id(number), why=why)]))
            left = tuple(one for one in matching.view.requests if one.request != request_id(number))
            matching.change(requests=left)
            assert text in place.news()


async def test_other_errors_are_said_in_words(tmp_path: Path, app: QApplication, speech: Speech, theme: Theme) -> None:
    """Where the relay refuses a transfer."""
    async with at_work(tmp_path, speech, theme) as place:
        place.matching.listener(Error(about="transfer", code="not_allowed"))
        assert "did not do that" in place.news()


@pytest.mark.parametrize(
    ("file", "said"), [("history.json", "past sessions could not be read"), ("drafts.json", "typed and not sent")]
)
async def test_a_damaged_file_is_said(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme, file: str, said: str
) -> None:
    """In the window and for scripts, with where it is kept; never written over."""
    (tmp_path / file).write_text("[", encoding="utf-8")
    async with at_work(tmp_path, speech, theme) as place:
        await place.until(lambda: said in place.news())
        (aside,) = tmp_path.glob(f"{file}.damaged-*")
        assert aside.read_text(encoding="utf-8") == "["
        events = [json.loads(line) for line in place.out.getvalue().splitlines()]
        (problem,) = [event for event in events if event["event"] == "problem"]
        assert aside.name in problem["text"]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Has QtWebEngine here, on a system that says nothing of it beforehand, and lets its trial end with this code."""
    monkeypatch.setattr(engine_trial, "installed", lambda: True)
    monkeypatch.setattr(engine_trial, "is_foretold", lambda _platform: False)
    monkeypatch.setattr(sandbox, "usable", lambda *_: True)
    # Chromium itself is loaded by tests/web
    monkeypatch.setattr(page_view, "warm_up", partial(page_view.warm_up, pause=lambda: asyncio.sleep(0), steps=()))

    def ends(code: int) -> None:
        monkeypatch.setattr(engine_trial, "command", lambda: [sys.executable, "-c", f"raise SystemExit({code})"])

    return ends


async def test_where_the_engine_does_not_start_the_browser_shows_it(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme, engine: Callable[[int], None]
) -> None:
    """One sentence says so, in the window and for scripts; nothing is loaded here."""
    engine(1)
    async with at_work(tmp_path, speech, theme, AgentSettings()) as place:
        await place.until(lambda: "shown in the browser" in place.news())
        assert not place.controller.windows.embeds
        assert place.controller.app.sessions._browser
        codes = [event.get("code") for event in map(json.loads, place.out.getvalue().splitlines())]
        assert codes.count("page_not_in_window") == 1


async def test_where_it_starts_the_window_shows_it_once_nothing_goes_on(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme, engine: Callable[[int], None]
) -> None:
    """Not before: a session that begins must know where its page is. A viewer that is chosen later is tried then."""
    engine(0)
    async with at_work(tmp_path, speech, theme) as place:
        windows, sessions = place.controller.windows, place.controller.app.sessions
        place.controller._saved(AgentSettings())
        await asyncio.sleep(0.05)
        assert not windows.embeds
        place.matching.change(requests=())
        await place.until(lambda: windows.embeds)
        assert not sessions._browser
        assert "browser" not in place.news()


async def test_settings_hold_at_once(tmp_path: Path, app: QApplication, speech: Speech, theme: Theme) -> None:
    """Written to the file; another proxy means another connection; a viewer that is not here is said."""
    async with at_work(tmp_path, speech, theme) as place:
        place.controller.windows.side.show_settings()
        await place.until(lambda: place.queue.findChild(HelperSettingsDialog))
        dialog = part(place.queue, HelperSettingsDialog, "helper-settings")
        part(dialog, QRadioButton, "program-none").click()
        dialog.save.click()
        await place.until(lambda: read(tmp_path).programs.viewer == "none")
        await place.until(lambda: place.controller.windows.side._settings is None)
        before = len(place.matching.told)
        place.controller._saved(msgspec.structs.replace(NO_VIEWER, network=NetworkSection(proxy="http://proxy:3128")))
        await place.until(lambda: place.matching.told[before:] == [("stop",), ("start",)])
        place.controller._saved(msgspec.structs.replace(NO_VIEWER, programs=ProgramsSection(viewer="tigervnc")))
        assert "tigervnc" in place.news()


async def test_a_viewer_that_is_not_here_keeps_nobody_from_working(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme
) -> None:
    """It is said, and can be chosen anew."""
    async with at_work(tmp_path, speech, theme, AgentSettings(programs=ProgramsSection(viewer="tigervnc"))) as place:
        assert "tigervnc" in place.news()
        assert place.queue.requests.model().rowCount() == 5


async def test_the_tray_leads_everywhere(tmp_path: Path, app: QApplication, speech: Speech, theme: Theme) -> None:
    """Status, recent sessions, the window."""
    async with at_work(tmp_path, speech, theme) as place:
        place.tray.chosen.emit("busy")
        assert place.matching.view.status is Status.BUSY
        place.tray.chosen.emit("recent")
        await place.until(
            lambda: any(isinstance(one, HistoryWindow) and one.isVisible() for one in app.topLevelWidgets())
        )
        place.queue.hide()
        place.tray.chosen.emit("show")
        assert place.queue.isVisible()
        place.controller.windows.notifications.wanted.emit(request_id(4))
        assert place.queue.requests.request == request_id(4)


async def test_what_a_session_was_stands_in_the_queue(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme
) -> None:
    """A line, with nothing to close; the note is written from there, and the way leads to all others."""
    async with at_work(tmp_path, speech, theme) as place:
        last = place.queue.last
        assert not last.isVisible()
        History(place.folder).add(LOOKED)
        place.controller._recorded(LOOKED)
        assert last.isVisible()
        assert "Hanako Sato" in part(last, QLabel, "last_text").text()
        place.controller.windows.sessions.noted.emit(LOOKED.session, "The tray was empty")
        part(last, QPushButton, "last_note").click()
        edit = part(last, QPlainTextEdit, "note")
        assert edit.isVisible()
        assert edit.toPlainText() == "The tray was empty"
        edit.setPlainText("The tray was empty, and is full")
        part(last, QPushButton, "last_note").click()
        assert not edit.isVisible()
        await place.until(lambda: History(place.folder).records()[0].note == "The tray was empty, and is full")
        place.controller._failed("Mika\nTanaka", "Nobody was there.")
        assert "Mika Tanaka: Nobody was there." in part(place.queue.news, QLabel, "").text()
        part(last, QPushButton, "last_history").click()
        await place.until(
            lambda: any(isinstance(one, HistoryWindow) and one.isVisible() for one in app.topLevelWidgets())
        )


async def test_without_a_place_beside_the_clock_the_window_stays_in_reach(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme
) -> None:
    """It is minimised; hidden it could not be found again."""
    async with at_work(tmp_path, speech, theme) as place:
        place.queue.close()
        assert place.queue.isMinimized()
        assert not place.work.done()


async def test_what_a_person_can_mend_in_a_break_comes_to_the_front(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue, once, and only while a session waits for it; it stays where the person has it then."""
    problem = TasukiError("captive_portal", url="http://portal.example/")
    lost = running(1, phase=SessionPhase.INTERRUPTED, lost=time.time())
    async with at_work(tmp_path, speech, theme) as place:
        queue, now = place.queue, [lost]
        queue.hide()
        place.matching.change(phase=MatchingPhase.RETRYING, problem=problem)
        assert not queue.isVisible()
        monkeypatch.setattr(HelperSessions, "running", property(lambda _: tuple(now)))
        place.controller.app._sessions_changed()
        assert queue.isVisible()
        queue.hide()
        place.matching.change(problem=TasukiError("captive_portal", url="http://portal.example/again"))
        assert not queue.isVisible()
        queue.bring()
        now[:] = [running(1)]
        place.matching.change(phase=MatchingPhase.ONLINE, problem=None)
        assert queue.isVisible()


async def test_handing_over_is_asked_over_the_window_that_wants_it(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not behind it, over the queue; and nothing is left of the question once the session is over."""
    now = [running(1)]
    async with at_work(tmp_path, speech, theme) as place:
        monkeypatch.setattr(HelperSessions, "running", property(lambda _: tuple(now)))
        place.controller.app._sessions_changed()
        key = now[0].view.session
        window = place.controller.windows.sessions.window(key)
        assert window is not None
        window.transfer.emit(key)
        dialog = place.queue._dialogs[key]
        assert isinstance(dialog, TransferDialog)
        assert dialog.isVisible()
        assert dialog.parentWidget() is window
        window.hide()
        delete(window)
        assert place.queue._dialogs == {}
        monkeypatch.setattr(HelperSessions, "running", property(lambda _: ()))
        place.controller.windows.sessions._windows.clear()


async def test_quitting_without_a_session_asks_nothing(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme
) -> None:
    """It is simply the end."""
    async with at_work(tmp_path, speech, theme) as place:
        place.queue.menu.quit.trigger()
        async with asyncio.timeout(10):
            assert await place.work is RunEnd.QUIT


async def test_quitting_in_a_session_asks(tmp_path: Path, app: QApplication, speech: Speech, theme: Theme) -> None:
    """Once; and only yes ends it."""
    async with at_work(tmp_path, speech, theme) as place:
        place.controller.app.view = view(sessions=(running(1),))
        place.tray.chosen.emit("quit")
        place.tray.chosen.emit("quit")
        dialogs = place.queue.findChildren(QuitDialog)
        assert len(dialogs) == 1
        part(dialogs[0], QPushButton, "stay").click()
        assert not place.work.done()
        place.tray.chosen.emit("quit")
        part(place.controller._quit, QPushButton, "quit_now").click()  # type: ignore[arg-type]
        async with asyncio.timeout(10):
            assert await place.work is RunEnd.QUIT


async def test_a_certificate_that_cannot_be_renewed_is_said(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme
) -> None:
    """While there is still time."""
    async with at_work(tmp_path, speech, theme) as place:
        renewing: asyncio.Future[TasukiError] = asyncio.get_running_loop().create_future()
        renewing.set_result(TasukiError("certificate_expired"))
        place.controller._renewed(renewing)  # type: ignore[arg-type]
        assert "for so long" in place.news()
