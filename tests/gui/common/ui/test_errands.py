"""What windows set going and nobody waits for."""

import asyncio

from structlog.testing import capture_logs

from common.ui.errands import Errands


async def test_what_still_runs_is_cancelled_at_the_end() -> None:
    """And its end is waited for; what is done needs nothing."""
    errands, tidied = Errands(), asyncio.Event()

    async def long() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tidied.set()

    async def short() -> int:
        return 3

    assert await errands.start(short()) == 3
    running = errands.start(long())
    await asyncio.sleep(0)
    await errands.close()
    assert running.cancelled()
    assert tidied.is_set()
    await errands.close()


async def test_a_bug_in_one_ends_in_the_log() -> None:
    """And takes nothing else with it."""
    errands = Errands()

    async def wrong() -> None:
        raise ZeroDivisionError("x")

    with capture_logs() as logged:
        failing = errands.start(wrong())
        await asyncio.gather(failing, return_exceptions=True)
        await asyncio.sleep(0)
    assert [line["event"] for line in logged] == ["errand_failed"]
    await errands.close()
