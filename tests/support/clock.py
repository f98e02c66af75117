"""A clock that stands still until it is told to move."""

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class FakeTimer:
    """A call to come."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        """It does not come."""
        self.cancelled = True


class FakeClock:
    """relay.core.ports.Clock for tests: `advance` moves it and makes the calls that are due, in their order."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._seconds = 0.0
        self._calls: list[tuple[float, int, FakeTimer]] = []
        self._numbers = itertools.count()

    def now(self) -> datetime:
        """The wall clock."""
        return self._start + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return 1000.0 + self._seconds

    def call_later(self, seconds: float, call: Callable[[], None]) -> FakeTimer:
        """Remember the call."""
        timer = FakeTimer(call)
        heapq.heappush(self._calls, (self._seconds + seconds, next(self._numbers), timer))
        return timer

    @property
    def waiting(self) -> int:
        """How many calls are still to come."""
        return sum(not timer.cancelled for _, _, timer in self._calls)

    def advance(self, seconds: float) -> None:
        """Let so much time pass."""
        end = self._seconds + seconds
        while self._calls and self._calls[0][0] <= end:
            at, _, timer = heapq.heappop(self._calls)
            self._seconds = max(self._seconds, at)
            if not timer.cancelled:
                timer.call()
        self._seconds = end
