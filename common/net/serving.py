"""An accepted connection: TLS over TCP, as a transport for the application protocol above it.

Twisted's own TLS transport feeds OpenSSL whole reads (so that its buffers stay large), waits for the peer's close for
ever, and knows no plain HTTP on a TLS port; this one is for the server's side only and does these three things otherwise.
The application is told `connectionLost` once: when the peer has ended its side, or anything broke.

No connection is worked on for longer than one read and `RECORDS` records of TLS in one turn of the loop, however small
they are; what is left is worked on in the next one, and nothing is read meanwhile. An application may take less of what
it is handed and give back the rest, which comes again. What a stranger wants done waits in `common.net.turns`.
"""

import contextlib
import ssl
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IAddress,
    IConsumer,
    IProducer,
    IProtocol,
    IPushProducer,
    ITransport,
)
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from common.net.server_tls import TlsSide, whole_records
from common.net.turns import Turns
from common.protocol.clock import Clock, Timer

_MOST_PARTS = 512  # of one call of sendmsg; the kernel takes 1,024
BUFFER = 48 * 1024  # bytes read at once, and unsent from which on the producer is paused
RECORDS = 64  # of TLS, worked on in one turn of the loop
GREETING = 32 * 1024  # bytes of a client's handshake: what clients send is a tenth of it
STRANGERS_BUFFER = 4 * 1024  # bytes of a stranger's that are read at once, and held at most twice

IN_CLEAR = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 43\r\n"
    b"Connection: close\r\n\r\nThis port speaks TLS: use https:// or wss.\n"
)


class ConnectionPhase(Enum):
    """Where a connection's life is."""

    PEEKING = "peeking"  # nothing has come
    GREETING = "greeting"  # something that may be TLS; its handshake waits for its turn
    HANDSHAKE = "handshake"
    OPEN = "open"
    CLOSING = "closing"  # what is left is being sent; what comes is thrown away
    CLOSED = "closed"


# Tuples: these are asked for at every read, and a set would call the members' hash, which is Python's.
_ENDING = (ConnectionPhase.CLOSING, ConnectionPhase.CLOSED)
_WORKING = (ConnectionPhase.HANDSHAKE, ConnectionPhase.OPEN)


