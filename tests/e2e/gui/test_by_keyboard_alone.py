"""Asking, accepting and letting in without a mouse, and as a screen reader reads it: everything that the keyboard comes to has a name."""

import asyncio

import pytest

from deploy.demo.programs import Program
from tests.support.at_screen import GLANCE, Person, Seen
from tests.support.two_screens import GET_HELP, QUEUE, TwoScreens, bring

USER, HELPER = "Hanako Suzuki", "Taro Yamada"
LONGEST = 30  # steps of a way through a window
ROWS = {"list item", "table cell", "tree item", "table row"}
WINDOWS = {"window", "frame", "dialog", "application", "filler", "panel"}


async def keyboard(person: Person, program: Program) -> Seen:
    """What has it, read as a screen reader reads it: what it is, and what it is called or what stands in it."""
    for _ in range(100):
        focused = [
            one
            for one in await person.look()
            if one.pid == program.pid and "focused" in one.states and one.role not in WINDOWS
        ]
        # Qt says of a list's present row that it has the keyboard, also where the list has not.
        elsewhere = [one for one in focused if one.role not in ROWS]
        rows = [one for one in focused if one.role in ROWS and one.identifier == (elsewhere or focused)[-1].identifier]
        if focused:
            said = (rows or elsewhere)[-1]
            assert said.name or said.text, f"nothing is read of the {said.role} {said.identifier}"
            return said
        await asyncio.sleep(GLANCE)
    raise AssertionError("nothing has the keyboard")


async def walk(person: Person, program: Program, to: str, *, key: str = "Tab") -> list[Seen]:
    """Press the key until the keyboard is there; what was read on the way. Nothing is passed twice."""
    read: list[Seen] = []
    for _ in range(LONGEST):
        read.append(await keyboard(person, program))
        if read[-1].is_at(to):
            return read
        await person.press(key)
        await asyncio.sleep(GLANCE)
    raise AssertionError(f"the keyboard never came to {to}: {[one.identifier for one in read]}")


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_asking_and_accepting(place: TwoScreens, language: str) -> None:
    """Whoever is free is asked with control, the request is taken, and the helper is let in; stopped by the key."""
    spoken = {"language": language}
    async with (
        place.helping(settings={"programs": {"viewer": "none"}, **spoken}) as helper,
        place.asking(settings=spoken) as user,
    ):
        hanako, taro = place.hanako, place.taro
        await bring(hanako, GET_HELP if language == "en" else "Tasuki")
        await walk(hanako, user, "topic")
        await hanako.type("Letters")
        listed = await walk(hanako, user, "people")
        await hanako.press("Home")
        assert listed[-1].name
        last = (await walk(hanako, user, "get_help"))[-1]
        assert last.role in {"push button", "button"}
        assert last.description, "who will be asked is read with the button"
        await hanako.press("space")
        await hanako.sees("ask_now")
        read = await walk(hanako, user, "mode_view")
        assert read[-1].description, "what the helper may do is read with the choice"
        await hanako.press("Down")
        await walk(hanako, user, "mode_control")
        await walk(hanako, user, "ask_now")
        await hanako.press("space")
        await user.event("waiting")
        assert (await keyboard(hanako, user)).is_in("main")

        await helper.event("request", topic="Letters", mode="control")
        await bring(taro, QUEUE if language == "en" else "Tasuki")
        await taro.press("ctrl+l")
        row = await keyboard(taro, helper)
        assert USER in row.name + row.text
        await taro.press("Return")

        await user.event("question", kind="allow")
        await hanako.sees("question_name", name=HELPER)
        assert (await walk(hanako, user, "question_no"))[0].is_at("question_no"), "the keyboard begins at No"
        await walk(hanako, user, "question_yes")
        await hanako.press("Return")
        assert (await user.event("connected"))["mode"] == "control"
        await hanako.sees("bar_mode")  # the key counts from then on
        await hanako.press("Pause")
        assert (await helper.event("ended"))["why"] == "user_ended"
        await hanako.sees("close", so=lambda one: one.is_in("summary"))
        await walk(hanako, user, "close")
        await hanako.press("Escape")
        await hanako.sees("get_help")
