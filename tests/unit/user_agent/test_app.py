"""The user's agent, at a relay that the test plays: the list, the screens, and what cannot be asked."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from common.agent.settings import AgentSettings, TimingSection
from common.agent.views import InputLost, MatchingView, SessionEvent, SessionView
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import GroupEntry, HelperEntry, Mode
from common.protocol.session_life import SessionPhase
from user_agent import app as module
from user_agent import sharing
from user_agent.app import UserApp
from user_agent.servers.base import ScreenChoice, TcpAddress
from user_agent.servers.foreign import ForeignServer
from user_agent.views import RequestStage, Wish

TARO = HelperEntry(uri="tasuki://x/helper/1", name="Taro")
OTHER_TARO = HelperEntry(uri="tasuki://x/helper/2", name="Taro")
SETTINGS = AgentSettings(timing=TimingSection(list=0.1))
SCREEN = ScreenChoice(name="left", x=0, y=0, width=640, height=480)


class Matching:
    """common.agent.matching.matching.Matching, played by the test."""

    def __init__(self, on_change: Callable[[MatchingView], None]) -> None:
        self._on_change = on_change
        self.view = MatchingView(phase=MatchingPhase.ONLINE)
        self.watched: list[bool] = []

    def start(self) -> None:
        """It is online."""

    async def stop(self) -> None:
        """Nothing runs."""

    async def online(self, deadline: float) -> None:
        """It is."""

    def subscribe(self, listener: Callable[[Any], None]) -> Callable[[], None]:
        """Nothing is told."""
        return lambda: None

    def watch(self, on: bool) -> None:
        """Remember."""
        self.watched.append(on)

    def cancel(self) -> None:
        """Nothing waits."""

    def change(self, **changes: Any) -> None:
        """The view is another now."""
        self.view = dataclasses.replace(self.view, **changes)
        self._on_change(self.view)


@dataclass
class Profile:
    """What an app asks of one."""

    folder: Path
    organisation_name: str = "x"
    owner: str = "x"


@dataclass
class Agent:
    """common.agent.composition.Agent, without a network."""

    profile: Profile
    settings: AgentSettings = SETTINGS
    made: list[Matching] = field(default_factory=list)

    def matching(self, *, on_change: Callable[[MatchingView], None]) -> Matching:
        """The test's."""
        self.made.append(Matching(on_change))
        return self.made[0]


@dataclass
class Kind:
    """A server that can show one screen of several, or not."""

    one_screen: bool
    name: str = "x"
    one_look: bool = False
    sleeps_alone: bool = False
    alone: bool = True

    def shows_alone(self, _computer: Computer, _screen: ScreenChoice) -> bool:
        """As was said."""
        return self.alone


@contextlib.asynccontextmanager
async def at_relay(folder: Path, kind: Kind | None = None) -> AsyncIterator[tuple[UserApp, Matching]]:
    """Online. `kind`: the server that would be started, else one that runs already, where nothing listens."""
    agent: Any = Agent(Profile(folder))
    running = ForeignServer(address=TcpAddress(host="127.0.0.1", port=1), password="")
    app = UserApp(agent=agent, computer=Computer(environ={}, platform="linux"), running=None if kind else running)

    async def server(_screen: ScreenChoice | None = None) -> Kind | None:
        return kind

    app._sharing.server = server  # type: ignore[method-assign, assignment]
    async with app:
        yield app, agent.made[0]


async def test_the_list_is_watched_while_anybody_wants_it(tmp_path: Path) -> None:
    """Once, however many want it, and no longer once nobody does."""
    async with at_relay(tmp_path) as (app, matching):
        app.watch(True)
        app.watch(True)
        matching.change(helpers=(TARO,))
        assert await app.listed(settle=0.01) == (TARO,)
        assert matching.watched == [True]
        app.watch(False)
        assert matching.watched == [True]  # `listed` goes on watching: what is asked next means this list
        with pytest.raises(TasukiError):
            await app.ask(Wish(helper="Nobody", mode=Mode.VIEW))
        assert matching.watched == [True, False]


