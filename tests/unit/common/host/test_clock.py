"""The machine's clock."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from common.host.clock import LoopClock, utc_now


async def test_timers_ring_once_in_their_order() -> None:
    """And one for no time at all in the loop's next turn, not at once."""
    clock, rung = LoopClock(), list[str]()
    over = asyncio.Event()
    began = clock.monotonic()
    clock.call_later(0.05, over.set)
    clock.call_later(0.03, lambda: rung.append("later"))
    clock.call_later(-1, lambda: rung.append("now"))
    assert rung == []
    await over.wait()
    assert rung == ["now", "later"]
    early = time.get_clock_info("monotonic").resolution  # 16 ms on Windows: so much before its time a loop rings
    assert clock.monotonic() - began >= 0.048 - early


async def test_a_cancelled_timer_never_rings() -> None:
    """Cancelled twice, or after it rang, it does no harm."""
    clock, rung = LoopClock(), list[str]()
    rings, never = clock.call_later(0, lambda: rung.append("x")), clock.call_later(0.01, lambda: rung.append("never"))
    never.cancel()
    never.cancel()
    await asyncio.sleep(0.03)
    rings.cancel()
    assert rung == ["x"]


def test_two_clocks() -> None:
    """The wall's is aware, in UTC; the other one is the process's steady one, whatever the loop."""
    assert abs(LoopClock().now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert utc_now().tzinfo is UTC
    assert abs(LoopClock().monotonic() - time.monotonic()) < 5
