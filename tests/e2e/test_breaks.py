"""A session of real programs outlives its connections: the picture is back by itself, in the viewer that stayed."""

from collections.abc import Iterator

import pytest

from tests.support.breaks import breaking
from tests.support.organisation import Stage, stage_fixture


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    yield from stage_fixture(tmp_path_factory.mktemp("breaks"))


async def test_legs_and_networks_are_lost(place: Stage) -> None:
    """The leg alone, or everything that one side had open: at the user's and at the helper's."""
    async with breaking(place) as session:
        for whose in ("user", "helper"):
            await session.lose_leg(whose)
            await session.lose_network(whose)
        print("back after", ", ".join(f"{took:.1f}" for took in session.took), "s")


async def test_the_user_goes_while_it_is_interrupted(place: Stage) -> None:
    """Nobody waits three minutes: the helper hears of it, and reads the true reason."""
    async with breaking(place, ends=False) as session:
        session.ways["helper"].lets_in = False
        session.ways["helper"].cut()
        await session.interrupted()
        await session.user.tell("stop")
        assert (await session.user.event("ended"))["why"] == "user_ended"
        session.ways["helper"].lets_in = True
        assert (await session.helper.event("ended", within=60))["why"] == "user_ended"
