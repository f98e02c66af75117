"""An accepted connection: TLS over TCP, as a transport for the application protocol above it.

Twisted's own TLS transport feeds OpenSSL whole reads (so that its buffers stay large), waits for the peer's close for
ever, and knows no plain HTTP on a TLS port; this one is for the server's side only and does these three things otherwise.
The application is told `connectionLost` once: when the peer has ended its side, or anything broke.
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
    IDelayedCall,
    IProducer,
    IProtocol,
    IPushProducer,
    IReactorTime,
    ITransport,
)
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from common.net.server_tls import TlsSide

_MOST_PARTS = 512  # of one call of sendmsg; the kernel takes 1,024
BUFFER = 48 * 1024  # bytes read at once, and unsent from which on the producer is paused

IN_CLEAR = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 43\r\n"
    b"Connection: close\r\n\r\nThis port speaks TLS: use https:// or wss.\n"
)


class Phase(Enum):
    """Where a connection's life is."""

    PEEKING = "peeking"  # nothing has come
    HANDSHAKE = "handshake"
    OPEN = "open"
    CLOSING = "closing"  # what is left is being sent; what comes is thrown away
    CLOSED = "closed"


@implementer(ITransport, IConsumer, IPushProducer)
class ServedConnection(Protocol):
    """One accepted connection."""

    def __init__(
        self,
        *,
        tls: Callable[[], TlsSide],
        app: IProtocol,
        clock: IReactorTime,
        drain: float,
        buffer: int = BUFFER,
        closed: Callable[[], None] | None = None,
    ) -> None:
        """`tls` makes the server's side of TLS; `closed` is called when the socket is gone.

        `buffer` is how many bytes are read at once, and how many unsent pause the producer; `drain` is in seconds.
        """
        self._make_tls = tls
        self._tls: TlsSide | None = None
        self._app: IProtocol | None = app
        self._take_parts: Callable[[list[bytes]], None] | None = None
        self._clock = clock
        self._drain = drain
        self._buffer = buffer
        self._closed = closed
        self._cutting: IDelayedCall | None = None
        self.phase = Phase.PEEKING
        self.tcp: Any = None  # twisted.internet.tcp.Server, whose full interface has no name

    # the socket's side

    def connectionMade(self) -> None:
        """Accepted: the application's clock starts now."""
        self.tcp = self.transport
        self.tcp.setTcpNoDelay(True)
        self.tcp.bufferSize = self._buffer
        if self._app is not None:
            self._app.makeConnection(self)

    def dataReceived(self, data: bytes) -> None:
        """Bytes from the network."""
        if self.phase is Phase.PEEKING:
            if data[:1].isalpha():  # the first letter of a method; a TLS record begins with 0x16
                self._refuse_clear()
                return
            self._tls = self._make_tls()
            self.phase = Phase.HANDSHAKE
        tls = self._tls
        if tls is None or self.phase in {Phase.CLOSING, Phase.CLOSED}:
            return
        parts: list[bytes] = []
        try:
            if self.phase is Phase.OPEN:
                tls.receive(data, parts)
            elif tls.shake(data, parts):
                self.phase = Phase.OPEN
        except ssl.SSLZeroReturnError:
            self.phase = Phase.OPEN
            self._deliver(parts)
            self._peer_ended(_because(ConnectionDone()))
        except ssl.SSLError as error:
            self._deliver(parts)
            self._peer_ended(_because(error))
        else:
            self._flush(tls)
            self._deliver(parts)

    def connectionLost(self, reason: Failure | None = None) -> None:
        """The socket is gone."""
        if self._cutting is not None:
            self._cutting.cancel()
            self._cutting = None
        self.phase = Phase.CLOSED
        self._tls = None
        self._tell_lost(reason or _because(ConnectionLost()))
        if self._closed is not None:
            self._closed()
            self._closed = None

    def _deliver(self, parts: list[bytes]) -> None:
        """All that one read brought, in one call: joined, unless the application takes it in parts."""
        if not parts or self._app is None or self.phase is not Phase.OPEN:
            return
        if self._take_parts is not None:
            self._take_parts(parts)
        else:
            self._app.dataReceived(parts[0] if len(parts) == 1 else b"".join(parts))

    def _flush(self, tls: TlsSide) -> None:
        own = tls.pending()
        if own:
            self.tcp.write(own)

    def _refuse_clear(self) -> None:
        self.phase = Phase.CLOSING
        self.tcp.write(IN_CLEAR)
        self._drain_and_cut()
        self._tell_lost(_because(ConnectionDone()))

    def _peer_ended(self, reason: Failure) -> None:
        """The peer's close, or an error of TLS: answer with ours, or with the alert that says why."""
        if self.phase is Phase.OPEN or self.phase is Phase.HANDSHAKE:
            self._shut()
        self._tell_lost(reason)

    def _tell_lost(self, reason: Failure) -> None:
        app, self._app = self._app, None
        self._take_parts = None
        if app is not None:
            app.connectionLost(reason)

    def _shut(self) -> None:
        tls = self._tls
        self.phase = Phase.CLOSING
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
            self._cutting = self._clock.callLater(self._drain, self._cut)

    def _cut(self) -> None:
        self._cutting = None
        self.tcp.abortConnection()

    # the application's side

    @property
    def secured(self) -> bool:
        """Whether the handshake is done, so that something can be said."""
        return self.phase is Phase.OPEN

    @property
    def unsent(self) -> int:
        """Bytes (of ciphertext) that the network has not taken."""
        return len(self.tcp.dataBuffer) - self.tcp.offset + self.tcp._tempDataLen if self.tcp is not None else 0  # noqa: SLF001 — nothing public says it

    def hold(self, count: int) -> None:
        """From now on read so many bytes at once, and pause the producer when so many are unsent."""
        self.tcp.bufferSize = count

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
        if self.phase is not Phase.OPEN or tls is None:
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
        if self.phase in {Phase.CLOSING, Phase.CLOSED}:
            return
        if self.phase is Phase.OPEN:
            self._shut()
        else:
            self.abortConnection()  # nothing can be said before the handshake is done

    def abortConnection(self) -> None:
        """Cut now."""
        if self.phase is not Phase.CLOSED:
            self.phase = Phase.CLOSING
            self.tcp.abortConnection()

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Paused when more than `buffer` bytes are unsent, resumed when none are."""
        if self.phase is Phase.OPEN:
            self.tcp.registerProducer(producer, streaming)
        else:
            producer.stopProducing()

    def unregisterProducer(self) -> None:
        """Nobody is paused any more."""
        self.tcp.unregisterProducer()

    def pauseProducing(self) -> None:
        """Read nothing from the network."""
        if self.phase is Phase.OPEN:
            self.tcp.pauseProducing()

    def resumeProducing(self) -> None:
        """Read again."""
        if self.phase is Phase.OPEN:
            self.tcp.resumeProducing()

    def stopProducing(self) -> None:
        """The consumer is gone."""
        self.loseConnection()

    def getPeer(self) -> IAddress:
        """The peer's address."""
        return self.tcp.getPeer()  # type: ignore[no-any-return]

    def getHost(self) -> IAddress:
        """Our address."""
        return self.tcp.getHost()  # type: ignore[no-any-return]


def _because(error: Exception) -> Failure:
    return Failure(error)  # type: ignore[no-untyped-call]
