"""The front door: every connection begins here, and the request's path says what it becomes.

Legs and matching connections leave for good: their bytes then go to a protocol of their own. REST and pages are answered
one request at a time. Whatever is wrong with a request is answered here, before anything behind the door hears of it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from typing import Protocol as Face

from twisted.internet.interfaces import IDelayedCall, IProtocol, IPushProducer, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from common.host.log import get_logger
from common.net.head import Head, HeadError, read_head
from common.net.serving import ServedConnection
from common.net.websocket import WebSocket
from common.net.websocket_api import Limits as WebSocketLimits
from common.net.websocket_api import Listener
from common.protocol.messages import SUBPROTOCOL as MATCHING
from common.protocol.reading import ByteStream, Parse
from relay.core.admission import Pass
from relay.core.tickets import Place
from relay.settings import Limits, Timing
from relay.web.answers import plain
from relay.web.asgi import Application, Budget, Exchange
from relay.web.upgrade import bearer, check_upgrade, switching

LEG = "tasuki.leg.v1"

log = get_logger()


class LegDoor(Face):
    """What the front needs of the dataplane."""

    def take(self, ticket: str) -> Place | None:
        """Use up a ticket."""

    def attach(self, place: Place, connection: ServedConnection) -> IProtocol:
        """A leg on this connection."""


class MatchingDoor(Face):
    """What the front needs of the desk."""

    def __call__(self, address: str, *, identified: Callable[[], None]) -> Listener:
        """A listener for a new matching connection."""


@dataclass
class Tally:
    """Counts since the start, for metrics."""

    requests: int = 0
    refused: int = 0


@dataclass(frozen=True, kw_only=True)
class House:
    """What lies behind the door, and the rules of the door: the same for every connection."""

    legs: LegDoor
    matching: MatchingDoor
    application: Application
    clock: IReactorTime
    now: Callable[[], float]  # Unix seconds
    limits: Limits
    timing: Timing
    bodies: Budget
    tally: Tally


@implementer(IPushProducer)
class Front(Protocol):
    """A connection that has not become anything yet, or that REST and pages are answered on."""

    def __init__(self, *, house: House, entry: Pass, number: int = 0) -> None:
        """`entry`: the connection's place among those that are not known yet, given up at the latest with its socket.

        `number` stands for the connection in the log.
        """
        self._house = house
        self._number = number
        self._entry = entry
        self._connection: ServedConnection | None = None
        self._stream = ByteStream()
        self._parse: Parse[Head] | None = None
        self._exchange: Exchange | None = None
        self._heard = False  # something of the next head has come
        self._began = 0.0  # when the request under way had its head
        self._served = 0
        self._timer: IDelayedCall | None = None
        self._stall: IDelayedCall | None = None
        self._taken: asyncio.Event | None = None  # unset while the network takes nothing

    # from the connection

    def makeConnection(self, transport: Any) -> None:  # noqa: N802
        """Accepted; the TLS handshake is still to come, and counts."""
        self._connection = transport
        self.connected = 1
        self._wait_for_head(self._house.timing.request)

    def dataReceived(self, data: bytes) -> None:
        """Plaintext."""
        exchange = self._exchange
        if exchange is not None and not exchange.complete:
            exchange.feed(data)
            self._look_at(exchange)
            return
        self._stream.feed(data)
        if exchange is None:
            self._heard = True
            self._read_head()

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: ARG002 — all ends are alike
        """The peer ended its side, or the connection broke."""
        self._leave()
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.gone()

    # the head

    def _wait_for_head(self, seconds: float) -> None:
        self._heard = len(self._stream) > 0
        self._parse = Parse(read_head(self._stream, limit=self._house.limits.request_head))
        self._start(seconds, self._too_slow)

    def _read_head(self) -> None:
        parse = self._parse
        if parse is None:
            return
        try:
            if not parse.step():
                return
            head = parse.result
            self._parse = None
            self._house.tally.requests += 1
            if head.path.startswith("/v1/"):
                self._upgrade(head)
            else:
                self._answer(head)
        except HeadError as error:
            self._refuse(error.status, error.detail)

    def _too_slow(self) -> None:
        self._timer = None
        connection = self._connection
        if connection is None:
            return
        if connection.secured and self._heard:
            self._refuse(408, "the request did not come in time")
        elif connection.secured:
            connection.loseConnection()
        else:
            connection.abortConnection()

    def _refuse(self, status: int, text: str, *, head: Head | None = None) -> None:
        self._house.tally.refused += 1
        log.info("request_refused", connection=self._number, status=status, why=text)
        self._parse = None
        self._stop()
        connection = self._connection
        if connection is not None:
            headers = {405: (("Allow", "GET"),), 426: (("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"))}
            body = head is None or head.method != "HEAD"
            sentence = text[:1].upper() + text[1:] + "."
            connection.write(plain(status, sentence, now=self._house.now(), body=body, headers=headers.get(status, ())))
            connection.loseConnection()

    # WebSockets

    def _upgrade(self, head: Head) -> None:
        if head.get("origin") is not None:
            raise HeadError(403, "no browser belongs here")
        match head.path:
            case "/v1/leg":
                self._become_leg(head)
            case "/v1/matching":
                self._become_matching(head)
            case _:
                raise HeadError(404, "there is nothing here")

    def _become_leg(self, head: Head) -> None:
        accept = check_upgrade(head, subprotocol=LEG)
        ticket = bearer(head)
        place = self._house.legs.take(ticket) if ticket is not None else None
        if place is None:
            raise HeadError(403, "this ticket opens nothing")
        connection, rest = self._hand_over()
        self._entry.release()
        log.info("leg_opened", connection=self._number, session=place.session, side=place.side.value)
        connection.write(switching(accept, subprotocol=LEG))
        leg = self._house.legs.attach(place, connection)
        if rest:
            leg.dataReceived(rest)

    def _become_matching(self, head: Head) -> None:
        check_upgrade(head, subprotocol=MATCHING)
        connection, rest = self._hand_over()
        limits, timing = self._house.limits, self._house.timing
        log.info("matching_opened", connection=self._number, address=host_of(connection))
        connection.hold(limits.unread_output)
        matching = MatchingConnection()
        connection.become(matching)
        matching.begin(
            WebSocket.server(
                connection,
                self._house.matching(host_of(connection), identified=self._entry.release),
                head.raw,
                subprotocol=MATCHING,
                limits=WebSocketLimits(
                    max_message=limits.matching_message,
                    control_frames=limits.control_frames,
                    control_window=timing.control_frames,
                    drain=timing.drain,
                ),
                clock=self._house.clock,
            )
        )
        if rest:
            matching.dataReceived(rest)

    def _hand_over(self) -> tuple[ServedConnection, bytes]:
        """The connection is somebody else's from here on, with what came behind the head."""
        connection = self._connection
        if connection is None:
            raise RuntimeError("a connection that is lost becomes nothing")
        self._leave()
        return connection, self._stream.take()

    def _leave(self) -> None:
        self._stop()
        self._unstall()
        self._connection = None

    # REST and pages

    def _answer(self, head: Head) -> None:
        house, connection = self._house, self._connection
        if connection is None:
            return
        if not head.path.startswith("/"):
            raise HeadError(400, "the request's target is no path")
        if isinstance(head.body, int) and head.body > house.limits.request_body:
            self._refuse(413, "the request's body is too long", head=head)
            return
        self._served += 1
        self._began = house.clock.seconds()
        exchange = Exchange(
            head=head,
            outlet=self,
            addresses=(_address(connection.getPeer()), _address(connection.getHost())),
            last=self._served >= house.limits.keep_alive_requests,
            limit=house.limits.request_body,
            budget=house.bodies,
            now=house.now,
        )
        self._exchange = exchange
        self._taken = asyncio.Event()
        self._taken.set()
        connection.registerProducer(self, streaming=True)
        self._start(house.timing.request, self._look_at_rate)
        exchange.start(house.application)
        exchange.feed(self._stream.take())
        self._look_at(exchange)

    def _look_at(self, exchange: Exchange) -> None:
        """Once the whole request is here the answer has its time, and nothing more is read meanwhile."""
        if self._exchange is exchange and exchange.complete and self._connection is not None:
            self._connection.pauseProducing()
            self._start(self._house.timing.answer, self._no_answer)

    def _look_at_rate(self) -> None:
        """A body may take longer than a head, but it must keep coming."""
        self._timer = None
        house, exchange = self._house, self._exchange
        if exchange is None or exchange.complete:
            return
        allowed = house.timing.request + exchange.received / house.limits.request_body_rate
        left = self._began + allowed - house.clock.seconds()
        if left <= 0:
            exchange.refuse(408, "The request's body did not come in time.")
        else:
            self._start(max(left, 0.01), self._look_at_rate)

    def _no_answer(self) -> None:
        self._timer = None
        exchange = self._exchange
        if exchange is not None and not exchange.started:
            exchange.refuse(503, "There was no answer in time. Try again in a minute.")

    # Outlet, for the exchange

    def write(self, data: bytes) -> None:
        """Bytes of the answer."""
        if self._connection is not None:
            self._connection.write(data)

    def finished(self, *, keep: bool, rest: bytes) -> None:
        """The answer is out."""
        self._exchange = None
        connection = self._connection
        if connection is None:
            return
        self._unstall()
        connection.unregisterProducer()
        if not keep:
            self._stop()
            connection.loseConnection()
            return
        behind = rest + self._stream.take()
        self._stream.feed(behind)
        self._wait_for_head(self._house.timing.keep_alive)
        self._read_head()
        if self._exchange is None and self._connection is not None:
            connection.resumeProducing()

    async def taken(self) -> None:
        """Wait until the network takes more."""
        if self._taken is not None:
            await self._taken.wait()

    # IPushProducer, for the connection

    def pauseProducing(self) -> None:
        """The client does not take its answer."""
        if self._taken is not None:
            self._taken.clear()
        if self._stall is None and self._connection is not None:
            self._stall = self._house.clock.callLater(self._house.timing.drain, self._stalled)

    def resumeProducing(self) -> None:
        """It has taken everything."""
        self._unstall()

    def stopProducing(self) -> None:
        """The connection is going; `connectionLost` follows."""

    def _stalled(self) -> None:
        self._stall = None
        if self._connection is not None:
            self._connection.abortConnection()

    def _unstall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
        if self._taken is not None:
            self._taken.set()

    # time

    def _start(self, seconds: float, call: Callable[[], None]) -> None:
        self._stop()
        self._timer = self._house.clock.callLater(seconds, call)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class MatchingConnection(Protocol):
    """Passes a connection's bytes to its WebSocket."""

    def __init__(self) -> None:
        self._ws: WebSocket | None = None

    def begin(self, ws: WebSocket) -> None:
        """The upgrade is answered."""
        self._ws = ws

    def dataReceived(self, data: bytes) -> None:
        """Plaintext."""
        if self._ws is not None:
            self._ws.data_received(data)

    def connectionLost(self, reason: Failure | None = None) -> None:
        """The peer ended its side, or the connection broke."""
        ws, self._ws = self._ws, None
        if ws is not None:
            ws.connection_lost(reason)


def _address(address: Any) -> tuple[str, int]:
    return getattr(address, "host", ""), getattr(address, "port", 0)


def host_of(connection: ServedConnection) -> str:
    """The peer's address as text."""
    return _address(connection.getPeer())[0]
