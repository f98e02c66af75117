"""Between the page's `rfb` WebSocket and the viewer front: bytes both ways, neither side faster than the other takes."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Protocol

from common.agent.pipe import Pipe
from common.host.log import get_logger
from common.net.websocket import WebSocket
from common.protocol.wire import CloseCode


class ViewerOffer(Protocol):
    """Where the viewer front listens now, once (`helper_agent.viewer_front.Offer`)."""

    @property
    def port(self) -> int:
        """On 127.0.0.1."""

    @property
    def password(self) -> str:
        """The viewer's."""


OpenFront = Callable[[], Awaitable[ViewerOffer]]


class Bridge:
    """One viewer of the page. The first message is text with the password; the rest are RFB bytes."""

    def __init__(self, *, open_front: OpenFront, taken: "Callable[[Bridge], None]") -> None:
        self._open_front = open_front
        self._taken = taken
        self._ws: WebSocket | None = None
        self._pipe: Pipe | None = None
        self._opening: asyncio.Task[None] | None = None

    def opened(self, ws: WebSocket) -> None:
        """The page is there: open the front."""
        self._ws = ws
        self._taken(self)
        self._opening = asyncio.ensure_future(self._open(ws))

    def message(self, ws: WebSocket, payload: str | bytes) -> None:
        """From noVNC."""
        if self._pipe is None or isinstance(payload, str):
            ws.close(CloseCode.PROTOCOL_ERROR)
            return
        self._pipe.write(payload)
        if self._pipe.stuck:
            ws.pause()

    def closed(self, ws: WebSocket, code: int, reason: str) -> None:  # noqa: ARG002
        """The page has gone."""
        self._ws = None
        if self._opening is not None:
            self._opening.cancel()
        if self._pipe is not None:
            self._pipe.close()

    def paused(self, ws: WebSocket) -> None:  # noqa: ARG002
        """The browser is slow."""
        if self._pipe is not None:
            self._pipe.pause()

    def resumed(self, ws: WebSocket) -> None:  # noqa: ARG002
        """It has caught up."""
        if self._pipe is not None:
            self._pipe.resume()

    def replace(self) -> None:
        """Another page shows the screen now."""
        if self._ws is not None:
            self._ws.close(CloseCode.REPLACED)

    async def _open(self, ws: WebSocket) -> None:
        pipe = Pipe(received=ws.send, lost=lambda: ws.close(CloseCode.GOING_AWAY), drained=ws.resume)
        try:
            offer = await self._open_front()
            sock = socket.socket()
            sock.setblocking(False)
            try:
                await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", offer.port))
            except BaseException:
                sock.close()
                raise
            ws.send(json.dumps({"password": offer.password}))
            self._pipe = pipe
            await pipe.attach(sock)
        except OSError as error:
            get_logger().warning("viewer_bridge_failed", detail=str(error))
            ws.close(CloseCode.INTERNAL_ERROR)