@implementer(ITransport, IConsumer, IPushProducer)
class ServedConnection(Protocol):
    """One accepted connection."""

    def __init__(
        self,
        *,
        tls: Callable[[], TlsSide],
        app: IProtocol,
        turns: Turns,
        address: str = "",
        clock: Clock,
        drain: float,
        buffer: int = BUFFER,
        closed: Callable[[], None] | None = None,
    ) -> None:
        """`tls` makes the server's side of TLS; `closed` is called when the socket is gone.

        Until `known` is called it is a stranger's, and has its turn among those of `address`.

        `buffer` is how many bytes are read at once, and how many unsent pause the producer; `drain` is in seconds.
        """
        self._make_tls = tls
        self._tls: TlsSide | None = None
        self._app: IProtocol | None = app
        self._take_parts: Callable[[list[bytes]], list[bytes] | None] | None = None
        self._turn = turns.join(address, give_up=self.abortConnection)
        self._raw = b""  # ciphertext that was read and not worked on
        self._greeted = 0  # bytes of the handshake that were
        self._parts: list[bytes] = []  # plaintext that the application gave back
        self._reading = True
        self._due = False  # the next portion waits for its turn
        self._working = False
        self._held = False  # the application takes nothing now
        self._clock = clock
        self._drain = drain
        self._buffer = buffer
        self._closed = closed
        self._cutting: Timer | None = None
        self.phase = ConnectionPhase.PEEKING
        self.tcp: Any = None  # twisted.internet.tcp.Server, whose full interface has no name

    # the socket's side

    def connectionMade(self) -> None:
        """Accepted: the application's clock starts now."""
        self.tcp = self.transport
        with contextlib.suppress(OSError):  # reset already: some systems refuse an option then
            self.tcp.setTcpNoDelay(True)
        self.tcp.bufferSize = min(self._buffer, STRANGERS_BUFFER)
        if self._app is not None:
            self._app.makeConnection(self)

    def dataReceived(self, data: bytes) -> None:
        """Bytes from the network."""
        if self.phase in _ENDING:
            return
        if self.phase is ConnectionPhase.PEEKING:
            if data[:1].isalpha():  # the first letter of a method; a TLS record begins with 0x16
                self._refuse_clear()
                return
            self.phase = ConnectionPhase.GREETING
        self._raw = self._raw + data if self._raw else data
        if self.phase is ConnectionPhase.OPEN or self._whole_records():
            self._wait_for_turn()

    def _whole_records(self) -> int:
        """Bytes of the handshake's records that are whole: who sends them in drops has no step made for each drop."""
        if self._greeted + len(self._raw) > GREETING:
            self.abortConnection()
            return 0
        return whole_records(self._raw)

    def _wait_for_turn(self) -> None:
        """Work on what was read, when it may be worked on; not much more is read before that."""
        if self._turn.known and not self._due and not self._held:
            self._work()
            return
        if len(self._raw) >= STRANGERS_BUFFER:
            self._read(False)
        if self._due or self._held:
            return
        self._due = True
        if self.phase is ConnectionPhase.GREETING:
            self._turn.begin(self._work)
        else:
            self._turn.step(self._work)

    def _work(self) -> None:
        """One portion: of the handshake, or of what the peer sends after it."""
        self._due = False
        if self._held or self.phase in _ENDING:
            return
        self._working = True
        try:
            if self._tls is None:
                self._tls = self._make_tls()
                self.phase = ConnectionPhase.HANDSHAKE
            if self._parts:
                parts, self._parts = self._parts, []
                self._deliver(parts)
            else:
                self._decrypt(self._tls)
        finally:
            self._working = False
        self._go_on()

    def _decrypt(self, tls: TlsSide) -> None:
        parts: list[bytes] = []
        try:
            if self.phase is ConnectionPhase.OPEN:
                raw, self._raw = self._raw, b""
                self._raw = tls.receive(raw, parts, most=RECORDS)
            else:
                whole = self._whole_records()
                raw, self._raw = self._raw[:whole], self._raw[whole:]
                self._greeted += whole
                if tls.shake(raw, parts):
                    self.phase = ConnectionPhase.OPEN
                    self._turn.finished()
        except ssl.SSLError as error:
            ended = isinstance(error, ssl.SSLZeroReturnError)
            if ended:
                self.phase = ConnectionPhase.OPEN
            self._deliver(parts)
            self._peer_ended(_because(ConnectionDone() if ended else error))
        else:
            self._flush(tls)
            self._deliver(parts)

    def _go_on(self) -> None:
        """Read on, or have what is left worked on in the next turn, unless the application takes nothing."""
        if self._held or self._due or self._working or self.phase not in _WORKING:
            return
        if not self._parts and not (self._raw and self.phase is ConnectionPhase.OPEN):
            self._read(True)
            return
        self._due = True
        self._read(False)
        if self._turn.known:
            self._clock.call_later(0, self._work)
        else:
            self._turn.step(self._work)

    def _read(self, on: bool) -> None:
        if on is not self._reading and self.phase not in _ENDING:
            self._reading = on
            (self.tcp.resumeProducing if on else self.tcp.pauseProducing)()

    def connectionLost(self, reason: Failure | None = None) -> None:
        """The socket is gone."""
        if self._cutting is not None:
            self._cutting.cancel()
            self._cutting = None
        self.phase = ConnectionPhase.CLOSED
        self._tls, self._raw, self._parts = None, b"", []
        self._turn.leave()
        self._tell_lost(reason or _because(ConnectionLost()))
        if self._closed is not None:
            self._closed()
            self._closed = None

    def _deliver(self, parts: list[bytes]) -> None:
        """All that one read brought, in one call: joined, unless the application takes it in parts."""
        if not parts or self._app is None or self.phase is not ConnectionPhase.OPEN:
            return
        if self._take_parts is not None:
            self._take_parts(parts)
        else:
            self._app.dataReceived(parts[0] if len(parts) == 1 else b"".join(parts))

    def _flush(self, tls: TlsSide) -> None:
        if own := tls.pending():
            self.tcp.write(own)

    def _refuse_clear(self) -> None:
        self.phase = ConnectionPhase.CLOSING
        self.tcp.write(IN_CLEAR)
        self._drain_and_cut()
        self._tell_lost(_because(ConnectionDone()))

    def _peer_ended(self, reason: Failure) -> None:
        """The peer's close, or an error of TLS: answer with ours, or with the alert that says why."""
        if self.phase in _WORKING:
            self._shut()
        self._tell_lost(reason)

    def _tell_lost(self, reason: Failure) -> None:
        app, self._app = self._app, None
        self._take_parts = None
        if app is not None:
            app.connectionLost(reason)

    def _shut(self) -> None:
        tls = self._tls
        self.phase = ConnectionPhase.CLOSING
        if tls is not None:
            tls.shut()
            self._flush(tls)
        self._drain_and_cut()

    def _drain_and_cut(self) -> None:
        """Send what is left and half-close; the peer has `drain` seconds to take it and close too."""
        self.tcp.unregisterProducer()
        self.tcp.loseWriteConnection()
        self.tcp.resumeProducing()  # else the peer's close is never seen, and unread bytes turn ours into a reset
        if self._cutting is None:
            self._cutting = self._clock.call_later(self._drain, self._cut)

    def _cut(self) -> None:
        self._cutting = None
        self.tcp.abortConnection()

    @property
    def secured(self) -> bool:
        """Whether the handshake is done, so that something can be said. (From here on: the application's side.)"""
        return self.phase is ConnectionPhase.OPEN

    @property
    def unsent(self) -> int:
        """Bytes (of ciphertext) that the network has not taken."""
        return len(self.tcp.dataBuffer) - self.tcp.offset + self.tcp._tempDataLen if self.tcp is not None else 0  # noqa: SLF001 — nothing public says it

    def hold(self, count: int) -> None:
        """From now on read so many bytes at once, and pause the producer when so many are unsent; a stranger's: once known."""
        self._buffer = count
        if self._turn.known:
            self.tcp.bufferSize = count

    def known(self) -> None:
        """The peer has shown who it is: it waits for no turn any more."""
        if self.phase is ConnectionPhase.CLOSED or self._turn.known:
            return
        self._turn.leave()
        self.tcp.bufferSize = self._buffer
        if self._due:  # what it waited for among strangers is made soon
            self._clock.call_later(0, self._work)

    def give_back(self, parts: list[bytes]) -> None:
        """What the application does not take in this turn of the loop: it comes again in the next one."""
        self._parts[:0] = [part for part in parts if part]
        self._go_on()

    def become(self, app: IProtocol) -> None:
        """From now on `app` is the application; the former one hears nothing more, its end least of all."""
        if self._app is None:
            app.makeConnection(self)
            app.connectionLost(_because(ConnectionLost()))
            return
        self._app = app
        self._take_parts = getattr(app, "partsReceived", None)
        app.makeConnection(self)

    def write(self, data: bytes) -> None:
        """Encrypt and send. Nothing happens once the connection is closing."""
        self.writeSequence((data,))

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """As `write`, one after the other. Only small ones are joined, to fill records; large ones are never copied."""
        tls = self._tls
        if self.phase is not ConnectionPhase.OPEN or tls is None:
            return
        try:
            sealed = tls.seal(data)
        except ssl.SSLError as error:
            self._peer_ended(_because(error))
        else:
            if sealed:
                self._put(sealed)

    def _put(self, parts: list[bytes]) -> None:
        """Hand ciphertext to the network at once where nothing waits before it: going round by the loop costs two more
        system calls and a copy, and pauses the producer for what the network would have taken.
        """
        sent = 0
        if not self.unsent and len(parts) < _MOST_PARTS:
            with contextlib.suppress(OSError):  # it takes nothing now, or is broken: the loop finds out, and says so
                sent = self.tcp.socket.sendmsg(parts)
        for part in parts:
            if sent >= len(part):
                sent -= len(part)
            else:
                self.tcp.write(part[sent:] if sent else part)
                sent = 0

    def loseConnection(self) -> None:
        """Send what was written, then close; a peer that does not take it within `drain` seconds is cut off."""
        if self.phase in _ENDING:
            return
        if self.phase is ConnectionPhase.OPEN:
            self._shut()
        else:
            self.abortConnection()  # nothing can be said before the handshake is done

    def abortConnection(self) -> None:
        """Cut now."""
        if self.phase is not ConnectionPhase.CLOSED:
            self.phase = ConnectionPhase.CLOSING
            self.tcp.abortConnection()

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Paused when more than `buffer` bytes are unsent, resumed when none are."""
        if self.phase is ConnectionPhase.OPEN:
            self.tcp.registerProducer(producer, streaming)
        else:
            producer.stopProducing()

    def unregisterProducer(self) -> None:
        """Nobody is paused any more."""
        self.tcp.unregisterProducer()

    def pauseProducing(self) -> None:
        """Read nothing from the network, and hand out nothing."""
        if self.phase is ConnectionPhase.OPEN:
            self._held = True
            self._read(False)

    def resumeProducing(self) -> None:
        """Hand out what is left, then read again."""
        if self.phase is ConnectionPhase.OPEN:
            self._held = False
            self._go_on()

    def stopProducing(self) -> None:
        """The consumer is gone."""
        self.loseConnection()

    def getPeer(self) -> IAddress:
        """The peer's."""
        return self.tcp.getPeer()  # type: ignore[no-any-return]

    def getHost(self) -> IAddress:
        """Our address."""
        return self.tcp.getHost()  # type: ignore[no-any-return]


def _because(error: Exception) -> Failure:
    return Failure(error)  # type: ignore[no-untyped-call]
