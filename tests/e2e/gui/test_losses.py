"""What goes wrong in the middle: the relay, the helper's program, the user's; and a second start, and another language."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from common.agent.drafts import Drafts
from common.agent.history import History
from deploy.demo.desktop import in_front
from deploy.demo.programs import Program, until
from tests.support.at_screen import Seen
from tests.support.organisation import until_active
from tests.support.two_screens import GET_HELP, QUEUE, TwoScreens, from_menu

HELPER = "Taro Yamada"


async def begin(place: TwoScreens, user: Program, helper: Program) -> None:
    """Hanako is helped by Taro, whom she chose."""
    await place.ask(HELPER)
    await taken(place, user, helper)


async def taken(place: TwoScreens, user: Program, helper: Program) -> None:
    """The request that is under way comes, is taken, and both are connected."""
    await helper.event("request")
    await place.take()
    await user.event("connected")
    await helper.event("connected")


async def end(place: TwoScreens, user: Program, helper: Program) -> None:
    """By the key."""
    await place.hanako.press("Pause")
    await user.event("over")
    await helper.event("ended", why="user_ended")


async def asks_again(place: TwoScreens) -> None:
    """Hanako reads that it was lost, and does what is offered."""
    await place.hanako.sees(name="The connection was lost", so=lambda one: one.is_in("summary"))
    await place.hanako.click("again", so=lambda one: one.is_in("summary"))


@contextlib.asynccontextmanager
async def without_relay(place: TwoScreens) -> AsyncIterator[None]:
    """The relay is killed, and is back after the block."""
    place.office.relay.kill()
    await place.office.relay.ended()
    try:
        yield
    finally:
        await place.office.start_relay()


async def test_the_relay_is_gone_and_back(place: TwoScreens) -> None:
    """While Hanako waits, her place is kept; in a session it is told at once, on both screens, and both come back to it."""
    async with place.helping() as helper, place.asking() as user:
        await place.ask(HELPER)
        request = (await user.event("waiting", position=1))["request"]
        await helper.event("request", request=request)
        async with without_relay(place):
            await user.event("offline")
            await place.hanako.sees(name="Your place in the queue is kept", so=lambda one: one.is_in("waiting_banner"))
            await helper.event("offline")
        await user.event("waiting", request=request, position=1, within=60)
        await place.hanako.sees_no(name="Your place in the queue is kept")
        await helper.event("online", within=60)
        await place.taro.sees("count", name="1")
        await place.take()
        session = (await user.event("connected"))["session"]
        await helper.event("connected", session=session)
        await until_active(place.office, session)
        async with without_relay(place):
            await user.event("interrupted", session=session, within=5)
            await helper.event("interrupted", session=session, within=5)
            await place.hanako.sees(name="The connection is lost and tried again by itself")
            await place.taro.sees(name="Connection lost, trying again… You see a still picture, and can do nothing.")
        await user.event("resumed", session=session, within=60)
        await helper.event("resumed", session=session, within=60)
        await place.hanako.sees_no(name="The connection is lost and tried again by itself")
        await end(place, user, helper)


async def test_the_helpers_program_is_killed(place: TwoScreens) -> None:
    """Hanako is told within five seconds that the connection is lost, and why once the helper is back; she asks again, and is helped."""
    async with place.asking() as user:
        async with place.helping() as helper:
            await begin(place, user, helper)
            helper.kill()
            await user.event("interrupted", within=5)
            await helper.ended()
        async with place.helping() as helper:
            assert (await user.event("ended"))["why"] == "helper_restarted"
            await asks_again(place)
            await user.event("waiting")
            await taken(place, user, helper)
            await end(place, user, helper)


async def test_the_users_program_is_killed(place: TwoScreens) -> None:
    """Its VNC server goes with it, and the helper is told; started again, it knows what was typed, and what was before."""
    async with place.helping() as helper:
        async with place.asking() as user:
            await begin(place, user, helper)
            await end(place, user, helper)
            kept = await asyncio.to_thread(History(place.user.folder).records)
            await place.hanako.click("close", so=lambda one: one.is_in("summary"))
            await begin(place, user, helper)
            server = await place.served(user)
            user.kill()
            await helper.event("interrupted", within=5)
            assert await until(lambda: not Path(f"/proc/{server}").exists(), within=5)
            await user.ended()
        async with place.asking() as user:
            assert (await helper.event("ended"))["why"] == "user_restarted"
            await place.hanako.click("topic")
            await place.hanako.type("It smokes")
            assert await until(lambda: Drafts(place.user.folder).get("topic") == "It smokes", within=5)
            user.kill()
            await user.ended()
        async with place.asking() as user:
            await place.hanako.sees("topic", name="It smokes")
            await from_menu(place.hanako, user, "r")
            await place.hanako.sees(name=f"With: {HELPER}", so=lambda one: one.is_in("history"))
            found = await asyncio.to_thread(History(place.user.folder).records)
            assert found[-len(kept) :] == kept
            await place.hanako.click("close", so=lambda one: one.is_in("history"))
            await begin(place, user, helper)
            await end(place, user, helper)


async def test_a_second_start_shows_the_first(place: TwoScreens) -> None:
    """It ends at once, and the window that was put away is in front."""
    async with place.helping() as helper, place.asking() as user:
        for person, screen, who, program, title in (
            (place.hanako, place.hanakos, place.user, user, GET_HELP),
            (place.taro, place.taros, place.helper, helper, QUEUE),
        ):
            window = (await person.hands("search", "--onlyvisible", "--name", title)).split()[0]
            await person.hands("windowminimize", "--sync", window)
            async with place.opened(who) as second:
                assert await second.ended() == 0
            assert program.running
            await in_front(screen, title)


async def test_another_language_at_once(place: TwoScreens) -> None:
    """Chosen in the settings of both programs, it is there in every window that is open; and kept."""
    async with place.helping() as helper, place.asking() as user:
        for person, who, program, seen, letter in (
            (place.hanako, place.user, user, "get_help", "s"),
            (place.taro, place.helper, helper, "empty", "e"),
        ):
            await person.sees(seen, so=lambda one: not is_japanese(one))
            await from_menu(person, program, letter)
            await person.click("language")
            await person.press("End", "Return")
            for one in (seen, "save"):
                await person.sees(one, so=is_japanese)
            await person.click("save")
            await person.sees_no("save")
            assert 'language = "ja"' in (who.folder / "agent.toml").read_text(encoding="utf-8")


def is_japanese(one: Seen) -> bool:
    """Whether its words have kana or kanji."""
    return any("\u3040" <= letter <= "\u9fff" for letter in one.name)
