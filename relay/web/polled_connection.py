"""A connection without upgrades, as what is behind the port sees it: like a ServedConnection, but its bytes come in posts and go
in long answers, whichever connection of the network brings them.

Nothing here reads HTTP, and no key: relay.web.polling does.
"""

import asyncio
import functools
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IProducer, IProtocol
from twisted.python.failure import Failure

from common.net.serving import ConnectionPhase
from common.protocol.clock import Clock, Timer
from common.protocol.polling import ReceivedBytes, SentBytes
from relay.settings import RelayLimits, RelayTiming
from relay.web.routes import Carrier

_UNASKED = 16 * 1024  # bytes for which no answer is there, from which on the producer is paused
_CARRIERS = 4  # connections of the network that carry one of these at a time; two are enough for who means well


class PolledPeer:
    """An address, as the transports of Twisted tell it."""

    def __init__(self, host: str) -> None:
        self.host = host


class PolledConnection:
    """One of them. `become` gives it its application; its other methods are those of a ServedConnection that applications use."""

    def __init__(
        self, *, address: str, clock: Clock, limits: RelayLimits, timing: RelayTiming, gone: Callable[[], None]
    ) -> None:
        """`gone` is called once, when it is over and its key opens nothing more."""
        self.phase = ConnectionPhase.OPEN
        self._known = False
        self._peer = PolledPeer(address)
        self._clock = clock
        self._limits = limits
        self._timing = timing
        self._gone = gone
        self._app: IProtocol | None = None
        self._outgoing = SentBytes()
        self._incoming = ReceivedBytes()
        self._handed = 0  # so far an answer has had the bytes
        self._unasked = _UNASKED
        self._producer: Any = None
        self._paused = False  # the producer
        self._held = False  # the application takes nothing now
        self._parts: list[bytes] = []  # that it gave back
        self._answer = 0  # the number of the one under way, or of the last
        self._waiting: set[asyncio.Future[bool]] = set()  # requests that wait for a change
        self._carriers: OrderedDict[Carrier, None] = OrderedDict()
        self._timer: Timer | None = None
        self._expect(timing.polled_silent)

    # for the requests

    def carried_by(self, carrier: Carrier) -> None:
        """A request came on this one. Those of a peer that is known are known too: a few of them, the last.

        They may be a gateway's, which carry others' requests too: what carries another's stays.
        """
        carrier.carries(self)
        self._carriers[carrier] = None
        self._carriers.move_to_end(carrier)
        if self._known:
            carrier.known()
        if len(self._carriers) > _CARRIERS:
            self._carriers.popitem(last=False)[0].retire(self)

    async def up(self, position: int, data: bytes) -> int:
        """A post: how many bytes have come by then. Where the application takes nothing for long, those of this one have not.

        An empty one is the end, once everything before it has come. Raises PositionError.
        """
        end = self._clock.monotonic() + self._timing.polled_answer
        while self._full:
            if not await self._changed(end):
                return self._incoming.position
        fresh = self._incoming.take(position, data)
        if fresh and self.phase is ConnectionPhase.OPEN:
            self._deliver([fresh])
        if not data and position == self._incoming.position:
            self._end()
        return self._incoming.position

    async def down(self, position: int) -> AsyncIterator[bytes] | None:
        """The next long answer, for whoever has everything before `position`; None where there will be none any more.

        An older one that is under way ends. Raises PositionError.
        """
        self._outgoing.acknowledge(position)
        if position < self._outgoing.arrived:
            self._outgoing.part(position, 0)  # raises: it is forgotten
        self._answer += 1
        mine = self._answer
        self._change()  # for the older one
        self._expect(self._timing.polled_answer + self._timing.polled_silent)
        first = await self._bytes_for(mine, position, self._clock.monotonic() + self._timing.polled_answer)
        if not first and self.phase is not ConnectionPhase.OPEN and mine == self._answer:
            self._end()
            return None
        return self._parts_of(mine, position, first)

    async def _parts_of(self, mine: int, position: int, part: bytes) -> AsyncIterator[bytes]:
        end = self._clock.monotonic() + self._timing.polled_linger
        left = self._limits.polled_part
        try:
            while part:
                part = part[:left]
                left -= len(part)
                position += len(part)
                self._hand(position)
                yield part
                part = await self._bytes_for(mine, position, end) if left else b""
        finally:
            if mine == self._answer:
                self._expect(self._timing.polled_silent)

    async def _bytes_for(self, mine: int, position: int, end: float) -> bytes:
        """What there is from `position` on, once there is something; nothing where time is up, or this answer no longer counts."""
        while mine == self._answer:
            if part := self._outgoing.part(position, self._limits.polled_part):
                return part
            if self.phase is not ConnectionPhase.OPEN or not await self._changed(end):
                break
        return b""

    @property
    def _full(self) -> bool:
        """Whether the application takes nothing now."""
        return self.phase is ConnectionPhase.OPEN and (self._held or bool(self._parts))

    async def _changed(self, end: float) -> bool:
        """Wait until something is otherwise: whether that was before `end`."""
        seconds = end - self._clock.monotonic()
        if seconds <= 0:
            return False
        waiting: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        timer = self._clock.call_later(seconds, functools.partial(_answer, waiting, False))
        try:
            return await waiting
        finally:
            timer.cancel()
            self._waiting.discard(waiting)

    def _change(self) -> None:
        for waiting in self._waiting:
            _answer(waiting, True)

    def _hand(self, position: int) -> None:
        self._handed = max(self._handed, position)
        if self._paused and self._handed == self._outgoing.end:
            self._paused = False
            if self._producer is not None:
                self._producer.resumeProducing()

    def _deliver(self, parts: list[bytes]) -> None:
        app: Any = self._app
        if app is None:
            return
        takes = getattr(app, "partsReceived", None)
        if takes is not None:
            takes(parts)
        else:
            app.dataReceived(b"".join(parts))

    def _work_off(self) -> None:
        """What was given back, in a later turn of the loop."""
        if self._held or not self._parts or self.phase is not ConnectionPhase.OPEN:
            return
        parts, self._parts = self._parts, []
        self._deliver(parts)
        self._change()

    # how it ends

    def _expect(self, seconds: float) -> None:
        """Somebody asks again within so long, or it is lost."""
        if self.phase is ConnectionPhase.OPEN:
            self._start(seconds)

    def _start(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._clock.call_later(seconds, self._end)

    def _end(self) -> None:
        if self.phase is ConnectionPhase.CLOSED:
            return
        self.phase = ConnectionPhase.CLOSED
        if self._timer is not None:
            self._timer.cancel()
        self._parts = []
        self._change()
        self.unregisterProducer()
        self._carriers.clear()
        app, self._app = self._app, None
        self._gone()
        if app is not None:
            app.connectionLost(_lost())

    # for the application

    @property
    def secured(self) -> bool:
        """Whether something can be said."""
        return self.phase is ConnectionPhase.OPEN

    @property
    def unsent(self) -> int:
        """Bytes that have not come to the peer, as far as is known."""
        return len(self._outgoing)

    def hold(self, count: int) -> None:
        """Pause the producer when for so many bytes there is no answer."""
        self._unasked = count

    def known(self) -> None:
        """The peer has shown who it is."""
        self._known = True
        for carrier in self._carriers:
            carrier.known()

    def give_back(self, parts: list[bytes]) -> None:
        """What the application does not take in this turn of the loop: it comes again in the next one."""
        left = [part for part in parts if part]
        if left:
            self._parts[:0] = left
            self._clock.call_later(0, self._work_off)

    def become(self, app: IProtocol) -> None:
        """From now on `app` is the application."""
        self._app = app
        transport: Any = self
        app.makeConnection(transport)

    def write(self, data: bytes) -> None:
        """Send it with the next answer. Nothing happens once the connection is closing."""
        self.writeSequence((data,))

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """As `write`, one after the other."""
        if self.phase is not ConnectionPhase.OPEN:
            return
        for part in data:
            self._outgoing.write(part)
        self._change()
        if not self._paused and self._outgoing.end - self._handed > self._unasked and self._producer is not None:
            self._paused = True
            self._producer.pauseProducing()

    def loseConnection(self) -> None:
        """Send what was written, then close; a peer that does not ask for it within `drain` seconds is given up."""
        if self.phase is ConnectionPhase.OPEN:
            self.phase = ConnectionPhase.CLOSING
            self._change()
            self.unregisterProducer()
            self._start(self._timing.drain)

    def abortConnection(self) -> None:
        """Cut now; the application hears of it in a later turn of the loop."""
        self.phase = ConnectionPhase.CLOSING if self.phase is ConnectionPhase.OPEN else self.phase
        if self.phase is ConnectionPhase.CLOSING:
            self._start(0)

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:  # noqa: ARG002 — ours all stream
        """Paused when for too many bytes there is no answer, resumed when an answer has had all of them."""
        if self.phase is ConnectionPhase.OPEN:
            self._producer = producer
        else:
            producer.stopProducing()

    def unregisterProducer(self) -> None:
        """Nobody is paused any more."""
        self._producer, self._paused = None, False

    def pauseProducing(self) -> None:
        """Take nothing more of what is posted."""
        self._held = True

    def resumeProducing(self) -> None:
        """Hand out what is left, then take posts again."""
        self._held = False
        self._work_off()
        self._change()

    def stopProducing(self) -> None:
        """The consumer is gone."""
        self.loseConnection()

    def getPeer(self) -> PolledPeer:
        """Where the first request came from."""
        return self._peer


def _answer(waiting: "asyncio.Future[bool]", value: bool) -> None:
    if not waiting.done():
        waiting.set_result(value)


def _lost() -> Failure:
    return Failure(ConnectionLost())  # type: ignore[no-untyped-call]
