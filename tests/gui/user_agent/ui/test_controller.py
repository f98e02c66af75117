"""What is behind the windows: the person's wishes reach the agent, and what the agent tells reaches the windows."""

import asyncio
import contextlib
import dataclasses
import io
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from common.agent.drafts import Drafts
from common.agent.settings import AgentSettings
from common.agent.views import MatchingView, SessionView
from common.host.command import Events
from common.host.errors import TasukiError
from common.net.proxy_routes import OneRoute
from common.protocol.desk import Desk
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.matching_memory import OwnRequest
from common.protocol.messages import Error, HelperEntry, Mode, Over, To, Waiting
from common.protocol.proxies import ProxyUrl
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.ui.language import Speech
from common.ui.program import RunEnd
from common.ui.theme import Theme
from tests.support.program_context import program_context
from user_agent.servers.base import ScreenChoice, ServerKind, TcpAddress
from user_agent.servers.foreign import ForeignServer
from user_agent.ui.controller import UserController
from user_agent.ui.main_window import MainWindow
from user_agent.ui.notifications import UserNotifications
from user_agent.ui.people_model import PeopleRole
from user_agent.ui.tray import UserTray, state_of
from user_agent.views import RequestStage, SharedScreen, UserView, Wish

TARO = HelperEntry(uri="tasuki://x/helper/1", name="Taro")


class Matching:
    """common.agent.matching.matching.Matching, played by the test."""

    def __init__(self, on_change: Callable[[MatchingView], None]) -> None:
        self.on_change = on_change
        self.view = MatchingView(phase=MatchingPhase.ONLINE, name="Hana", organisation="x")
        self.watched: list[bool] = []
        self.topics: list[str] = []
        self.cancelled = 0
        self.listener: Callable[[Any], None] = lambda _: None

    def start(self) -> None:
        """Online at once."""
        self.change(helpers=(TARO,))

    def change(self, **changes: Any) -> None:
        """The view is another now."""
        self.view = dataclasses.replace(self.view, **changes)
        self.on_change(self.view)

    async def stop(self) -> None:
        """Nothing runs."""

    async def online(self, deadline: float) -> None:
        """It is, or never will be."""
        if self.view.phase is not MatchingPhase.ONLINE:
            raise TasukiError("relay_lost", address="relay")

    def subscribe(self, listener: Callable[[Any], None]) -> Callable[[], None]:
        """One is enough."""
        self.listener = listener
        return lambda: None

    def watch(self, on: bool) -> None:
        """Remember."""
        self.watched.append(on)

    def request(
        self, *, to: To, mode: Mode, name: str | None, topic: str, inventory: dict[str, str], call_back: str
    ) -> str:
        """It waits, second in the queue."""
        number, left = call_back or "a" * 32, bool(call_back)
        self.change(request=OwnRequest(request=number, to=to, mode=mode, topic=topic, name=name, call_back=left))
        self.listener(Waiting(request=number, position=2, to=to))
        return number

    def leave_as_call_back(self) -> bool:
        """It is one now."""
        assert self.view.request is not None
        self.change(request=dataclasses.replace(self.view.request, call_back=True))
        return True

    def change_topic(self, text: str) -> bool:
        """Remember."""
        self.topics.append(text)
        return True

    def cancel(self) -> None:
        """Nothing waits."""
        self.cancelled += self.view.request is not None
        self.change(request=None)


@dataclass
class Profile:
    """What an agent's parts ask of one."""

    folder: Path
    organisation: str = "x"
    organisation_name: str = "x"
    owner: str = "x"


@dataclass
class Agent:
    """common.agent.composition.Agent, without a network."""

    profile: Profile
    settings: AgentSettings = field(default_factory=AgentSettings)
    environ: dict[str, str] = field(default_factory=dict)
    routes: OneRoute = field(default_factory=OneRoute)

    def matching(self, *, on_change: Callable[[MatchingView], None]) -> Matching:
        """The test's."""
        self.made = Matching(on_change)
        return self.made

    def changed(self, settings: AgentSettings) -> "Agent":
        """With other settings."""
        return dataclasses.replace(self, settings=settings)

    def renewing(self) -> "asyncio.Task[Any]":
        """Never due."""
        return asyncio.ensure_future(asyncio.Event().wait())


@dataclass
class Place:
    """A controller that runs."""

    controller: UserController
    main: MainWindow
    tray: UserTray
    drafts: Drafts
    matching: Matching
    running: "asyncio.Task[RunEnd]"
    out: io.StringIO

    def told(self) -> list[str]:
        """The events printed so far."""
        return [json.loads(line)["event"] for line in self.out.getvalue().splitlines()]

    async def until(self, so: Callable[[], Any]) -> None:
        """Turns of the loop until it is so."""
        async with asyncio.timeout(10):
            while not so():  # noqa: ASYNC110 -- a window sets no event
                await asyncio.sleep(0.005)


