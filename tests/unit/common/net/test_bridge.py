"""Between asyncio and Twisted, both ways, with results, failures and cancelling."""

import asyncio

import pytest
from twisted.internet.defer import CancelledError, Deferred, succeed

from common.net.bridge import Background, as_deferred, as_future


async def value() -> int:
    """A coroutine that takes a turn of the loop."""
    await asyncio.sleep(0)
    return 7


async def broken() -> int:
    """One that fails."""
    await asyncio.sleep(0)
    raise ZeroDivisionError


async def test_a_coroutine_becomes_a_deferred() -> None:
    """Its result and its failure come out."""
    assert await as_future(as_deferred(value())) == 7
    with pytest.raises(ZeroDivisionError):
        await as_future(as_deferred(broken()))


async def test_a_deferred_can_be_awaited() -> None:
    """Also one that has fired already."""
    later: Deferred[str] = Deferred()
    asyncio.get_running_loop().call_soon(later.callback, "x")
    assert await as_future(later) == "x"
    assert await as_future(succeed(1)) == 1


async def test_cancelling_goes_through() -> None:
    """From the Deferred to the task, and from the future to the Deferred."""
    ended = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    deferred = as_deferred(endless())
    await asyncio.sleep(0)
    deferred.cancel()
    with pytest.raises((CancelledError, asyncio.CancelledError)):
        await as_future(deferred)
    await ended.wait()
    cancelled: list[Deferred[None]] = []
    as_future(Deferred(cancelled.append)).cancel()
    await asyncio.sleep(0)
    assert len(cancelled) == 1


async def test_background_tasks_report_failures_and_end_together() -> None:
    """A failure is told, a cancelled task is not, and close waits until all have ended."""
    failures: list[BaseException] = []
    background = Background(on_failure=failures.append)
    await asyncio.wait([background.spawn(broken())])
    await asyncio.sleep(0)
    assert [type(failure) for failure in failures] == [ZeroDivisionError]
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("cleaned up")

    background.spawn(endless())
    background.spawn(endless())
    await asyncio.sleep(0)
    await background.close()
    assert ended == ["cleaned up"] * 2
    assert len(failures) == 1


async def test_a_background_task_may_close_its_own_group() -> None:
    """It is not cancelled by that."""
    background = Background(on_failure=lambda _: None)
    done = asyncio.Event()

    async def closing() -> None:
        await background.close()
        done.set()

    background.spawn(closing())
    await done.wait()
