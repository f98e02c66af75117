"""When a helper is told again of requests that nobody has taken: the tone, a bounded number of times. Pure; the time is passed in."""

from collections.abc import Iterable
from typing import Final

LATER: Final = 300.0  # seconds that *later* puts a request off


class Reminders:
    """Requests are named by their ids. `now` is any clock that never goes back."""

    def __init__(self, *, every: float, times: int) -> None:
        """`every`: seconds between two tones, 0: never again. `times`: how often at most after the last request came."""
        self._every = every
        self._times = times
        self._left = 0
        self._due = 0.0
        self._later: dict[str, float] = {}

    def follow(self, *, every: float, times: int) -> None:
        """Other settings from now on."""
        self._every = every
        self._times = times
        self._left = min(self._left, times)

    def came(self, *, now: float) -> None:
        """Somebody new, of whom the helper was just told."""
        self._left = self._times
        self._due = now + self._every

    def put_off(self, requests: Iterable[str], *, now: float) -> None:
        """The helper said *later*."""
        self._later.update(dict.fromkeys(requests, now + LATER))

    def is_put_off(self, request: str) -> bool:
        """Whether nothing is told of it now."""
        return request in self._later

    def back(self, waiting: Iterable[str], *, now: float) -> bool:
        """Whether one of these was put off until now. What waits no longer is forgotten."""
        still = {request: until for request, until in self._later.items() if request in set(waiting)}
        self._later = {request: until for request, until in still.items() if until > now}
        return len(self._later) < len(still)

    def is_due(self, waiting: Iterable[str], *, quiet: bool, now: float) -> bool:
        """Whether the tone is to come again for these. `quiet`: the helper is away, busy or looks here: not now, and later maybe."""
        if not self._every or self._left <= 0 or all(map(self.is_put_off, waiting)) or now < self._due:
            return False
        self._due = now + self._every
        if quiet:
            return False
        self._left -= 1
        return True
