"""An agent's side of a connection without upgrades: a transport for a WebSocket whose bytes go in posts and come in long answers.

Two requests at a time: one post, which takes along all that was written since the one before, and one whose long answer brings
what the relay sends. Each has a connection to the relay of its own, opened when it is needed and kept. A request that is lost is
asked again; where nothing comes through for `PATIENCE` seconds the transport is lost.
"""

import asyncio
import contextlib
import random as _random
from collections.abc import Awaitable, Callable
from typing import Any, Final

from common.host.log import get_logger
from common.net.dial import DialError
from common.net.polling_lane import Lane, LaneAnswer, LaneLostError
from common.protocol.backoff import Backoff
from common.protocol.polling import PART, PositionError, ReceivedBytes, SentBytes, parse_position
from common.protocol.wire import DOWN_PATH, POSITION_HEADER, UP_PATH

PATIENCE: Final = 15.0  # seconds without one answer, for either of the two
ANSWER: Final = 40.0  # seconds until the end of an answer: the relay ends one after 25
_AGAIN: Final = 0.2  # seconds until what was lost is asked again ...
_AGAIN_AT_MOST: Final = 2.0  # ... and again
_GOODBYE: Final = 2.0
_COMPANY: Final = 1 / 8, 0.04
"""A post after a rest waits this part of what the last one took, at most so many seconds: what is written meanwhile would else wait for its answer."""
_POST: Final = 40.0  # a post is answered after 25 seconds where the relay's other side takes nothing
_ENDED: Final = {403, 404, 405, 409, 410}  # the relay knows this connection no more

log = get_logger(component="polling")


