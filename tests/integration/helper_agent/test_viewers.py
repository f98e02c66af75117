"""Real viewers, opened as the helper's agent opens them, on a real server behind broker and viewer front."""

import asyncio
import contextlib
import io
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser, async_playwright

from common.agent.keeper.client import Keeper
from common.agent.keeper.process_table import descendants
from common.agent.views import SessionView
from common.host.background import Background
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from helper_agent.viewer_front import Offer, ViewerFront
from helper_agent.viewers.opening import Viewer
from helper_agent.viewers.page_server import redirect
from helper_agent.viewers.tools import Scaling
from tests.support.display import virtual_display
from tests.support.rfb_channel import JoinedSession
from user_agent.broker import Broker
from user_agent.servers.choice import choose
from user_agent.servers.starting import start

VIEW = SessionView(
    session="5" * 32,
    request="7" * 32,
    role=Role.HELPER,
    phase=SessionPhase.CONNECTED,
    mode=Mode.VIEW,
    peer_name="Hanako",
)


@pytest.fixture(scope="module")
def displays() -> Iterator[tuple[str, str]]:
    """The user's display and the helper's."""
    with virtual_display(colour="steelblue") as user, virtual_display(size="1200x900") as helper:
        yield user, helper


class Place:
    """A session between a started x11vnc and a viewer that is to be opened."""

    session: JoinedSession

    def __init__(self, keeper: Keeper, viewer: Viewer, told: list[tuple[str, dict[str, object]]]) -> None:
        self.keeper, self.viewer, self.told = keeper, viewer, told
        self.background = Background()
        self.shows: list[bool] = []
        self.wishes: list[str] = []
        self.passwords: list[str] = []
        self.news = asyncio.Event()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to be told."""
        async with asyncio.timeout(20):
            while not true():
                self.news.clear()
                await self.news.wait()


class Front(ViewerFront):
    """A viewer front whose passwords are known."""

    passwords: list[str]

    async def offer(self, *, path: str = "") -> Offer:
        """As it is."""
        offer = await super().offer(path=path)
        self.passwords.append(offer.password)
        return offer


def command_line(pid: int) -> str:
    """What a process list shows."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def read(file: Path) -> tuple[int, str]:
    """Mode and content."""
    return file.stat().st_mode & 0o777, file.read_text().strip()


@contextlib.asynccontextmanager
async def place(displays: tuple[str, str], wanted: str) -> AsyncIterator[Place]:
    """Everything but the viewer."""
    environ = {name: value for name, value in os.environ.items() if name not in {"WAYLAND_DISPLAY", "XDG_SESSION_TYPE"}}
    environ["DISPLAY"] = displays[0]
    os.environ["DISPLAY"] = displays[1]  # the keeper's, and so the viewers'
    keeper = await Keeper.launch()
    del os.environ["DISPLAY"]
    computer = Computer(environ=environ, platform=sys.platform)
    server = await start(choose(computer, wanted="x11vnc"), computer=computer, keeper=keeper, random=os.urandom)
    broker = Broker(server=server)
    found: list[Place] = []

    def shown(on: bool) -> None:
        found[0].shows.append(on)
        found[0].news.set()

    def tell(event: str, facts: dict[str, object]) -> None:
        found[0].told.append((event, facts))
        found[0].news.set()

    def act(wish: str) -> None:
        found[0].wishes.append(wish)
        found[0].news.set()

    def over() -> None:
        found[0].background.spawn(found[0].viewer.open_again())

    front = Front(random=os.urandom, on_viewer=shown, on_over=over)
    viewer = Viewer(
        front=front,
        wanted=wanted,
        computer=Computer(environ={**environ, "DISPLAY": displays[1]}, platform=sys.platform),
        keeper=keeper,
        title="Hanako",
        browser=False,
        act=act,
        tell=tell,
    )
    viewer.show(VIEW)
    found.append(Place(keeper, viewer, []))
    front.passwords = found[0].passwords
    front.passwords.append(server.password)
    session = found[0].session = JoinedSession(user=broker, helper=front, mode=Mode.VIEW)
    try:
        yield found[0]
    finally:
        await found[0].background.close()
        session.close()
        await viewer.close()
        await server.stop()
        assert not descendants(keeper.pid)
        await keeper.close()


