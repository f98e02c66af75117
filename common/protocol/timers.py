"""The effects of a life that has one timer: every step sets it anew, or ends it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SetTimer:
    """Call `timer` in so many seconds; the timer set before is void."""

    seconds: float


@dataclass(frozen=True)
class StopTimer:
    """The timer set before is void."""
