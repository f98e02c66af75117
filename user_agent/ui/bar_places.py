"""Where the bar lies on a screen: where the person wants it, at the edge when it is folded, beside what must stay free. Pure; no Qt.

A place is two shares, of the room that the screen's free area leaves: 0 and 0 is the upper left corner, 0.5 and 0 the middle of
the upper edge, 1 and 1 the lower right corner. So it means something on every screen, and for the bar and its tab alike, and
nothing that is placed by it is ever outside.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from common.protocol.rfb.filter import Box
from user_agent.ui.geometry import common_part


class BarPlace(NamedTuple):
    """Shares from 0 to 1."""

    x: float
    y: float

    @property
    def at_edge(self) -> "BarPlace":
        """At the upper or the lower edge, whichever is nearer: where the tab is."""
        return BarPlace(self.x, 0.0 if self.y < HALF else 1.0)


HALF: Final = 0.5
USUAL: Final = BarPlace(HALF, 0.0)
ALONG: Final = (0.5, 0.0, 1.0, 0.25, 0.75)  # places along an edge that are tried one after the other


def read(text: str) -> BarPlace:
    """What `written` wrote; the usual place where it is none."""
    try:
        x, y = (float(share) for share in text.split())
    except ValueError:
        return USUAL
    return BarPlace(x, y) if 0 <= x <= 1 and 0 <= y <= 1 else USUAL


def written(place: BarPlace) -> str:
    """As it is kept."""
    return f"{place.x:.4f} {place.y:.4f}"


def box_at(place: BarPlace, size: tuple[int, int], area: Box) -> Box:
    """Where something of this size lies; its beginning is in the area where it is too large."""
    width, height = size
    x = area.x + round(place.x * max(0, area.width - width))
    y = area.y + round(place.y * max(0, area.height - height))
    return Box(x, y, width, height)


def place_of(box: Box, area: Box) -> BarPlace:
    """The place of what lies there."""
    return BarPlace(_share(box.x - area.x, area.width - box.width), _share(box.y - area.y, area.height - box.height))


def free_place(wanted: BarPlace, size: tuple[int, int], area: Box, off: Sequence[Box]) -> BarPlace:
    """The nearest to `wanted` of the places that touch nothing of `off`; where all do, the one that covers least of it."""
    if not _covered(box_at(wanted, size, area), off):
        return wanted
    middle = _middle(box_at(wanted, size, area))

    def cost(place: BarPlace) -> tuple[int, float]:
        box = box_at(place, size, area)
        return _covered(box, off), math.dist(_middle(box), middle)

    return min(_others(wanted), key=cost)


def grown(box: Box, by: int) -> Box:
    """The box and so much around it."""
    return Box(box.x - by, box.y - by, box.width + 2 * by, box.height + 2 * by)


def around(x: int, y: int, by: int) -> Box:
    """A square around a place."""
    return grown(Box(x, y, 1, 1), by)


def _others(wanted: BarPlace) -> Iterator[BarPlace]:
    """Along both edges. The wanted one first: of two that are as good, that stays."""
    yield wanted
    for y in (0.0, 1.0):
        for x in ALONG:
            yield BarPlace(x, y)


def _covered(box: Box, off: Iterable[Box]) -> int:
    parts = (common_part(box, one) for one in off)
    return sum(part.width * part.height for part in parts if part is not None)


def _middle(box: Box) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2


def _share(offset: int, room: int) -> float:
    return min(1.0, max(0.0, offset / room)) if room > 0 else 0.0
