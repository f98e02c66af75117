"""The screen in a window of ours: noVNC in QtWebEngine, on a viewer front that a test plays the user's side of."""

import asyncio
import contextlib
import io
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from PIL import Image
from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.ui.application import once
from common.ui.language import Speech
from helper_agent.ui import page_view
from helper_agent.ui.page_view import PageView
from helper_agent.ui.session_window import SessionWindow
from helper_agent.viewer_front import ViewerFront
from helper_agent.viewers.page_server import PageServer
from tests.support.finding import find
from tests.support.rfb import key, rectangle, server_init, update
from tests.support.rfb_link import RecordingLink
from tests.support.running import NOON, running

pytestmark = [
    pytest.mark.skipif(not page_view.available(os.environ), reason="the extra `webengine` is not installed"),
    pytest.mark.qt_log_ignore(
        "RHI", "QRhi", "Vulkan", "GBM", "GPUInfo", "Sandboxing", "GPU vendor", "This plugin does not support"
    ),
]
SIZE = (320, 240)
GREEN = b"\x30\xa0\x20\x00"  # red, green, blue, unused, as the server sends it


@dataclass
class Place:
    """A page server before a viewer front, and what they told."""

    server: PageServer
    link: RecordingLink
    front: ViewerFront
    shown: list[bool]

    async def until(self, true: Callable[[], bool]) -> None:
        """Chromium works in processes of its own: look again and again."""
        async with asyncio.timeout(30):
            while not true():  # noqa: ASYNC110 -- see above
                await asyncio.sleep(0.02)

    async def show_screen(self, number: int = 1) -> None:
        """The user's side opens the stream, and sends a green screen."""
        await self.link.until("start", number)
        self.front.stream_started(number)
        self.front.rfb_received(server_init(*SIZE))
        await self.until(lambda: b"\x03\x00\x00\x00\x00\x00" in self.link.sent)  # noVNC asks for all of it
        self.front.rfb_received(update(rectangle(0, GREEN * (SIZE[0] * SIZE[1]), width=SIZE[0], height=SIZE[1])))


@contextlib.asynccontextmanager
async def place(mode: Mode = Mode.CONTROL) -> AsyncIterator[Place]:
    """All but the window."""
    link = RecordingLink()
    shown: list[bool] = []
    front = ViewerFront(random=os.urandom, on_viewer=shown.append)
    server = PageServer(token="token", open_front=front.offer, act=lambda _: None)
    front.attached(link, mode)
    server.listen()
    server.show({"language": "en", "phase": "connected", "mode": mode.value, "peer": "Hanako", "scaling": "actual"})
    try:
        yield Place(server, link, front, shown)
    finally:
        front.close()
        await server.close()


@contextlib.asynccontextmanager
async def window_of(qtbot: QtBot, here: Place, mode: Mode = Mode.CONTROL) -> AsyncIterator[SessionWindow]:
    """A session's window with the page in it; at the end nothing of it is left."""
    value = running(viewer="builtin", shown=False, address=here.server.address, session={"mode": mode})
    window = SessionWindow(running=value, now=lambda: NOON, embed=True)
    over = running(session={"phase": SessionPhase.ENDED, "why": Why.USER_ENDED})
    qtbot.addWidget(window, before_close_func=lambda one: one.render(over))
    window.render(value)
    window.show()
    try:
        yield window
    finally:
        window.render(over)
        await here.until(lambda: not window.findChildren(PageView) and not here.server._watchers)


def middle(window: SessionWindow) -> tuple[int, int, int]:
    """The colour in the middle of the screen as the window shows it."""
    page = find(window, PageView, "page")
    colour = page.grab().toImage().pixelColor(page.rect().center())
    return colour.red(), colour.green(), colour.blue()


