"""The same trust against the viewers that helpers really use: a click on what lies over the screen achieves nothing."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.demo.desktop import SIZE, Desktop
from tests.support.at_screen import Seen
from tests.support.viewer_programs import Hands, ToolHands, helpers_display
from tests.support.watched import IN_IT, PATIENCE, Watched, watched

BUTTONS = ("bar_look", "bar_pause", "bar_chat", "bar_fold", "bar_stop")


@dataclass(frozen=True, kw_only=True)
class Led:
    """A viewer program, and who leads it."""

    hands: Hands
    desktop: Desktop
    enter: str  # what it calls that key

    async def click_on(self, seen: Seen) -> None:
        """In the middle of it."""
        await self.hands.click(*seen.middle)

    async def types_in_the_terminal(self, text: str) -> None:
        """Click there, type, and see that it came."""
        await self.hands.click(*IN_IT)
        await asyncio.sleep(0.3)  # the window manager gives it the keys a moment later
        for letter in text:
            await self.hands.key("space" if letter == " " else letter)
        await self.hands.key(self.enter)
        await self.desktop.has_typed(f"{text}\n")


@contextlib.asynccontextmanager
async def led(viewer: str, folder: Path) -> AsyncIterator[tuple[Watched, Led]]:
    """Both programs, and hands for the viewer of the next session."""
    (folder / "helper").mkdir()
    async with contextlib.AsyncExitStack() as stack:
        if viewer == "vncdotool":
            place = await stack.enter_async_context(watched(folder))
            tool = ToolHands(place.run)
            stack.push_async_callback(tool.end)
            yield place, Led(hands=tool, desktop=place.desktop, enter="return")
        else:
            display, hands = stack.enter_context(helpers_display(folder / "helper", shows=SIZE))
            place = await stack.enter_async_context(watched(folder, viewer=viewer, helpers_display=display))
            yield place, Led(hands=hands, desktop=place.desktop, enter="Return")


@pytest.mark.parametrize("viewer", ["tigervnc", "tightvnc", "vncdotool"])
@pytest.mark.timeout(240)
async def test_what_lies_over_the_screen_is_out_of_its_reach(viewer: str, tmp_path: Path) -> None:
    """The bar and an open question; what lies beside them is in its reach all the time."""
    async with led(viewer, tmp_path) as (place, helper):
        person = place.person
        await helper.hands.open(await place.meet(mode="view"))
        await place.helper.event("viewer_shows", on=True, within=PATIENCE)
        async with asyncio.timeout(PATIENCE):
            while (await helper.hands.picture()).getbbox() is None:  # noqa: ASYNC110 -- a window sets no event
                await asyncio.sleep(0.1)
        await place.helper.tell("want-control")
        yes = await person.sees("question_yes", so=lambda one: "enabled" in one.states)
        for _ in range(3):
            await helper.click_on(yes)
        await asyncio.sleep(1)
        await person.sees("question_yes")
        assert not {event["event"] for event in place.user.events[-3:]} & {"mode", "control_refused"}
        await person.click("question_yes")
        await place.user.event("mode", mode="control")
        await place.helper.event("mode", mode="control")
        for name in BUTTONS:
            await helper.click_on(await person.sees(name))
        await place.came_to_nothing(helper)

        began = time.monotonic()
        await person.press("Pause")
        await place.is_over(began)
        await place.home()
