"""A desktop that is asked: each time where that costs nothing, else now and then."""

import asyncio
from functools import partial

import pytest

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.windows import Windows
from common.host.windows_monitors import Monitor
from user_agent.area import polled
from user_agent.area.choice import open_probe
from user_agent.area.polled import PolledProbe

ONE, OTHER = Monitor("A", 0, 0, 800, 600, True), Monitor("B", 800, 0, 800, 600, False)


class TwoMonitors(Windows):
    """Monitors that come and go."""

    def __init__(self) -> None:
        self.there: tuple[Monitor, ...] = (ONE, OTHER)

    def monitors(self) -> tuple[Monitor, ...]:
        return self.there


def test_on_windows_each_question_asks() -> None:
    """And a change is not forgotten by asking; without any answer nothing holds."""
    windows = TwoMonitors()
    probe = open_probe(Computer(environ={}, platform="win32", windows=windows))
    assert not probe.holds()
    assert probe.accept()
    assert probe.holds()
    probe.suspect()
    assert probe.holds()
    windows.there = (ONE,)
    assert not probe.holds()
    windows.there = (ONE, OTHER)
    assert not probe.holds()
    assert probe.accept()
    assert probe.holds()
    windows.there = ()
    assert not probe.holds()
    assert not probe.accept()
    probe.close()


async def test_it_looks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a thread where that may wait; until it is closed."""
    monkeypatch.setattr(polled, "LOOK", 0.01)
    for waits in (False, True):
        layout = ["first"]
        told = asyncio.Event()
        probe = PolledProbe(partial(tuple, layout), waits=waits)
        assert probe.accept()
        probe.watch(told.set)
        await asyncio.sleep(0.05)
        assert not told.is_set()
        layout[:] = ["second"]
        async with asyncio.timeout(10):
            await told.wait()
        assert not probe.holds()
        probe.close()
        await asyncio.sleep(0)
        told.clear()
        await asyncio.sleep(0.05)
        assert not told.is_set()


def test_what_cannot_be_asked_each_time_believes_whoever_has_heard() -> None:
    """A compositor may take its time; Qt has it from the compositor."""
    probe = PolledProbe(lambda: ("same",), waits=True)
    assert probe.accept()
    assert probe.holds()
    probe.suspect()
    assert not probe.holds()
    assert probe.accept()
    assert probe.holds()


def test_where_nobody_tells_no_screen_is_shown_alone() -> None:
    """As on macOS, whose server shows all of them anyway."""
    with pytest.raises(TasukiError) as caught:
        open_probe(Computer(environ={}, platform="darwin"))
    assert caught.value.code == "screens_not_watched"
