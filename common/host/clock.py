"""The machine's clock."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from common.protocol.clock import Timer


def utc_now() -> datetime:
    """The wall clock, UTC."""
    return datetime.now(UTC)


class LoopClock:
    """common.protocol.clock.Clock on the asyncio loop that runs."""

    monotonic = staticmethod(time.monotonic)

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return utc_now()

    def call_later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Call once, that much later. (By up to a millisecond too early, where the loop counts in those.)"""
        return asyncio.get_running_loop().call_later(max(0.0, seconds), call)