class PolledTransport:
    """Takes the place of a TLS connection under a WebSocket. `start` sets it going."""

    def __init__(
        self,
        *,
        key: str,
        lane: Lane,
        open_lane: Callable[[], Awaitable[Lane]],
        random: Callable[[], float] = _random.random,
        patience: float = PATIENCE,
    ) -> None:
        """`lane`: one that is open already. `open_lane` opens another; raises DialError."""
        self._headers = [("Authorization", f"Bearer {key}"), ("Content-Type", "application/octet-stream")]
        self._open_lane = open_lane
        self._random = random
        self._patience = patience
        self._lanes = {DOWN_PATH: lane}
        self._outgoing = SentBytes()
        self._incoming = ReceivedBytes()
        self._received: Callable[[bytes], object] = lambda _: None
        self._lost: Callable[[], None] = lambda: None
        self._producer: Any = None
        self._took = 0.0  # seconds, by the last post
        self._full = False
        self._closing = False
        self._over = False
        self._reading = asyncio.Event()
        self._reading.set()
        self._tasks: list[asyncio.Task[None]] = []
        self._posting: asyncio.Task[None] | None = None
        self._goodbye: asyncio.Task[None] | None = None

    def start(self, *, received: Callable[[bytes], object], lost: Callable[[], None]) -> None:
        """`received` gets what comes; `lost` is told once, when the relay has ended it or nothing comes through any more."""
        self._received = received
        self._lost = lost
        self._tasks.append(asyncio.ensure_future(self._go(self._down)))
        self._post()

    # a transport, for the WebSocket

    def write(self, data: bytes) -> None:
        """Post it: together with what else is written in a moment, and until the post before is answered."""
        if self._over or self._closing:
            return
        self._outgoing.write(data)
        self._post()
        if not self._full and len(self._outgoing) > PART and self._producer is not None:
            self._full = True
            self._producer.pauseProducing()

    def loseConnection(self) -> None:
        """Post what is left, then end."""
        self._closing = True
        if not len(self._outgoing):
            self._end_soon()

    def abortConnection(self) -> None:
        """End now."""
        self._end_soon()

    def registerProducer(self, producer: Any, streaming: bool) -> None:  # noqa: ARG002 — ours all stream
        """Paused while more than a post is written and not taken."""
        self._producer = producer

    def unregisterProducer(self) -> None:
        """Nobody is paused any more."""
        self._producer = None

    def pauseProducing(self) -> None:
        """Ask for nothing more."""
        self._reading.clear()

    def resumeProducing(self) -> None:
        """Ask again."""
        self._reading.set()

    # the two requests

    def _post(self) -> None:
        if self._posting is None and not self._over and len(self._outgoing):
            self._posting = asyncio.ensure_future(self._go(self._up))
            self._tasks = [task for task in self._tasks if not task.done()]
            self._tasks.append(self._posting)

    async def _go(self, way: Callable[[], Awaitable[None]]) -> None:
        try:
            await way()
        except _EndedError as ended:
            log.info("polled_connection_lost", why=str(ended))
            self._end(lost=True)
        except Exception as error:  # a bug: it ends this connection and no other
            log.exception("polling_failed", exc_info=error)
            self._end()

    async def _up(self) -> None:
        part, most = _COMPANY
        await asyncio.sleep(min(self._took * part, most))
        while len(self._outgoing):
            await self._persist(self._post_once)
            if self._full and not len(self._outgoing):
                self._full = False
                if self._producer is not None:
                    self._producer.resumeProducing()
        self._posting = None
        if self._closing:
            self._end()

    async def _post_once(self) -> None:
        position = self._outgoing.arrived
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = await self._ask(UP_PATH, position, body=self._outgoing.part(position, PART), deadline=_POST)
        self._took = loop.time() - began
        try:
            self._outgoing.acknowledge(parse_position(answer.headers.get(POSITION_HEADER.lower())))
        except PositionError as error:
            raise LaneLostError(str(error)) from error

    async def _down(self) -> None:
        while True:
            await self._reading.wait()
            await self._persist(self._fetch_once)

    async def _fetch_once(self) -> None:
        await self._ask(DOWN_PATH, self._incoming.position, on_body=self._take, deadline=ANSWER)

    def _take(self, data: bytes) -> None:
        self._incoming.take(self._incoming.position, data)
        if not self._over:
            self._received(data)

    async def _persist(self, once: Callable[[], Awaitable[None]]) -> None:
        """Until it has worked: at once the second time, since a connection that was kept may just have been closed."""
        backoff = Backoff(random=self._random, first=_AGAIN, cap=_AGAIN_AT_MOST)
        end, wait = 0.0, 0.0
        while True:
            try:
                await once()
            except (LaneLostError, DialError) as error:
                now = asyncio.get_running_loop().time()
                end = end or now + self._patience
                if now + wait >= end:
                    raise _EndedError(str(error)) from error
            else:
                return
            await asyncio.sleep(wait)
            wait = backoff.next()

    async def _ask(
        self,
        target: str,
        position: int,
        *,
        body: bytes = b"",
        on_body: Callable[[bytes], None] = lambda _: None,
        deadline: float,
    ) -> LaneAnswer:
        lane = self._lanes.get(target)
        if lane is None or lane.lost:
            lane = self._lanes[target] = await self._open_lane()
        headers = [*self._headers, (POSITION_HEADER, str(position))]
        answer = await lane.ask(target, headers=headers, body=body, on_body=on_body, deadline=deadline)
        if answer.status in _ENDED:
            raise _EndedError(f"the relay answered {answer.status}")
        if answer.status != 200:  # somebody on the way, or a relay that has too much to do
            raise LaneLostError(f"the answer was {answer.status}")
        return answer

    # how it ends

    def _end_soon(self) -> None:
        """Never from inside the call that brought the end about."""
        asyncio.get_running_loop().call_soon(self._end)

    def _end(self, *, lost: bool = False) -> None:
        if self._over:
            return
        self._over = True
        current = asyncio.current_task()
        lane = self._lanes.get(UP_PATH)
        if not lost and lane is not None and not lane.lost and self._posting in {None, current}:
            del self._lanes[UP_PATH]
            self._goodbye = asyncio.ensure_future(self._say_goodbye(lane))
        for task in self._tasks:
            if task is not current:
                task.cancel()
        for lane in self._lanes.values():
            lane.cut()
        self._lanes.clear()
        self._lost()

    async def _say_goodbye(self, lane: Lane) -> None:
        """An empty post, so that the relay need not wait whether somebody comes again. Where it is lost, it does."""
        headers = [*self._headers, (POSITION_HEADER, str(self._outgoing.arrived))]
        with contextlib.suppress(LaneLostError):
            await lane.ask(UP_PATH, headers=headers, deadline=_GOODBYE)
        lane.cut()


class _EndedError(Exception):
    """The relay ended it, or nothing comes through."""
