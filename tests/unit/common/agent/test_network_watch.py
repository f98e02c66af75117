"""What may have broken every connection at once is told soon, and not too often."""

from collections.abc import Callable

from common.agent.network_watch import NetworkWatch, Watch, nobody
from tests.support.clock import FakeClock


class Watched:
    """A watch by a clock that stands still, and a system that says what the test says."""

    def __init__(self, also: Watch = nobody) -> None:
        self.clock = FakeClock()
        self.told: list[float] = []
        self.ended = False
        self.says: Callable[[], None] = lambda: None
        self.watch = NetworkWatch(
            lambda: self.told.append(round(self.clock.monotonic() - 1000, 3)),
            clock=self.clock,
            watch=self._watch,
            also=also,
        )
        self.watch.start()

    def _watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        self.says = changed
        return lambda: setattr(self, "ended", True)


def test_what_windows_bring_along_is_heard_too() -> None:
    """Beside the system's own word, and no longer than that."""
    also = Watched()
    one = Watched(also._watch)
    also.says()
    one.clock.advance(0.5)
    assert one.told == [0.3]
    one.says()
    one.clock.advance(2)
    assert one.told == [0.3, 1.3]
    one.watch.close()
    assert (one.ended, also.ended) == (True, True)


def test_a_swarm_of_changes_is_told_once() -> None:
    """Soon after the first, and no more than once a second."""
    one = Watched()
    for _ in range(20):
        one.says()
    one.clock.advance(0.5)
    assert one.told == [0.3]
    one.says()
    one.clock.advance(2)
    assert one.told == [0.3, 1.3]
    one.clock.advance(60)
    assert len(one.told) == 2


def test_a_clock_that_jumps_was_a_sleep() -> None:
    """A beat that is late by more than five seconds; one that is a little late is a busy computer."""
    one = Watched()
    one.clock.advance(30)
    assert one.told == []
    one.clock._seconds += 4  # the computer stands still
    one.clock.advance(2)
    assert one.told == []
    one.clock._seconds += 90
    one.clock.advance(0)
    assert len(one.told) == 1
    one.clock.advance(30)
    assert len(one.told) == 1


def test_closed_it_tells_nothing() -> None:
    """No timer is left."""
    one = Watched()
    one.says()
    one.watch.close()
    assert one.ended
    assert one.clock.waiting == 0
    one.clock.advance(100)
    assert one.told == []
