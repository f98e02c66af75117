"""Time, told: the one shape that a clock has in every program. The real one is common.host.clock's."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeAlias

WallClock: TypeAlias = Callable[[], datetime]
"""Only the wall clock, UTC, for whoever needs no other: a Clock's `now`."""


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """It does not come. Cancelling twice, or after it came, is harmless."""


class Clock(Protocol):
    """Two clocks and an alarm."""

    def now(self) -> datetime:
        """The wall clock, UTC: for records, certificates and people. It may be set, forwards and backwards."""

    def monotonic(self) -> float:
        """Seconds since some moment, which never jump: for deadlines and rates."""

    def call_later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Call once, that much later; in the loop's next turn for 0 and less."""
