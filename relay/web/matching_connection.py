"""A connection that carries the WebSocket of a matching connection."""

from collections.abc import Callable

from twisted.internet import protocol
from twisted.python.failure import Failure

from common.net.app_transport import AppTransport
from common.net.http_head import Head
from common.net.websocket import WebSocket
from common.net.websocket_api import WebSocketLimits
from common.net.websocket_opening import opened_framing
from common.protocol.wire import MATCHING_SUBPROTOCOL
from relay.web.public_port import PublicPort, host_of


class MatchingConnection(protocol.Protocol):
    """Passes a connection's bytes to its WebSocket."""

    def __init__(self) -> None:
        self._ws: WebSocket | None = None
        self._connection: AppTransport | None = None

    def begin(
        self,
        connection: AppTransport,
        head: Head,
        *,
        public_port: PublicPort,
        identified: Callable[[], None],
        upgrade: bool = True,
    ) -> None:
        """Answer the upgrade that `head` asks for, and hand the WebSocket to the matching service.

        Without `upgrade`, what comes are frames from the start.

        `identified` is called when it is known whose it is.
        """
        limits, timing = public_port.limits, public_port.timing
        self._connection = connection
        listener = public_port.matching(host_of(connection), host=head.host, identified=identified)
        bounds = WebSocketLimits(
            max_message=limits.matching_message,
            fragments=limits.message_fragments,
            data_frames=limits.data_frames,
            frames_per_turn=limits.frames_at_once,
            control_frames=limits.control_frames,
            control_window=timing.control_frames,
            drain=timing.drain,
        )
        if not upgrade:
            framing = opened_framing(max_message=bounds.max_message)
            self._ws = WebSocket(connection, listener, framing, bounds, public_port.clock)
            self._ws.begin()
            return
        self._ws = WebSocket.server(
            connection,
            listener,
            head.raw,
            subprotocol=MATCHING_SUBPROTOCOL,
            limits=bounds,
            clock=public_port.clock,
        )

    def dataReceived(self, data: bytes) -> None:
        """Plaintext."""
        if self._ws is not None and self._connection is not None:
            rest = self._ws.data_received(data)
            if rest:
                self._connection.give_back([rest])

    def connectionLost(self, reason: Failure | None = None) -> None:
        """The peer ended its side, or the connection broke."""
        ws, self._ws, self._connection = self._ws, None, None
        if ws is not None:
            ws.connection_lost(reason)