async def test_the_users_screen_is_in_the_window(qtbot: QtBot, speech: Speech) -> None:
    """Its colours arrive; a picture of it goes to the agent; keys go to the user, but for those that lead out."""
    async with place() as here, window_of(qtbot, here) as window:
        await here.show_screen()
        await here.until(lambda: middle(window) == (0x30, 0xA0, 0x20))
        png = await here.server.picture()
        assert png is not None
        assert Image.open(io.BytesIO(png)).size == SIZE
        page = find(window, PageView, "page")
        window.activateWindow()
        page.setFocus()
        await here.until(lambda: page.keyboard_target is not None)
        target = page.keyboard_target
        assert target is not None
        here.link.sent = b""
        qtbot.keyClick(target, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
        await here.until(lambda: key(0x61) in here.link.sent and key(0x61, 0) in here.link.sent)
        leave = (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
        )
        qtbot.keyClick(target, Qt.Key.Key_T, leave)
        assert find(window, QPushButton, "point").hasFocus()


async def test_full_screen(qtbot: QtBot, speech: Speech) -> None:
    """F11 in the screen, and again; Escape only while looking; the tools go and come."""
    async with place(Mode.VIEW) as here, window_of(qtbot, here, Mode.VIEW) as window:
        await here.show_screen()
        page, tools = find(window, PageView, "page"), find(window, QPushButton, "control")
        await here.until(lambda: page.keyboard_target is not None)
        target = page.keyboard_target
        assert target is not None
        for end in (Qt.Key.Key_F11, Qt.Key.Key_Escape):
            qtbot.keyClick(target, Qt.Key.Key_F11)
            assert window.isFullScreen()
            assert not tools.isVisible()
            qtbot.keyClick(target, end)
            assert not window.isFullScreen()
            assert tools.isVisible()


async def test_a_page_that_failed_is_shown_in_the_browser(qtbot: QtBot, speech: Speech) -> None:
    """Chromium's process has ended: the window says so and goes on as the control window."""
    async with place() as here, window_of(qtbot, here) as window:
        wanted: list[str] = []
        window.browser_wanted.connect(wanted.append)
        page = find(window, PageView, "page")
        page.broken.emit()
        assert len(wanted) == 1
        await once(page.destroyed)
        await here.until(lambda: not here.server._watchers)


async def test_at_the_end_nothing_of_the_screen_stays(qtbot: QtBot, speech: Speech) -> None:
    """The page is closed, and with it its sockets."""
    async with place() as here, window_of(qtbot, here) as window:
        await here.show_screen()
        page = find(window, PageView, "page")
        window.render(running(session={"phase": SessionPhase.ENDED, "why": Why.USER_ENDED}))
        await once(page.destroyed)
        await here.until(lambda: here.shown == [True, False] and not here.server._watchers)


async def test_it_can_go_nowhere_else(qtbot: QtBot, speech: Speech) -> None:
    """Another server gets no request, whatever the page tries; nor can the page leave its place."""
    came: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read(100))
        writer.close()

    stranger = await asyncio.start_server(hear, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{stranger.sockets[0].getsockname()[1]}/"
    async with place() as here, window_of(qtbot, here) as window:
        await here.until(lambda: bool(here.server._watchers))
        view = find(window, PageView, "page")._view
        assert view is not None
        page = view.page()
        home = page.url()
        tried: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        script = "window.open('URL'); location.href = 'URL'; new Image().src = 'URL'; location.href = '/page.js'; 7"
        page.runJavaScript(script.replace("URL", url), tried.set_result)
        assert await tried == 7
        page.load(QUrl(url))

        assert await here.server.picture(patience=0.5) is None
        assert page.url() == home
        assert came == []
    stranger.close()


async def test_it_is_loaded_while_nothing_goes_on() -> None:
    """A step at a time, after a pause each, and none before it is quiet; nor is it used before that."""
    told: list[str] = []
    quiet = iter((False, False, True, False, True, False, True))

    async def pause() -> None:
        told.append("pause")

    steps = [lambda: told.append("load"), lambda: told.append("begin")]
    await page_view.warm_up(lambda: next(quiet), pause=pause, steps=steps, ready=lambda: told.append("ready"))
    assert told == ["pause", "pause", "pause", "load", "pause", "pause", "begin", "pause", "pause", "ready"]


async def test_a_view_can_be_made_after_it_was_loaded_early(qtbot: QtBot) -> None:
    """What was begun for nothing leaves nothing behind."""
    await page_view.warm_up(lambda: True, pause=lambda: asyncio.sleep(0))
    await asyncio.sleep(0)
    async with place() as here, window_of(qtbot, here) as window:
        await here.show_screen()
        await here.until(lambda: middle(window) == (0x30, 0xA0, 0x20))
