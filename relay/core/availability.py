"""Whether a helper is there: what the helper set, what the relay noticed, and what users are shown of both."""

from dataclasses import dataclass, replace

from common.protocol.messages import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Availability:
    """One helper with a connection. `missed` counts requests by name that passed without an answer, `sessions` live ones."""

    wished: Status = Status.AVAILABLE
    missed: int = 0
    sessions: int = 0

    def shown(self, *, missed_requests: int) -> Status:
        """What the list says. A helper is away after so many `missed_requests`, and busy while in a session."""
        if self.wished is Status.AWAY or self.missed >= missed_requests:
            return Status.AWAY
        return Status.BUSY if self.sessions else self.wished

    def says(self, status: Status) -> "Availability":
        """The helper set this: somebody sits there, so nothing counts as missed any more."""
        return replace(self, wished=status, missed=0)

    def answered(self) -> "Availability":
        """The helper accepted or declined something."""
        return replace(self, missed=0)

    def missed_one(self) -> "Availability":
        """A request by name passed without an answer."""
        return replace(self, missed=self.missed + 1)

    def holding(self, sessions: int) -> "Availability":
        """So many live sessions now."""
        return replace(self, sessions=sessions)
