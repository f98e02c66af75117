"""One connection of the public port: every one begins here, and its request's path says what it becomes.

Legs and matching connections leave for good: their bytes then go to a protocol of their own. Everything else is answered
one request at a time. Whatever is wrong with a request's head is answered here, before anything behind the port hears of it.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from twisted.internet import protocol
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from zope.interface import implementer

from common.host.log import get_logger
from common.net.http_head import Head, HeadError, read_head
from common.net.serving import ServedConnection
from common.protocol import wire
from common.protocol.clock import Timer
from common.protocol.reading import ByteStream, Parse
from relay.core.admission import Pass
from relay.web.exchange import Exchange
from relay.web.matching_connection import MatchingConnection
from relay.web.polling import Polling
from relay.web.public_port import PublicPort, host_of
from relay.web.responses import closing, text_response
from relay.web.routes import Routes
from relay.web.upgrade import bearer, check_upgrade, switching

CHUNKED_PORTION = 512  # bytes

log = get_logger()


@implementer(IPushProducer)
class HttpConnection(protocol.Protocol):
    """A connection that has not become a WebSocket, and may stay what it is."""

    def __init__(self, *, public_port: PublicPort, polling: Polling, entry: Pass, number: int = 0) -> None:
        """`entry`: the connection's place among those that are not known yet, given up at the latest with its socket.

        `number` stands for the connection in the log.
        """
        self._public_port = public_port
        self._polling = polling
        self._number = number
        self._entry = entry
        self._connection: ServedConnection | None = None
        self._stream = ByteStream()
        self._parse: Parse[Head] | None = None
        self._exchange: Exchange | None = None
        self._heard = False  # something of the next head has come
        self._began = 0.0  # when the request under way had its head
        self._served = 0
        self._is_known = False
        self._user: object = None  # whose the last request was that had a key
        self._retired = False
        self._timer: Timer | None = None
        self._stall: Timer | None = None
        self._taken: asyncio.Event | None = None  # unset while the network takes nothing

    # from the connection

    def makeConnection(self, transport: Any) -> None:  # noqa: N802
        """Accepted; the TLS handshake is still to come, and counts."""
        self._connection = transport
        self.connected = 1
        self._wait_for_head(self._public_port.timing.request)

    def dataReceived(self, data: bytes) -> None:
        """Plaintext."""
        exchange = self._exchange
        if exchange is not None and not exchange.complete:
            self._feed(exchange, data)
            return
        self._stream.feed(data)
        if exchange is None:
            self._heard = True
            self._read_head()
        elif self._connection is not None:  # the next request waits for this one's answer, however long that takes
            self._connection.pauseProducing()

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: ARG002 — all ends are alike
        """The peer ended its side, or the connection broke."""
        self._leave()
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.gone()

    # the head

    def _wait_for_head(self, seconds: float) -> None:
        self._heard = len(self._stream) > 0
        self._parse = Parse(read_head(self._stream, limit=self._public_port.limits.request_head))
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
            self._public_port.counts.requests += 1
            if head.path.startswith("/v1/"):
                self._begin(head)
            else:
                self._answer(head, self._public_port.routes)
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
        self._public_port.counts.refused[status] += 1
        log.debug("request_refused", connection=self._number, status=status, why=text)
        self._parse = None
        self._stop()
        connection = self._connection
        if connection is not None:
            headers = {405: (("Allow", "GET, POST"),), 426: (("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"))}
            body = head is None or head.method != "HEAD"
            response = text_response(status, f"{text[:1].upper()}{text[1:]}.", headers=headers.get(status, ()))
            connection.write(closing(response, now=self._public_port.clock.now(), body=body))
            connection.loseConnection()

    # matching and legs

    def _begin(self, head: Head) -> None:
        if head.get("origin") is not None:
            raise HeadError(403, "no browser belongs here")
        match head.path:
            case wire.LEG_PATH | wire.MATCHING_PATH | wire.DOWN_PATH | wire.UP_PATH if head.method == "POST":
                self._answer(head, self._polling.routes())
            case wire.LEG_PATH:
                self._become_leg(head)
            case wire.MATCHING_PATH:
                self._become_matching(head)
            case wire.DOWN_PATH | wire.UP_PATH:
                raise HeadError(405, "here requests are posted")
            case _:
                raise HeadError(404, "there is nothing here")

    def _become_leg(self, head: Head) -> None:
        accept = check_upgrade(head, subprotocol=wire.LEG_SUBPROTOCOL)
        ticket = bearer(head)
        slot = self._public_port.legs.take(ticket) if ticket is not None else None
        if slot is None:
            raise HeadError(403, "this ticket opens nothing")
        connection, rest = self._hand_over()
        self._entry.release()
        log.debug("leg_opened", connection=self._number, session=slot.session, side=slot.side.value)
        connection.write(switching(accept, subprotocol=wire.LEG_SUBPROTOCOL))
        connection.known()
        self._public_port.legs.attach(slot, connection)
        connection.give_back([rest])

    def _become_matching(self, head: Head) -> None:
        check_upgrade(head, subprotocol=wire.MATCHING_SUBPROTOCOL)
        connection, rest = self._hand_over()
        log.debug("matching_opened", connection=self._number, address=host_of(connection))
        connection.hold(self._public_port.limits.unread_output)
        matching = MatchingConnection()
        connection.become(matching)
        entry = self._entry

        def identified() -> None:
            entry.release()
            connection.known()

        matching.begin(connection, head, public_port=self._public_port, identified=identified)
        connection.give_back([rest])

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

    # requests that are answered here

    def _answer(self, head: Head, routes: Routes) -> None:
        public_port, connection = self._public_port, self._connection
        if connection is None:
            return
        if not head.path.startswith("/"):
            raise HeadError(400, "the request's target is no path")
        if isinstance(head.body, int) and head.body > public_port.limits.request_body:
            self._refuse(413, "the request's body is too long", head=head)
            return
        self._served += 1
        self._began = public_port.clock.monotonic()
        exchange = Exchange(
            head=head,
            outlet=self,
            address=host_of(connection),
            last=not self._is_known and self._served >= public_port.limits.keep_alive_requests,
            limit=public_port.limits.request_body,
            budget=public_port.bodies,
            clock=public_port.clock,
            refused=public_port.counts.refused,
        )
        self._exchange = exchange
        self._taken = asyncio.Event()
        self._taken.set()
        connection.registerProducer(self, streaming=True)
        self._start(public_port.timing.request, self._check_body_rate)
        exchange.start(routes)
        self._feed(exchange, self._stream.take())

    def _feed(self, exchange: Exchange, data: bytes) -> None:
        """A chunk may be one byte: of a body in chunks only so much is worked on in one turn of the loop."""
        most = CHUNKED_PORTION if exchange.chunked else len(data)
        exchange.feed(data[:most])
        self._time_the_answer(exchange)
        if self._connection is not None:
            self._connection.give_back([data[most:]])

    def _time_the_answer(self, exchange: Exchange) -> None:
        """Once the whole request is here the answer has its time, and nothing more is read meanwhile.

        But where the answer may be long: then it is seen whether the client is still there.
        """
        if self._exchange is exchange and exchange.complete and self._connection is not None:
            if not exchange.long:
                self._connection.pauseProducing()
            self._start(self._public_port.timing.answer, self._no_answer)

    def _check_body_rate(self) -> None:
        """A body may take longer than a head, but it must keep coming."""
        self._timer = None
        public_port, exchange = self._public_port, self._exchange
        if exchange is None or exchange.complete:
            return
        allowed = public_port.timing.request + exchange.received / public_port.limits.request_body_rate
        left = self._began + allowed - public_port.clock.monotonic()
        if left <= 0:
            exchange.refuse(408, "The request's body did not come in time.")
        else:
            self._start(max(left, 0.01), self._check_body_rate)

    def _no_answer(self) -> None:
        self._timer = None
        exchange = self._exchange
        if exchange is not None and not exchange.answered:
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
        if not keep or self._retired:
            self._stop()
            connection.loseConnection()
            return
        behind = rest + self._stream.take()
        self._wait_for_head(self._public_port.timing.keep_alive)
        self._heard = bool(behind)
        connection.give_back([behind])  # a request that is here already has its turn as if it came now
        connection.resumeProducing()

    async def taken(self) -> None:
        """Wait until the network takes more."""
        if self._taken is not None:
            await self._taken.wait()

    def known(self) -> None:
        """The request came from somebody who is no stranger."""
        self._is_known = True
        self._entry.release()
        if self._connection is not None:
            self._connection.known()

    def carries(self, whom: object) -> None:
        """The request is of `whom`."""
        self._user = whom

    def retire(self, whom: object) -> None:
        """End once the answer under way is out, at once where there is none; not where another's request was the last."""
        if self._user is not whom:
            return
        if self._exchange is not None:
            self._retired = True
        elif self._connection is not None:
            self._connection.abortConnection()

    # IPushProducer, for the connection

    def pauseProducing(self) -> None:
        """The client does not take its answer."""
        if self._taken is not None:
            self._taken.clear()
        if self._stall is None and self._connection is not None:
            self._stall = self._public_port.clock.call_later(self._public_port.timing.drain, self._stalled)

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
        self._timer = self._public_port.clock.call_later(seconds, call)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
