"""RandR's probe on real X servers: what it notices, how fast it answers, and what it does where X does not."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.host.errors import TasukiError
from common.host.screen import x_answers
from tests.support.desktops import Program, free_display, happens, running, wait_for
from tests.support.display import virtual_display
from tests.support.monitors import CHANGES, KEY, RIGS, Monitors
from user_agent.area.x11 import X11Probe, monitors

MOST = 0.005  # seconds for one question on a busy machine; it takes 0.2 ms


@pytest.fixture(scope="module", params=list(RIGS))
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitors]:
    """Two ways to have monitors."""
    with RIGS[request.param](tmp_path_factory.mktemp("monitors")) as found:
        yield found


def chosen(rig: Monitors) -> str:
    """What tells the monitor apart; empty where there is none of this key."""
    return next((f"{one.name} {one.mark}" for one in monitors(rig.display) if one.key == KEY), "")


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_goes_unnoticed(rig: Monitors, change: str) -> None:
    """By the next question after it, also where X tells nobody. What was agreed to is another then, or as it was."""
    rig.again()
    probe = X11Probe(rig.display)
    try:
        assert not probe.holds()
        assert probe.accept()
        assert probe.holds()
        before = chosen(rig)
        assert before
        rig.change(change)
        assert not probe.holds()
        assert not probe.holds()
        assert (chosen(rig) == before) is (change == "elsewhere")
        assert probe.accept()
        assert probe.holds()
        rig.again()
        assert not probe.holds()
        assert chosen(rig) == before
    finally:
        probe.close()
        probe.close()


async def test_it_tells_by_itself(rig: Monitors) -> None:
    """Where nothing comes from a VNC server that would make it ask."""
    rig.again()
    probe = X11Probe(rig.display)
    told: list[float] = []
    try:
        probe.accept()
        probe.watch(lambda: told.append(time.monotonic()))
        await asyncio.sleep(1.5)
        assert not told
        await asyncio.to_thread(rig.change, "another")
        await happens("it is told", lambda: bool(told))
    finally:
        probe.close()


def test_a_question_takes_no_time(rig: Monitors) -> None:
    """It is asked before each read of a VNC server passes."""
    probe = X11Probe(rig.display)
    try:
        probe.accept()
        began = time.monotonic()
        for _ in range(500):
            assert probe.holds()
        each = (time.monotonic() - began) / 500
        print(f"{1e6 * each:.0f} µs a question")
        assert each < MOST
    finally:
        probe.close()


@contextlib.contextmanager
def xvfb(folder: Path, *more: str) -> Iterator[tuple[str, Program]]:
    """An X server that a test may stop."""
    number = free_display()
    with running(["Xvfb", f":{number}", "-nolisten", "tcp", "-ac", "-noreset", *more], folder) as server:
        wait_for("Xvfb", lambda: x_answers(f":{number}"))
        yield f":{number}", server


def test_an_x_server_that_does_not_answer(tmp_path: Path) -> None:
    """Is not waited for; when it does again, what it had to say is heard."""
    with xvfb(tmp_path) as (display, server):
        probe = X11Probe(display, within=0.05)
        assert probe.accept()
        server.process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert not probe.holds()
            assert not probe.accept()
            assert not probe.gone
            assert time.monotonic() - began < 5
        finally:
            server.process.send_signal(signal.SIGCONT)
        wait_for("it answers", probe.accept)
        assert probe.holds()
        probe.close()


async def test_an_x_server_that_ends(tmp_path: Path) -> None:
    """It is told, and can be asked on."""
    told: list[bool] = []
    with xvfb(tmp_path) as (display, server):
        probe = X11Probe(display)
        assert probe.accept()
        probe.watch(lambda: told.append(True))
        server.process.kill()
        await happens("it is told", lambda: bool(told))
        assert probe.gone
        assert not probe.holds()
        assert not probe.accept()
        probe.close()


def test_two_servers_of_different_kinds(tmp_path: Path) -> None:
    """Each numbers the events of its extensions in its own way; both are understood in one process."""
    with virtual_display() as one:
        first = X11Probe(one)
        with RIGS["Xtigervnc"](tmp_path) as other:
            second = X11Probe(other.display)
            for probe in (first, second):
                assert probe.accept()
                assert probe.holds()
            other.change("unplugged")
            assert first.holds()
            assert not second.holds()
            second.close()
        first.close()


def test_without_randr_no_screen_is_shown_alone(tmp_path: Path) -> None:
    """Since nobody would tell what becomes of it."""
    with xvfb(tmp_path, "-extension", "RANDR") as (display, _):
        with pytest.raises(TasukiError) as caught:
            X11Probe(display)
        assert caught.value.code == "screens_not_watched"
        assert monitors(display) == []
