"""An enrolled helper at work: the agent and its windows, at a relay that the test plays."""

import asyncio
import contextlib
import dataclasses
import io
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QRadioButton

from common.agent.autostart import Autostart
from common.agent.drafts import Drafts
from common.agent.matching import MatchingView, Phase
from common.agent.settings import AgentSettings, Network, Programs, read
from common.host.command import Events
from common.host.errors import TasukiError
from common.protocol.identity import Role
from common.protocol.messages import Error, Gone, RequestEntry, Requests, Status, To
from common.protocol.reasons import Why
from common.ui.language import Speech
from common.ui.theme import Theme
from helper_agent.ui.desk import Desk
from helper_agent.ui.history import HelperHistory
from helper_agent.ui.quitting import QuitDialog
from helper_agent.ui.settings import HelperSettingsDialog
from helper_agent.viewers.base import Host
from tests.support.parts import part
from tests.support.waiting import COLLEAGUES, OWN, queue, request_id, running, view

NO_VIEWER = AgentSettings(programs=Programs(viewer="none"))


class Matching:
    """common.agent.matching.Matching, played by the test."""

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
        self.change(phase=Phase.ONLINE)

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
    uri: str = OWN


@dataclasses.dataclass
class Agent:
    """common.agent.composition.Agent, without a network."""

    profile: Profile
    settings: AgentSettings = NO_VIEWER
    environ: dict[str, str] = dataclasses.field(default_factory=dict)
    made: list[Matching] = dataclasses.field(default_factory=list)

    def matching(self, *, on_change: Callable[[MatchingView], None], way: object) -> Matching:
        """The test's."""
        self.made.append(Matching(on_change))
        return self.made[0]

    def renewing(self) -> "asyncio.Task[Any]":
        """Never due."""
        return asyncio.ensure_future(asyncio.Event().wait())


@dataclasses.dataclass
class Place:
    """A desk that runs."""

    desk: Desk
    matching: Matching
    work: "asyncio.Task[int]"
    out: io.StringIO
    folder: Path

    async def until(self, so: Callable[[], Any]) -> None:
        """Turns of the loop until it is so."""
        async with asyncio.timeout(10):
            while not so():  # noqa: ASYNC110 -- a window sets no event
                await asyncio.sleep(0.005)

    def news(self) -> str:
        """What the window says."""
        return " ".join(label.text() for label in self.desk.queue.news.findChildren(QLabel))


@contextlib.asynccontextmanager
async def at_work(
    tmp_path: Path, speech: Speech, theme: Theme, settings: AgentSettings = NO_VIEWER
) -> AsyncIterator[Place]:
    """With five who wait, until the block is left."""
    agent: Any = Agent(profile=Profile(folder=tmp_path), settings=settings)
    host = Host(environ={"HOME": str(tmp_path), "PATH": str(tmp_path)}, platform="linux")
    out = io.StringIO()
    desk = Desk(
        agent=agent,
        host=host,
        autostart=Autostart(Role.HELPER, "linux", host.environ, ["tasuki-helper"]),
        speech=speech,
        theme=theme,
        drafts=Drafts(tmp_path),
        events=Events(json=True, stream=out),
    )
    work = asyncio.ensure_future(desk.run(hidden=False))
    place = Place(desk, agent.made[0], work, out, tmp_path)
    await place.until(lambda: place.matching.view.phase is Phase.ONLINE or work.done())
    entries: tuple[RequestEntry, ...] = tuple(one.entry for one in queue().requests)
    place.matching.change(requests=entries)
    try:
        yield place
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        desk.deleteLater()
        await asyncio.sleep(0)


async def test_what_the_relay_says_is_shown_and_told(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme
) -> None:
    """In the window, and for scripts by the same events as without windows; what is clicked arrives at the relay."""
    async with at_work(tmp_path, speech, theme) as place:
        assert place.desk.queue.requests.model().rowCount() == 5
        told = [json.loads(line)["event"] for line in place.out.getvalue().splitlines()]
        assert told == ["online", *["request"] * 5]
        place.desk.queue.choose(request_id(2))
        part(place.desk.queue, QPushButton, "accept").click()
        assert place.matching.told[-1] == ("accept", request_id(2))
        assert part(place.desk.queue, QPushButton, "accept").text() == "Connecting…"


