"""An office whose gateway looks into TLS and takes WebSocket's upgrade away: matching and legs go in posts by themselves."""

import contextlib

from tests.rooms.conftest import World
from tests.support.rooms import gateways

PROMISED = 3  # times the seconds until the picture where nothing is in the way
SLACK = 5  # times what is promised: a machine may be busy


async def test_the_picture_is_there_all_the_same(world: World) -> None:
    """Nobody sets anything; what passes is posts alone, and it takes not much longer."""
    async with world.room() as room, contextlib.AsyncExitStack() as stack:
        await room.enrol()
        async with room.session():
            straight = room.seconds["picture"]
        for site in room.sites:
            await stack.enter_async_context(gateways.inspecting_squid(site, websocket=False))
        async with room.session():
            took = room.seconds["picture"]
        print(f"picture after {took:.2f} s in posts, {straight:.2f} s straight: {took / straight:.1f} times")
        assert took < PROMISED * SLACK * straight
        for site in room.sites:
            passed = gateways.logged(site)
            for path in ("/v1/matching", "/v1/leg", "/v1/up", "/v1/down"):
                assert any(f"POST https://help.example.org{path}" in line.replace(":443", "") for line in passed), (
                    passed
                )
