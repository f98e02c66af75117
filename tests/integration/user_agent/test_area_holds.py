"""One monitor is agreed to, on real X servers: whatever becomes of the screens, not one pixel of anything else reaches the helper."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from common.protocol.messages import Mode
from deploy.demo.programs import until
from tests.support.desktops import happens, xdotool
from tests.support.monitors import BOX, CHANGES, RIGS, SECRET, Monitors, declared
from tests.support.one_monitor import SERVERS, another_of_those_allowed, nothing_else_is_seen, shown
from tests.support.rfb import pointer
from user_agent.area.guard import AreaGuard

TRIES, UNSEEN = 5, 5.0  # seconds in which x11vnc shows the other screen, mostly


@pytest.fixture(scope="module", params=list(RIGS))
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitors]:
    """Two ways to have monitors."""
    with RIGS[request.param](tmp_path_factory.mktemp("monitors")) as found:
        yield found


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("change", CHANGES)
async def test_nothing_else_is_ever_seen(rig: Monitors, server: str, change: str, tmp_path: Path) -> None:
    """The picture stops before it could be, and the person is asked; where the monitor is as it was, it goes on by itself."""
    stopped = await nothing_else_is_seen(rig, server, change, tmp_path)
    print(f"{change}, {server}: stopped {1000 * stopped:.0f} ms after the change began")


@pytest.mark.parametrize("rig", ["Xorg"], indirect=True)
@pytest.mark.parametrize("server", SERVERS)
async def test_another_that_was_allowed_is_seen_and_nothing_else(rig: Monitors, server: str, tmp_path: Path) -> None:
    """Two of three monitors may be seen: the helper goes from one to the other, and what is between them is never seen."""
    slower = await another_of_those_allowed(rig, server, tmp_path)
    print(f"{server}: another one is seen after {slower:.1f} s at most")


async def test_the_pointer_goes_where_the_screen_is_now(rig: Monitors, tmp_path: Path) -> None:
    """In control mode; while it is asked, nowhere."""
    async with shown(rig, "x11vnc", tmp_path, Mode.CONTROL) as session:
        helper = session.helper

        async def at(x: int, y: int, *wanted: str) -> None:
            assert helper.link is not None
            helper.link.send_rfb(pointer(x, y))
            place = partial(xdotool, rig.display, "getmouselocation")
            await happens(f"the pointer is at {wanted}", lambda: place().split()[:2] == list(wanted))

        await at(10, 20, "x:650", "y:20")
        await asyncio.to_thread(rig.change, "moved")
        await happens("the person is asked", lambda: session.area.question is not None)
        before = xdotool(rig.display, "getmouselocation")  # X moves it, too, where its screen has gone
        assert helper.link is not None
        helper.link.send_rfb(pointer(500, 300, 1) + pointer(500, 300))
        question = session.area.question
        assert question is not None
        moved = next(one for one in question.screens if (one.width, one.height) == (BOX[2], BOX[3]))
        await asyncio.sleep(0.5)
        assert xdotool(rig.display, "getmouselocation") == before
        helper.forget()
        assert session.sharing.choose_screen(moved.key)
        await happens("it is seen", lambda: sum(helper.seen.values()) > 0)
        await at(30, 40, f"x:{moved.x + 30}", f"y:{moved.y + 40}")


async def test_without_the_gate_all_else_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the pixels that are counted above are those that a server does send, if it does not die of the change, or stand still."""
    monkeypatch.setattr(AreaGuard, "opens", lambda _: True)
    monkeypatch.setattr(AreaGuard, "fits", lambda *_: True)
    monkeypatch.setattr(AreaGuard, "doubt", lambda _: None)
    with declared(tmp_path) as rig:
        for _ in range(TRIES):
            async with shown(rig, "x11vnc", tmp_path) as session:
                await asyncio.to_thread(rig.change, "unplugged")
                await until(lambda: session.helper.seen[SECRET] > 0 or bool(session.lost), within=UNSEEN)
                if session.helper.seen[SECRET] > 0:
                    return
    pytest.fail("another screen was never seen")