async def _look(_kind: object, _screen: object) -> SharedScreen:
    """There is something to show."""
    return SharedScreen(server="x")


async def _server(screen: ScreenChoice | None = None) -> ServerKind | None:
    """There is something that could show the screen."""
    return None


@contextlib.asynccontextmanager
async def at_work(
    tmp_path: Path, app: QApplication, speech: Speech, theme: Theme, *, tray_there: bool = False
) -> AsyncIterator[Place]:
    """With windows of its own, until the block is left."""
    agent: Any = Agent(profile=Profile(folder=tmp_path))
    context = program_context(tmp_path, speech, theme, role=Role.USER, path="/usr/bin")
    out = io.StringIO()
    main, tray = MainWindow(colours=lambda: theme.colours), Tray(tray_there)
    drafts = Drafts(tmp_path)
    controller = UserController(
        agent=agent, context=context, main=main, tray=tray, drafts=drafts, events=Events(json=True, stream=out)
    )
    sharing = controller.app._sharing
    sharing.server, sharing.look = _server, _look  # type: ignore[method-assign, assignment]
    sharing._running = ForeignServer(address=TcpAddress(host="127.0.0.1", port=1), password="")
    main.show()
    running = asyncio.ensure_future(controller.run())
    place = Place(controller, main, tray, drafts, agent.made, running, out)
    await place.until(lambda: place.matching.watched or running.done())
    try:
        yield place
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        for window in (main, tray):
            window.deleteLater()
        await asyncio.sleep(0)


class Tray(UserTray):
    """Beside a clock that is there, or not."""

    def __init__(self, there: bool) -> None:
        super().__init__()
        self._there = there

    @property
    def available(self) -> bool:
        """As the test says."""
        return self._there


@pytest.fixture
def parts(tmp_path: Path, app: QApplication, speech: Speech, theme: Theme) -> tuple[Path, QApplication, Speech, Theme]:
    """What a place is made of."""
    return tmp_path, app, speech, theme


Parts = tuple[Path, QApplication, Speech, Theme]


async def ask(place: Place) -> None:
    """Through the window and the dialog, for Taro."""
    place.main.home.people.choose(TARO.uri)
    place.main.home.get_help.click()
    assert place.controller.requests.dialog is not None
    place.controller.requests.dialog.ask_button.click()
    await place.until(lambda: place.controller.app.view.stage is RequestStage.WAITING)


async def test_asking_waiting_and_cancelling(parts: Parts) -> None:
    """The window follows, scripts hear the same, and home is where it ends."""
    async with at_work(*parts) as place:
        await ask(place)
        assert place.main.waiting.isVisible()
        assert place.controller.app.view.wish == Wish(helper=TARO.uri, mode=Mode.VIEW)
        place.main.waiting.cancel.click()
        await place.until(lambda: place.controller.app.view.stage is RequestStage.ENDED)
        assert place.main.home.isVisible()
        assert place.told() == ["online", "offer", "waiting", "over"]


async def test_who_was_asked_is_chosen_at_the_next_start(parts: Parts) -> None:
    """Whoever that was; and whoever is free first, where that was asked last."""
    async with at_work(*parts) as place:
        await ask(place)
        place.main.waiting.cancel.click()
        await place.until(lambda: place.controller.app.view.stage is RequestStage.ENDED)
        await place.drafts.flush()
    async with at_work(*parts) as place:
        row = place.main.home.people.view.currentIndex().data(PeopleRole.ROW)
        assert row.key == TARO.uri


async def test_what_is_typed_outlives_a_crash_and_a_decline(parts: Parts) -> None:
    """The draft is on the disk; whoever asks the next one need not type it again."""
    async with at_work(*parts) as place:
        place.main.home.topic.line.setText("Printer")
        place.main.home.topic.line.textEdited.emit("Printer")
        await ask(place)
        assert place.matching.view.request is not None
        assert place.matching.view.request.topic == "Printer"
        place.matching.listener(Over(request="a" * 32, why=Why.DECLINED, note="No"))
        await place.until(place.main.ended.isVisible)
        place.main.ended.other.click()
        assert place.main.home.topic.line.text() == "Printer"
        await place.drafts.flush()
        assert Drafts(parts[0]).get("topic") == "Printer"


