"""The person at the screen decides: with the real programs on a real desktop, and a viewer that means no good."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.organisation import run_now
from tests.support.watched import F8, F9, HELPER, PAUSE, RETURN, Watched, watched
from user_agent.ui.bar_aside import STILL

ESCAPE, TAB, SPACE = 0xFF1B, 0xFF09, 0x20
LONGEST = 5 * 2.0  # seconds: two are meant, and a busy machine may take five times as long
BUTTONS = ("bar_look", "bar_pause", "bar_chat", "bar_fold", "bar_stop")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """One desktop, and both programs."""
    stack = contextlib.AsyncExitStack()
    made = run_now(stack.enter_async_context(watched(tmp_path_factory.mktemp("watched"))))
    yield made
    run_now(stack.aclose())


@contextlib.asynccontextmanager
async def flooded(place: Watched) -> AsyncIterator[None]:
    """A session in control mode in which the helper clicks everywhere, the bar not left out, and presses the stop key."""
    viewer = await place.session()
    bar = await place.person.sees("session_bar")
    buttons = [(await place.person.sees(name)).middle for name in BUTTONS]
    viewer.flood(
        [(300, 460), (900, 200), (10, 700), bar.middle, *buttons], [PAUSE, ord("x"), RETURN, ESCAPE, PAUSE, F8]
    )
    before = viewer.sent
    await asyncio.sleep(3)
    assert not [event for event in place.user.events[-3:] if event["event"] in {"ended", "mode", "paused"}]
    await place.person.sees("session_bar")
    print(f"{(viewer.sent - before) / 3:.0f} messages a second")
    assert viewer.sent - before > 1000
    yield
    await viewer.close()
    await place.home()


async def test_the_stop_key_ends_it_under_a_flood(place: Watched) -> None:
    """Pressed once by the person; pressed all the time by the helper, it does nothing."""
    async with flooded(place):
        began = time.monotonic()
        await place.person.press("Pause")
        took = await place.is_over(began)
        print(f"the stop key: over and gone from the screen after {took:.2f} s")
        assert took <= LONGEST


async def test_the_stop_button_ends_it_under_a_flood(place: Watched) -> None:
    """The mouse is the helper's too, so the person may have to click more than once."""
    async with flooded(place):
        stop = await place.person.sees("bar_stop")
        began = time.monotonic()
        clicks = 0
        while not any(event["event"] == "ended" for event in place.user.events[-2:]):
            clicks += 1
            await place.person.click_at(*stop.middle)
            assert time.monotonic() - began <= LONGEST
        took = await place.is_over(began)
        print(f"the stop button: over and gone from the screen after {clicks} clicks and {took:.2f} s")
        assert took <= LONGEST


async def test_what_lies_over_the_screen_is_out_of_the_helpers_reach(place: Watched) -> None:
    """Every button of the bar, wherever it was dragged; the chat; the main window with its menu."""
    viewer = await place.session()
    for name in BUTTONS:
        viewer.click_on(await place.person.sees(name))
    await place.came_to_nothing(viewer)
    bar, chat = await place.person.sees("session_bar"), await place.person.sees("bar_chat")
    x, y = bar.box[0] + 4, bar.box[1] + 4
    viewer.point(x, y)
    for step in range(10):
        viewer.point(x + 10 * step, y + 20 * step, 1)
    viewer.point(x, y)
    await place.came_to_nothing(viewer)
    assert (await place.person.sees("session_bar")).box == bar.box
    await place.drag((x, y), (180, 250))
    moved = await place.person.sees("session_bar", so=lambda one: one.box != bar.box)
    for name in BUTTONS:
        viewer.click_on(await place.person.sees(name))
    await place.came_to_nothing(viewer)
    assert (await place.person.sees("session_bar")).box == moved.box

    await place.person.click("bar_chat")
    field = await place.person.sees("chat_field")
    assert chat.box != field.box
    viewer.click_on(field)
    viewer.click_on(await place.person.sees("chat_send"))
    viewer.key(*b"not my words", RETURN)
    await place.came_to_nothing(viewer)
    assert not [event for event in place.helper.events[-10:] if event["event"] == "chat"]
    assert "not my words" not in (await place.person.sees("chat_field")).text
    await place.person.hands("search", "--name", "Chat with", "windowminimize")

    beside = ("windowmove", "--sync", "620", "60")  # of the terminal, in which it is typed
    await place.person.hands("search", "--name", "get help", "windowactivate", "--sync", *beside)
    viewer.click_on(await place.person.sees("cancel_request", so=lambda one: one.box[0] > 600))
    viewer.click_on(await place.person.sees("menu"))
    await place.came_to_nothing(viewer)
    began = time.monotonic()
    await place.person.click("bar_stop")
    await place.is_over(began)
    await viewer.close()
    await place.home()


