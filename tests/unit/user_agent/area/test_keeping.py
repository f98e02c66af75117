"""What follows a change of the layout: stopped first, then looked at, then asked or not, then another server, then seen."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from common.host.errors import TasukiError
from user_agent.area.keeping import HeldArea
from user_agent.area.question import AreaView
from user_agent.servers.base import ScreenChoice

LEFT = ScreenChoice(name="HDMI-1", x=0, y=0, width=1024, height=768, mark="a")
RIGHT = ScreenChoice(name="DP-2", x=1024, y=0, width=1366, height=768, mark="b")
BOTH = (LEFT, RIGHT)


async def until_true(look: Callable[[], bool]) -> None:
    """Let the loop run until it is so."""
    async with asyncio.timeout(10):
        while not look():  # noqa: ASYNC110 -- what is looked at sets no event
            await asyncio.sleep(0)


@dataclass
class Desktop:
    """A layout that a test changes; probe, finder and stage at once. `log` is what happened, in order."""

    screens: tuple[ScreenChoice, ...] = BOTH
    log: list[object] = field(default_factory=list)
    name: str = "server"
    stale: bool = False
    answers: bool = True
    gone: bool = False
    error: TasukiError | None = None
    starting: Callable[[], None] = lambda: None
    changed: Callable[[], None] = lambda: None

    def change(self, *screens: ScreenChoice, told: bool = True) -> None:
        self.screens, self.stale = screens, True
        if told:
            self.changed()

    # the probe

    def holds(self) -> bool:
        return self.answers and not self.stale

    def accept(self) -> bool:
        self.stale = self.stale and not self.answers
        return self.answers

    def suspect(self) -> None: ...

    def watch(self, changed: Callable[[], None]) -> None:
        self.changed = changed

    def close(self) -> None:
        self.log.append("closed")

    async def find(self) -> tuple[ScreenChoice, ...]:
        return self.screens

    # what shows

    def stop(self) -> None:
        if self.log[-1:] != ["stop"]:
            self.log.append("stop")

    async def show(self, screen: ScreenChoice | None) -> None:
        self.starting()
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        self.log.append(screen)

    def go_on(self) -> None:
        self.log.append("on")


@contextlib.asynccontextmanager
async def held(desktop: Desktop, agreed: ScreenChoice = RIGHT) -> AsyncIterator[tuple[HeldArea, list[AreaView]]]:
    views: list[AreaView] = []
    area = HeldArea(shows=desktop, open_probe=lambda: desktop, find=desktop.find, told=views.append, settles=0.001)
    holding = asyncio.ensure_future(area.hold(agreed))
    try:
        yield area, views
    finally:
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)
        assert desktop.log[-1] in {"closed", "on"}


def _asks(views: list[AreaView], screens: tuple[ScreenChoice, ...]) -> bool:
    return views[-1].question is not None and views[-1].question.screens == screens


async def asked(views: list[AreaView]) -> None:
    await until_true(lambda: bool(views) and views[-1].question is not None)


async def test_what_was_agreed_is_shown_and_nobody_is_told_a_thing() -> None:
    """The beginning of every session."""
    desktop = Desktop()
    async with held(desktop) as (area, views):
        await until_true(area.guard.opens)
        assert desktop.log == ["stop", RIGHT, "on"]
        assert not views


async def test_unplugged_it_stops_at_once_and_asks() -> None:
    """In the very call that tells of it; and it goes on with what the person says, by a server of its own."""
    desktop = Desktop()
    async with held(desktop) as (area, views):
        await until_true(area.guard.opens)
        desktop.change(LEFT)
        assert desktop.log[-1] == "stop"
        assert not area.guard.opens()
        assert views[-1].stopped
        await asked(views)
        assert not area.choose(RIGHT.key)
        assert not area.choose("")
        assert area.choose(LEFT.key)
        assert not area.choose(LEFT.key)
        await until_true(area.guard.opens)
        assert desktop.log == ["stop", RIGHT, "on", "stop", LEFT, "on"]
        assert views[-1] == AreaView()


@pytest.mark.parametrize(
    "now",
    [
        replace(RIGHT, x=0), replace(RIGHT, y=768), replace(RIGHT, width=768, height=1366),
        replace(RIGHT, name="DP-3"), replace(RIGHT, mark="turned, mirrored, or another of the same size"),
    ],
)  # fmt: skip
async def test_whatever_of_it_changed_it_is_asked(now: ScreenChoice) -> None:
    """Moved, turned, mirrored, another of the same size."""
    desktop = Desktop()
    async with held(desktop) as (area, views):
        await until_true(area.guard.opens)
        desktop.change(LEFT, now)
        await asked(views)
        assert desktop.log[-1] == "stop"


async def test_another_one_that_comes_elsewhere_bothers_nobody() -> None:
    """It stops all the same, and a server that has not seen the change goes on with what was agreed."""
    desktop = Desktop()
    async with held(desktop) as (area, views):
        await until_true(area.guard.opens)
        desktop.change(*BOTH, replace(LEFT, x=2390, name="HDMI-2"))
        await until_true(area.guard.opens)
        assert desktop.log == ["stop", RIGHT, "on", "stop", RIGHT, "on"]
        assert [view.question for view in views] == [None, None]


async def test_a_change_that_nobody_tells_of_is_found_by_the_gate() -> None:
    """Before a byte passes."""
    desktop = Desktop()
    async with held(desktop) as (area, views):
        await until_true(area.guard.opens)
        desktop.change(LEFT, told=False)
        assert not area.guard.opens()
        assert desktop.log[-1] == "stop"
        await asked(views)


async def test_plugged_in_again_it_goes_on_without_an_answer() -> None:
    """What was agreed is there again."""
    desktop = Desktop()
    async with held(desktop) as (area, views):
        await until_true(area.guard.opens)
        desktop.change(LEFT)
        await asked(views)
        desktop.change(*BOTH)
        await until_true(area.guard.opens)
        assert desktop.log[-2:] == [RIGHT, "on"]
        assert views[-1] == AreaView()


async def test_what_changes_while_it_is_asked_is_asked_anew() -> None:
    """With the screens that there are then; none at all is a question without a choice."""
    desktop = Desktop()
    async with held(desktop) as (area, views):
        await until_true(area.guard.opens)
        for now in ((LEFT,), (), (replace(LEFT, width=800),)):
            desktop.change(*now)
            await until_true(partial(_asks, views, now))
            assert not area.choose(LEFT.key if now != (LEFT,) else "nothing")
        assert desktop.log[-1] == "stop"


async def test_changed_before_anything_was_shown() -> None:
    """Since help was asked for: nothing is ever shown of it."""
    desktop = Desktop(screens=(LEFT,))
    async with held(desktop) as (_, views):
        await asked(views)
        assert desktop.log == ["stop"]


async def test_changed_while_the_server_starts() -> None:
    """It is not seen; the next one is, if it is still there."""
    desktop = Desktop()

    def once() -> None:
        desktop.starting = lambda: None
        desktop.change(*BOTH)

    desktop.starting = once
    async with held(desktop) as (area, _):
        await until_true(area.guard.opens)
        assert desktop.log == ["stop", RIGHT, RIGHT, "on"]


async def test_a_server_that_cannot_start_because_it_has_gone_is_no_end() -> None:
    """The person is asked; where nothing has changed it is the end, with the reason."""
    desktop = Desktop()

    def once() -> None:
        desktop.starting, desktop.error = lambda: None, TasukiError("screen_unknown", screen="x")
        desktop.change(LEFT, told=False)

    desktop.starting = once
    async with held(desktop) as (area, views):
        await asked(views)
        area.choose(LEFT.key)
        await until_true(lambda: desktop.log[-1] == "closed")
    area = HeldArea(shows=desktop, open_probe=lambda: desktop, find=desktop.find, told=lambda _: None, settles=0.001)
    with pytest.raises(TasukiError) as caught:
        await area.hold(LEFT)
    assert caught.value.code == "screen_unknown"
    assert not area.guard.opens()


async def test_a_server_of_another_size_is_started_three_times_at_most() -> None:
    """Then it is the end: nothing of it was seen."""
    desktop = Desktop()
    area = HeldArea(shows=desktop, open_probe=lambda: desktop, find=desktop.find, told=lambda _: None, settles=0.001)
    holding = asyncio.ensure_future(area.hold(RIGHT))
    for _ in range(3):
        await until_true(area.guard.opens)
        assert not area.guard.fits(2390, 768)
        area.guard.doubt()
    with pytest.raises(TasukiError) as caught:
        await holding
    assert caught.value.code == "screen_not_kept"
    assert desktop.log.count(RIGHT) == 3
    assert desktop.log[-2:] == ["stop", "closed"]


async def test_a_desktop_that_does_not_answer_stops_it_until_it_does() -> None:
    """One that has ended ends it."""
    desktop = Desktop()
    async with held(desktop) as (area, views):
        await until_true(area.guard.opens)
        desktop.answers = False
        assert not area.guard.opens()
        await asyncio.sleep(0.02)
        assert views[-1] == AreaView(stopped=True)
        desktop.answers = True
        await until_true(area.guard.opens)
    desktop = Desktop(gone=True)
    area = HeldArea(shows=desktop, open_probe=lambda: desktop, find=desktop.find, told=lambda _: None, settles=0.001)
    with pytest.raises(TasukiError) as caught:
        await area.hold(RIGHT)
    assert caught.value.code == "screen_closed"


async def test_all_screens_is_an_answer_after_which_nothing_is_held() -> None:
    """The whole desktop was agreed to then, whatever becomes of it."""
    desktop = Desktop()
    async with held(desktop) as (area, views):
        await until_true(area.guard.opens)
        desktop.change(LEFT, replace(RIGHT, x=0))
        await asked(views)
        assert area.choose("")
        await until_true(area.guard.opens)
        assert desktop.log[-3:] == [None, "closed", "on"]
        desktop.stale = True
        assert area.guard.opens()
        assert area.guard.fits(1, 1)
        assert views[-1] == AreaView()
