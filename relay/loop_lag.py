"""How late the loop comes to what is due: everything that anybody waits for at this relay waits at least as long."""

from typing import Final

from common.protocol.clock import Clock, Timer

EVERY: Final = 0.1
"""Seconds between two looks: a loop that stood still for longer than this has been seen."""


class LoopLag:
    """Sets itself an alarm again and again, and remembers by how much it came too late at worst."""

    def __init__(self, *, clock: Clock, window: float) -> None:
        """`window`: seconds for which the worst is remembered at most, and half of that at least."""
        self._clock = clock
        self._half = window / 2
        self._due = 0.0
        self._turn = 0.0  # when the older half of the window is forgotten
        self._older = self._newer = 0.0
        self._timer: Timer | None = None

    @property
    def worst(self) -> float:
        """Seconds by which the loop was late at worst lately; what it is late just now counts."""
        now = 0.0 if self._timer is None else self._clock.monotonic() - self._due
        return max(0.0, now, self._older, self._newer)

    def start(self) -> None:
        """Look from now on."""
        self._turn = self._clock.monotonic() + self._half
        self._arm()

    def stop(self) -> None:
        """No more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self._due = self._clock.monotonic() + EVERY
        self._timer = self._clock.call_later(EVERY, self._tick)

    def _tick(self) -> None:
        now = self._clock.monotonic()
        self._newer = max(self._newer, now - self._due)
        if now >= self._turn:
            self._turn = now + self._half
            self._older, self._newer = self._newer, 0.0
        self._arm()
