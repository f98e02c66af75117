"""Text from a helper's Japanese input method, box and command line into a program on the user's desktop, through both real agents."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.support.desktops import bare_desktop, happens, xdotool
from tests.support.display import virtual_display
from tests.support.fields import qt
from tests.support.input_method import InputMethod, input_method
from tests.support.organisation import Stage, connected

ORDERED = "Пример 😀 かな漢字 {}"


@contextlib.asynccontextmanager
async def page_at(address: str, method: InputMethod) -> AsyncIterator[Page]:
    """The viewer page in a browser that uses the input method, once it shows the picture."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            headless=False,
            args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1000,700", "--window-position=0,0"],
            chromium_sandbox=False,
            env=dict(method.environ),
        )
        try:
            page = await (await browser.new_context(no_viewport=True)).new_page()
            await page.goto(address)
            await page.wait_for_selector("body[data-picture=connected]")
            yield page
        finally:
            await browser.close()


async def test_a_helper_types_japanese(stage: Stage, tmp_path: Path) -> None:
    """Latin arrives as keys, what Anthy composes as characters, both in one session and in order; in view mode nothing does."""
    with (
        virtual_display(size="1024x768") as helpers,
        input_method(helpers, tmp_path) as method,
        bare_desktop(tmp_path) as users,
        qt(users, tmp_path) as field,
    ):
        async with stage.helping("--no-open") as helper, stage.asking(environ={"DISPLAY": users}) as user:
            await connected(user, helper)
            address = (await helper.event("viewer"))["address"]
            stage.secrets += [address.partition("#")[2], ORDERED, "日本語"]  # nothing that is typed stands in a log
            async with page_at(address, method) as page:

                async def press(*keys: str) -> None:
                    await asyncio.to_thread(xdotool, helpers, "key", "--delay", "60", *keys)

                async def mode(name: str) -> None:
                    await user.tell(f"mode {name}")
                    if name == "control":
                        await user.tell("yes")
                    await helper.event("mode", mode=name)
                    focused = "typed" if name == "control" else ""
                    await page.wait_for_function("(id) => document.activeElement.id === id", arg=focused)

                async def arrived(text: str) -> None:
                    try:
                        await happens(f"{text!r} arrives", lambda: field.text() == text)
                    except AssertionError as error:
                        raise AssertionError(f"{error}, but {field.text()!r}\n{user.tail()}\n{helper.tail()}") from None

                await page.locator("#screen canvas").focus()
                await press("v", "w")
                await helper.tell("type while looking")
                assert (await helper.event("problem"))["code"] == "typing_view"
                await mode("control")
                await asyncio.to_thread(method.switch, on=False)
                await press("a", "shift+b")
                await arrived("aB")
                keys = [heard.text for heard in field.heard() if heard.text]
                assert keys == ["a", "B"]
                await asyncio.to_thread(method.switch, on=True)
                await press(*"nihongo", "space", "Return", *"kana", "Return")
                await arrived("aB日本語かな")
                await asyncio.to_thread(method.switch, on=False)
                await press("c")
                await arrived("aB日本語かなc")
                await helper.tell(f"type {ORDERED}")
                await arrived(f"aB日本語かなc{ORDERED}")
                await mode("view")
                await press("x")
                await helper.tell("type while looking again")
                assert (await helper.event("problem"))["code"] == "typing_view"
                await mode("control")
                await press("d")
                await arrived(f"aB日本語かなc{ORDERED}d")
