"""A connection that has become a WebSocket for matching."""

from collections.abc import Callable

from twisted.internet import protocol
from twisted.python.failure import Failure

from common.net.http_head import Head
from common.net.serving import ServedConnection
from common.net.websocket import WebSocket
from common.net.websocket_api import WebSocketLimits
from common.protocol.wire import MATCHING_SUBPROTOCOL
from relay.web.public_port import PublicPort, host_of


class MatchingConnection(protocol.Protocol):
    """Passes a connection's bytes to its WebSocket."""

    def __init__(self) -> None:
        self._ws: WebSocket | None = None
        self._connection: ServedConnection | None = None

    def begin(
        self, connection: ServedConnection, head: Head, *, public_port: PublicPort, identified: Callable[[], None]
    ) -> None:
        """Answer the upgrade that `head` asks for, and hand the WebSocket to the matching service.

        `identified` is called when it is known whose it is.
        """
        limits, timing = public_port.limits, public_port.timing
        self._connection = connection
        self._ws = WebSocket.server(
            connection,
            public_port.matching(host_of(connection), identified=identified),
            head.raw,
            subprotocol=MATCHING_SUBPROTOCOL,
            limits=WebSocketLimits(
                max_message=limits.matching_message,
                fragments=limits.message_fragments,
                data_frames=limits.data_frames,
                frames_per_turn=limits.frames_at_once,
                control_frames=limits.control_frames,
                control_window=timing.control_frames,
                drain=timing.drain,
            ),
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
