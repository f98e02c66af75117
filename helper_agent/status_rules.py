"""What a helper's status follows by itself: away without input, busy with sessions, available again. Pure; the time is passed in.

What the helper says by hand holds: *away* and *busy* until the helper says *available*; *available* until the next reason.
"""

from dataclasses import dataclass

from common.agent.settings import HelperSection
from common.protocol.messages import Status

_RANK = {Status.AVAILABLE: 0, Status.BUSY: 1, Status.AWAY: 2}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """`away_after`: seconds without input, `busy_in`: sessions at once; 0: never. `back`: available again by itself."""

    away_after: float = 0.0
    busy_in: int = 0
    back: bool = True

    @classmethod
    def of(cls, settings: HelperSection) -> "Rules":
        """As the settings say."""
        return cls(away_after=settings.away_after * 60.0, busy_in=settings.busy_in, back=settings.back)


class StatusRules:
    """Told what happens, it says which status holds. `now` is any clock that never goes back."""

    def __init__(self, rules: Rules, *, now: float) -> None:
        self._rules = rules
        self._hand = Status.AVAILABLE
        self._by_itself = Status.AVAILABLE
        self._input = now
        self._sessions = 0
        self._bearable = 0  # so many sessions at once the helper said *available* with

    @property
    def status(self) -> Status:
        """What holds."""
        return self._by_itself if self._hand is Status.AVAILABLE else self._hand

    def follow(self, rules: Rules, *, now: float) -> Status:
        """Other rules from now on. A status that the old ones set does not outlive its rule."""
        self._rules = rules
        self._by_itself = Status.AVAILABLE
        return self.tick(now=now)

    def choose(self, status: Status, *, now: float) -> Status:
        """By hand: somebody is there."""
        self._hand = status
        self._input = now
        self._by_itself = Status.AVAILABLE
        self._bearable = self._sessions if status is Status.AVAILABLE else 0
        return self.tick(now=now)

    def touched(self, *, at: float, now: float) -> Status:
        """Mouse or keyboard were last used `at` that time."""
        self._input = max(self._input, at)
        return self.tick(now=now)

    def sessions(self, count: int, *, now: float) -> Status:
        """So many run."""
        self._sessions = count
        if count < self._rules.busy_in:
            self._bearable = 0
        return self.tick(now=now)

    def tick(self, *, now: float) -> Status:
        """Time passes. What holds then."""
        wanted = self._wanted(now)
        if self._rules.back or _RANK[wanted] > _RANK[self._by_itself]:
            self._by_itself = wanted
        return self.status

    def _wanted(self, now: float) -> Status:
        if self._rules.away_after and now - self._input >= self._rules.away_after:
            return Status.AWAY
        busy = self._rules.busy_in and self._sessions >= self._rules.busy_in and self._sessions > self._bearable
        return Status.BUSY if busy else Status.AVAILABLE