@pytest.mark.parametrize(
    ("file", "said"), [("history.json", "past sessions could not be read"), ("drafts.json", "typed and not sent")]
)
async def test_a_damaged_file_is_said(parts: Parts, file: str, said: str) -> None:
    """In the window and for scripts, with where it is kept; never written over."""
    folder = parts[0]
    (folder / file).write_text("[", encoding="utf-8")
    async with at_work(*parts) as place:
        await place.until(lambda: "problem" in place.told())
        assert said in " ".join(label.text() for label in place.main.news.findChildren(QLabel))
        (aside,) = folder.glob(f"{file}.damaged-*")
        assert aside.read_text(encoding="utf-8") == "["
        assert aside.name in place.out.getvalue()


async def test_a_call_back_outlives_the_program(parts: Parts) -> None:
    """Left by a click where nobody is there; the program quits and takes nothing back; the next run waits on, with the same request."""
    async with at_work(*parts) as place:
        place.matching.change(desk=Desk(call_back=True), listed=True)
        await ask(place)
        page = place.main.waiting
        assert not page.call_back.isVisible()
        place.matching.change(helpers=())
        page.call_back.click()
        await place.until(lambda: page.title.text() == "You will be asked here")
        assert not page.call_back.isVisible()
        assert "You can close this window" in page._stays.text()
        place.controller.quit()
        assert place.controller._quit is not None
        assert "stays in the queue" in " ".join(label.text() for label in place.controller._quit.findChildren(QLabel))
        place.controller._quit.confirmed.emit()
        assert await place.running is RunEnd.QUIT
        assert place.matching.cancelled == 0
        first = place.matching.view.request
    async with at_work(*parts) as place:
        await place.until(lambda: place.controller.app.view.stage is RequestStage.WAITING)
        again = place.matching.view.request
        assert first is not None
        assert again is not None
        assert (again.request, again.name, again.to, again.call_back) == (first.request, "Taro", first.to, True)
        assert place.main.waiting.title.text() == "You will be asked here"
        place.main.waiting.cancel.click()
        await place.until(lambda: place.controller.app.view.stage is RequestStage.ENDED)
        assert place.matching.cancelled == 1
    async with at_work(*parts) as place:
        assert place.controller.app.view.stage is RequestStage.IDLE
        assert place.main.home.isVisible()


async def test_another_topic_while_waiting(parts: Parts) -> None:
    """The relay hears it, and it is what is asked again."""
    async with at_work(*parts) as place:
        await ask(place)
        place.main.waiting.topic.changed.emit("Scanner")
        assert place.matching.topics == ["Scanner"]
        place.matching.listener(Over(request="a" * 32, why=Why.RELAY_RESTARTED))
        await place.until(place.main.ended.isVisible)
        place.main.ended.again.click()
        await place.until(lambda: place.controller.app.view.stage is RequestStage.WAITING)
        assert place.matching.view.request is not None
        assert place.matching.view.request.topic == "Scanner"


async def test_what_cannot_even_be_asked_is_said(parts: Parts) -> None:
    """In words, with a way to try again; scripts hear of the problem."""
    async with at_work(*parts) as place:
        await ask(place)
        place.matching.listener(Error(about="request", code="not_allowed"))
        await place.until(place.main.ended.isVisible)
        assert place.main.ended.again.isVisible()
        assert place.told()[-1] == "problem"


async def test_offline_the_request_is_given_up_by_cancel(parts: Parts) -> None:
    """Before it could be sent there is nothing at the relay to take back."""
    async with at_work(*parts) as place:
        forever = asyncio.Event()

        async def online(deadline: float) -> None:
            await forever.wait()

        place.matching.online = online  # type: ignore[method-assign]
        place.main.home.get_help.click()
        assert place.controller.requests.dialog is not None
        place.controller.requests.dialog.ask_button.click()
        await place.until(lambda: place.controller.app.view.stage is RequestStage.ASKING)
        place.main.waiting.cancel.click()
        await place.until(place.main.home.isVisible)
        assert not place.controller.requests.under_way


async def test_the_list_is_watched_while_it_can_be_seen(parts: Parts) -> None:
    """And not by a window that hides beside the clock for days."""
    async with at_work(*parts) as place:
        assert place.matching.watched == [True]
        place.main.hide()
        assert place.matching.watched == [True, False]
        place.controller.choose("show")
        assert place.matching.watched == [True, False, True]


async def test_quit_asks_while_help_is_under_way(parts: Parts) -> None:
    """Enter stays; the other button ends it."""
    async with at_work(*parts) as place:
        await ask(place)
        place.controller.choose("quit")
        assert place.controller._quit is not None
        place.controller._quit.stay.click()
        await asyncio.sleep(0)
        assert not place.running.done()
        place.controller.choose("quit")
        place.controller._quit.leave.click()
        assert await place.running is RunEnd.QUIT


