"""Where things are: on the screens as Qt counts, and in the framebuffer as the VNC server does. Pure; no Qt.

Qt counts in units that a screen's ratio makes pixels of, from the screen's own corner. The desktop's pixels are what
the VNC server knows; its framebuffer is a part of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from common.protocol.rfb.filter import Box


@dataclass(frozen=True, kw_only=True)
class ScreenGeometry:
    """One screen: `area` in Qt's units; `x` and `y` are its corner in the desktop's pixels."""

    area: Box
    ratio: float
    x: int
    y: int

    @property
    def pixels(self) -> Box:
        """The same in the desktop's pixels."""
        return Box(self.x, self.y, round(self.area.width * self.ratio), round(self.area.height * self.ratio))


def shared_part(screens: Sequence[ScreenGeometry], alone: Box | None, size: tuple[int, int] = (0, 0)) -> Box:
    """The framebuffer in the desktop's pixels: the monitor that is shown `alone`, else everything. `size`: if it is known.

    A desktop begins at 0, 0, unless (on Windows) a screen lies to the left of the first or above it.
    """
    if alone is not None:
        return Box(alone.x, alone.y, size[0] or alone.width, size[1] or alone.height)
    pixels = [screen.pixels for screen in screens]
    left = min([0, *(box.x for box in pixels)])
    top = min([0, *(box.y for box in pixels)])
    right = max([left, *(box.x + box.width for box in pixels)])
    bottom = max([top, *(box.y + box.height for box in pixels)])
    return Box(left, top, size[0] or right - left, size[1] or bottom - top)


def is_shared(screen: ScreenGeometry, shared: Box) -> bool:
    """Whether any of it is in the framebuffer."""
    return common_part(screen.pixels, shared) is not None


def to_framebuffer(window: Box, screen: ScreenGeometry, shared: Box) -> Box | None:
    """A window of this screen, as the framebuffer has it; None where it is not in there. Rounded outwards."""
    left = screen.x + (window.x - screen.area.x) * screen.ratio
    top = screen.y + (window.y - screen.area.y) * screen.ratio
    right, bottom = left + window.width * screen.ratio, top + window.height * screen.ratio
    x, y = math.floor(left), math.floor(top)
    common = common_part(Box(x, y, math.ceil(right) - x, math.ceil(bottom) - y), shared)
    return common and Box(common.x - shared.x, common.y - shared.y, common.width, common.height)


def to_screen(x: int, y: int, screens: Sequence[ScreenGeometry], shared: Box) -> tuple[int, int, ScreenGeometry] | None:
    """A pixel of the framebuffer in Qt's units, and its screen; None where there is no screen."""
    x, y = x + shared.x, y + shared.y
    for screen in screens:
        if screen.pixels.holds(x, y):
            return (
                screen.area.x + math.floor((x - screen.x) / screen.ratio),
                screen.area.y + math.floor((y - screen.y) / screen.ratio),
                screen,
            )
    return None


def held_in(x: int, y: int, size: tuple[int, int]) -> tuple[int, int]:
    """The nearest pixel of a framebuffer of this size: nothing is drawn beside what is shared."""
    return max(0, min(x, size[0] - 1)), max(0, min(y, size[1] - 1))


def kept_inside(window: Box, areas: Sequence[Box]) -> tuple[int, int]:
    """Where a window's corner goes, so that all of it (its beginning, if it is too large) is on the nearest of `areas`."""
    if not areas:
        return window.x, window.y
    area = min(areas, key=lambda area: (-_shared_pixels(window, area), _distance(window, area)))
    x = max(area.x, min(window.x, area.x + area.width - window.width))
    y = max(area.y, min(window.y, area.y + area.height - window.height))
    return x, y


def common_part(one: Box, other: Box) -> Box | None:
    """What lies in both, if anything does."""
    x, y = max(one.x, other.x), max(one.y, other.y)
    width = min(one.x + one.width, other.x + other.width) - x
    height = min(one.y + one.height, other.y + other.height) - y
    return Box(x, y, width, height) if width > 0 and height > 0 else None


def _shared_pixels(one: Box, other: Box) -> int:
    common = common_part(one, other)
    return common.width * common.height if common is not None else 0


def _distance(one: Box, other: Box) -> float:
    return math.hypot(
        one.x + one.width / 2 - other.x - other.width / 2, one.y + one.height / 2 - other.y - other.height / 2
    )
