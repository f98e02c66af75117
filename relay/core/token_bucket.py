"""How often something may happen: a bucket that fills steadily, told the time."""


class TokenBucket:
    """At most `count` at once, and `count` in `seconds` over a longer time."""

    __slots__ = ("_at", "_count", "_left", "_seconds")

    def __init__(self, *, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._left = float(count)
        self._at: float | None = None

    def allow(self, now: float) -> bool:
        """Whether once more is fine at `now` (monotonic seconds); if so it is counted."""
        if self._at is not None:
            self._left = min(self._count, self._left + (now - self._at) * self._count / self._seconds)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def idle(self, now: float) -> bool:
        """Whether it is full again, so that a new one would do as well."""
        return self._at is None or self._left + (now - self._at) * self._count / self._seconds >= self._count