@pytest.mark.parametrize("name", ["tigervnc", "tightvnc", "ssvnc"])
async def test_viewers_open_close_and_open_again(displays: tuple[str, str], name: str) -> None:
    """It shows the desktop; closed, that is told and the session goes on; opened again it shows it again."""
    async with place(displays, name) as here:
        await here.viewer.open()
        await here.until(lambda: here.shows == [True])
        pid = here.told[0][1]["pid"]
        assert isinstance(pid, int)
        os.kill(pid, 15)
        await here.until(lambda: here.shows == [True, False] and here.told[-1][0] == "viewer_closed")
        await here.viewer.open()
        await here.until(lambda: here.shows == [True, False, True])
        await here.viewer.open()  # again, though it is there: the new one takes its place
        await here.until(lambda: here.shows[-2:] == [False, True])


async def test_a_viewer_whose_stream_cannot_go_on_is_opened_again(displays: tuple[str, str]) -> None:
    """By itself; the picture is there again, and nobody is told that it was closed."""
    async with place(displays, "tigervnc") as here:
        await here.viewer.open()
        await here.until(lambda: here.shows == [True])
        here.session.user.stream_over()
        await here.until(lambda: here.shows == [True, False, True])
        assert here.session.helper.streams == [1, 2]
        assert [event for event, _ in here.told] == ["viewer", "viewer"]


async def test_passwords_are_in_no_process_list(displays: tuple[str, str]) -> None:
    """What is started shows neither password."""
    async with place(displays, "tightvnc") as here:
        await here.viewer.open()
        await here.until(lambda: here.shows == [True])
        assert len(here.passwords) == 2
        shown = [command_line(pid) for pid in descendants(here.keeper.pid)]
        assert len(shown) >= 2
        assert not [line for line in shown for password in here.passwords if password in line]


async def test_none_tells_where_to_connect(displays: tuple[str, str]) -> None:
    """Port and a password file of mode 0600, for a viewer of the helper's own."""
    async with place(displays, "none") as here:
        await here.viewer.open()
        ((event, facts),) = here.told
        mode, password = read(Path(str(facts["password_file"])))
        assert (event, facts["host"], mode) == ("viewer", "127.0.0.1", 0o600)
        assert password == here.passwords[-1]
        await here.viewer.open_again()
        assert here.told[1][1]["port"] != facts["port"]


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser of this test's own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
            chromium_sandbox=False,
        )
        try:
            yield browser
        finally:
            await browser.close()


async def test_the_page(displays: tuple[str, str], tmp_path: Path) -> None:
    """By the redirect file to the picture; wishes reach the agent; a reload shows it again; the end is said."""
    async with place(displays, "builtin") as here, chromium() as browser:
        await here.viewer.open()
        address = str(here.told[0][1]["address"])
        file = tmp_path / "viewer.html"
        file.write_bytes(redirect(address))
        page = await browser.new_page()
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        await page.goto(file.as_uri())
        await page.wait_for_selector("body[data-picture=connected]")
        await here.until(lambda: here.shows == [True])
        assert "#" not in page.url
        assert await page.text_content("#who") == "Hanako"
        await page.click("#want")
        await here.until(lambda: here.wishes == ["want_control"])
        await page.reload()
        await page.wait_for_selector("body[data-picture=connected]")
        await here.until(lambda: here.shows == [True, False, True])
        here.viewer.show(replace(VIEW, mode=Mode.CONTROL))
        await page.wait_for_selector("#mode[data-mode=control]")
        assert await page.is_enabled("#keys")
        here.viewer.show(replace(VIEW, phase=SessionPhase.ENDED, why=Why.USER_ENDED))
        await page.wait_for_selector("body[data-phase=ended]")
        assert "ended" in (await page.text_content("#status") or "")
        assert problems == []


