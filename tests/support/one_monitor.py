"""A user's agent that shows one monitor of a desktop of several, and a helper who takes all that comes."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.messages import Mode
from common.protocol.rfb.filter import PAUSE_KEY
from tests.support.desktops import happens
from tests.support.monitors import BOX, KEY, OFFERED, OTHER, OTHER_KEY, SECRET, Monitors
from tests.support.rfb_channel import JoinedSession
from tests.support.watching_helper import WatchingHelper
from user_agent.area.question import AreaView
from user_agent.input.opening import open_x11
from user_agent.sharing import Sharing
from user_agent.views import SharedScreen

SERVERS = ("x11vnc", "x0vncserver")
LATER = 2.0  # seconds in which something that should not come would have come


@dataclass
class OneMonitor:
    """What a user's agent does of it, and what its helper sees."""

    sharing: Sharing
    helper: WatchingHelper
    joined: JoinedSession
    areas: list[AreaView] = field(default_factory=list)
    shared: list[SharedScreen | None] = field(default_factory=list)
    problems: list[TasukiError] = field(default_factory=list)
    lost: list[bool] = field(default_factory=list)

    @property
    def area(self) -> AreaView:
        return self.areas[-1] if self.areas else AreaView()


@contextlib.asynccontextmanager
async def shown(
    rig: Monitors, server: str, folder: Path, mode: Mode = Mode.VIEW, keys: Sequence[str] = (KEY,)
) -> AsyncIterator[OneMonitor]:
    """The one monitor, seen by a helper who asks for all there is."""
    areas: list[AreaView] = []
    shared: list[SharedScreen | None] = []
    problems: list[TasukiError] = []
    lost: list[bool] = []
    computer = Computer(environ={**os.environ, "DISPLAY": rig.display, "WAYLAND_DISPLAY": ""}, platform="linux")
    sharing = Sharing(
        computer=computer,
        wanted=server,
        running=None,
        stop_key=PAUSE_KEY,
        journal=folder / "journal",
        random=os.urandom,
        open_desktop=open_x11,
        on_input_lost=problems.append,
        on_shared=shared.append,
        on_problem=problems.append,
        on_area=areas.append,
    )
    rig.again()
    rig.paint()
    try:
        kind, screens = await sharing.agreed(keys)
        assert screens
        async with sharing.session(kind, screens, lost=lambda: lost.append(True)) as broker:
            helper = WatchingHelper(OFFERED, SECRET)
            joined = JoinedSession(user=broker, helper=helper, mode=mode)
            await asyncio.sleep(0)
            await happens("the two are joined", lambda: helper.link is not None)
            helper.begin()
            session = OneMonitor(sharing, helper, joined, areas, shared, problems, lost)
            await happens("the monitor is seen", lambda: helper.seen[OFFERED] >= BOX[2] * BOX[3] * 95 // 100)
            yield session
            joined.close()
    finally:
        await sharing.close()


async def nothing_else_is_seen(rig: Monitors, server: str, change: str, folder: Path) -> float:
    """The layout changes: what must hold. How many seconds after the change began it was stopped."""
    async with shown(rig, server, folder) as session:
        helper = session.helper
        began = time.monotonic()
        await asyncio.to_thread(rig.change, change)
        await happens("it is stopped", lambda: any(area.stopped for area in session.areas))
        stopped = time.monotonic() - began
        if change == "elsewhere":
            await happens("it goes on", lambda: not session.area.stopped)
            assert not any(area.question for area in session.areas)
            helper.forget()
            helper.ask(incremental=0)
            await happens("the monitor is seen again", lambda: helper.seen[OFFERED] > 0)
        else:
            await happens("the person is asked", lambda: session.area.question is not None)
        await asyncio.sleep(LATER)
        assert helper.seen[SECRET] == 0
        assert set(helper.sizes) == {(BOX[2], BOX[3])}
        assert not session.problems
        assert not session.lost
        question = session.area.question
        if question is not None:
            helper.forget()
            chosen = question.screens[-1]
            await asyncio.to_thread(rig.paint, (chosen.x, chosen.y, chosen.width, chosen.height))
            assert session.sharing.choose_screen(chosen.key)
            wanted = chosen.width * chosen.height * 95 // 100
            await happens("the chosen one is seen", lambda: helper.seen[OFFERED] >= wanted)
            assert helper.seen[SECRET] == 0
            assert helper.size == (chosen.width, chosen.height)
            assert session.shared[-1] is not None
            assert session.shared[-1].screen == chosen
        assert not session.joined.user.failures
        assert not session.joined.helper.failures
    return stopped


async def another_of_those_allowed(rig: Monitors, server: str, folder: Path) -> float:
    """Two monitors of three may be seen: what must hold while the helper goes from one to the other. Seconds of the slower change."""
    slower = 0.0
    async with shown(rig, server, folder, keys=(KEY, OTHER_KEY)) as session:
        helper = session.helper
        await asyncio.to_thread(rig.change, "elsewhere")  # the third: nobody has agreed to it
        await happens("it goes on", lambda: any(area.stopped for area in session.areas) and not session.area.stopped)
        await asyncio.to_thread(rig.paint, BOX, OTHER)
        assert [one.key for one in session.area.offered.screens] == [OTHER_KEY, KEY]
        assert not session.sharing.want_screen("")
        for key, box in ((OTHER_KEY, OTHER), (KEY, BOX)):
            began = time.monotonic()
            await happens(f"{key} can be had", lambda: session.sharing.want_screen(key))  # noqa: B023 -- waited for here
            await happens(f"{key} is shown", lambda: helper.size == box[2:])  # noqa: B023 -- waited for here
            helper.forget()
            helper.ask(incremental=0)
            await happens(f"{key} is seen", lambda: helper.seen[OFFERED] >= box[2] * box[3] * 95 // 100)  # noqa: B023 -- waited for here
            assert session.area.offered.seen == key
            assert session.shared[-1] is not None
            assert session.shared[-1].screen is not None
            assert session.shared[-1].screen.key == key
            slower = max(slower, time.monotonic() - began)
        assert helper.seen[SECRET] == 0
        assert set(helper.sizes) <= {BOX[2:], OTHER[2:]}
        await asyncio.to_thread(
            rig.change, "unplugged"
        )  # what is seen; the other one was agreed to, and is asked about
        await happens("the person is asked", lambda: session.area.question is not None)
        assert not session.sharing.want_screen(OTHER_KEY)
        assert helper.seen[SECRET] == 0
        assert not session.problems
        assert not session.lost
    return slower
