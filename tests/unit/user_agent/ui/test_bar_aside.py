"""Whose pointer the bar makes room for: a helper's that rests on it; and never so that a person's click misses it."""

from collections.abc import Callable

import pytest

from common.protocol.rfb.filter import Box
from user_agent.ui.bar_aside import EVERY, FREE, HELPER_RESTS, STILL, AsideWatch, HelpersPointer, Spot

BAR = Box(400, 0, 200, 40)
ELSEWHERE = Box(400, 800, 200, 40)
BESIDE, ON, FAR = (500, 60), (500, 20), (500, 500)
STEP = 0.2


class Play:
    """Time goes in steps; the desktop's pointer is where it was put last."""

    def __init__(self) -> None:
        self.watch = AsideWatch()
        self.now = 100.0
        self.pointer: Spot = FAR
        self.helper: HelpersPointer | None = None

    def helps(self, spot: Spot, *, drives: bool = True) -> None:
        """The helper moves it."""
        moves = 0 if self.helper is None else self.helper.moves
        self.helper = HelpersPointer(spot=spot, moves=moves + 1, drives=drives)
        if drives:
            self.pointer = spot

    def home_after(self, within: float, home: Box | None = BAR) -> float | None:
        """After how many seconds it may go back there; it lies elsewhere."""
        for step in range(1, round(within / STEP) + 1):
            self.now += STEP
            self.watch.look(self.now, bar=ELSEWHERE, pointer=self.pointer, helper=self.helper)
            if self.watch.may_go_home(self.now, home=home, pointer=self.pointer, helper=self.helper):
                return step * STEP
        return None

    def lasts(self, seconds: float, each: Callable[[], None] = lambda: None) -> list[Spot]:
        """What it made room for in that time."""
        found = []
        for _ in range(round(seconds / STEP)):
            self.now += STEP
            each()
            spot = self.watch.look(self.now, bar=BAR, pointer=self.pointer, helper=self.helper)
            if spot is not None:
                found.append(spot)
        return found


@pytest.fixture
def play() -> Play:
    """The pointer has been far away for long."""
    made = Play()
    made.lasts(STILL + 1)
    return made


def test_a_helpers_pointer_that_rests_on_it(play: Play) -> None:
    """Once, and not before it has rested."""
    play.helps(ON)
    assert play.lasts(HELPER_RESTS - STEP) == []
    assert play.lasts(EVERY * 3) == [ON]


def test_beside_it_nothing_is_under_it(play: Play) -> None:
    """Whoever is there."""
    play.helps(BESIDE)
    assert play.lasts(EVERY * 3) == []


def test_a_helper_who_points_without_touching(play: Play) -> None:
    """The person's pointer is elsewhere, and still."""
    play.helps(ON, drives=False)
    assert play.lasts(EVERY) == [ON]


def test_a_flood_moves_nothing(play: Play) -> None:
    """Not even one that says the same place again and again: nobody can make the bar run about."""
    assert play.lasts(EVERY * 4, lambda: play.helps(ON)) == []
    assert play.lasts(EVERY * 4, lambda: play.helps(BESIDE)) == []


def test_not_often(play: Play) -> None:
    """Whatever the helper does in between."""
    found = []
    for x in range(10):
        play.helps((500 + x, 20))
        found += play.lasts(HELPER_RESTS + 3 * STEP)
    assert 1 <= len(found) <= 10 * (HELPER_RESTS + 3 * STEP) / EVERY + 1


def test_never_while_the_person_moves_the_pointer(play: Play) -> None:
    """On the way to Stop: a moment after the last move at the earliest."""
    play.helps(ON, drives=False)
    moves = iter(range(1000))

    def person() -> None:
        play.pointer = (300 + next(moves), 300)

    assert play.lasts(EVERY * 2, person) == []
    assert play.lasts(STILL - 2 * STEP) == []
    assert play.lasts(1) == [ON]


@pytest.mark.parametrize("spot", [ON, BESIDE])
@pytest.mark.parametrize("pointed", [None, ON])
def test_never_away_from_the_persons_pointer(play: Play, spot: Spot, pointed: Spot | None) -> None:
    """However long it rests on the bar or on the way to Stop, and wherever the helper points meanwhile."""
    play.pointer = spot
    if pointed is not None:
        play.helps(pointed, drives=False)
    assert play.lasts(EVERY * 4) == []
    assert play.watch.person_on is (spot == ON)


def test_the_helpers_pointer_on_the_bar_is_not_the_persons(play: Play) -> None:
    """It keeps no bar open."""
    play.helps(ON)
    play.lasts(STEP)
    assert not play.watch.person_on


def test_far_away_nothing_is_in_the_way(play: Play) -> None:
    """Neither the helper's nor the person's."""
    play.helps(FAR)
    assert play.lasts(EVERY * 2) == []


def test_it_goes_home_when_its_place_has_been_free_for_a_while(play: Play) -> None:
    """Neither pointer near it, the person's at rest and away from where the bar lies now; and only where it has a home."""
    assert play.home_after(FREE * 4, None) is None
    after = play.home_after(FREE * 2)
    assert after is not None
    assert after >= FREE
    play.pointer = BESIDE
    assert play.home_after(FREE * 4) is None
    play.pointer = (500, 790)
    assert play.home_after(FREE * 4) is None
    play.pointer = FAR
    play.helps(ON, drives=False)
    assert play.home_after(FREE * 4) is None
    play.helps(FAR, drives=False)
    after = play.home_after(FREE * 2)
    assert after is not None
    assert after >= FREE
