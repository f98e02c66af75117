"""A viewer that asks for everything and then reads nothing, between real processes: what is held, and what still passes.

The VNC server wants to send more than 500 MB. What it got rid of, what the three processes grew by and what the relay
says it holds are counted; a second session beside it is timed, in turns with and without the stall.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from deploy.demo.programs import Program
from tests.bench.measure import resident_kib
from tests.support.metrics import metric
from tests.support.organisation import Stage, connected
from tests.support.rfb import request, set_encodings
from tests.support.rfb_source import HEAD, HEIGHT, SEND_BUFFER, UPDATE, WIDTH, row
from tests.support.rfb_viewer import TestViewer
from tests.support.trips import chat_trip, chat_trips

HOUSE = Path(__file__).parents[2]
SOURCE = (sys.executable, "-m", "tests.support.rfb_source")
WANTED = 64  # updates: 531 MB
KEPT = 64 * 1024  # what the kernel may keep for the viewer, but for its own doubling
WINDOW = 1 << 20  # RFB bytes unacknowledged (DESIGN: the channel)
HELD = 256 * 1024  # of one session, in the relay
GROWTH_KIB = 4 * 1024  # of one process: its window, its pipe's and its sockets' buffers, and Python's arenas
TURNS = 3
TRIPS = 40
READ = 12  # updates read at the end: 100 MB


def autotuned(which: str) -> int:
    """The most that the kernel lets a TCP buffer grow to by itself."""
    return int(Path(f"/proc/sys/net/ipv4/tcp_{which}mem").read_text(encoding="ascii").split()[2])


# The server's socket, both of the agent's window and pipe, the helper's socket to the viewer, and the viewer's. The
# sockets to the relay hold nothing more: what is in them is within the window.
BOUND = WINDOW + 2 * (SEND_BUFFER + KEPT) + autotuned("r") + autotuned("w") + 512 * 1024


class Sight:
    """A viewer on one stream of the session: it asks, and reads when it is told to."""

    def __init__(self, viewer: TestViewer) -> None:
        self.viewer = viewer
        self.updates = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, stage: Stage, helper: Program) -> AsyncIterator["Sight"]:
        """Logged in where the helper's agent says; closed at the end."""
        told = await helper.event("viewer")
        password = Path(told["password_file"]).read_text(encoding="ascii").strip()
        stage.secrets.append(password)
        viewer = await TestViewer.login(told["port"], password, buffer=KEPT)
        await helper.event("viewer_shows", on=True)
        assert viewer.size == (WIDTH, HEIGHT)
        viewer.say(set_encodings(0))
        try:
            yield cls(viewer)
        finally:
            with contextlib.suppress(ConnectionError):
                await viewer.close()
        await helper.event("viewer_shows", on=False)

    def ask(self, updates: int) -> None:
        """For so many whole updates."""
        self.viewer.say(request(width=WIDTH, height=HEIGHT, incremental=0) * updates)

    async def read(self, updates: int) -> None:
        """So many, each byte compared."""
        for _ in range(updates):
            assert await self.viewer.reader.readexactly(len(HEAD)) == HEAD
            for number in range(HEIGHT):
                assert await self.viewer.reader.readexactly(WIDTH * 4) == row(self.updates, number), (
                    number,
                    self.updates,
                )
            self.updates += 1


async def wrote(source: Program) -> tuple[int, int]:
    """What the server got rid of, and what it was asked for."""
    await source.tell("wrote")
    event = await source.event("wrote")
    return event["bytes"], event["wanted"]


async def stalled(source: Program) -> int:
    """Wait until the server gets nothing more out for half a second: how much it got out."""
    before = (-1, -1)
    while before != (now := await wrote(source)) or not now[1]:
        before = now
        await asyncio.sleep(0.5)
    return before[0]