async def test_quit_at_rest_asks_nothing(parts: Parts) -> None:
    """Nothing would be lost."""
    async with at_work(*parts) as place:
        place.controller.choose("quit")
        assert await place.running is RunEnd.QUIT


async def test_closing_the_window_without_a_tray(parts: Parts) -> None:
    """While waiting it is minimised; at rest it is the end."""
    async with at_work(*parts) as place:
        await ask(place)
        place.main.close()
        assert place.main.isMinimized()
        place.main.showNormal()
        place.main.cancelled.emit()
        await place.until(place.main.home.isVisible)
        place.main.close()
        assert await place.running is RunEnd.QUIT


async def test_closing_the_window_beside_a_tray(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program goes on, and says so once in its life."""
    told: list[None] = []
    monkeypatch.setattr(UserNotifications, "stays", lambda self: told.append(None))
    async with at_work(*parts, tray_there=True) as place:
        place.main.close()
        assert not place.main.isVisible()
        place.controller.choose("main")
        place.main.close()
        assert told == [None]
        assert not place.running.done()


async def test_settings_are_taken_over(parts: Parts) -> None:
    """Another proxy makes the agent anew, and only once nobody is helped."""
    async with at_work(*parts) as place:
        await ask(place)
        place.controller.windows.side.saved.emit(AgentSettings(), {"network.proxy", "hotkey.stop", "window.sound"})
        await asyncio.sleep(0.05)
        assert not place.running.done()
        place.main.cancelled.emit()
        assert await place.running is RunEnd.REOPEN


PORTAL = TasukiError("captive_portal", url="http://portal.example/")
PROXY = ProxyUrl.parse("http://proxy.example:3128")
CONNECTED = UserView(
    stage=RequestStage.SESSION,
    matching=MatchingView(phase=MatchingPhase.ONLINE, name="Hana", organisation="x"),
    session=SessionView(
        session="b" * 32, request="a" * 32, role=Role.USER, phase=SessionPhase.CONNECTED, mode=Mode.VIEW, since=0.0
    ),
)


def interrupted(problem: TasukiError) -> UserView:
    """The session's connection is lost, and the relay cannot be reached."""
    assert CONNECTED.session is not None
    session = dataclasses.replace(CONNECTED.session, phase=SessionPhase.INTERRUPTED, lost=1.0)
    matching = dataclasses.replace(CONNECTED.matching, phase=MatchingPhase.RETRYING, problem=problem)
    return dataclasses.replace(CONNECTED, session=session, matching=matching)


@pytest.mark.parametrize("tray_there", [False, True])
async def test_what_a_person_can_mend_in_a_break_comes_to_the_front(parts: Parts, tray_there: bool) -> None:
    """Out of sight for the session: once, with the way to the page; and it makes room when the session is back."""
    async with at_work(*parts, tray_there=tray_there) as place:
        main, change = place.main, place.controller._changed
        there: Callable[[], bool] = lambda: main.isVisible() and not main.isMinimized()  # noqa: E731
        change(CONNECTED)
        assert not there()
        change(interrupted(TasukiError("relay_unreachable", address="x", detail="")))
        assert not there()
        change(interrupted(PORTAL))
        assert there()
        assert main.connection.sign_in.isVisible()
        main.close()
        change(interrupted(PORTAL))
        assert not there()
        main.bring()
        change(CONNECTED)
        assert not there()
        change(interrupted(PORTAL))
        assert there()


async def test_a_proxys_question_in_a_break_holds_nothing_up(parts: Parts) -> None:
    """It is asked where it can be seen; when the way opens by itself it goes, and the helper's input goes on."""
    async with at_work(*parts) as place:
        place.controller._changed(CONNECTED)
        assert place.main.isMinimized()
        wanted = TasukiError("proxy_wants_password", proxy=PROXY)
        matching = interrupted(wanted).matching
        place.controller._changed(dataclasses.replace(CONNECTED, matching=matching))  # the session itself goes on
        assert place.controller.proxy_login.dialog is None
        place.controller._changed(interrupted(wanted))
        assert not place.main.isMinimized()
        assert place.controller.proxy_login.dialog is not None
        assert place.controller._guarded == {"proxy-login"}
        place.controller._changed(CONNECTED)
        assert place.controller.proxy_login.dialog is None
        assert place.controller._guarded == set()
        assert place.main.isMinimized()


def test_what_the_icon_tells() -> None:
    """Offline, ready, waiting, in a session."""
    online = MatchingView(phase=MatchingPhase.ONLINE)
    assert state_of(UserView()) == "offline"
    assert state_of(UserView(matching=online)) == "idle"
    assert state_of(UserView(stage=RequestStage.WAITING)) == "waiting"
    assert state_of(UserView(stage=RequestStage.SESSION)) == "session"
