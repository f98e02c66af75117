"""What the matching connection needs of the rest of an agent."""

from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeAlias, TypeVar

from common.host.log import get_logger
from common.net.certificates import Identity, RevocationList
from common.net.tls import OuterTrust
from common.net.websocket import WebSocket
from common.net.websocket_api import Clock, Listener
from common.protocol.identity import Role
from common.protocol.messages import Ended, Error, Granted, Over, Requests, Waiting
from common.protocol.proxies import ProxyUrl

T = TypeVar("T")

MatchingEvent: TypeAlias = Waiting | Granted | Over | Ended | Error | Requests


class Account(Protocol):
    """What is needed of common.agent.profile.Profile."""

    role: Role

    @property
    def identity(self) -> Identity: ...
    @property
    def name(self) -> str: ...
    @property
    def organisation(self) -> str: ...
    @property
    def root(self) -> bytes: ...
    @property
    def relay_name(self) -> str: ...
    @property
    def relay_host(self) -> str: ...
    @property
    def relay_port(self) -> int: ...
    @property
    def crl(self) -> RevocationList | None: ...
    def accept_crl(self, der: bytes) -> RevocationList: ...


class Connect(Protocol):
    """common.net.connect.connect_websocket, or a test's."""

    def __call__(
        self,
        host: str,
        port: int,
        *,
        target: str,
        subprotocol: str,
        listener: Listener,
        trust: OuterTrust,
        proxy: ProxyUrl | None,
        deadline: float,
    ) -> Awaitable[WebSocket]: ...


class Connection:
    """One WebSocket's listener. Once hung up it tells nothing more."""

    def __init__(
        self,
        *,
        opened: Callable[[WebSocket], None],
        received: Callable[[str | bytes], None],
        closed: Callable[[int], None],
    ) -> None:
        self._opened = opened
        self._received = received
        self._closed = closed
        self._hung_up = False

    def hang_up(self) -> None:
        """Tell nothing from now on; a connection that comes about all the same is closed."""
        self._hung_up = True

    def opened(self, ws: WebSocket) -> None:
        """The handshake is done."""
        if self._hung_up:
            ws.close()
        else:
            self._opened(ws)

    def message(self, ws: WebSocket, payload: str | bytes) -> None:  # noqa: ARG002
        """The relay said something."""
        if not self._hung_up:
            self._received(payload)

    def closed(self, ws: WebSocket, code: int, reason: str) -> None:  # noqa: ARG002
        """It is gone."""
        if not self._hung_up:
            self._closed(code)

    def paused(self, ws: WebSocket) -> None:
        """Matching messages are small and few: nothing to hold back."""

    def resumed(self, ws: WebSocket) -> None:
        """Nothing was held back."""


class Listeners(Generic[T]):
    """Who wants to hear of something. A bug in a window or a session must not take the connection with it."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[T], None]] = []

    def add(self, listener: Callable[[T], None]) -> Callable[[], None]:
        """`listener` hears everything from now on; call what is returned to stop that."""
        self._listeners.append(listener)

        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return remove

    def tell(self, value: T) -> None:
        """Tell all of them."""
        for listener in list(self._listeners):
            try:
                listener(value)
            except Exception as error:  # noqa: BLE001  # see above
                get_logger(component="matching").exception("matching_listener_failed", exc_info=error)


def reactor_clock() -> Clock:
    """Twisted's reactor, once it is installed."""
    from twisted.internet import reactor

    return reactor