@contextlib.asynccontextmanager
async def beside(stage: Stage) -> AsyncIterator[tuple[Program, Program]]:
    """Another user and another helper, connected at the same relay."""
    user_person = await stage.office.enrol("user", "Ken Ito")
    helper_person = await stage.office.enrol("helper", "Jiro Sato")
    helper = await helper_person.start("serve", "--viewer", "none")
    try:
        await helper.event("online")
        asked = ("ask", "--to", "Jiro Sato", "--mode", "view", "--yes")
        user = await user_person.start(*asked, environ=stage.desktop.environ)
        try:
            await connected(user, helper)
            yield user, helper
        finally:
            await user.end()
    finally:
        await helper.end()


@pytest.mark.alone  # round trips are compared, and the kernel's memory for sockets is everybody's
async def test_a_viewer_that_stops_reading(stage: Stage) -> None:
    """The bounds hold, chat and stop pass, the session beside is no slower; a viewer that reads again gets everything."""
    secret = stage.run.folder / "source-password"
    secret.write_text("flooding\n", encoding="ascii")
    stage.secrets.append("flooding")
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        other = await enter(beside(stage))
        source = await enter(stage.run.program("source", *SOURCE, secret, environ={"PYTHONPATH": str(HOUSE)}))
        port = (await source.event("listening"))["port"]
        helper = await enter(stage.helping("--viewer", "none"))
        user = await enter(stage.asking("--server", f"127.0.0.1:{port}", "--password-file", str(secret)))
        await connected(user, helper)
        processes = {"relay": stage.office.relay.pid, "user": user.pid, "helper": helper.pid}
        async with Sight.opened(stage, helper) as sight:  # so that what is loaded once is not counted
            sight.ask(3)
            await sight.read(3)
        before = {name: resident_kib(pid) for name, pid in processes.items()}
        times: dict[str, list[float]] = {"quiet": [], "stalled": []}
        for turn in range(TURNS):
            await helper.tell("viewer")
            async with Sight.opened(stage, helper) as sight:
                times["quiet"] += await chat_trips(*other, TRIPS)
                sight.ask(WANTED)
                out = await stalled(source)
                times["stalled"] += await chat_trips(*other, TRIPS)
                grown = {name: resident_kib(pid) - before[name] for name, pid in processes.items()}
                held = await metric(stage.office.relay, "splice_held_bytes")
                print(f"turn {turn}: of {WANTED * UPDATE / 1e6:.0f} MB the server got out {out / 1e6:.2f} MB;", end=" ")
                print(f"the relay holds {held / 1024:.0f} KiB; grown by (KiB): {grown}")
                out, wanted = await wrote(source)  # a chunk more may have gone out since, never more than the bound
                assert wanted == WANTED * UPDATE
                assert out <= BOUND, (out, BOUND)
                assert held <= HELD
                assert max(grown.values()) <= GROWTH_KIB, grown
                took = await chat_trip(user, helper, f"turn {turn}")
                print(f"chat both ways in the stalled session: {took * 1000:.0f} ms")
                assert took < 10
        ratio = median(times["stalled"]) / median(times["quiet"])
        print(
            f"beside it: p50 {median(times['quiet']) * 1e3:.1f} ms, stalled {median(times['stalled']) * 1e3:.1f} ms:",
            end=" ",
        )
        print(f"{ratio:.2f} of before (2 allowed)")
        assert ratio < 2.5
        await helper.tell("viewer")
        async with Sight.opened(stage, helper) as sight:
            sight.ask(WANTED)
            await stalled(source)
            began = time.monotonic()
            await sight.read(READ)
            took = time.monotonic() - began
            print(f"it reads again: {READ * UPDATE / 1e6 / took:.0f} MB/s")
            await stalled(source)
            await ends_both(user, helper)
    assert await metric(stage.office.relay, "splice_held_bytes") == 0


async def ends_both(user: Program, helper: Program) -> None:
    """The user's stop, while nobody reads."""
    began = time.monotonic()
    await user.tell("stop")
    for one in (user, helper):
        event: dict[str, Any] = await one.event("ended")
        assert event["why"] == "user_ended"
    took = time.monotonic() - began
    print(f"stop took {took:.2f} s while stalled")
    assert took < 10
