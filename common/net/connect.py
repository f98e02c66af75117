"""An agent's way to the relay, whole: dial, outer TLS, and the WebSocket's opening handshake, under one deadline."""

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, cast

from OpenSSL import SSL
from twisted.internet.interfaces import IAddress, IHandshakeListener, ITransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from common.host.words import _
from common.net.dial import DEADLINE, DialError, Dialled, Story, dial, format_address
from common.net.proxy_routes import DIRECT, ProxyRoutes, first_route
from common.net.tls import OuterClient, OuterTrust, reason_of
from common.net.websocket import Listener, WebSocket
from common.net.websocket_api import AGENT_LIMITS, WebSocketLimits
from common.protocol.proxies import ProxyRoute

SWALLOWED: Final = 5.0
"""Seconds without a byte of an answer to our hello: whatever the relay sent is lost on the way."""
SLICE: Final = 16 * 1024  # fed whole reads, OpenSSL's buffers grow to their size and stay so


async def open_tls(
    dialled: Dialled, trust: OuterTrust, protocol: Protocol, *, deadline: float = DEADLINE
) -> ITransport:
    """Do outer TLS on what was dialled and connect `protocol` to it: its transport, once the handshake is done.

    `protocol.connectionMade` is called after the handshake and the check of the certificate, never before. A peer that
    ends the connection in the same breath is seen by `protocol.connectionLost`, which may have been called on return.
    Raises DialError (stage "tls"); the socket is closed then.
    """
    from twisted.internet import reactor

    try:
        client = await asyncio.to_thread(OuterClient, host=dialled.host, trust=trust)  # the system's store may be slow
    except BaseException:
        dialled.sock.close()
        raise
    loop = asyncio.get_running_loop()
    handshake: asyncio.Future[str] = loop.create_future()
    began = loop.time()
    factory = _ClientFactory(client, True, _GateFactory(lambda: _Gate(protocol, handshake, client)))
    sock = dialled.sock
    try:
        sock.getpeername()  # Twisted asks so too, and leaves its duplicate open where there is none
        reactor.adoptStreamConnection(sock.fileno(), sock.family, factory)  # type: ignore[attr-defined]
    except OSError as error:  # cut already: such a socket has no peer whose address could be asked
        raise _tls_error(dialled, client, _("the connection was cut")) from error
    finally:
        sock.close()  # the descriptor was duplicated
    tls = next(iter(factory.protocols))
    if dialled.rest:
        tls.dataReceived(dialled.rest)
    try:
        async with asyncio.timeout(deadline):
            version = await asyncio.shield(handshake)
    except BaseException as error:
        handshake.cancel()
        swallowed = not tls.heard and loop.time() - began >= SWALLOWED
        tls.abortConnection()
        if swallowed and isinstance(error, Exception):
            raise dialled.story.error("relay_swallowed", address=format_address(dialled.host, dialled.port)) from None
        if isinstance(error, TimeoutError):
            raise _tls_error(dialled, client, _("no answer in time")) from None
        if isinstance(error, asyncio.CancelledError) or not isinstance(error, Exception):
            raise
        raise _tls_error(dialled, client, _detail(error)) from error
    dialled.story.authority = client.authority
    dialled.story.done("tls", version, then="http")
    return cast("ITransport", tls)


async def connect_websocket(
    host: str,
    port: int,
    *,
    target: str,
    subprotocol: str,
    listener: Listener,
    trust: OuterTrust,
    routes: ProxyRoutes = DIRECT,
    headers: Iterable[tuple[str, str]] = (),
    limits: WebSocketLimits = AGENT_LIMITS,
    claim: Callable[[], None] = lambda: None,
    story: Callable[[ProxyRoute], Story] = Story,
    deadline: float = DEADLINE,
) -> WebSocket:
    """An open WebSocket to the relay. `listener.opened` was called before this returns.

    `claim` is called once, after the outer TLS and before the request is sent: what it raises ends this connection
    instead, and is raised (of several connections that race only one may show a ticket).
    `story` makes what is told how far it got, for each route that is tried. `deadline` is in seconds, for everything together.
    Raises DialError: stage "http" with the fact `status` (int) where the relay or something before it refused the upgrade
    (403: the ticket is bad). `listener.closed` is not called then.
    """
    request = UpgradeRequest(target=target, subprotocol=subprotocol, headers=tuple(headers), limits=limits)

    async def attempt(route: ProxyRoute, seconds: float) -> WebSocket:
        end = asyncio.get_running_loop().time() + seconds
        dialled = await dial(host, port, proxy=route, logins=routes.logins, story=story(route), deadline=seconds)
        secured = await secure(dialled, trust, end=end)
        return await open_upgraded(secured, request, listener=listener, claim=claim, end=end)

    return await first_route(routes, host, port, attempt, deadline=deadline)


