"""What the helper draws: it goes by itself, and whatever is sent costs the person's program little."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QRegion

from common.ui.language import Speech
from user_agent.ui import pen_overlay
from user_agent.ui.pen_overlay import FADES, LINE, LONGEST, MOST, RING, STAYS, STEP, PenOverlay

SCREEN = QRect(0, 0, 1600, 900)
BESIDE = QRect(1600, 0, 800, 600)


class Desk:
    """A pen, its clock, and the shapes that it was given. Steps are the test's."""

    def __init__(self) -> None:
        self.now = 100.0
        self.shapes: list[QRegion] = []
        self.pen = PenOverlay(now=lambda: self.now)
        self.pen.setMask = self.shapes.append  # type: ignore[assignment,method-assign]

    def draws(self, *points: tuple[int, int], begins: bool = False, screen: QRect = SCREEN) -> None:
        """A message."""
        self.pen.draw([QPoint(*point) for point in points], screen, begins=begins)

    def lasts(self, seconds: float) -> None:
        """As the timer does."""
        self.now += seconds
        if self.pen._timer.isActive():
            self.pen._timer.timeout.emit()

    def shown(self, x: int, y: int) -> bool:
        """Whether the pen is there, after the last step."""
        return self.pen.isVisible() and self.shapes[-1].contains(QPoint(x, y) - self.pen.pos())


@pytest.fixture
def desk(speech: Speech, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Nothing is drawn."""
    monkeypatch.setattr(pen_overlay, "places", lambda: True)
    monkeypatch.setattr(pen_overlay, "put_above", lambda _: None)
    made = Desk()
    yield made
    made.pen.clear()
    made.pen.deleteLater()


async def test_each_stroke_goes_some_seconds_after_its_last_place(desk: Desk) -> None:
    """As a whole; a stroke that never left its place is a ring."""
    desk.draws((100, 100), (300, 100), begins=True)
    desk.lasts(STEP / 1000)
    assert desk.shown(200, 100)
    desk.lasts(3)
    desk.draws((300, 300), begins=False)
    desk.draws((600, 600), (602, 601), begins=True)
    desk.lasts(STAYS - 1)
    assert desk.shown(200, 100)
    assert desk.shown(600 + RING, 600)
    assert not desk.shown(600, 600)
    desk.lasts(1.1)
    assert not desk.pen.isVisible()
    assert not desk.pen._timer.isActive()


async def test_whose_stroke_it_is(desk: Desk) -> None:
    """The helper's name stands where the newest one begins, on the screen, also in its corners; and goes with the last."""
    for spot, at in (((100, 100), (140, 140)), ((1590, 890), (1550, 850))):
        desk.pen.draw([QPoint(*spot)], SCREEN, begins=True, name="Taro Yamada")
        desk.lasts(STEP / 1000)
        assert desk.shown(*at)
        assert SCREEN.contains(desk.pen.geometry())
    assert not desk.shown(140, 140)
    desk.lasts(STAYS + 0.1)
    assert not desk.pen.isVisible()


async def test_a_stroke_that_never_ends_stays_nowhere(desk: Desk) -> None:
    """What is old of it goes, though it is drawn on; also where it has become so short that it could be a ring."""
    desk.draws((100, 100), (300, 100), (300, 300), begins=True)
    for second in range(round(LONGEST)):
        desk.lasts(1)
        desk.draws((300, 300 + second % 2))
    desk.lasts(0.1)
    assert not desk.shown(200, 100)
    assert not desk.shown(300, 200)
    assert not desk.shown(300 + RING, 300)
    assert desk.shown(300, 300)


async def test_what_is_drawn_costs_nothing_until_the_next_step(desk: Desk) -> None:
    """Hundreds of messages are one painting, on however many screens; and without news there is none."""
    for number in range(400):
        desk.draws((number, 5), (number, 800), begins=True, screen=SCREEN)
        desk.draws((1700 + number, 5), begins=True, screen=BESIDE)
    assert desk.shapes == []
    desk.lasts(STEP / 1000)
    assert len(desk.shapes) == 1
    assert BESIDE.contains(desk.pen.geometry())
    desk.lasts(STEP / 1000)
    assert len(desk.shapes) == 1
    desk.lasts(STAYS - FADES)
    assert len(desk.shapes) == 2


WORST = {
    "across": [(10 + (number % 2) * 1500, number % 900) for number in range(4000)],
    "down": [(number % 1600, 10 + (number % 2) * 800) for number in range(4000)],
    "slanting": [(number * 7919 % 1600, number * 6101 % 900) for number in range(4000)],
    "steps": [(number * 7 % 1600, number // 200 * 20 + number % 2 * 9) for number in range(4000)],
    "a dot": [(700 + number % 9, 400 + number % 7) for number in range(4000)],
}


@pytest.mark.parametrize("begins", [False, True], ids=["strokes", "rings"])
@pytest.mark.parametrize("places", WORST.values(), ids=WORST)
async def test_so_much_and_no_more(desk: Desk, places: list[tuple[int, int]], begins: bool) -> None:
    """Of places, and of what the window's shape is made of, while it stands and while it goes; the newest is there."""
    for place in places:
        desk.draws(place, begins=begins)
    desk.lasts(STEP / 1000)
    assert 2 <= len(desk.pen._places) <= MOST
    assert desk.pen._places[-1].point == QPoint(*places[-1])
    for left in (FADES / 2, FADES / 20):
        assert desk.shapes[-1].rectCount() <= LINE
        desk.lasts(STAYS - left - (desk.now - 100))
    assert desk.shapes[-1].rectCount() <= LINE


async def test_a_shape_of_nothing_is_not_shown(desk: Desk) -> None:
    """Qt would show all of the window."""
    desk.draws((100, 100), (300, 100), begins=True)
    desk.lasts(STEP / 1000)
    shapes = len(desk.shapes)
    desk.pen._shape = QRegion  # type: ignore[method-assign]
    desk.draws((100, 100))
    desk.lasts(STEP / 1000)
    assert len(desk.shapes) == shapes
    assert not desk.pen.isVisible()
