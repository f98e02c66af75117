"""How long to wait before the next try: doubling, capped, with jitter, so that a relay that comes back is not stormed."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Backoff:
    """Delays in seconds. `random` gives a float in [0, 1).

    Delay n is between half and all of `first * 2**n`, never over `cap`: with thousands of agents the tries spread out.
    """

    random: Callable[[], float]
    first: float = 1.0
    cap: float = 60.0
    _tries: int = field(default=0, init=False)

    def next(self, *, most: float | None = None) -> float:
        """The next delay, this time of `most` seconds at most."""
        cap = self.cap if most is None else min(self.cap, most)
        whole = min(cap, self.first * 2.0 ** min(self._tries, 32))
        self._tries += 1
        return whole * (0.5 + self.random() / 2)

    def reset(self) -> None:
        """It worked: start small again."""
        self._tries = 0
