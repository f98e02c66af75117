"""How late the loop is."""

import pytest

from relay.loop_lag import EVERY, LoopLag
from tests.support.clock import FakeClock


class LateClock(FakeClock):
    """Its alarms come so much too late."""

    late = 0.0

    def call_later(self, seconds, call):  # type: ignore[no-untyped-def]
        return super().call_later(seconds + self.late, call)


def test_the_worst_is_remembered_for_the_window_and_no_longer() -> None:
    """At least half of it; a small lag hides no larger one, and a loop that is in time has none."""
    clock = LateClock()
    lag = LoopLag(clock=clock, window=60)
    lag.start()
    clock.advance(100)
    assert lag.worst == pytest.approx(0, abs=1e-6)
    clock.late = 3
    clock.advance(EVERY)
    clock.late = 0.5
    clock.advance(3 + EVERY)
    assert lag.worst == pytest.approx(3)
    clock.late = 0
    clock.advance(25)
    assert lag.worst == pytest.approx(3)
    clock.advance(70)
    assert lag.worst == pytest.approx(0, abs=1e-6)
    lag.stop()
    assert clock.waiting == 0


def test_a_loop_that_stands_still_is_seen_before_it_goes_on() -> None:
    """Whoever reads it in the very turn that follows sees it already."""
    clock = LateClock()
    clock.late = 9
    lag = LoopLag(clock=clock, window=60)
    assert lag.worst == 0
    lag.start()
    clock.advance(5)
    assert lag.worst == pytest.approx(5 - EVERY)
