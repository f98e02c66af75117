"""The queue as a helper has it: the real program, worked by keys, with users who ask from elsewhere."""

import contextlib
from collections.abc import AsyncIterator

from common.agent.drafts import Drafts
from deploy.demo.programs import Program, until
from tests.support.two_screens import TwoScreens

TITLE = "requests for help"


@contextlib.asynccontextmanager
async def asked(place: TwoScreens, *arguments: str) -> AsyncIterator[Program]:
    """A user without windows, who asks Taro by name."""
    whom = ("--to", place.helper.name, "--mode", "view", "--yes")
    user = await place.user.start("ask", *whom, *arguments, environ=place.hanakos.environ)
    try:
        yield user
    finally:
        await user.end()


async def test_a_request_is_declined_with_a_reason_by_the_keyboard(place: TwoScreens) -> None:
    """Down, Delete, the reason, Enter; the user reads it."""
    async with place.helping() as helper, asked(place, "--topic", "Printer") as user:
        await helper.event("request", topic="Printer")
        await place.taro.sees("requests")
        await place.taro.press("ctrl+l", "Delete")
        await place.taro.sees("reason0")
        await place.taro.press("Down", "Return")
        over = await user.event("over")
        assert (over["why"], over["note"]) == ("declined", "I am not free now. Please ask somebody else.")
        assert (await helper.event("request_gone"))["ours"] is False


async def test_a_reason_that_was_begun_survives_a_crash(place: TwoScreens) -> None:
    """The program is killed while it is typed; started again, the request still waits and the words stand there."""
    async with asked(place, "--topic", "Scanner") as user:
        async with place.helping() as helper:
            await helper.event("request", topic="Scanner")
            await place.taro.press("ctrl+l", "Delete")
            await place.taro.click("own")
            await place.taro.type("Call extension 42")
            assert await until(lambda: "Call extension 42" in Drafts(place.helper.folder)._texts.values(), within=5), (
                "not on the disk"
            )
            helper.kill()
        async with place.helping() as helper:
            await helper.event("request", topic="Scanner")
            await place.taro.press("ctrl+l", "Delete")
            await place.taro.sees("own", name="Call extension 42")
            await place.taro.press("Return")
            assert (await user.event("over"))["note"] == "Call extension 42"


async def test_a_second_start_shows_the_first(place: TwoScreens) -> None:
    """And ends at once, with 0."""
    async with place.helping():
        await place.taro.sees("count")
        window = (await place.taro.hands("search", "--onlyvisible", "--name", TITLE)).split()[0]
        await place.taro.hands("windowminimize", "--sync", window)
        second = await place.helper.open(environ=place.taro.environ)
        try:
            assert await second.ended() == 0
        finally:
            await second.end()
        assert window in await place.taro.hands("search", "--sync", "--onlyvisible", "--name", TITLE)


async def test_who_quits_in_a_session_is_asked(place: TwoScreens) -> None:
    """Escape stays; the button ends the session and the program."""
    async with place.helping() as helper, asked(place) as user:
        await helper.event("request")
        await place.take()
        await helper.event("connected")
        await user.event("connected")
        await place.taro.hands("search", "--onlyvisible", "--name", TITLE, "windowactivate", "--sync")
        await place.taro.press("ctrl+q")
        await place.taro.sees("quit_now")
        await place.taro.press("Escape")
        await place.taro.sees_no("quit_now")
        assert helper.running
        await place.taro.press("ctrl+q")
        await place.taro.click("quit_now")
        assert (await user.event("ended"))["why"] == "helper_ended"
        assert await helper.ended() == 0
