"""What may have broken every connection at once: another address, another network, a computer that was asleep."""

from collections.abc import Callable
from typing import Final

from common.host.clock import LoopClock
from common.host.log import get_logger
from common.net.address_changes import watch_addresses
from common.protocol.clock import Clock, Timer

BEAT: Final = 2.0  # seconds
ASLEEP: Final = 5.0  # seconds by which a beat is late where the computer, or the program, stood still
SETTLED: Final = 0.3  # seconds: changes come in swarms
REST: Final = 1.0  # seconds between two words about them

Watch = Callable[[Callable[[], None]], Callable[[], None]]
"""Told what to call at every change, it says how to end that. Runs on the loop."""


def nobody(_changed: Callable[[], None]) -> Callable[[], None]:
    """A Watch that hears nothing."""
    return lambda: None


class NetworkWatch:
    """`changed()` is called soon after, at most once in REST seconds."""

    def __init__(
        self,
        changed: Callable[[], None],
        *,
        clock: Clock | None = None,
        watch: Watch = watch_addresses,
        also: Watch = nobody,
    ) -> None:
        """`watch`: who hears of changes; `also`: what programs with windows bring along, which hears more."""
        self._changed = changed
        self._clock = clock or LoopClock()
        self._watches = (watch, also)
        self._ends: list[Callable[[], None]] = []
        self._beat: Timer | None = None
        self._telling: Timer | None = None
        self._told = float("-inf")
        self._seen = (0.0, 0.0)

    def start(self) -> None:
        """From now on. On the loop that runs."""
        self._ends = [watch(self._heard) for watch in self._watches]
        self._look_later()

    def close(self) -> None:
        """No more."""
        for end in self._ends:
            end()
        self._ends = []
        for timer in (self._beat, self._telling):
            if timer is not None:
                timer.cancel()
        self._beat = self._telling = None

    def _look_later(self) -> None:
        self._seen = self._clocks()
        self._beat = self._clock.call_later(BEAT, self._look)

    def _look(self) -> None:
        late = max(now - before for now, before in zip(self._clocks(), self._seen, strict=True)) - BEAT
        if late > ASLEEP:  # some clocks stand still in a sleep, some are set by hand: a look costs little
            get_logger().info("computer_was_asleep", seconds=round(late))
            self._tell()
        self._look_later()

    def _clocks(self) -> tuple[float, float]:
        return self._clock.monotonic(), self._clock.now().timestamp()

    def _heard(self) -> None:
        if self._telling is None:
            rest = self._told + REST - self._clock.monotonic()
            self._telling = self._clock.call_later(max(SETTLED, rest), self._tell)

    def _tell(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        self._told = self._clock.monotonic()
        self._changed()
