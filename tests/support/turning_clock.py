"""A loop's clock whose turns the test makes one at a time: what is set for the next turn waits for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(eq=False)
class SetCall:
    """A call that is still to come."""

    at: float
    call: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class TurningClock:
    """common.protocol.clock.Clock. `seconds` may be moved; `turn` makes what was due when it began, and nothing set in it."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self._calls: list[SetCall] = []

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds

    def call_later(self, seconds: float, call: Callable[[], object]) -> SetCall:
        made = SetCall(self.seconds + max(0.0, seconds), call)
        self._calls.append(made)
        return made

    def due(self) -> list[SetCall]:
        """What the next turn makes."""
        return [one for one in self._calls if not one.cancelled and one.at <= self.seconds]

    def turn(self) -> None:
        """One turn of the loop."""
        due = self.due()
        self._calls = [one for one in self._calls if not one.cancelled and one not in due]
        for one in due:
            one.call()

    def run(self) -> None:
        """Turns until nothing is due."""
        for _ in range(10_000):
            if not self.due():
                return
            self.turn()
        raise AssertionError("the loop does not come to rest")
