"""From Twisted to asyncio, with results, failures and cancelling."""

import asyncio

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from common.net.bridge import as_future


async def test_a_deferred_can_be_awaited() -> None:
    """Also one that has fired already; a failure is raised."""
    later: Deferred[str] = Deferred()
    asyncio.get_running_loop().call_soon(later.callback, "x")
    assert await as_future(later) == "x"
    assert await as_future(succeed(1)) == 1
    with pytest.raises(ZeroDivisionError):
        await as_future(fail(ZeroDivisionError()))


async def test_cancelling_goes_through() -> None:
    """From the future to the Deferred."""
    cancelled: list[Deferred[None]] = []
    as_future(Deferred(cancelled.append)).cancel()
    await asyncio.sleep(0)
    assert len(cancelled) == 1
