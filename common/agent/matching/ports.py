"""What the matching connection needs of the rest of an agent."""

from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeAlias, TypeVar

from common.host.log import get_logger
from common.net.certificates import Identity, RevocationList
from common.net.host_list import HostList
from common.net.proxy_routes import ProxyRoutes
from common.net.tls import OuterTrust
from common.net.websocket import Listener, WebSocket
from common.protocol.identity import Role
from common.protocol.messages import Ended, Error, Granted, Over, Recorded, Requests, Waiting, Yours

T = TypeVar("T")

MatchingEvent: TypeAlias = Waiting | Granted | Over | Ended | Recorded | Error | Requests | Yours


class MatchingProfile(Protocol):
    """What is needed of common.agent.enrolment.profile.Profile."""

    role: Role

    @property
    def identity(self) -> Identity: ...
    @property
    def name(self) -> str: ...
    @property
    def organisation(self) -> str: ...
    @property
    def organisation_name(self) -> str: ...
    @property
    def root(self) -> bytes: ...
    @property
    def relay_host(self) -> str: ...
    @property
    def relay_port(self) -> int: ...
    @property
    def crl(self) -> RevocationList | None: ...
    def accept_crl(self, der: bytes) -> RevocationList: ...
    def accept_hosts(self, document: bytes) -> HostList: ...
    def pass_over(self, host: str) -> None: ...


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
        routes: ProxyRoutes,
        deadline: float,
    ) -> Awaitable[WebSocket]: ...


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
