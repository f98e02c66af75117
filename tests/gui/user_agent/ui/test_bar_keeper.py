"""When the bar folds by itself, and what keeps it open."""

import pytest
from PySide6.QtCore import QPoint, QRect
from pytestqt.qtbot import QtBot

from common.protocol.messages import Mode
from common.ui.language import Speech
from common.ui.theme import Theme
from tests.gui.scenes.bar import NOON, ORGANISATION, session
from user_agent.ui import bar as bar_module
from user_agent.ui import bar_keeper as module
from user_agent.ui.bar import Bar
from user_agent.ui.bar_aside import HelpersPointer
from user_agent.ui.bar_keeper import BarKeeper

HOME = QRect(0, 0, 1600, 900)
FAR = QPoint(10, 800)


class Desk:
    """A bar, its keeper, a clock and the pointers."""

    def __init__(self, bar: Bar) -> None:
        self.bar = bar
        self.now = 50.0
        self.pointer = FAR
        self.helper: HelpersPointer | None = None
        self.keeper = BarKeeper(
            bar, helpers_pointer=lambda: self.helper, clock=lambda: self.now, pointer=lambda: self.pointer
        )
        self.keeper.folds_after = 8

    def lasts(self, seconds: float) -> None:
        """As the timer does."""
        for _ in range(round(seconds / 0.2)):
            self.now += 0.2
            self.keeper.look()


@pytest.fixture
def desk(speech: Speech, theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """In a session."""
    for one in (bar_module, module):
        monkeypatch.setattr(one, "places", lambda: True)
    monkeypatch.setattr(
        Bar, "isActiveWindow", lambda _: False
    )  # the plugin for tests gives the keyboard to whatever is shown
    bar = Bar()
    qtbot.addWidget(bar)
    bar.show_session(session(), organisation=ORGANISATION, now=NOON)
    bar.appear(HOME, "left")
    made = Desk(bar)
    made.keeper.begin()
    made.keeper._timer.stop()
    return made


async def test_it_folds_when_nobody_is_at_it(desk: Desk) -> None:
    """After the seconds of the settings; opened, it waits as long again."""
    desk.lasts(7)
    assert not desk.bar.folded
    desk.lasts(2)
    assert desk.bar.folded
    desk.bar.unfold()
    desk.lasts(7)
    assert not desk.bar.folded
    desk.lasts(2)
    assert desk.bar.folded


async def test_the_persons_pointer_keeps_it_open_and_the_helpers_does_not(desk: Desk) -> None:
    """Whoever is on it."""
    desk.pointer = desk.bar.geometry().center()
    desk.lasts(60)
    assert not desk.bar.folded
    at = desk.pointer
    desk.helper = HelpersPointer(spot=(at.x(), at.y()), moves=1, drives=True)
    desk.lasts(20)
    assert desk.bar.folded


async def test_what_the_person_must_read_keeps_it_open(desk: Desk) -> None:
    """And opens it: an unread message, a question; what holds now."""
    desk.lasts(10)
    assert desk.bar.folded
    for why in ("chat", "question"):
        desk.keeper.hold(why, True)
        assert not desk.bar.folded
        desk.lasts(60)
        assert not desk.bar.folded
        desk.keeper.hold(why, False)
        desk.lasts(9)
        assert desk.bar.folded
    desk.keeper.news()
    assert not desk.bar.folded


async def test_never_where_the_settings_say_so(desk: Desk) -> None:
    """Nor does it step aside: it stays where the person has it. It can still be folded by a click."""
    desk.keeper.folds_after = 0
    there = desk.bar.geometry()
    desk.helper = HelpersPointer(spot=(HOME.center().x(), 20), moves=1, drives=True)
    desk.lasts(300)
    assert not desk.bar.folded
    assert desk.bar.geometry() == there


async def test_it_makes_room_for_the_helper(desk: Desk) -> None:
    """Folded, and away from what is pointed at; it comes back by itself nowhere where that is."""
    desk.bar.show_session(session(mode=Mode.CONTROL), organisation=ORGANISATION, now=NOON)
    desk.lasts(4)
    spot = (HOME.center().x(), 20)
    desk.pointer = QPoint(*spot)
    desk.helper = HelpersPointer(spot=spot, moves=1, drives=True)
    desk.lasts(2)
    assert desk.bar.folded
    assert not desk.bar.geometry().adjusted(-30, -30, 30, 30).contains(desk.pointer)
    assert HOME.contains(desk.bar.geometry())
    where = desk.bar.geometry()
    desk.lasts(30)
    assert desk.bar.geometry() == where


async def test_it_comes_back_when_its_place_is_free(desk: Desk) -> None:
    """Not while the person rests beside where it lies now."""
    at_home = desk.bar.geometry()
    desk.lasts(4)
    desk.helper = HelpersPointer(spot=(HOME.center().x(), 20), moves=1, drives=False)
    desk.lasts(2)
    aside = desk.bar.geometry()
    assert aside.center().x() != at_home.center().x()
    desk.helper = None
    desk.pointer = aside.center() + QPoint(0, aside.height())
    desk.lasts(30)
    assert desk.bar.geometry() == aside
    desk.pointer = FAR
    desk.lasts(12)
    assert abs(desk.bar.geometry().center().x() - at_home.center().x()) <= 1


async def test_the_persons_pointer_beside_it_moves_nothing(desk: Desk) -> None:
    """It may be on its way to Stop: what lies there stays there, open or folded."""
    for _ in range(2):
        there = desk.bar.geometry()
        desk.keeper.folds_after = 0
        desk.pointer = there.bottomRight() + QPoint(-20, 20)
        desk.lasts(60)
        assert desk.bar.geometry() == there
        desk.bar.fold()


async def test_another_session_begins_open_and_at_home(desk: Desk) -> None:
    """Whatever was before."""
    desk.keeper.hold("chat", True)
    desk.bar.make_room(desk.bar.geometry().center())
    desk.keeper.begin()
    desk.keeper._timer.stop()
    assert not desk.bar.folded
    assert abs(desk.bar.geometry().center().x() - HOME.center().x()) <= 1
    desk.lasts(9)
    assert desk.bar.folded
