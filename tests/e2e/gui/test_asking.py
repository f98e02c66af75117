"""The other ways to help, short: whoever is free, a group, and a no. (A colleague who goes on: test_the_whole_story.)"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.demo.programs import Program
from tests.support.two_screens import TwoScreens

HELPER = "Taro Yamada"


@asynccontextmanager
async def both(place: TwoScreens) -> AsyncIterator[tuple[Program, Program]]:
    """The two programs, online: the user's and the helper's."""
    async with place.helping() as helper, place.asking() as user:
        yield user, helper


async def answers(place: TwoScreens, user: Program, *, name: str, yes: bool) -> None:
    """Hanako reads the name in the certificate, and answers."""
    question = await user.event("question", kind="allow")
    assert question["peer"]["name"] == name
    await place.hanako.sees("question_name", name=name)
    await place.hanako.click("question_yes" if yes else "question_no")


async def test_whoever_is_free(place: TwoScreens) -> None:
    """The card with the helper's name: a no lets nobody in, a yes does; the bar's button stops."""
    async with both(place) as (user, helper):
        for yes in (False, True):
            await place.ask("Whoever is free first")
            await helper.event("request")
            await place.take()
            await answers(place, user, name=HELPER, yes=yes)
            if not yes:
                assert (await user.event("over"))["why"] == "refused"
                assert (await helper.event("ended"))["why"] == "refused"
        await user.event("connected")
        await place.hanako.sees("bar_mode", name="Sees your screen")
        await place.hanako.click("bar_stop")
        assert (await helper.event("ended"))["why"] == "user_ended"


async def test_a_group(place: TwoScreens) -> None:
    """Its row is chosen, its member is shown to Hanako and let in; the helper's button ends it, and Hanako reads that."""
    await place.office.command("group", "add", "Printers")
    await place.office.command("group", "join", "Printers", HELPER)
    async with both(place) as (user, helper):
        await place.ask("Printers")
        await place.hanako.sees("waiting_for", name="Printers")
        await helper.event("request")
        await place.take()
        await answers(place, user, name=HELPER, yes=True)
        await user.event("connected")
        await helper.event("connected")
        await place.taro.click("end", so=lambda one: one.is_in("session_window"))
        await place.taro.click("end_yes")
        assert (await user.event("ended"))["why"] == "helper_ended"
        await place.hanako.sees(name="How it ended: The helper ended it.")


async def test_a_no_with_words(place: TwoScreens) -> None:
    """Declined by the keyboard alone, in the helper's own words; Hanako reads them, and is led to somebody else."""
    async with both(place) as (user, helper):
        await place.ask(HELPER)
        await helper.event("request")
        await place.go_to_queue()
        await place.taro.press("ctrl+l", "Delete")
        await place.taro.sees("own", so=lambda one: one.is_in("decline"))
        await place.taro.press("alt+w")
        await place.taro.type("Please call 42")
        await place.taro.press("Return")
        over = await user.event("over")
        assert (over["why"], over["note"]) == ("declined", "Please call 42")
        await place.hanako.sees("ended_text", name="Please call 42")
        await place.hanako.click("back")
        await place.hanako.sees("get_help")
