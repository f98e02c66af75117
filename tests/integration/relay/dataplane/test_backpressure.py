"""A reader that stalls stops its sender, and the relay holds no more than its bound; others go on as before."""

import asyncio
import contextlib
import time
from statistics import median

import pytest

from tests.support.front import Client, RunningFront, front, open_pair, until

SESSION = "5" * 32
BESIDE = "6" * 32
FRAME = b"p" * 65_536


class Watch:
    """The most that a session's splice ever held, looked at after each turn in which something moved."""

    def __init__(self, running: RunningFront) -> None:
        self.most = 0
        self._running = running
        self._task = asyncio.ensure_future(self._look())

    async def _look(self) -> None:
        while True:
            self.most = max(self.most, self._running.held(SESSION))
            await asyncio.sleep(0)

    async def stop(self) -> int:
        """The most there was."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        return self.most


async def pour(client: Client, frames: int) -> None:
    """Send as fast as the other side takes it."""
    for _ in range(frames):
        client.send_frame(2, FRAME)
        await client.writer.drain()


async def drink(client: Client, count: int) -> None:
    """Read so many bytes of payload."""
    while count > 0:
        count -= len((await client.frame())[1])


async def asked_and_answered(user: Client, helper: Client, times: int) -> float:
    """The median of the round trip, in seconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        user.send_frame(2, b"?")
        await helper.frame()
        helper.send_frame(2, b"!")
        await user.frame()
        took.append(time.perf_counter() - began)
    return median(took)


@pytest.mark.alone  # a round trip beside it is measured
async def test_a_stalled_reader_stops_the_sender() -> None:
    """500 MB want through and nobody reads: the sender stands, the bound holds, the other way and another session go on."""
    async with front() as running:
        user, helper = await open_pair(running, SESSION)
        beside = await open_pair(running, BESIDE)
        helper.stall()
        watch = Watch(running)
        pouring = asyncio.ensure_future(pour(user, 500_000_000 // len(FRAME)))
        sent: tuple[int, int] | None = None
        while sent is None or sent != running.traffic(SESSION):
            sent = running.traffic(SESSION)
            await asyncio.sleep(0.2)
        assert not pouring.done()
        assert await watch.stop() <= running.limits.held_per_session
        assert running.dataplane.held_by_all() == running.held(SESSION) > 0
        helper.send_frame(2, b"the other way is open")
        assert (await user.frame())[1] == b"the other way is open"
        assert await asked_and_answered(*beside, 50) < 0.1
        pouring.cancel()


async def test_both_ways_together_hold_the_bound() -> None:
    """Both readers stall while both sides send."""
    async with front() as running:
        user, helper = await open_pair(running, SESSION)
        for client in (user, helper):
            client.stall()
        watch = Watch(running)
        pouring = [asyncio.ensure_future(pour(client, 1000)) for client in (user, helper)]
        sent: tuple[int, int] | None = None
        while sent is None or sent != running.traffic(SESSION):
            sent = running.traffic(SESSION)
            await asyncio.sleep(0.2)
        most = await watch.stop()
        assert 0 < most <= running.limits.held_per_session
        for task in pouring:
            task.cancel()


async def test_a_stall_ends_and_everything_arrives() -> None:
    """The reader reads again: all of it comes, in order and whole."""
    async with front() as running:
        user, helper = await open_pair(running, SESSION)
        helper.stall()
        pouring = asyncio.ensure_future(pour(user, 400))
        await until(lambda: running.held(SESSION) >= 50_000)
        helper.go_on()
        await drink(helper, 400 * len(FRAME))
        await pouring
        assert running.traffic(SESSION) == (400 * len(FRAME), 0)


async def test_pings_of_a_peer_that_does_not_read() -> None:
    """Only the newest is answered, once it reads again: what is owed does not pile up."""
    async with front(limits={"control_frames": 1000}) as running:
        user, helper = await open_pair(running, SESSION)
        user.stall()
        pouring = asyncio.ensure_future(pour(helper, 1000))
        await until(lambda: running.held(SESSION) >= 50_000)
        await asyncio.sleep(0.1)
        for number in range(100):
            user.send_frame(9, b"%d" % number)
        user.send_frame(2, b"done")
        assert (await helper.frame())[1] == b"done"
        pouring.cancel()
        user.go_on()
        pongs = []
        while True:
            opcode, payload = await user.frame()
            if opcode == 10:
                pongs.append(payload)
                break
        assert pongs == [b"99"]


async def test_the_other_way_goes_on() -> None:
    """The stalled side's own bytes go on, whatever waits for it."""
    async with front() as running:
        user, helper = await open_pair(running, SESSION)
        helper.stall()
        pouring = asyncio.ensure_future(pour(user, 1000))
        await until(lambda: running.held(SESSION) >= 50_000)
        for _ in range(20):
            helper.send_frame(2, FRAME)
        await drink(user, 20 * len(FRAME))
        pouring.cancel()
