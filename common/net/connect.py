"""An agent's way to the relay, whole: dial, outer TLS, and the WebSocket's opening handshake, under one deadline."""

from collections.abc import Iterable

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol

from common.net.dial import Dialled
from common.net.tls import OuterTrust
from common.net.websocket import AGENT_LIMITS, Limits, Listener, WebSocket
from common.protocol.proxies import ProxyUrl


async def open_tls(dialled: Dialled, trust: OuterTrust, protocol: Protocol, *, deadline: float = 20.0) -> ITransport:
    """Do outer TLS on what was dialled and connect `protocol` to it: its transport, once the handshake is done.

    `protocol.connectionMade` is called after the handshake and the check of the certificate, never before.
    Raises DialError (stage "tls"); the socket is closed then.
    """
    ...


async def connect_websocket(
    host: str,
    port: int,
    *,
    target: str,
    subprotocol: str,
    listener: Listener,
    trust: OuterTrust,
    proxy: ProxyUrl | None = None,
    headers: Iterable[tuple[str, str]] = (),
    limits: Limits = AGENT_LIMITS,
    deadline: float = 20.0,
) -> WebSocket:
    """An open WebSocket to the relay. `listener.opened` was called before this returns.

    `deadline` is in seconds, for everything together. Raises DialError: stage "http" with the fact `status` (int) where
    the relay or something before it refused the upgrade (403: the ticket is bad). `listener.closed` is not called then.
    """
    ...
