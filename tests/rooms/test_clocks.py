"""Clocks that are wrong: said before anybody is asked, to the person whose clock it is, in days and hours; minutes do no harm."""

from pathlib import Path

import pytest

from tests.rooms.conftest import World

LIBRARIES = Path("/usr/lib")


def clock(off: str) -> dict[str, str]:
    """The environment of programs that take it to be earlier or later by so much; waits are as long as ever."""
    library = next(LIBRARIES.glob("*/faketime/libfaketime.so.1"))
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": off,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


@pytest.mark.long
async def test_no_session_can_begin(world: World) -> None:
    """The user reads it, and the helper is asked nothing and told nothing."""
    async with world.room() as room:
        await room.enrol()
        room.user.site.environ.update(clock("+26h"))
        async with room.helping() as helper:
            asked = await room.user.says("ask", "--to", room.helper.name, "--mode", "view")
            print(asked.text)
            assert asked.code == 1
            assert "1 day 2 hours ahead" in asked.text
            assert [event["event"] for event in helper.events] == ["online"]


@pytest.mark.long
async def test_minutes_do_no_harm(world: World) -> None:
    """A session all the same."""
    async with world.room() as room:
        await room.enrol()
        room.user.site.environ.update(clock("-20m"))
        async with room.session():
            print(room.row())
