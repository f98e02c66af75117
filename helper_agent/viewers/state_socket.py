"""The page's `state` socket: what the agent knows goes to the page; the helper's wishes, and pictures that were asked for, come back."""

import json
from typing import Final, Protocol

from common.net.websocket import WebSocket
from common.protocol.wire import CloseCode

MAX_PICTURE: Final = 64 * 1024 * 1024  # bytes: a PNG of a very large, very busy screen


class StatePublisher(Protocol):
    """The page's server (helper_agent.viewers.page_server)."""

    def watcher_came(self, ws: WebSocket) -> None:
        """A page is there."""

    def watcher_went(self, ws: WebSocket) -> None:
        """It was closed."""

    def wish(self, what: str) -> None:
        """The helper clicked."""

    def typed(self, text: str) -> None:
        """An input method composed it."""

    def picture_came(self, png: bytes) -> None:
        """A picture is whole."""


class StateSocket:
    """One page's socket. Text: `{"do": WISH}`, `{"type": TEXT}`, or `{"picture": SIZE}`, which so many bytes follow in binary messages."""

    def __init__(self, server: StatePublisher) -> None:
        self._server = server
        self._picture = bytearray()
        self._missing = 0  # bytes of the picture that are still to come

    def opened(self, ws: WebSocket) -> None:
        """Tell at once."""
        self._server.watcher_came(ws)

    def message(self, ws: WebSocket, payload: str | bytes) -> None:
        """A wish, or something of a picture; other text is ignored."""
        if isinstance(payload, bytes):
            self._part(ws, payload)
            return
        try:
            said = json.loads(payload)
        except ValueError:
            return
        match said:
            case {"do": str(wish)}:
                self._server.wish(wish)
            case {"type": str(text)}:
                self._server.typed(text)
            case {"picture": int(size)} if 0 < size <= MAX_PICTURE:
                self._picture.clear()
                self._missing = size
            case _:
                pass

    def closed(self, ws: WebSocket, code: int, reason: str) -> None:  # noqa: ARG002
        """The page has gone."""
        self._server.watcher_went(ws)

    def paused(self, ws: WebSocket) -> None:
        """A state is small."""

    def resumed(self, ws: WebSocket) -> None:
        """As above."""

    def _part(self, ws: WebSocket, payload: bytes) -> None:
        if len(payload) > self._missing:
            ws.close(CloseCode.PROTOCOL_ERROR)
            return
        self._picture += payload
        self._missing -= len(payload)
        if not self._missing:
            self._server.picture_came(bytes(self._picture))
            self._picture.clear()
