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

    async def alone(self, screens: tuple[ScreenChoice, ...]) -> tuple[ScreenChoice, ...]:
        return screens

    async def show(self, screen: ScreenChoice | None) -> None:
        self.starting()
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        self.log.append(screen)

    def go_on(self) -> None:
        self.log.append("on")


@contextlib.asynccontextmanager
async def held(desktop: Desktop, *agreed: ScreenChoice) -> AsyncIterator[tuple[HeldArea, list[AreaView]]]:
    views: list[AreaView] = []
    area = HeldArea(
        shows=desktop, open_probe=lambda: desktop, find=desktop.find, told=views.append, settles=0.001, rests=0
    )
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
    async with held(desktop, RIGHT) as (area, views):
        await until_true(area.guard.opens)
        assert desktop.log == ["stop", RIGHT, "on"]
        assert not views


async def test_unplugged_it_stops_at_once_and_asks() -> None:
    """In the very call that tells of it; and it goes on with what the person says, by a server of its own."""
    desktop = Desktop()
    async with held(desktop, RIGHT) as (area, views):
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
    async with held(desktop, RIGHT) as (area, views):
        await until_true(area.guard.opens)
        desktop.change(LEFT, now)
        await asked(views)
        assert desktop.log[-1] == "stop"


async def test_another_one_that_comes_elsewhere_bothers_nobody() -> None:
    """It stops all the same, and a server that has not seen the change goes on with what was agreed."""
    desktop = Desktop()
    async with held(desktop, RIGHT) as (area, views):
        await until_true(area.guard.opens)
        desktop.change(*BOTH, replace(LEFT, x=2390, name="HDMI-2"))
        await until_true(area.guard.opens)
        assert desktop.log == ["stop", RIGHT, "on", "stop", RIGHT, "on"]
        assert [view.question for view in views] == [None, None]


async def test_a_change_that_nobody_tells_of_is_found_by_the_gate() -> None:
    """Before a byte passes."""
    desktop = Desktop()
    async with held(desktop, RIGHT) as (area, views):
        await until_true(area.guard.opens)
        desktop.change(LEFT, told=False)
        assert not area.guard.opens()
        assert desktop.log[-1] == "stop"
        await asked(views)


async def test_plugged_in_again_it_goes_on_without_an_answer() -> None:
    """What was agreed is there again."""
    desktop = Desktop()
    async with held(desktop, RIGHT) as (area, views):
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
    async with held(desktop, RIGHT) as (area, views):
        await until_true(area.guard.opens)
        for now in ((LEFT,), (), (replace(LEFT, width=800),)):
            desktop.change(*now)
            await until_true(partial(_asks, views, now))
            assert not area.choose(LEFT.key if now != (LEFT,) else "nothing")
        assert desktop.log[-1] == "stop"


async def test_changed_before_anything_was_shown() -> None:
    """Since help was asked for: nothing is ever shown of it."""
    desktop = Desktop(screens=(LEFT,))
    async with held(desktop, RIGHT) as (_, views):
        await asked(views)
        assert desktop.log == ["stop"]


async def test_changed_while_the_server_starts() -> None:
    """It is not seen; the next one is, if it is still there."""
    desktop = Desktop()

    def once() -> None:
        desktop.starting = lambda: None
        desktop.change(*BOTH)

    desktop.starting = once
    async with held(desktop, RIGHT) as (area, _):
        await until_true(area.guard.opens)
        assert desktop.log == ["stop", RIGHT, RIGHT, "on"]


async def test_a_server_that_cannot_start_because_it_has_gone_is_no_end() -> None:
    """The person is asked; where nothing has changed it is the end, with the reason."""
    desktop = Desktop()

    def once() -> None:
        desktop.starting, desktop.error = lambda: None, TasukiError("screen_unknown", screen="x")
        desktop.change(LEFT, told=False)

    desktop.starting = once
    async with held(desktop, RIGHT) as (area, views):
        await asked(views)
        area.choose(LEFT.key)
        await until_true(lambda: desktop.log[-1] == "closed")
    area = HeldArea(
        shows=desktop, open_probe=lambda: desktop, find=desktop.find, told=lambda _: None, settles=0.001, rests=0
    )
    with pytest.raises(TasukiError) as caught:
        await area.hold((LEFT,))
    assert caught.value.code == "screen_unknown"
    assert not area.guard.opens()


async def test_a_server_of_another_size_is_started_three_times_at_most() -> None:
    """Then it is the end: nothing of it was seen."""
    desktop = Desktop()
    area = HeldArea(
        shows=desktop, open_probe=lambda: desktop, find=desktop.find, told=lambda _: None, settles=0.001, rests=0
    )
    holding = asyncio.ensure_future(area.hold((RIGHT,)))
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
    async with held(desktop, RIGHT) as (area, views):
        await until_true(area.guard.opens)
        desktop.answers = False
        assert not area.guard.opens()
        await asyncio.sleep(0.02)
        assert views[-1] == AreaView(stopped=True)
        desktop.answers = True
        await until_true(area.guard.opens)
    desktop = Desktop(gone=True)
    area = HeldArea(
        shows=desktop, open_probe=lambda: desktop, find=desktop.find, told=lambda _: None, settles=0.001, rests=0
    )
    with pytest.raises(TasukiError) as caught:
        await area.hold((RIGHT,))
    assert caught.value.code == "screen_closed"


