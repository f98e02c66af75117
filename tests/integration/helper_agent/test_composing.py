"""The viewer page and a Japanese input method: what it composes comes as text, and every other key as a key."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from common.protocol.messages import Mode
from helper_agent.viewer_front import ViewerFront
from helper_agent.viewers.page_server import PageServer
from tests.support.display import virtual_display
from tests.support.input_method import InputMethod, input_method
from tests.support.rfb import key, rectangle, server_init, update
from tests.support.rfb_link import RecordingLink

SIZE = (320, 240)
GREEN = b"\x30\xa0\x20\x00"
CONTROL = {"language": "en", "phase": "connected", "mode": "control", "peer": "Hanako", "scaling": "actual"}
ENTER, SHIFT = 0xFF0D, 0xFFE1


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """The helper's."""
    with virtual_display(size="1000x700") as display:
        yield display


@pytest.fixture(scope="module")
def method(screen: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InputMethod]:
    """fcitx5 with Anthy, on it."""
    with input_method(screen, tmp_path_factory.mktemp("fcitx")) as made:
        yield made


class Shown:
    """The page in a browser, with a green screen in it, and what came of what was done there."""

    def __init__(self, server: PageServer, link: RecordingLink, page: Page, typed: list[str], display: str) -> None:
        self.server, self.link, self.page, self.typed = server, link, page, typed
        self._display = display
        self._before = 0

    def state(self, **changes: object) -> None:
        """What the agent tells the page."""
        self.server.show({**CONTROL, "types": True, **changes})

    async def until(self, what: str, there: Callable[[], object]) -> None:
        """Chromium and the input method are programs of their own: look again and again."""
        async with asyncio.timeout(20):
            while not there():  # noqa: ASYNC110 -- see above
                await asyncio.sleep(0.02)
        assert there(), what

    async def focused(self, name: str) -> None:
        """Wait until this has the keyboard: `typed`, or `` for the canvas."""
        await self.page.wait_for_function(
            "(name) => document.hasFocus() && document.activeElement.id === name", arg=name
        )

    async def press(self, *keys: str) -> None:
        """On the keyboard of the helper's screen."""
        await asyncio.to_thread(
            subprocess.run,
            ["xdotool", "key", "--delay", "40", *keys],
            env={**os.environ, "DISPLAY": self._display},
            check=True,
            timeout=20,
        )

    def struck(self) -> list[bytes]:
        """The key events that went to the user since this was asked last."""
        sent, self._before = self.link.sent[self._before :], len(self.link.sent)
        found, at = [], 0
        while at < len(sent):
            kind = sent[at]
            length = {3: 10, 4: 8, 5: 6}[kind]
            found += [sent[at : at + length]] * (kind == 4)
            at += length
        return found

    async def keys_until(self, last: bytes) -> list[bytes]:
        """The same, up to this one."""
        await self.until("the key comes", lambda: last in self.link.sent[self._before :])
        return self.struck()


@contextlib.asynccontextmanager
async def shown(
    display: str, environ: Mapping[str, str] | None = None, *, types: bool = True, mode: Mode = Mode.CONTROL
) -> AsyncIterator[Shown]:
    """All of it. With `environ` the browser has a window, for the input method; without one it needs no screen."""
    link = RecordingLink()
    front = ViewerFront(random=os.urandom)
    typed: list[str] = []
    server = PageServer(token="token", open_front=front.offer, act=lambda _: None, typed=typed.append)
    front.attached(link, mode)
    server.listen()
    window: dict[str, Any] = {"headless": environ is None}
    if environ is not None:
        window["env"] = dict(environ)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=900,600", "--window-position=0,0"],
            chromium_sandbox=False,
            **window,
        )
        page = await (await browser.new_context(no_viewport=environ is not None)).new_page()
        made = Shown(server, link, page, typed, display)
        made.state(types=types, mode=mode.value)
        try:
            await page.goto(server.address)
            await link.until("start")
            front.stream_started(1)
            front.rfb_received(server_init(*SIZE))
            await made.until("noVNC asks for the screen", lambda: b"\x03\x00\x00\x00\x00\x00" in link.sent)
            front.rfb_received(update(rectangle(0, GREEN * (SIZE[0] * SIZE[1]), width=SIZE[0], height=SIZE[1])))
            await page.wait_for_selector("body[data-picture=connected]")
            await made.focused("typed" if types else "")
            await page.click("#screen canvas")
            await made.until("the click comes", lambda: link.sent.count(b"\x05\x01") == 1)
            made.link.sent = b""
            yield made
        finally:
            await browser.close()
            front.close()
            await server.close()


def strokes(*keysyms: int) -> list[bytes]:
    """Pressed and let go, one after the other."""
    return [event for keysym in keysyms for event in (key(keysym), key(keysym, 0))]


