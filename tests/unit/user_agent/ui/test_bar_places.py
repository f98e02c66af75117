"""Where the bar lies: in the free area whatever it is asked, at the edge when folded, beside what must stay free."""

import pytest

from common.protocol.rfb.filter import Box
from user_agent.ui.bar_places import USUAL, BarPlace, around, box_at, free_place, place_of, read, written
from user_agent.ui.geometry import common_part

AREA = Box(100, 30, 1266, 738)
TAB, BAR = (180, 40), (900, 60)


@pytest.mark.parametrize("size", [TAB, BAR, (3000, 60), (40, 3000)])
@pytest.mark.parametrize("x", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("y", [0.0, 0.6, 1.0])
def test_never_outside(size: tuple[int, int], x: float, y: float) -> None:
    """What is too large has its beginning there."""
    box = box_at(BarPlace(x, y), size, AREA)
    assert (box.x, box.y) >= (AREA.x, AREA.y)
    assert box.x == AREA.x or box.x + box.width <= AREA.x + AREA.width
    assert box.y == AREA.y or box.y + box.height <= AREA.y + AREA.height


def test_what_is_dragged_stays_there() -> None:
    """To the pixel; and what is dragged out stays at the edge."""
    for x, y in ((100, 30), (333, 400), (466, 708)):
        assert box_at(place_of(Box(x, y, *BAR), AREA), BAR, AREA) == Box(x, y, *BAR)
    assert place_of(Box(-500, 5000, *BAR), AREA) == BarPlace(0.0, 1.0)
    assert place_of(Box(0, 0, 5000, 60), AREA) == BarPlace(0.0, 0.0)


def test_a_tab_is_at_the_nearer_edge() -> None:
    """As far along as the bar was."""
    assert BarPlace(0.2, 0.4).at_edge == BarPlace(0.2, 0.0)
    assert BarPlace(0.2, 0.6).at_edge == BarPlace(0.2, 1.0)


def test_it_is_kept_as_text() -> None:
    """What no place is, is the usual one: the file is a person's."""
    assert read(written(BarPlace(0.25, 1.0))) == BarPlace(0.25, 1.0)
    for text in ("", "0.5", "a b", "2 0", "0 -1", "nan 0", "inf 0", "0 0 0"):
        assert read(text) == USUAL


@pytest.mark.parametrize("x", range(150, 1360, 90))
def test_it_makes_room_for_any_pointer(x: int) -> None:
    """On a screen where there is room, the tab and the bar lie beside it; where nothing is in the way they stay."""
    for size in (TAB, BAR):
        for y in (35, 400, 760):
            pointer = around(x, y, 60)
            place = free_place(USUAL, size, AREA, [pointer])
            assert common_part(box_at(place, size, AREA), pointer) is None
            if common_part(box_at(USUAL, size, AREA), pointer) is None:
                assert place == USUAL


def test_where_nothing_is_free_it_covers_least() -> None:
    """A bar as wide as the screen, and a title that goes across it in the upper half."""
    whole, title = (AREA.width, 60), Box(100, 30, 1266, 40)
    assert free_place(USUAL, whole, AREA, [title]).y == 1.0
    assert free_place(USUAL, whole, AREA, [AREA]) == USUAL