async def test_what_is_missing_is_said_before_anybody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked for until it is there, once however often that was wanted, and not while help is under way."""
    monkeypatch.setattr("user_agent.app.LOOK_AGAIN", 0.01)
    async with at_relay(tmp_path) as (app, _):
        problem: TasukiError | None = TasukiError("no_vnc_server")

        async def why_not() -> TasukiError | None:
            return problem

        app._sharing.why_not = why_not  # type: ignore[method-assign]
        looking = asyncio.ensure_future(app.look_whether_shown())
        await asyncio.sleep(0.03)
        assert app.view.cannot_show is problem
        await asyncio.wait_for(app.look_whether_shown(), 1)
        assert not looking.done()
        problem = None
        await asyncio.wait_for(looking, 1)
        assert app.view.cannot_show is None
        problem = TasukiError("tightvnc_running")
        app._show(stage=RequestStage.SESSION)
        await asyncio.wait_for(app.look_whether_shown(), 1)
        assert app.view.cannot_show is None


async def test_a_list_that_still_grows_is_waited_for(tmp_path: Path) -> None:
    """It comes in batches."""
    async with at_relay(tmp_path) as (app, matching):
        listing = asyncio.ensure_future(app.listed(settle=0.05))
        await asyncio.sleep(0)
        matching.change(helpers=(TARO,))
        await asyncio.sleep(0.02)
        matching.change(helpers=(TARO, OTHER_TARO))
        assert await listing == (TARO, OTHER_TARO)


@pytest.mark.parametrize(
    ("helpers", "name", "code"),
    [((TARO,), "Jiro", "helper_unknown"), ((TARO, OTHER_TARO), "Taro", "helper_ambiguous")],
)
async def test_a_name_must_mean_one_helper(
    tmp_path: Path, helpers: tuple[HelperEntry, ...], name: str, code: str
) -> None:
    """Nobody is asked by mistake, and the stage is as before."""
    async with at_relay(tmp_path) as (app, matching):
        matching.change(helpers=helpers)
        with pytest.raises(TasukiError) as raised:
            await app.ask(Wish(helper=name, mode=Mode.VIEW))
        assert raised.value.code == code
        assert app.view.stage is RequestStage.IDLE


@pytest.mark.parametrize(
    "wish", [Wish(helper="Taro", mode=Mode.CONTROL), Wish(group="Interns", mode=Mode.CONTROL)], ids=["helper", "group"]
)
async def test_control_that_may_not_be_allowed_is_asked_of_nobody(tmp_path: Path, wish: Wish) -> None:
    """The list says so before anybody is asked; by `ask` as in the window."""
    async with at_relay(tmp_path) as (app, matching):
        matching.change(
            helpers=(msgspec.structs.replace(TARO, most=Mode.VIEW), GroupEntry(group="Interns", most=Mode.VIEW))
        )
        with pytest.raises(TasukiError) as raised:
            await app.ask(wish)
        assert raised.value.code == "control_not_offered"
        assert (wish.helper or wish.group) in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (None, "server_shows_all"),
        (Kind(one_screen=False), "server_shows_all"),
        (Kind(one_screen=True, alone=False), "server_shows_more"),
    ],
)
async def test_more_than_the_chosen_screen_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind | None, code: str
) -> None:
    """A server that cannot show one alone is not started at all."""
    monkeypatch.setattr(sharing, "named", lambda _computer, _key: SCREEN)
    async with at_relay(tmp_path, kind) as (app, _):
        with pytest.raises(TasukiError) as raised:
            await app.ask(Wish(anyone=True, mode=Mode.VIEW, screens=(SCREEN.key,)))
        assert raised.value.code == code


async def test_a_screen_that_is_not_there_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked for when help is asked for; those that there are can be listed."""
    monkeypatch.setattr(module, "find", lambda _computer: (SCREEN,))
    asked: list[tuple[Computer, str]] = []

    def named(computer: Computer, key: str) -> ScreenChoice:
        asked.append((computer, key))
        raise TasukiError("screen_unknown", screen=key)

    monkeypatch.setattr(sharing, "named", named)
    async with at_relay(tmp_path, Kind(one_screen=True)) as (app, _):
        assert app.screens() == ()
        assert await app.look_for_screens() == (SCREEN,)
        assert app.screens() == (SCREEN,)
        with pytest.raises(TasukiError) as raised:
            await app.ask(Wish(anyone=True, mode=Mode.VIEW, screens=("1x1+0+0",)))
        assert raised.value.code == "screen_unknown"
        assert [key for _, key in asked] == ["1x1+0+0"]


async def test_input_that_is_lost_takes_the_mode_back(tmp_path: Path) -> None:
    """The helper looks from now on, and the person reads why; without a session nothing happens."""
    told: list[SessionEvent] = []
    modes: list[Mode] = []
    problem = TasukiError("input_overrun")
    async with at_relay(tmp_path) as (app, _):
        app._on_event = lambda event, _view: told.append(event)
        app._input_lost(problem)
        assert not told
        session: Any = SimpleNamespace(set_mode=modes.append)
        app._session = session
        app.view = dataclasses.replace(
            app.view,
            session=SessionView(
                session="s", request="r", role=Role.USER, phase=SessionPhase.CONNECTED, mode=Mode.CONTROL
            ),
        )
        app._input_lost(problem)
        app._session = None
    assert modes == [Mode.VIEW]
    assert told == [InputLost(problem)]
