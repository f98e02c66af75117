"""Honest viewers over a pause: a still picture meanwhile, and after it the screen as it is, soon, and in the same viewer."""

import asyncio
import contextlib
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from common.agent.keeper.client import Keeper
from common.agent.views import SessionView
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.rfb.server_filter import ServerFilter
from common.protocol.session_life import SessionPhase
from helper_agent.viewer_front import ViewerFront
from helper_agent.viewers.opening import Viewer
from helper_agent.viewers.tools import Quality
from tests.support.desktops import PATIENCE, running
from tests.support.rfb_channel import JoinedSession
from tests.support.screens import Screen, shown_by
from tests.support.viewer_programs import Hands, PageHands, browser_hands, helpers_display
from user_agent.broker import Broker

PAUSES = 5
BREAKS = 15
PROMISED = 0.5  # seconds until the picture is back; a loaded machine gets five times as much
POINTER = (390, 290, 430, 330)  # nobody moves it from the middle
HINT = (230, 40, 570, 100)  # TigerVNC's viewer explains its menu there for five seconds
SLOW = 2_000_000  # bytes a second
STILL = 0.3  # seconds for a picture that should not come
VIEW = SessionView(
    session="5" * 32,
    request="7" * 32,
    role=Role.HELPER,
    phase=SessionPhase.CONNECTED,
    mode=Mode.VIEW,
    peer_name="Hanako",
)
CELLS = [
    (viewer, server)
    for viewer in ("builtin", "tigervnc")
    for server in ("x11vnc", "x0vncserver", "foreign x11vnc", "foreign Xtigervnc")
] + [(viewer, server) for viewer in ("tightvnc", "ssvnc") for server in ("x11vnc", "x0vncserver", "foreign Xtigervnc")]