async def test_all_screens_is_an_answer_after_which_nothing_is_held() -> None:
    """The whole desktop was agreed to then, whatever becomes of it."""
    desktop = Desktop()
    async with held(desktop, RIGHT) as (area, views):
        await until_true(area.guard.opens)
        desktop.change(LEFT, replace(RIGHT, x=0))
        await asked(views)
        assert area.choose("")
        await until_true(area.guard.opens)
        assert desktop.log[-3:] == [None, "closed", "on"]
        desktop.stale = True
        assert area.guard.opens()
        assert area.guard.fits(1, 1)
        assert not views[-1].stopped
        assert [one.key for one in views[-1].offered.screens] == [LEFT.key, "1366x768+0+0"]
        assert views[-1].offered.whole


async def seen(views: list[AreaView], key: str) -> None:
    await until_true(lambda: bool(views) and not views[-1].stopped and views[-1].offered.seen == key)


async def test_another_that_was_agreed_to_is_shown_where_it_is_wanted() -> None:
    """The picture stops first, and goes on from a server of its own; what was not agreed to, nobody gets, nor all at once."""
    third = replace(LEFT, x=2390, name="HDMI-2")
    desktop = Desktop(screens=(*BOTH, third))
    async with held(desktop, RIGHT, LEFT) as (area, views):
        await seen(views, RIGHT.key)
        assert [(one.number, one.key) for one in views[-1].offered.screens] == [(1, LEFT.key), (2, RIGHT.key)]
        for key in (third.key, "", RIGHT.key, "1"):
            assert not area.want(key)
        assert area.want(LEFT.key)
        await seen(views, LEFT.key)
        assert desktop.log == ["stop", RIGHT, "on", "stop", LEFT, "on"]
        assert area.guard.fits(LEFT.width, LEFT.height)
        assert not any(view.stopped for view in views)


async def test_from_all_to_one_and_back() -> None:
    """Where everything was agreed to; and one that has gone leads back to everything, without a question."""
    desktop = Desktop()
    async with held(desktop) as (area, views):
        await seen(views, "")
        assert area.want(RIGHT.key)
        await seen(views, RIGHT.key)
        assert not area.guard.fits(2390, 768)
        assert area.want("")
        await seen(views, "")
        assert area.guard.fits(2390, 768)
        assert area.want(RIGHT.key)
        await seen(views, RIGHT.key)
        desktop.change(LEFT, replace(RIGHT, x=0))
        assert not area.guard.opens()
        await seen(views, "")
        assert not any(view.question for view in views)
        assert desktop.log.count("closed") == 2


async def test_what_can_be_seen_follows_the_screens() -> None:
    """Also while all are: a window that hears of a change says so; with one alone there is no choice."""
    desktop = Desktop()
    async with held(desktop) as (area, views):
        await seen(views, "")
        desktop.screens = (LEFT,)
        area.look()
        await until_true(lambda: not views[-1].offered.screens)
        assert not area.want(LEFT.key)
        assert desktop.log == ["stop", None, "on"]


async def test_the_answer_after_a_change_is_all_that_may_be_seen() -> None:
    """Who chose one then has not chosen the others again."""
    desktop = Desktop()
    async with held(desktop, RIGHT, LEFT) as (area, views):
        await seen(views, RIGHT.key)
        desktop.change(LEFT, replace(RIGHT, y=5))
        await asked(views)
        assert not area.want(LEFT.key)
        area.choose(LEFT.key)
        await until_true(lambda: not views[-1].stopped)
        assert views[-1] == AreaView()


async def test_one_that_cannot_be_shown_leaves_what_was_seen() -> None:
    """A helper who chooses it ends nothing; where that cannot be shown any more either, it is the end."""
    desktop = Desktop()
    async with held(desktop, RIGHT, LEFT) as (area, views):
        await seen(views, RIGHT.key)

        def once() -> None:
            desktop.starting, desktop.error = well, TasukiError("vnc_server_failed", program="x", detail="")

        def well() -> None:
            desktop.error = None

        desktop.starting = once
        area.want(LEFT.key)
        await until_true(lambda: desktop.log.count("on") == 2)
        assert desktop.log == ["stop", RIGHT, "on", "stop", RIGHT, "on"]
        assert area.guard.opens()


async def test_one_rests_before_the_next() -> None:
    """Each is a server that is started: a helper who wants them all the time gets the last one, a while later."""
    desktop, views = Desktop(), list[AreaView]()
    area = HeldArea(
        shows=desktop, open_probe=lambda: desktop, find=desktop.find, told=views.append, settles=0.001, rests=0.2
    )
    holding = asyncio.ensure_future(area.hold((RIGHT, LEFT)))
    await seen(views, RIGHT.key)
    began = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() < began + 0.1:
        area.want(LEFT.key)
        await asyncio.sleep(0.001)
    assert desktop.log == ["stop", RIGHT, "on"]
    await seen(views, LEFT.key)
    assert asyncio.get_running_loop().time() >= began + 0.15
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