async def test_who_was_too_late_reads_why(tmp_path: Path, app: QApplication, speech: Speech, theme: Theme) -> None:
    """Taken by a colleague, or gone by itself: never the error's own words."""
    async with at_work(tmp_path, speech, theme) as place:
        matching = place.matching
        for number, why, text in (
            (1, Why.TAKEN, "Hanako Suzuki was taken by another helper."),
            (3, Why.CANCELLED, "Jonas Weber is no longer waiting."),
        ):
            place.desk.app.accept(request_id(number))
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


async def test_settings_hold_at_once(tmp_path: Path, app: QApplication, speech: Speech, theme: Theme) -> None:
    """Written to the file; another proxy means another connection; a viewer that is not here is said."""
    async with at_work(tmp_path, speech, theme) as place:
        place.desk.side.show_settings()
        await place.until(lambda: place.desk.queue.findChild(HelperSettingsDialog))
        dialog = part(place.desk.queue, HelperSettingsDialog, "helper-settings")
        part(dialog, QRadioButton, "program-none").click()
        dialog.save.click()
        await place.until(lambda: read(tmp_path).programs.viewer == "none")
        await place.until(lambda: place.desk.side._settings is None)
        before = len(place.matching.told)
        place.desk._follow(msgspec.structs.replace(NO_VIEWER, network=Network(proxy="http://proxy:3128")))
        await place.until(lambda: place.matching.told[before:] == [("stop",), ("start",)])
        place.desk._follow(msgspec.structs.replace(NO_VIEWER, programs=Programs(viewer="tigervnc")))
        assert "tigervnc" in place.news()


async def test_a_viewer_that_is_not_here_keeps_nobody_from_working(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme
) -> None:
    """It is said, and can be chosen anew."""
    async with at_work(tmp_path, speech, theme, AgentSettings(programs=Programs(viewer="tigervnc"))) as place:
        assert "tigervnc" in place.news()
        assert place.desk.queue.requests.model().rowCount() == 5


async def test_the_tray_leads_everywhere(tmp_path: Path, app: QApplication, speech: Speech, theme: Theme) -> None:
    """Status, recent sessions, the window."""
    async with at_work(tmp_path, speech, theme) as place:
        place.desk.tray.chosen.emit("busy")
        assert place.matching.view.status is Status.BUSY
        place.desk.tray.chosen.emit("recent")
        await place.until(
            lambda: any(isinstance(one, HelperHistory) and one.isVisible() for one in app.topLevelWidgets())
        )
        place.desk.queue.hide()
        place.desk.tray.chosen.emit("show")
        assert place.desk.queue.isVisible()
        place.desk._notices.clicked.emit(request_id(4))
        assert place.desk.queue.requests.request == request_id(4)


async def test_without_a_place_beside_the_clock_the_window_stays_in_reach(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme
) -> None:
    """It is minimised; hidden it could not be found again."""
    async with at_work(tmp_path, speech, theme) as place:
        place.desk.queue.close()
        assert place.desk.queue.isMinimized()
        assert not place.work.done()


async def test_quitting_without_a_session_asks_nothing(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme
) -> None:
    """Exit code 0."""
    async with at_work(tmp_path, speech, theme) as place:
        place.desk.queue.menu.quit.trigger()
        async with asyncio.timeout(10):
            assert await place.work == 0


async def test_quitting_in_a_session_asks(tmp_path: Path, app: QApplication, speech: Speech, theme: Theme) -> None:
    """Once; and only yes ends it."""
    async with at_work(tmp_path, speech, theme) as place:
        place.desk.app.view = view(sessions=(running(1),))
        place.desk.tray.chosen.emit("quit")
        place.desk.tray.chosen.emit("quit")
        dialogs = place.desk.queue.findChildren(QuitDialog)
        assert len(dialogs) == 1
        part(dialogs[0], QPushButton, "stay").click()
        assert not place.work.done()
        place.desk.tray.chosen.emit("quit")
        part(place.desk._asked, QPushButton, "quit_now").click()  # type: ignore[arg-type]
        async with asyncio.timeout(10):
            assert await place.work == 0


async def test_a_certificate_that_cannot_be_renewed_is_said(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme
) -> None:
    """While there is still time."""
    async with at_work(tmp_path, speech, theme) as place:
        renewing: asyncio.Future[TasukiError] = asyncio.get_running_loop().create_future()
        renewing.set_result(TasukiError("certificate_expired"))
        place.desk._renewal_ended(renewing)  # type: ignore[arg-type]
        assert "expired" in place.news()
