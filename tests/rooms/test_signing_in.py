"""A hotel's network: until somebody signs in nothing leads out, and from then on everything comes back by itself."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest

from deploy.demo.programs import Program
from tests.rooms.conftest import World
from tests.rooms.test_breaks import comes_back
from tests.support.rooms.people import ENDLESS, Person
from tests.support.rooms.portals import portal

PROMISED = 10.0  # seconds from the sign-in
SLACK = 5


async def told_to_sign_in(program: Program) -> None:
    """Both people are."""
    while (await program.event("offline", within=ENDLESS))["code"] != "captive_portal":
        pass


@contextlib.asynccontextmanager
async def begins(person: Person, *arguments: str) -> AsyncIterator[Program]:
    """The person's agent."""
    program = await person.start(*arguments)
    try:
        yield program
    finally:
        await program.end()


@pytest.mark.long
@pytest.mark.parametrize("resets", [False, True], ids=["answers", "resets"])
async def test_before_anybody_has_asked(world: World, *, resets: bool) -> None:
    """The helper's program and the user's wait for the sign-in, and go on; the picture comes."""
    async with world.room() as room, contextlib.AsyncExitStack() as stack:
        await room.enrol()
        portals = [await stack.enter_async_context(portal(site, resets=resets)) for site in room.sites]
        ask = ("ask", "--to", room.helper.name, "--mode", "view", "--yes")
        async with (
            begins(room.helper, "serve", "--viewer", "none") as helper,
            begins(room.user, *ask) as user,
        ):
            await asyncio.gather(told_to_sign_in(helper), told_to_sign_in(user))
            began = time.monotonic()
            for one in portals:
                one.signed_in()
            await helper.event("online", within=PROMISED * SLACK)
            await user.event("waiting", within=PROMISED * SLACK)
            print(f"both were there {time.monotonic() - began:.1f} s after the sign-in ({PROMISED} s are promised)")
            request = await helper.event("request", within=ENDLESS)
            await helper.tell(f"accept {request['request']}")
            await user.event("connected", within=ENDLESS)


@pytest.mark.long
async def test_in_mid_session(world: World) -> None:
    """The hotel's hour is over: both read that the connection is lost; somebody signs in again, and the picture is back."""
    async with world.room() as room:
        await room.enrol()
        async with room.session() as session:
            room.user.site.unplug()
            async with portal(room.user.site, resets=False) as hotel:
                await session.user.event("interrupted", within=ENDLESS)
                room.user.site.plug()
                await told_to_sign_in(session.user)
                hotel.signed_in()
                await comes_back(session, PROMISED)