@pytest.fixture(scope="module")
def screens(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Screens"]:
    """The servers, each started when it is first wanted."""
    with contextlib.ExitStack() as stack:
        yield Screens(stack, tmp_path_factory)


class Screens:
    def __init__(self, stack: contextlib.ExitStack, folders: pytest.TempPathFactory) -> None:
        self._stack = stack
        self._folders = folders
        self._found: dict[str, Screen] = {}

    def get(self, name: str) -> Screen:
        if name not in self._found:
            self._found[name] = self._stack.enter_context(shown_by(name, self._folders.mktemp("screen")))
        return self._found[name]


class Shown:
    """A session whose viewer shows the screen."""

    def __init__(self, session: JoinedSession, viewer: Viewer, hands: Hands) -> None:
        self.session, self.viewer, self.hands = session, viewer, hands
        self.opened: list[dict[str, object]] = []

    def pause(self, on: bool) -> None:
        """And the helper's window hears of it."""
        self.session.pause(on)
        self.viewer.show(replace(VIEW, paused=on))

    async def until(self, real: Image.Image, *besides: tuple[int, int, int, int]) -> float:
        """Seconds until the viewer shows exactly this."""
        began = time.monotonic()
        while not same(await self.hands.picture(), real, *besides):
            assert not self.session.user.failures + self.session.helper.failures
            assert time.monotonic() - began < PATIENCE, "the picture did not come"
            await asyncio.sleep(0.01)
        return time.monotonic() - began


def same(one: Image.Image, other: Image.Image, *besides: tuple[int, int, int, int]) -> bool:
    """Pixel for pixel, but for the pointer's place: while nobody moves it, servers draw it into the picture."""
    if one.size != other.size:
        return False
    difference = ImageChops.difference(one, other)
    for box in (POINTER, *besides):
        difference.paste((0, 0, 0), box)
    return difference.getbbox() is None


@contextlib.asynccontextmanager
async def shown(screen: Screen, wanted: str, hands: Hands, display: str, *, streams: int = 1) -> AsyncIterator[Shown]:
    """Broker, channel and viewer front, and the viewer as the helper's agent opens it: once, however many streams there are."""
    environ = {name: value for name, value in os.environ.items() if name not in {"WAYLAND_DISPLAY", "XDG_SESSION_TYPE"}}
    environ["DISPLAY"] = display
    before = os.environ.get("DISPLAY")
    os.environ["DISPLAY"] = display  # the keeper's, and so the viewers'
    keeper = await Keeper.launch()
    del os.environ["DISPLAY"]
    if before is not None:
        os.environ["DISPLAY"] = before
    problems: list[TasukiError] = []
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    over: list[bool] = []
    broker = Broker(server=screen.reached(), on_problem=problems.append)
    front = ViewerFront(random=os.urandom, on_over=lambda: over.append(True))
    front.set_quality(Quality.SHARP)
    viewer = Viewer(
        front=front,
        wanted=wanted,
        computer=Computer(environ=environ, platform=sys.platform),
        keeper=keeper,
        title="Hanako",
        browser=False,
        act=lambda _: None,
        tell=lambda event, facts: told.put_nowait(facts) if event == "viewer" else None,
    )
    viewer.show(VIEW)
    session = JoinedSession(user=broker, helper=front, mode=Mode.VIEW)
    try:
        await viewer.open()
        await hands.open(await told.get())
        yield Shown(session, viewer, hands)
        assert session.user.streams == list(range(1, streams + 1)), "the viewer was opened again"
    finally:
        session.close()
        await viewer.close()
        await keeper.close()
    assert not problems
    assert not over
    assert not session.user.failures
    assert not session.helper.failures


@contextlib.asynccontextmanager
async def helper_with(wanted: str, folder: Path) -> AsyncIterator[tuple[str, Hands]]:
    """The helper's display, and hands at this viewer."""
    with helpers_display(folder) as (display, x_hands):
        if wanted != "builtin":
            yield display, x_hands
            return
        async with browser_hands() as page_hands:
            yield display, page_hands


@pytest.mark.parametrize(("wanted", "server"), CELLS)
async def test_five_pauses_in_a_row(screens: Screens, tmp_path: Path, wanted: str, server: str) -> None:
    """Each time nothing of the pause, then all of it, pixel for pixel."""
    screen = await asyncio.to_thread(screens.get, server)
    async with helper_with(wanted, tmp_path) as (display, hands):
        real = await screen.show_card(1)
        async with shown(screen, wanted, hands, display) as here:
            await here.until(real, HINT)
            took = []
            for number in range(PAUSES):
                here.pause(True)
                before, real = real, await screen.show_card(number + 2)
                await asyncio.sleep(STILL)
                assert same(await hands.picture(), before, HINT), "something of the pause was seen"
                here.pause(False)
                took.append(await here.until(real, HINT))
            print(f"{wanted} at {server}: back after {', '.join(f'{one * 1000:.0f}' for one in took)} ms")
            assert max(took) < 5 * PROMISED
            if isinstance(hands, PageHands):
                here.pause(True)
                await hands.page.wait_for_selector("#still", state="visible")
                here.pause(False)
                await hands.page.wait_for_selector("#still", state="hidden")
            await here.until(await screen.show_card(100))


@pytest.mark.parametrize(("wanted", "server"), [("builtin", "x11vnc"), ("tigervnc", "x0vncserver")])
async def test_breaks_in_a_row(screens: Screens, tmp_path: Path, wanted: str, server: str) -> None:
    """The connection is gone, then back: a still picture meanwhile, and in the same viewer the screen as it is then."""
    screen = await asyncio.to_thread(screens.get, server)
    async with helper_with(wanted, tmp_path) as (display, hands):
        real = await screen.show_card(1)
        async with shown(screen, wanted, hands, display, streams=PAUSES + 1) as here:
            await here.until(real, HINT)
            took = []
            for number in range(PAUSES):
                here.session.interrupt()
                before, real = real, await screen.show_card(number + 2)
                await asyncio.sleep(STILL)
                assert same(await hands.picture(), before, HINT), "something of the break was seen"
                here.session.resume()
                took.append(await here.until(real, HINT))
            print(f"{wanted} at {server}: back after {', '.join(f'{one * 1000:.0f}' for one in took)} ms")
            assert max(took) < 5 * PROMISED


MOVING = """
import os, random, time
from Xlib import X, display
d = display.Display()
screen = d.screen()
window = screen.root.create_window(0, 0, 800, 600, 0, screen.root_depth, override_redirect=True)
window.map()
graphics = window.create_gc()
while True:
    noise = os.urandom(200 * 150 * 4)
    for _ in range(8):
        where = random.randrange(600), random.randrange(450)
        window.put_image(graphics, *where, 200, 150, X.ZPixmap, screen.root_depth, 0, noise)
    d.sync()
    time.sleep(0.01)
"""


@pytest.mark.parametrize(("wanted", "server"), [("builtin", "x0vncserver"), ("tigervnc", "x11vnc")])
async def test_breaks_in_the_middle_of_everything(screens: Screens, tmp_path: Path, wanted: str, server: str) -> None:
    """However much of an update was under way, on either side: the viewer goes on, and ends up right."""
    chance = random.Random(11)
    screen = await asyncio.to_thread(screens.get, server)
    async with helper_with(wanted, tmp_path) as (display, hands):
        real = await screen.show_card(1)
        async with shown(screen, wanted, hands, display, streams=BREAKS + 1) as here:
            await here.until(real, HINT)
            here.session.user.rate = SLOW
            with running([sys.executable, "-c", MOVING], tmp_path, display=screen.display):
                for _ in range(BREAKS):
                    await asyncio.sleep(chance.random() * 0.6)
                    here.session.interrupt()
                    await asyncio.sleep(chance.random() * 0.2)
                    here.session.resume()
            here.session.user.rate = 0
            await here.until(await screen.show_card(2))


@pytest.mark.parametrize(
    ("wanted", "server"),
    [
        ("builtin", "x0vncserver"),
        ("builtin", "foreign x11vnc"),
        ("tigervnc", "x11vnc"),
        ("tigervnc", "foreign Xtigervnc"),
        ("tightvnc", "x0vncserver"),
        ("ssvnc", "foreign x11vnc"),
    ],
)
async def test_pauses_in_the_middle_of_everything(
    screens: Screens, tmp_path: Path, wanted: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The screen changes faster than it can be sent: wherever the updates are cut, the viewer goes on, and ends up right."""
    cuts: list[bytes | None] = []
    cut = ServerFilter.cut

    def counted(self: ServerFilter) -> bytes | None:
        cuts.append(cut(self))
        return cuts[-1]

    monkeypatch.setattr(ServerFilter, "cut", counted)
    chance = random.Random(7)
    screen = await asyncio.to_thread(screens.get, server)
    async with helper_with(wanted, tmp_path) as (display, hands):
        real = await screen.show_card(1)
        async with shown(screen, wanted, hands, display) as here:
            await here.until(real, HINT)
            here.session.user.rate = SLOW
            with running([sys.executable, "-c", MOVING], tmp_path, display=screen.display):
                for _ in range(20):
                    await asyncio.sleep(chance.random() * 0.6)
                    here.pause(True)
                    await asyncio.sleep(chance.random() * 0.2)
                    here.pause(False)
            here.session.user.rate = 0
            await here.until(await screen.show_card(2))
    print(f"{wanted} at {server}: {sum(bool(one) for one in cuts)} of {len(cuts)} in the middle of an update")
    assert cuts
    assert None not in cuts
