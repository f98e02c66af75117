"""What is shown of a matching connection, out of its parts."""

from collections.abc import Callable

from common.agent.matching.ports import MatchingProfile
from common.agent.views import MatchingView
from common.host.errors import TasukiError
from common.protocol.desk import Desk
from common.protocol.matching_client import MatchingClient, MatchingPhase
from common.protocol.matching_memory import MatchingMemory


class Absence:
    """Since when a connection that is wanted is not there."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now`: Unix seconds."""
        self._now = now
        self._since: float | None = None

    def since(self, phase: MatchingPhase) -> float | None:
        """Unix seconds; None while it is there, or not wanted."""
        if phase in {MatchingPhase.ONLINE, MatchingPhase.STOPPED, MatchingPhase.REPLACED}:
            self._since = None
        elif self._since is None:
            self._since = self._now()
        return self._since


def view_of(
    client: MatchingClient,
    memory: MatchingMemory,
    profile: MatchingProfile,
    *,
    problem: TasukiError | None,
    desk: Desk | None,
    lost: float | None,
) -> MatchingView:
    """As it is now; `problem`: why it is not online, `lost`: since when (Unix seconds)."""
    return MatchingView(
        phase=client.phase,
        account=client.welcome.account if client.welcome else "",
        name=profile.name,
        organisation=profile.organisation,
        organisation_name=profile.organisation_name,
        problem=problem,
        lost=lost,
        refused=client.refused,
        clock_skew=client.skew,
        status=memory.status,
        helpers=memory.helpers,
        listed=memory.listed,
        requests=memory.requests,
        request=memory.open,
        waits=client.welcome.waiting if client.welcome else None,
        desk=desk,
    )
