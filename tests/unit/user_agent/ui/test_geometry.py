"""Windows and pixels on one and several screens, at ratios of 1 to 3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.rfb.filter import Box
from user_agent.ui.geometry import (
    ScreenGeometry,
    held_in,
    is_shared,
    kept_inside,
    shared_part,
    to_framebuffer,
    to_screen,
)


def screen(x: int, y: int, width: int, height: int, ratio: float = 1.0) -> ScreenGeometry:
    """One whose corner is at x, y of the desktop, of this size in pixels."""
    area = Box(x, y, round(width / ratio), round(height / ratio))
    return ScreenGeometry(area=area, ratio=ratio, x=x, y=y)


LEFT = screen(0, 0, 1920, 1080)
RIGHT = screen(1920, 0, 3840, 2160, 2.0)
ABOVE = screen(-1280, -1024, 1280, 1024)


def test_what_is_drawn_is_held_to_what_is_shared() -> None:
    """The nearest pixel of the framebuffer."""
    assert held_in(5, 6, (800, 600)) == (5, 6)
    assert held_in(800, -1, (800, 600)) == (799, 0)
    assert held_in(65535, 65535, (800, 600)) == (799, 599)


def test_a_desktop_is_all_its_screens() -> None:
    """The framebuffer of a server that shows everything."""
    assert shared_part([LEFT, RIGHT], None) == Box(0, 0, 5760, 2160)
    assert shared_part([LEFT], None) == Box(0, 0, 1920, 1080)
    assert shared_part([], None) == Box(0, 0, 0, 0)


def test_on_windows_a_desktop_begins_where_its_first_screen_is() -> None:
    """To the left of the main screen, and above it."""
    assert shared_part([LEFT, ABOVE], None) == Box(-1280, -1024, 3200, 2104)


def test_a_desktop_begins_at_nought_where_no_screen_does() -> None:
    """X's root window does, wherever its monitors lie."""
    assert shared_part([screen(100, 50, 800, 600)], None) == Box(0, 0, 900, 650)


def test_one_monitor_alone_is_the_framebuffer() -> None:
    """And the server's own word about its size is better than ours."""
    alone = Box(1920, 0, 3840, 2160)
    assert shared_part([LEFT, RIGHT], alone) == alone
    assert shared_part([LEFT, RIGHT], alone, (3840, 2100)) == Box(1920, 0, 3840, 2100)
    assert shared_part([LEFT, RIGHT], None, (5760, 1080)) == Box(0, 0, 5760, 1080)


def test_only_the_shared_screen_has_a_frame() -> None:
    """A neighbour that only touches it has none."""
    assert is_shared(RIGHT, Box(1920, 0, 3840, 2160))
    assert not is_shared(LEFT, Box(1920, 0, 3840, 2160))


@pytest.mark.parametrize(("ratio", "expected"), [(1.0, (100, 20, 300, 40)), (2.0, (200, 40, 600, 80))])
def test_a_window_in_pixels(ratio: float, expected: tuple[int, ...]) -> None:
    """Qt's units times the ratio."""
    place = screen(0, 0, 3840, 2160, ratio)
    assert to_framebuffer(Box(100, 20, 300, 40), place, Box(0, 0, 3840, 2160)) == Box(*expected)


def test_a_window_is_rounded_outwards() -> None:
    """Not a pixel of it is left out."""
    place = screen(0, 0, 1920, 1080, 1.5)
    assert to_framebuffer(Box(101, 1, 3, 3), place, Box(0, 0, 1920, 1080)) == Box(151, 1, 5, 5)


def test_a_window_on_a_second_screen_counts_from_its_corner() -> None:
    """A screen's corner is in pixels, what is inside in units."""
    everything = shared_part([LEFT, RIGHT], None)
    assert to_framebuffer(Box(1930, 10, 100, 50), RIGHT, everything) == Box(1940, 20, 200, 100)
    assert to_framebuffer(Box(1930, 10, 100, 50), RIGHT, Box(1920, 0, 3840, 2160)) == Box(20, 20, 200, 100)


def test_a_window_elsewhere_covers_nothing() -> None:
    """One that hangs out is covered as far as it is in."""
    shared = Box(1920, 0, 3840, 2160)
    assert to_framebuffer(Box(0, 0, 400, 300), LEFT, shared) is None
    assert to_framebuffer(Box(1800, 0, 200, 30), LEFT, shared) == Box(0, 0, 80, 30)


def test_a_pixel_on_a_screen() -> None:
    """The way back, with an origin and with a ratio."""
    everything = shared_part([LEFT, RIGHT], None)
    assert to_screen(10, 20, [LEFT, RIGHT], everything) == (10, 20, LEFT)
    assert to_screen(1940, 21, [LEFT, RIGHT], everything) == (1930, 10, RIGHT)
    assert to_screen(20, 20, [LEFT, RIGHT], Box(1920, 0, 3840, 2160)) == (1930, 10, RIGHT)
    assert to_screen(0, 0, [LEFT, ABOVE], shared_part([LEFT, ABOVE], None)) == (-1280, -1024, ABOVE)


def test_a_pixel_where_no_screen_is() -> None:
    """Screens of different heights leave holes."""
    assert to_screen(100, 2000, [LEFT, RIGHT], shared_part([LEFT, RIGHT], None)) is None


RATIOS = st.sampled_from([1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0])


@given(ratio=RATIOS, x=st.integers(0, 3839), y=st.integers(0, 2159))
def test_where_the_helper_points_lies_in_a_window_there(ratio: float, x: int, y: int) -> None:
    """There and back again: the unit that shows a pixel covers that pixel."""
    place = screen(0, 0, 3840, 2160, ratio)
    shared = place.pixels
    found = to_screen(min(x, shared.width - 1), min(y, shared.height - 1), [place], shared)
    assert found is not None
    box = to_framebuffer(Box(found[0], found[1], 1, 1), place, shared)
    assert box is not None
    assert box.holds(min(x, shared.width - 1), min(y, shared.height - 1))


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Box(100, 100, 300, 50), (100, 100)),
        (Box(-50, -10, 300, 50), (0, 0)),
        (Box(1800, 1070, 100, 50), (1800, 1030)),
        (Box(9000, 9000, 300, 50), (5460, 1030)),
        (Box(0, 0, 3000, 50), (0, 0)),
    ],
)
def test_a_bar_stays_on_a_screen(window: Box, expected: tuple[int, int]) -> None:
    """On the nearest one, its beginning first."""
    areas = [Box(0, 0, 1920, 1080), Box(1920, 0, 3840, 1080)]
    assert kept_inside(window, areas) == expected


def test_without_screens_nothing_moves() -> None:
    """While the only monitor is unplugged."""
    assert kept_inside(Box(5, 6, 7, 8), []) == (5, 6)


@given(x=st.integers(-9000, 9000), y=st.integers(-9000, 9000), width=st.integers(1, 900), height=st.integers(1, 200))
def test_whatever_is_small_enough_is_kept_whole(x: int, y: int, width: int, height: int) -> None:
    """Wherever it was dragged, and however the screens changed."""
    areas = [Box(0, 0, 1920, 1080), Box(1920, 200, 1280, 1024)]
    left, top = kept_inside(Box(x, y, width, height), areas)
    assert any(
        area.x <= left
        and left + width <= area.x + area.width
        and area.y <= top
        and top + height <= area.y + area.height
        for area in areas
    )