async def test_the_pages_tools(displays: tuple[str, str]) -> None:
    """Its size follows the agent's word; the agent gets a picture, the browser's clipboard too; one key leads out of the picture."""
    async with place(displays, "builtin") as here, chromium() as browser:
        await here.viewer.open()
        context = await browser.new_context(viewport={"width": 500, "height": 400})
        address = str(here.told[0][1]["address"])
        await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address.partition("#")[0])
        page = await context.new_page()
        await page.goto(address)
        await page.wait_for_selector("body[data-picture=connected][data-place=browser][data-scaling=fit]")
        await page.click("#scaling")
        await here.until(lambda: here.wishes == ["actual"])
        here.viewer.set_scaling(Scaling.ACTUAL)
        await page.wait_for_selector("body[data-scaling=actual]")
        box = await page.locator("#screen canvas").bounding_box()
        picture = await here.viewer.picture()
        assert picture is not None
        assert box is not None
        assert Image.open(io.BytesIO(picture)).size == (box["width"], box["height"])
        await page.click("#shot")
        await page.wait_for_selector("#status:has-text('clipboard')")
        kinds = await page.evaluate("navigator.clipboard.read().then((items) => items[0].types)")
        assert kinds == ["image/png"]
        here.viewer.show(replace(VIEW, mode=Mode.CONTROL))
        await page.wait_for_selector("#mode[data-mode=control]")
        await page.locator("#screen canvas").focus()
        await page.keyboard.press("Control+Alt+Shift+KeyT")
        assert await page.evaluate("document.activeElement.id") == "keys"


async def test_the_page_asks_for_its_picture_again_by_itself(displays: tuple[str, str]) -> None:
    """Where the stream cannot go on; in a page that shows nothing it changes nothing."""
    async with place(displays, "builtin") as here, chromium() as browser:
        await here.viewer.open()
        pages = [await browser.new_page() for _ in range(2)]
        for page in pages:
            await page.goto(str(here.told[0][1]["address"]))
            await page.wait_for_selector("body[data-picture=connected]")
        await pages[0].wait_for_selector("body[data-picture=closed]")
        for count in (5, 7):  # closed, shown
            here.session.user.stream_over()
            await here.until(lambda count=count: len(here.shows) == count)  # type: ignore[misc]  # of a loop's variable
            await pages[1].wait_for_selector("body[data-picture=connected]")
        await pages[1].wait_for_function("document.querySelectorAll('#screen canvas').length === 1")
        await here.until(lambda: here.shows[-2:] == [False, True])
        assert await pages[0].get_attribute("body", "data-picture") == "closed"


async def test_the_page_says_that_the_picture_is_still(displays: tuple[str, str]) -> None:
    """While the user has paused, and no longer."""
    async with place(displays, "builtin") as here, chromium() as browser:
        await here.viewer.open()
        page = await browser.new_page()
        await page.goto(str(here.told[0][1]["address"]))
        await page.wait_for_selector("body[data-picture=connected][data-still=no]")
        assert not await page.is_visible("#still")
        here.viewer.show(replace(VIEW, paused=True))
        await page.wait_for_selector("body[data-still=yes]")
        assert "still picture" in (await page.text_content("#still") or "")
        assert await page.is_visible("#still")
        assert "grayscale" in await page.eval_on_selector("#screen canvas", "(one) => getComputedStyle(one).filter")
        here.viewer.show(VIEW)
        await page.wait_for_selector("body[data-still=no]")
        assert await page.eval_on_selector("#screen canvas", "(one) => getComputedStyle(one).filter") == "none"
        here.viewer.show(replace(VIEW, paused=True, phase=SessionPhase.ENDED, why=Why.USER_ENDED))
        await page.wait_for_selector("body[data-phase=ended][data-still=no]")


async def test_the_page_within_a_window_shows_no_tools_of_its_own(displays: tuple[str, str]) -> None:
    """Nor after a reload."""
    async with place(displays, "builtin") as here, chromium() as browser:
        await here.viewer.open()
        page = await browser.new_page()
        await page.goto(str(here.told[0][1]["address"]) + "&embedded")
        for _ in range(2):
            await page.wait_for_selector("body[data-picture=connected][data-place=embedded]")
            assert not await page.is_visible("#tools")
            await page.reload()


async def test_a_viewer_that_is_not_here(displays: tuple[str, str]) -> None:
    """Named before anything is opened."""
    async with place(displays, "ultravnc") as here:
        with pytest.raises(TasukiError) as caught:
            await here.viewer.open()
        assert caught.value.code == "no_viewer"
