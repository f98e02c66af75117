"""One monitor is agreed to, on real X servers: whatever becomes of the screens, not one pixel of anything else reaches the helper."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desktops import happens
from tests.support.monitors import CHANGES, RIGS, SECRET, Monitors
from tests.support.one_monitor import SERVERS, nothing_else_is_seen, shown
from user_agent.area.guard import AreaGuard


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


async def test_without_the_gate_all_else_would_be_seen(
    rig: Monitors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the pixels that are counted above are those that a server does send."""
    monkeypatch.setattr(AreaGuard, "opens", lambda _: True)
    monkeypatch.setattr(AreaGuard, "fits", lambda *_: True)
    monkeypatch.setattr(AreaGuard, "doubt", lambda _: None)
    async with shown(rig, "x11vnc", tmp_path) as session:
        await asyncio.to_thread(rig.change, "unplugged")
        await happens("another screen is seen", lambda: session.helper.seen[SECRET] > 0)
