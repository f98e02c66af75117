"""One WebSocket adapter for both roles, over any Twisted transport. The protocol itself is websockets' sans-io layer.

Nothing here dials, does TLS or knows what messages mean. No compression, no extensions. The order of a life, as its
listener sees it: `opened` once (never, where the opening handshake fails), `message` any number of times, `closed` once.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any, Final, Protocol, cast

from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import Protocol as Framing
from websockets.protocol import State
from zope.interface import implementer

from common.host.clock import LoopClock
from common.host.log import get_logger
from common.net.websocket_api import (
    AGENT_LIMITS,
    RELAY_LIMITS,
    FrameCounts,
    GoneTransport,
    WebSocketLimits,
    WebSocketState,
)
from common.net.websocket_opening import answer_upgrade, asking_framing, opened_framing
from common.protocol.clock import Clock, Timer
from common.protocol.wire import CloseCode

_LOG: Final = get_logger()
_CONTROL: Final = (Opcode.PING, Opcode.PONG)  # CLOSE is looked for by itself
_SMALLEST_FRAME: Final = 6
"""Bytes of a client's frame without payload (RFC 6455 section 5.2)."""


class Listener(Protocol):
    """Who is told. An exception that leaves one of these is a bug: it is logged and ends this connection with 1011."""

    def opened(self, ws: "WebSocket", /) -> None:
        """The opening handshake is done: `send` may be called."""

    def message(self, ws: "WebSocket", payload: str | bytes, /) -> None:
        """A whole message came: str for text, bytes for binary."""

    def closed(self, ws: "WebSocket", code: int, reason: str, /) -> None:
        """Nothing more will come: the code this side ended it with, else the peer's, else 1006. Once, `opened` or not."""

    def paused(self, ws: "WebSocket", /) -> None:
        """The transport holds more than 64 KiB unsent: stop sending where that can wait."""

    def resumed(self, ws: "WebSocket", /) -> None:
        """Everything was handed to the network: send on."""