async def test_a_question_is_answered_by_the_person_alone(place: Watched) -> None:
    """Clicks on Yes, and keys, come from the helper in vain: before, and while control is asked for."""
    viewer = await place.session(mode="view")
    await place.helper.tell("want-control")
    yes = await place.person.sees("question_yes", so=lambda one: "enabled" in one.states)
    for _ in range(5):
        viewer.click_on(yes)
        viewer.key(TAB, SPACE, RETURN)
    await asyncio.sleep(1)
    await place.person.sees("question_yes")
    assert not {event["event"] for event in place.user.events[-3:]} & {"mode", "control_refused"}
    await place.person.click("question_yes")
    await place.user.event("mode", mode="control")
    await place.came_to_nothing(viewer)
    await place.person.click("bar_look")
    await place.user.event("mode", mode="view")
    for agrees in (False, True):  # asked by the person's own click, by the same window
        await place.person.click("bar_control")
        await place.user.event("question", kind="control", own=True)
        await place.person.sees("question_text", name=f"Let {HELPER} control")
        viewer.click_on(await place.person.sees("question_yes", so=lambda one: "enabled" in one.states))
        await place.person.click("question_yes" if agrees else "question_no")
    await place.user.event("mode", mode="control")
    await place.person.press("Pause")
    await place.is_over(time.monotonic())
    await viewer.close()
    await place.home()


async def test_a_tab_and_a_bar_that_has_moved_are_out_of_the_helpers_reach(tmp_path: Path) -> None:
    """Folded by the person alone; where it makes room for the helper's pointer, neither the old place nor the new one is pressed."""
    async with watched(tmp_path, bar_folds=3600) as place:  # 0 would keep it from making room
        viewer = await place.session()
        await place.person.click("bar_fold")
        tab, stop = await place.person.sees("bar_tab"), await place.person.sees("bar_stop")
        for one in (tab, stop, tab):
            viewer.click_on(one)
        x, y = tab.box[0] - 4, tab.middle[1]
        for step in range(10):
            viewer.point(x + 10 * step, y + 20 * step, 1)
        await asyncio.sleep(1)
        assert (await place.person.sees("bar_tab")).box == tab.box
        await asyncio.sleep(STILL)  # since the person moved the pointer
        viewer.point(*tab.middle)
        moved = await place.person.sees("bar_tab", so=lambda one: one.box != tab.box)
        for one in (tab, stop, moved, await place.person.sees("bar_stop")):
            viewer.click_on(one)
        await asyncio.sleep(1)
        await place.person.sees("bar_tab")
        await place.came_to_nothing(viewer)
        await place.person.click("bar_stop")
        await place.is_over(time.monotonic())
        await viewer.close()


async def test_another_stop_key(tmp_path: Path) -> None:
    """The key of the settings: kept from the helper, who has all others, and heard from the person."""
    async with watched(tmp_path, stop_key="F9") as place:
        viewer = await place.session()
        await viewer.types_in_the_terminal("first")
        viewer.key(F8, F9, PAUSE)
        await viewer.types_in_the_terminal("then")
        typed = place.desktop.typed.read_text(encoding="utf-8")
        assert "\x1b[19~" in typed
        assert "\x1b[20~" not in typed
        await place.came_to_nothing(viewer)
        began = time.monotonic()
        await place.person.press("F9")
        took = await place.is_over(began)
        print(f"F9: over and gone from the screen after {took:.2f} s")
        assert took <= LONGEST


async def test_one_monitor_of_two_at_twice_the_size(tmp_path: Path) -> None:
    """The framebuffer begins where the second monitor does, and windows are twice as large as they think."""
    async with watched(tmp_path, size=(2400, 1000), scale=2, monitors=(1200, 1200), corner=(1200, 0)) as place:
        viewer = await place.session(screen=2)
        assert viewer.viewer.size == (1200, 1000)
        bar = await place.person.sees("session_bar")
        assert bar.box[0] >= 1200
        for name in BUTTONS:
            viewer.click_on(await place.person.sees(name))
        x, y, width, height = bar.box
        for spot in ((x, y), (x + width - 1, y), (x, y + height - 1), (x + width - 1, y + height - 1)):
            viewer.click(*spot)
        await place.came_to_nothing(viewer)
        await place.person.click("bar_chat")
        await place.person.hands("search", "--sync", "--name", "Chat with", "windowmove", "--sync", "1400", "200")
        viewer.click_on(await place.person.sees("chat_field", so=lambda one: one.box[0] > 1400))
        viewer.click_on(await place.person.sees("chat_send"))
        await place.person.hands("search", "--name", "Chat with", "windowminimize")  # the terminal is behind it
        await place.came_to_nothing(viewer)
        began = time.monotonic()
        await place.person.click("bar_stop")
        await place.is_over(began)