@dataclass(frozen=True, kw_only=True)
class UpgradeRequest:
    """What is asked for."""

    target: str
    subprotocol: str
    headers: tuple[tuple[str, str], ...]
    limits: WebSocketLimits = AGENT_LIMITS


class Secured:
    """A connection to the relay with outer TLS done, and nothing asked on it yet. Hand it over once, or cut it."""

    def __init__(self, dialled: Dialled, transport: ITransport, hold: "_Hold") -> None:
        self.dialled = dialled
        self._transport = transport
        self._hold = hold

    @property
    def lost(self) -> bool:
        """Whether the other end, or the network, has given it up."""
        return self._hold.lost

    @property
    def peer(self) -> str:
        """The IP address at the other end: the relay's, or a proxy's."""
        return str(getattr(self._transport.getPeer(), "host", ""))

    def hand_over(self, protocol: Protocol) -> None:
        """`protocol` has the connection from now on."""
        self._hold.hand_over(self._transport, protocol)

    def cut(self) -> None:
        """Nobody needs it."""
        self._hold.abort()


async def secure(dialled: Dialled, trust: OuterTrust, *, end: float) -> Secured:
    """Outer TLS on what was dialled, until `end` (the loop's time). Raises DialError; the socket is closed then."""
    hold = _Hold()
    left = max(end - asyncio.get_running_loop().time(), 0.01)
    return Secured(dialled, await open_tls(dialled, trust, hold, deadline=left), hold)


async def open_upgraded(
    secured: Secured,
    request: UpgradeRequest,
    *,
    listener: Listener,
    claim: Callable[[], None],
    end: float,
    patience: float = math.inf,
) -> WebSocket:
    """The upgrade on what was secured, until `end` (the loop's time), and for `patience` seconds. See connect_websocket."""
    loop = asyncio.get_running_loop()
    dialled = secured.dialled
    host, port = dialled.host, dialled.port
    try:
        claim()
    except BaseException:
        secured.cut()
        raise
    opening: asyncio.Future[WebSocket] = loop.create_future()

    def make(transport: ITransport) -> WebSocket:
        return WebSocket.client(
            transport,
            _Opening(listener, opening),
            host=host,
            port=port,
            target=request.target,
            subprotocol=request.subprotocol,
            headers=[("User-Agent", "Tasuki"), *request.headers],
            limits=request.limits,
        )

    protocol = WebSocketProtocol(make)
    secured.hand_over(protocol)
    address = format_address(host, port)
    try:
        async with asyncio.timeout_at(min(end, loop.time() + patience)):
            ws = await asyncio.shield(opening)
    except BaseException as error:
        if isinstance(error, TimeoutError) and opening.done() and opening.exception() is None:
            return opening.result()  # `opened` was called in the very moment
        opening.cancel()
        protocol.ws.listener = None
        protocol.ws.abort()
        if isinstance(error, TimeoutError):
            raise dialled.story.error("relay_unreachable", address=address, detail=_("no answer in time")) from None
        if not isinstance(error, _OpeningFailedError):
            raise
        if error.status is None:
            detail = _("the connection was cut")
            raise dialled.story.error("relay_unreachable", address=address, detail=detail) from None
        raise dialled.story.error("relay_http_failed", address=address, status=error.status) from None
    dialled.story.done("http", "101", then="http")
    return ws


class WebSocketProtocol(Protocol):
    """Twisted's side of a WebSocket that has a connection to itself."""

    ws: WebSocket

    def __init__(self, make: Callable[[ITransport], WebSocket]) -> None:
        """`make` is called with the transport once it is connected."""
        self._make = make

    def connectionMade(self) -> None:
        """The transport is there."""
        self.ws = self._make(cast("ITransport", self.transport))

    def dataReceived(self, data: bytes) -> None:
        """Bytes came."""
        self.ws.data_received(data)

    def connectionLost(self, reason: Failure | None = None) -> None:
        """The transport is gone."""
        self.ws.connection_lost(reason)


class _OpeningFailedError(Exception):
    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