@implementer(IPushProducer)
class WebSocket:
    """One connection. Whoever owns the transport's protocol passes on `data_received` and `connection_lost`.

    `transport` is one that takes producers: a TCP transport, or TLS over one.
    """

    __slots__ = (
        "_buffered", "_clock", "_counts", "_drain", "_fragments", "_framing", "_full", "_limits", "_paused",
        "_pending", "_text", "_transport", "_verdict", "_wanted", "date", "heard", "host", "listener", "state", "status",
    )  # fmt: skip

    def __init__(
        self, transport: Any, listener: Listener, framing: Framing, limits: WebSocketLimits, clock: Clock | None
    ) -> None:
        """Where there is no upgrade, `begin` comes next. Else use `server` or `client`."""
        self.state = WebSocketState.OPENING
        self.listener: Listener | None = listener  # may be replaced at any time
        self.status: int | None = None  # client: the HTTP status of the answer
        self.date: str | None = None  # client: the answer's Date header
        self.host = ""  # client: what was dialled, and stands in the request's Host header
        self._buffered = 0  # bytes sent since the transport said that it is full; 0 once it has taken all
        self.heard = 0  # bytes received so far: whether the peer lives
        self._transport = transport
        self._framing: Framing = framing
        self._limits = limits
        self._clock = clock if clock is not None else LoopClock()
        self._wanted: str | None = None
        self._full = False  # our output waits in the transport
        self._paused = False  # the application takes nothing now
        self._pending: deque[str | bytes] | None = None  # messages that came while paused
        self._fragments: bytearray | None = None  # of a message that is not whole yet
        self._text = False
        self._counts = FrameCounts(limits)
        self._verdict: tuple[int, str] | None = None  # how it ends: the code and the reason told
        self._drain: Timer | None = None

    @classmethod
    def server(
        cls,
        transport: Any,
        listener: Listener,
        raw_head: bytes,
        *,
        subprotocol: str,
        limits: WebSocketLimits = RELAY_LIMITS,
        clock: Clock | None = None,
    ) -> "WebSocket":
        """Answer an upgrade whose head passed `read_head`. Bytes that came behind the head go to `data_received` next.

        `opened` is called before this returns. A head that is no proper upgrade, or does not offer `subprotocol`, gets
        400, 405 or 426 and the connection is closed: `state` is CLOSED then and `closed` was called with 1002.
        """
        ws = cls(transport, listener, opened_framing(max_message=limits.max_message), limits, clock)
        answer, upgraded = answer_upgrade(raw_head, subprotocol=subprotocol)
        if answer:
            transport.write(answer)
        if upgraded:
            ws.begin()
        else:
            ws._finish(CloseCode.PROTOCOL_ERROR, "the upgrade was refused")
        return ws

    @classmethod
    def client(
        cls,
        transport: Any,
        listener: Listener,
        *,
        host: str,
        port: int,
        target: str,
        subprotocol: str,
        headers: Iterable[tuple[str, str]] = (),
        limits: WebSocketLimits = AGENT_LIMITS,
        clock: Clock | None = None,
    ) -> "WebSocket":
        """Ask for an upgrade over `transport` (TLS is up). Agents call common.net.connect instead.

        An answer other than 101 with `subprotocol` closes the connection: `closed` is called with 1002 and `status` is set.
        """
        framing = asking_framing(
            host=host,
            port=port,
            target=target,
            subprotocol=subprotocol,
            headers=headers,
            max_message=limits.max_message,
        )
        ws = cls(transport, listener, framing, limits, clock)
        ws._wanted, ws.host = subprotocol, host
        ws._flush()
        return ws

    @property
    def is_open(self) -> bool:
        """Whether messages go both ways."""
        return self.state is WebSocketState.OPEN

    @property
    def _may_send(self) -> bool:
        """Also before `_look_for_end`: a goodbye or a breach behind the message that is being delivered has closed the framing."""
        return self.state is WebSocketState.OPEN and self._framing.state is State.OPEN

    def data_received(self, data: bytes) -> bytes:
        """Bytes came from the transport. What is not worked on comes back: give it here again in a later turn of the loop."""
        most = self._limits.frames_per_turn
        if not most:
            self._receive(data)
            return b""
        at = done = 0
        while at < len(data) and done < most:
            # The library works on all frames that it is given: in so many bytes there are no more than may still be.
            piece = data[at : at + (most - done) * _SMALLEST_FRAME]
            done += self._receive(piece)
            at += len(piece)
        return data[at:]

    def _receive(self, data: bytes) -> int:
        """Work on all of it: how many frames that were."""
        if self.state is WebSocketState.CLOSED:
            return 0
        self.heard += len(data)
        self._framing.receive_data(data)
        events = self._framing.events_received()
        self._flush()
        for event in events:
            if isinstance(event, Frame):
                self._take(event)
            else:
                self._answered(cast("Response", event))
        if self.state is WebSocketState.OPENING and (refusal := self._framing.handshake_exc) is not None:
            self._finish(CloseCode.PROTOCOL_ERROR, str(refusal))
        self._look_for_end()
        return len(events)

    def connection_lost(self, reason: Failure | None = None) -> None:  # noqa: ARG002
        """The transport is gone."""
        if self._drain is not None:
            self._drain.cancel()
            self._drain = None
        self._transport = GoneTransport()
        self._finish(CloseCode.ABNORMAL, "the connection was cut")

    def send(self, payload: str | bytes | bytearray | memoryview) -> None:
        """One message: text for str, else binary. Dropped silently once the connection is not open any more."""
        if not self._may_send:
            return
        if isinstance(payload, str):
            self._framing.send_text(payload.encode())
        else:
            self._framing.send_binary(payload)
        self._flush()

    def ping(self) -> None:
        """Send a ping; the pong shows in `heard`."""
        if self._may_send:
            self._framing.send_ping(b"")
            self._flush()

    def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """Send a close frame, then drain for at most `limits.drain` seconds, then abort. No `message` comes after this."""
        if self.state is WebSocketState.OPENING:
            self.abort()
        if self.state is not WebSocketState.OPEN:
            return
        self._verdict = (code, reason.encode()[:123].decode(errors="ignore"))
        if self._may_send:
            self._framing.send_close(*self._verdict)
            self._flush()
        self.state = WebSocketState.CLOSING
        self._paused = False
        self._pending = None
        self._drain_for_a_while()

    def abort(self) -> None:
        """Cut the connection now. `closed` (with 1006) comes once the transport has noticed, never from inside this call."""
        if self.state in {WebSocketState.OPENING, WebSocketState.OPEN}:
            self.state = WebSocketState.CLOSING
        self._transport.abortConnection()

    def pause(self) -> None:
        """Deliver no more messages and stop reading, until `resume`."""
        if not self._paused:
            self._paused = True
            self._read_or_not()

    def resume(self) -> None:
        """Deliver what waited, and read on."""
        self._paused = False
        while self._pending and not self._paused:
            self._tell("message", self._pending.popleft())
        if self._paused:
            return
        self._pending = None
        if self.state is WebSocketState.CLOSED:
            self._say_closed()
        else:
            self._read_or_not()

    # IPushProducer: the transport says whether it takes our output

    def pauseProducing(self) -> None:
        """The transport is full. (TCP says so at every write while it is.)"""
        if self._full:
            return
        self._full = True
        self._read_or_not()
        if self.state is WebSocketState.OPEN:
            self._tell("paused")

    def resumeProducing(self) -> None:
        """The transport has taken everything."""
        if not self._full:
            return
        self._full = False
        self._buffered = 0
        self._read_or_not()
        if self.state is WebSocketState.OPEN:
            self._tell("resumed")

    def stopProducing(self) -> None:
        """The transport is going: `connection_lost` follows."""

    # what comes in

    def begin(self) -> None:
        """It is open from now on."""
        self.state = WebSocketState.OPEN
        self._transport.registerProducer(self, True)
        self._tell("opened")

    def _answered(self, response: Response) -> None:
        self.status = response.status_code
        self.date = response.headers.get("Date")
        if self._framing.handshake_exc is None:
            if self._framing.subprotocol == self._wanted:
                self.begin()
            else:
                self._fail(CloseCode.PROTOCOL_ERROR, "the subprotocol was not agreed")

    def _take(self, frame: Frame) -> None:
        data = frame.data
        frame.data = b""  # the parser holds on to its last frame until the next one comes
        if self.state is not WebSocketState.OPEN or frame.opcode is Opcode.CLOSE:
            return
        now, control, begins = self._clock.monotonic(), frame.opcode in _CONTROL, frame.opcode is not Opcode.CONT
        if breach := self._counts.control(now) if control else self._counts.data(now, begins=begins):
            self._fail(CloseCode.POLICY, breach)
        if breach or control:
            return
        if begins:
            self._text = frame.opcode is Opcode.TEXT
        if not frame.fin or self._fragments is not None:
            self._fragments = self._fragments if self._fragments is not None else bytearray()
            self._fragments += data
            if not frame.fin:
                return
            data, self._fragments = self._fragments, None
        try:
            payload = str(data, "utf-8") if self._text else bytes(data)
        except UnicodeDecodeError:
            self._fail(CloseCode.INVALID_DATA, "a text message is not UTF-8")
            return
        if self._paused:
            self._pending = self._pending if self._pending is not None else deque()
            self._pending.append(payload)
        else:
            self._tell("message", payload)

    def _tell(self, event: str, *arguments: object) -> None:
        if self.listener is None:
            return
        try:
            getattr(self.listener, event)(self, *arguments)
        except Exception:  # noqa: BLE001 - whatever it was, it ends this connection and no other
            _LOG.exception("websocket_listener_failed", during=event)
            self._fail(CloseCode.INTERNAL_ERROR, "an error inside")

    # how it ends

    def _look_for_end(self) -> None:
        """Whether what was just read ended the connection: the peer's close frame, or a breach of the protocol."""
        framing = self._framing
        if framing.parser_exc is not None and framing.close_sent is not None:
            self._finish(framing.close_sent.code, framing.close_sent.reason)
        elif framing.close_rcvd is not None:
            self._finish(framing.close_rcvd.code, framing.close_rcvd.reason)

    def _fail(self, code: int, reason: str) -> None:
        """End it from this side, for something the peer did or for a bug of ours."""
        if self.state in {WebSocketState.OPENING, WebSocketState.OPEN}:
            self._framing.fail(code, reason)
            self._flush()
            self._finish(code, reason)

    def _finish(self, code: int, reason: str) -> None:
        """Nothing more will be read. The verdict is the first one: what `close` was called with, or this."""
        if self.state is WebSocketState.CLOSED:
            return
        self.state = WebSocketState.CLOSED
        self._verdict = self._verdict or (code, reason)
        self._fragments = None
        self._drain_for_a_while()
        self._transport.loseConnection()
        if not (self._paused and self._pending):
            self._say_closed()

    def _say_closed(self) -> None:
        listener, self.listener = self.listener, None
        if listener is not None and self._verdict is not None:
            try:
                listener.closed(self, *self._verdict)
            except Exception:  # noqa: BLE001 - as above
                _LOG.exception("websocket_listener_failed", during="closed")

    def _drain_for_a_while(self) -> None:
        """What is under way still goes out, and the peer's goodbye may come in; after `drain` seconds it is cut."""
        if self._drain is None and not isinstance(self._transport, GoneTransport):
            self._full = False
            self._transport.unregisterProducer()
            self._transport.resumeProducing()
            self._drain = self._clock.call_later(self._limits.drain, self._transport.abortConnection)

    def _flush(self) -> None:
        data = b"".join(self._framing.data_to_send())
        if not data:
            return
        if self._full:
            self._buffered += len(data)
            if self._buffered > self._limits.max_unread:
                self.abort()
                return
        self._transport.write(data)

    def _read_or_not(self) -> None:
        if self.state is not WebSocketState.OPEN:
            return
        if self._paused or (self._full and self._limits.stop_reading_unread):
            self._transport.pauseProducing()
        else:
            self._transport.resumeProducing()
