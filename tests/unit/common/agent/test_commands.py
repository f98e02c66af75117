"""What runs beside a command."""

import asyncio

import pytest

from common.agent.commands import beside
from common.host.errors import TasukiError


async def test_what_runs_beside_ends_with_the_block() -> None:
    """Also what would run for ever; a problem that a person reads elsewhere ends nothing."""
    forever = asyncio.ensure_future(asyncio.Event().wait())
    told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    told.set_exception(TasukiError("relay_lost", address="relay"))
    async with beside(forever, asyncio.ensure_future(asyncio.shield(told))):
        await asyncio.sleep(0)
    assert forever.cancelled()


async def test_a_bug_beside_the_block_is_raised() -> None:
    """At its end, so that it is not lost."""

    async def bug() -> None:
        raise LookupError("a bug")

    with pytest.raises(LookupError):
        async with beside(asyncio.ensure_future(bug())):
            await asyncio.sleep(0)