class _Opening:
    """The listener until the opening handshake is done; then the one that was asked for takes its place."""

    def __init__(self, listener: Listener, opening: "asyncio.Future[WebSocket]") -> None:
        self._listener = listener
        self._opening = opening

    def opened(self, ws: WebSocket, /) -> None:
        if self._opening.done():
            ws.abort()
            return
        ws.listener = self._listener
        self._opening.set_result(ws)
        self._listener.opened(ws)

    def message(self, ws: WebSocket, payload: str | bytes, /) -> None: ...
    def paused(self, ws: WebSocket, /) -> None: ...
    def resumed(self, ws: WebSocket, /) -> None: ...

    def closed(self, ws: WebSocket, _code: int, _reason: str, /) -> None:
        if not self._opening.done():
            self._opening.set_exception(_OpeningFailedError(ws.status))


class _Hold(Protocol):
    """Has the connection between TLS and the request. A relay says nothing of itself then; what comes is kept."""

    def __init__(self) -> None:
        self._data = b""
        self._lost: Failure | None = None

    @property
    def lost(self) -> bool:
        """Whether it is gone."""
        return self._lost is not None

    def dataReceived(self, data: bytes) -> None:
        """Kept, in bounds."""
        self._data += data
        if len(self._data) > SLICE:
            self.abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Gone before anything was asked."""
        self._lost = reason

    def abort(self) -> None:
        """Cut it."""
        if self.transport is not None:
            cast("_SlicedTls", self.transport).abortConnection()

    def hand_over(self, transport: ITransport, protocol: Protocol) -> None:
        """`protocol` has the connection from now on, with what came until then."""
        cast("BufferingTLSTransport", transport).wrappedProtocol = protocol
        protocol.makeConnection(transport)  # type: ignore[no-untyped-call]
        if self._data:
            protocol.dataReceived(self._data)
        if self._lost is not None:
            protocol.connectionLost(self._lost)


@implementer(IHandshakeListener)
class _Gate(Protocol):
    """Keeps the real protocol away from its transport until the handshake is done, which brings TLS's version."""

    def __init__(self, protocol: Protocol, handshake: "asyncio.Future[str]", client: OuterClient) -> None:
        self._protocol = protocol
        self._handshake = handshake
        self._client = client

    def handshakeCompleted(self) -> None:
        """The relay's certificate is good."""
        tls = cast("BufferingTLSTransport", self.transport)
        if self._handshake.done() or self._client.problem is not None:  # OpenSSL has refused that already
            tls.abortConnection()  # type: ignore[no-untyped-call]
            return
        tls.wrappedProtocol = self._protocol
        # Asked now: where the peer ends the connection with what it sends last, there is nothing to ask a moment later.
        connection = cast("SSL.Connection", tls.getHandle())  # type: ignore[no-untyped-call]
        self._handshake.set_result(connection.get_protocol_version_name())
        self._protocol.makeConnection(tls)  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Failure | None = None) -> None:
        """It failed."""
        if not self._handshake.done():
            self._handshake.set_exception((reason and reason.value) or ConnectionError())


class _SlicedTls(BufferingTLSTransport):
    heard = False  # a byte from the other end

    def dataReceived(self, data: bytes) -> None:
        """Feed OpenSSL by the slice."""
        self.heard = True
        for at in range(0, len(data), SLICE):
            if self._tlsConnection is not None:
                super().dataReceived(data[at : at + SLICE])  # type: ignore[no-untyped-call]

    def abortConnection(self) -> None:
        """Cut it; Twisted's own trips over a connection that is lost already."""
        if self._tlsConnection is not None:
            super().abortConnection()  # type: ignore[no-untyped-call]


class _ClientFactory(TLSMemoryBIOFactory):
    protocol = _SlicedTls


class _GateFactory(Factory):
    noisy = False

    def __init__(self, make: Callable[[], Protocol]) -> None:
        self._make = make

    def buildProtocol(self, addr: IAddress | None) -> Protocol:  # noqa: ARG002
        """The gate."""
        return self._make()


def _tls_error(dialled: Dialled, client: OuterClient, detail: str) -> DialError:
    address = format_address(dialled.host, dialled.port)
    if (dates := client.bad_dates) is not None:
        since, until, here = (f"{moment:%Y-%m-%d %H:%M}" for moment in (dates.since, dates.until, dates.here))
        return dialled.story.error(
            "relay_dates_wrong", address=address, since=since, until=until, here=here, difference=dates.outside
        )
    if client.inspector:
        return dialled.story.error("relay_inspected", host=dialled.host, issuer=client.inspector)
    if client.problem is not None:
        return dialled.story.error("relay_not_ours", address=address, detail=_(client.problem))
    return dialled.story.error("relay_tls_failed", address=address, detail=detail)


def _detail(error: BaseException) -> str:
    return reason_of(error) if isinstance(error, SSL.Error) else _("the connection was cut")
