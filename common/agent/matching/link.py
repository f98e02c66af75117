"""The WebSocket of a matching connection: one at a time, dialled, kept alive, hung up. When to do what is decided elsewhere."""

import asyncio
from collections.abc import Callable

from common.agent.matching.ports import Connect, MatchingProfile
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.net.dial import DEADLINE
from common.net.heartbeat import Heartbeat, Pulse
from common.net.proxy_routes import ProxyRoutes
from common.net.tls import OuterTrust
from common.net.websocket import WebSocket
from common.protocol.clock import Clock, Timer
from common.protocol.messages import FromAgent, encode
from common.protocol.wire import MATCHING_PATH, MATCHING_SUBPROTOCOL, CloseCode

PULSE = Pulse(ping=10.0, ping_jitter=0.2, pong=15.0)
PROBE = 3.0  # seconds for a sign of life where the connection may be dead


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


class MatchingLink:
    """The way to the relay, as it is now. `opened`, `received`, `closed` and `failed` tell of it; nothing after `hang_up`.

    `opened` has the name of the relay's that was dialled, and is said before anything is received: hello may come in the same
    read as the handshake's end. `failed` has None where a bug stopped the dialling.
    """

    def __init__(
        self,
        *,
        profile: MatchingProfile,
        routes: ProxyRoutes,
        connect: Connect,
        clock: Clock,
        random: Callable[[], float],
        opened: Callable[[str], None],
        received: Callable[[str | bytes], None],
        closed: Callable[[int], None],
        failed: Callable[[TasukiError | None], None],
    ) -> None:
        self.dialling: asyncio.Task[None] | None = None
        self.ws: WebSocket | None = None  # the one that is open
        self._profile = profile
        self._ways = routes
        self._connect = connect
        self._clock = clock
        self._random = random
        self._opened = opened
        self._received = received
        self._closed = closed
        self._failed = failed
        self._connection: Connection | None = None
        self._heartbeat: Heartbeat | None = None
        self._probing: Timer | None = None
        self._log = get_logger(component="matching")

    def dial(self) -> None:
        """Open one."""
        self._connection = Connection(opened=self._is_open, received=self._received, closed=self._is_gone)
        self.dialling = asyncio.ensure_future(self._dial(self._connection))

    def send(self, message: FromAgent) -> None:
        """Over the one that is open; nothing happens where none is."""
        if self.ws is not None:
            self.ws.send(encode(message))

    def probe(self) -> None:
        """What is open gives a sign of life within PROBE seconds, or is cut."""
        ws = self.ws
        if ws is None or self._probing is not None:
            return
        heard = ws.heard
        ws.ping()

        def look() -> None:
            self._probing = None
            if ws.heard == heard and ws is self.ws:
                ws.abort()

        self._probing = self._clock.call_later(PROBE, look)

    def hang_up(self) -> None:
        """Close what is open, and dial no longer."""
        if self._connection is not None:
            self._connection.hang_up()
        if self.dialling is not None:
            self.dialling.cancel()
            self.dialling = None
        ws = self.ws
        self._drop()
        if ws is not None:
            ws.close(CloseCode.NORMAL)

    def _is_open(self, ws: WebSocket) -> None:
        self.dialling = None
        self.ws = ws
        self._heartbeat = Heartbeat(ws=ws, clock=self._clock, random=self._random, pulse=PULSE)
        self._heartbeat.start()
        self._opened(ws.host)

    def _is_gone(self, code: int) -> None:
        self._drop()
        self._closed(code)

    async def _dial(self, connection: Connection) -> None:
        host, port = self._profile.relay_host, self._profile.relay_port
        try:
            await self._connect(
                host,
                port,
                target=MATCHING_PATH,
                subprotocol=MATCHING_SUBPROTOCOL,
                listener=connection,
                trust=OuterTrust(root_der=self._profile.root),
                routes=self._ways,
                deadline=DEADLINE,
            )
        except TasukiError as error:
            self._log.info("matching_unreached", error_code=error.code, stage=getattr(error, "stage", None))
            self._not_reached(error)
        except Exception as error:  # noqa: BLE001  # a bug: said in the log, and tried again like everything
            self._log.exception("matching_dial_failed", exc_info=error)
            self._not_reached(None)

    def _not_reached(self, error: TasukiError | None) -> None:
        self.dialling = None
        self._failed(error)

    def _drop(self) -> None:
        self.ws = self._connection = None
        if self._probing is not None:
            self._probing.cancel()
            self._probing = None
        if self._heartbeat is not None:
            self._heartbeat.stop()
            self._heartbeat = None
