"""When the bar makes room, and when it comes back: whose pointer is on it, and for how long. Pure; no Qt.

A helper who controls has the person's own pointer: it is the helper's while it stands where the helper put it last. The bar must
not run away from the person who is about to press *Stop* on it, nor make way so that a click meant for it meets what a helper has
laid underneath. So it moves only for a helper's pointer that rests on it, never for the person's, never while that has moved a
moment ago or is beside it, and not often; and it comes back when its own place is free.
"""

import math
from dataclasses import dataclass
from typing import Final

from common.protocol.rfb.filter import Box
from user_agent.ui.bar_places import grown

NEAR: Final = 40  # units: who points so near to the bar may want it; so near to its own place, what is there
HELPER_RESTS: Final = 0.8  # seconds
FREE: Final = 5.0  # seconds for which its own place has been free, until it comes back
STILL: Final = 3.0  # seconds since the person has moved the pointer
EVERY: Final = 5.0  # seconds between two steps
SAME: Final = 2.0  # units: rounding between pixels and units

Spot = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class HelpersPointer:
    """Where the helper's pointer is, in Qt's units. `moves` grows with each message: a flood does not rest."""

    spot: Spot
    moves: int
    drives: bool  # it is the desktop's pointer, since the helper controls


class Rest:
    """Since when something is as it is."""

    def __init__(self) -> None:
        self._what: object = None
        self._since = 0.0

    def lasts(self, what: object, now: float) -> float:
        """Seconds."""
        if what != self._what:
            self._what, self._since = what, now
        return now - self._since


class AsideWatch:
    """Told several times a second where the pointers are. Times are seconds of any beginning."""

    def __init__(self) -> None:
        self._helper = Rest()
        self._home = Rest()
        self._moved_at = -math.inf  # the person's
        self._last: Spot | None = None
        self._stepped_at = -math.inf
        self._stepped_for: HelpersPointer | None = None
        self.person_on = False  # the person's pointer is on the bar
        self._person_near = False

    def look(self, now: float, *, bar: Box, pointer: Spot, helper: HelpersPointer | None) -> Spot | None:
        """The helper's pointer, if the bar should make room for it now; None: it stays."""
        theirs = _is_helpers(pointer, helper)
        if not theirs and self._last is not None and pointer != self._last:
            self._moved_at = now
        self._last = pointer
        self.person_on = not theirs and bar.holds(*pointer)
        self._person_near = not theirs and grown(bar, NEAR).holds(*pointer)
        if helper is None:
            return None
        rests = self._helper.lasts(helper, now) >= HELPER_RESTS and bar.holds(*helper.spot)
        if not rests or helper == self._stepped_for or not self._may_step(now):
            return None
        self._stepped_at, self._stepped_for = now, helper
        return helper.spot

    def may_go_home(self, now: float, *, home: Box | None, pointer: Spot, helper: HelpersPointer | None) -> bool:
        """Whether the bar, which has stepped aside, should go back to `home`: nobody has needed that place for a while.

        After `look`. None: it has not stepped aside, or cannot go back.
        """
        near = grown(home, NEAR) if home is not None else None
        free = near is not None and not near.holds(*pointer) and not (helper is not None and near.holds(*helper.spot))
        if self._home.lasts(free, now) < FREE or not free or not self._may_step(now):
            return False
        self._stepped_at = now
        return True

    def _may_step(self, now: float) -> bool:
        """Never away from the person's pointer, nor while that is on its way."""
        return not self._person_near and now - self._moved_at >= STILL and now - self._stepped_at >= EVERY


def _is_helpers(pointer: Spot, helper: HelpersPointer | None) -> bool:
    return helper is not None and helper.drives and math.dist(pointer, helper.spot) <= SAME
