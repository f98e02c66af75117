"""A clock that stands still until it is told to move."""

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from common.host.clock import LoopClock
from common.protocol.clock import Timer

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class FakeTimer:
    """A call to come."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        """It does not come."""
        self.cancelled = True


class FakeClock:
    """common.protocol.clock.Clock for tests: `advance` moves it and makes the calls that are due, in their order."""

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

    def call_later(self, seconds: float, call: Callable[[], object]) -> FakeTimer:
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


class CountingClock(LoopClock):
    """The real one, which knows how many of its timers are still to come."""

    def __init__(self) -> None:
        self.set = 0
        self.waiting = 0

    def call_later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Count it until it is called or cancelled."""
        return _Counted(self, seconds, call)


class _Counted:
    def __init__(self, clock: CountingClock, seconds: float, call: Callable[[], object]) -> None:
        self._clock = clock
        self._call = call
        self._pending = True
        clock.set += 1
        clock.waiting += 1
        self._timer = LoopClock.call_later(clock, seconds, self._ring)

    def _over(self) -> bool:
        pending, self._pending = self._pending, False
        self._clock.waiting -= pending
        return pending

    def _ring(self) -> None:
        if self._over():
            self._call()

    def cancel(self) -> None:
        self._over()
        self._timer.cancel()
