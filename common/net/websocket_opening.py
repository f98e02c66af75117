"""The opening handshake of a WebSocket, as bytes: asking for an upgrade, and answering one. No transport, no listener."""

import logging
from collections.abc import Iterable
from typing import Final, cast

from websockets.client import ClientProtocol
from websockets.http11 import Request
from websockets.protocol import Protocol, Side, State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

_QUIET: Final = logging.getLogger("tasuki.websocket")  # the library's own lines: a line per connection says nothing new
_QUIET.setLevel(logging.ERROR)


def answer_upgrade(raw_head: bytes, *, subprotocol: str) -> tuple[bytes, bool]:
    """What a server answers to a head that passed `read_head`, and whether that is 101.

    The head is parsed by a throw-away: the parser's generator would keep the request alive as long as the connection.
    """
    opening = ServerProtocol(subprotocols=[Subprotocol(subprotocol)], logger=_QUIET)
    opening.receive_data(raw_head)
    requests = opening.events_received()
    if not requests:
        return b"", False
    response = opening.accept(cast("Request", requests[0]))
    opening.send_response(response)
    return b"".join(opening.data_to_send()), response.status_code == 101


def opened_framing(*, max_message: int, side: Side = Side.SERVER) -> Protocol:
    """Frames behind a 101, or where there was no upgrade: a server's, or a client's."""
    return Protocol(side, state=State.OPEN, max_size=max_message, logger=_QUIET)


def asking_framing(
    *, host: str, port: int, target: str, subprotocol: str, headers: Iterable[tuple[str, str]], max_message: int
) -> ClientProtocol:
    """A client's frames; first its `data_to_send` is the request."""
    path, _, query = target.partition("?")
    framing = ClientProtocol(
        WebSocketURI(secure=True, host=host, port=port, path=path, query=query),
        subprotocols=[Subprotocol(subprotocol)],
        max_size=max_message,
        logger=_QUIET,
    )
    request = framing.connect()
    for name, value in headers:
        request.headers[name] = value
    framing.send_request(request)
    return framing