async def test_anthy_composes_and_plain_keys_stay_keys(screen: str, method: InputMethod) -> None:
    """Latin as keys, Japanese as text and none of its keys, Enter behind it as a key, and Latin again, in one session."""
    async with shown(screen, method.environ) as here:
        await asyncio.to_thread(method.switch, on=False)
        await here.press("a", "shift+b")
        assert [one for one in await here.keys_until(key(ord("B"), 0)) if int.from_bytes(one[4:]) != SHIFT] == [
            *strokes(ord("a")), *strokes(ord("B"))
        ]  # fmt: skip
        await asyncio.to_thread(method.switch, on=True)
        await here.press(*"nihongo", "space", "Return")
        await here.until("it is typed", lambda: here.typed == ["日本語"])
        assert here.struck() == []
        await here.press(*"kana", "Return", "Return")
        assert await here.keys_until(key(ENTER, 0)) == strokes(ENTER)
        assert here.typed == ["日本語", "かな"]
        await asyncio.to_thread(method.switch, on=False)
        await here.press("x")
        assert await here.keys_until(key(ord("x"), 0)) == strokes(ord("x"))
        assert here.typed == ["日本語", "かな"]


async def test_a_click_ends_what_is_being_composed(screen: str, method: InputMethod) -> None:
    """It was meant for where the cursor was, and goes before the click; Escape takes it back."""
    async with shown(screen, method.environ) as here:
        await asyncio.to_thread(method.switch, on=True)
        await here.press("k", "a")
        await here.page.wait_for_function("document.getElementById('typed').value === 'か'")
        assert await here.page.eval_on_selector("#typed", "(one) => getComputedStyle(one).opacity") == "1"
        await here.page.mouse.click(450, 350)
        await here.until("it is typed", lambda: here.typed == ["か"])
        await here.focused("typed")
        await here.press("k", "i", "Escape", "Escape")
        await here.page.wait_for_function("document.getElementById('typed').value === ''")
        await here.press("k", "u", "Return")
        await here.until("what came after it is typed", lambda: here.typed == ["か", "く"])


async def test_where_nothing_can_be_typed_nothing_is_composed(screen: str, method: InputMethod) -> None:
    """In view mode, and where the user's agent has no hands of its own: the canvas has the keyboard, as ever."""
    async with shown(screen, method.environ, types=False) as here:
        await here.press("a")
        assert await here.keys_until(key(ord("a"), 0)) == strokes(ord("a"))
        here.state(types=True)
        await here.focused("typed")
        await asyncio.to_thread(method.switch, on=True)
        await here.press("k", "a")
        await here.page.wait_for_function("document.getElementById('typed').value === 'か'")
        here.state(types=False)  # the user takes control back in the middle of it
        await here.focused("")
        assert await here.page.eval_on_selector("#typed", "(one) => one.value") == ""
        await here.press("k", "a", "Return")
        here.state(types=True)
        await here.focused("typed")
        await asyncio.to_thread(method.switch, on=True)
        await here.press("k", "u", "Return")
        await here.until("it is typed again", lambda: here.typed)
        assert here.typed == ["く"]


async def test_text_that_comes_without_a_key(screen: str) -> None:
    """An emoji panel, dictation, a character that an input method gives without composing: text, once, and the field is empty."""
    async with shown(screen) as here:
        devtools = await here.page.context.new_cdp_session(here.page)
        await devtools.send("Input.insertText", {"text": "😀 です"})
        await here.until("it is typed", lambda: here.typed == ["😀 です"])
        for text in ("に", "にほ"):
            await devtools.send("Input.imeSetComposition", {"text": text, "selectionStart": 2, "selectionEnd": 2})
        assert here.typed == ["😀 です"]
        await devtools.send("Input.insertText", {"text": "日本"})
        await here.until("it is typed", lambda: here.typed == ["😀 です", "日本"])
        assert await here.page.eval_on_selector("#typed", "(one) => one.value") == ""
        assert here.struck() == []


async def test_a_held_key_is_let_go_before_anything_is_composed(screen: str) -> None:
    """Shift held into a composition would change what is typed; its release is not heard there."""
    async with shown(screen) as here:
        await here.page.keyboard.down("Shift")
        assert await here.keys_until(key(SHIFT)) == [key(SHIFT)]
        devtools = await here.page.context.new_cdp_session(here.page)
        await devtools.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
        assert await here.keys_until(key(SHIFT, 0)) == [key(SHIFT, 0)]


async def test_one_key_leads_out_of_the_picture(screen: str) -> None:
    """Also from the field that composes."""
    async with shown(screen) as here:
        await here.page.keyboard.press("Control+Alt+Shift+KeyT")
        await here.focused("keys")
        await here.page.keyboard.press("x")
        assert key(ord("x")) not in here.struck()
