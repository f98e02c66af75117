"""Which requests a helper has not been told of yet. Pure, no Qt."""

from helper_agent.views import HelperView, NumberedRequest


class Arrivals:
    """Asked at every change. A list that comes anew, after the relay was lost, brings nothing that was there before.

    A call back whose user is not connected is no news before it can be taken.
    """

    def __init__(self) -> None:
        self._told: set[str] = set()

    def of(self, view: HelperView) -> list[NumberedRequest]:
        """Those that came since the last call, who waits longest first."""
        came = [one for one in view.requests if one.entry.here and one.entry.request not in self._told]
        self._told.update(one.entry.request for one in came)
        if len(self._told) > 2 * len(view.requests) + 1000:
            self._told = {one.entry.request for one in view.requests}
        return came
