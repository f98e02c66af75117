"""Asked again after a loss, by itself or by whoever types it: a relay or a helper who is away for a while ends nothing."""

import asyncio
import time

import pytest

from deploy.demo.programs import Program
from tests.rooms.conftest import World
from tests.support.rooms.people import ENDLESS, Room

TRIED = 5.0  # seconds that an interrupted session is tried here, so that it is over while the relay is away
AWAY = 35.0  # seconds: longer than asking waits for the relay
LATE = 20.0  # seconds until a helper is back
NAMED = 6.0  # seconds that a helper by name is waited for, where a test waits for the end of that
SLACK = 5


def short(room: Room, **timing: float) -> None:
    """Settings of both agents."""
    lines = [f"{name} = {seconds}" for name, seconds in {"resume": TRIED, **timing}.items()]
    for person in (room.user, room.helper):
        (person.folder / "agent.toml").write_text("\n".join(["[timing]", *lines, ""]), encoding="utf-8")


async def helped(user: Program, helper: Program) -> None:
    """The request that was made again is taken, and somebody helps; then the user stops it."""
    request = (await helper.event("request", within=ENDLESS))["request"]
    await helper.tell(f"accept {request}")
    await user.event("connected", within=ENDLESS)
    await user.tell("stop")
    assert await user.ended(within=ENDLESS) == 0


@pytest.mark.long
@pytest.mark.parametrize("typed", [False, True], ids=["by itself", "typed"])
async def test_the_relay_is_away(world: World, *, typed: bool) -> None:
    """Longer than asking waits for it: by itself, the next try does; whoever typed it is told, and types it again."""
    async with world.room() as room:
        await room.enrol()
        short(room)
        async with room.helping() as helper, room.asking(*(() if typed else ("--again", "3"))) as user:
            request = (await helper.event("request", within=ENDLESS))["request"]
            await helper.tell(f"accept {request}")
            await user.event("connected", within=ENDLESS)
            await helper.event("connected", within=ENDLESS)
            room.office.relay.kill()
            await room.office.relay.end()
            assert (await user.event("over", within=ENDLESS))["lost"]
            if typed:
                await user.tell("again")
            told = await user.event("problem", within=AWAY * SLACK)
            assert told["code"] == "relay_unreachable"
            await room.office.restart(kill=False)
            if typed:
                await user.tell("again")
            await helped(user, helper)


@pytest.mark.long
async def test_the_helper_is_late(world: World) -> None:
    """The one who was asked by name is waited for as long as by default, and is asked when he is there."""
    async with world.room() as room:
        await room.enrol()
        short(room)
        async with room.helping() as helper:
            user = await room.user.start("ask", "--to", room.helper.name, "--mode", "view", "--yes", "--again", "1")
            request = (await helper.event("request", within=ENDLESS))["request"]
            await helper.tell(f"accept {request}")
            await user.event("connected", within=ENDLESS)
            helper.kill()
            assert (await user.event("over", within=ENDLESS))["lost"]
        await asyncio.sleep(LATE)
        async with room.helping() as helper:
            await helped(user, helper)


@pytest.mark.long
async def test_the_helper_does_not_come(world: World) -> None:
    """It ends after the setting's time and not before, and says who is not there; later it can be typed again."""
    async with world.room() as room:
        await room.enrol()
        short(room, again=NAMED)
        async with room.helping() as helper, room.asking() as user:
            request = (await helper.event("request", within=ENDLESS))["request"]
            await helper.tell(f"accept {request}")
            await user.event("connected", within=ENDLESS)
            helper.kill()
            assert (await user.event("over", within=ENDLESS))["lost"]
            began = time.monotonic()
            await user.tell("again")
            told = await user.event("problem", within=ENDLESS)
            took = time.monotonic() - began
            assert told["code"] == "helper_unknown"
            assert room.helper.name in told["text"]
            assert NAMED - 0.5 < took < NAMED * SLACK
            async with room.helping() as late:
                await user.tell("again")
                await helped(user, late)
