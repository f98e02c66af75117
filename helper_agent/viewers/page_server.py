"""The built-in viewer's server: the page and two WebSockets on 127.0.0.1, for one session and this user only.

Every request must name this very address as its Host (so no foreign name can be made to point here) and come from no
other Origin; each WebSocket shows the session's token as a subprotocol. The files are no secret, so they need none.
"""

import asyncio
import hmac
import html
import json
import mimetypes
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from common.agent.keeper.socket_owner import peer_is_own_user
from common.host.clock import LoopClock
from common.host.log import get_logger
from common.net.bridge import as_future
from common.net.http_head import Head, HeadError, read_head
from common.net.websocket import Listener, WebSocket
from common.net.websocket_api import AGENT_LIMITS
from common.protocol.clock import Timer
from common.protocol.reading import ByteStream, Parse, ProtocolViolationError
from helper_agent.viewers.bridge import Bridge, OpenFront
from helper_agent.viewers.state_socket import StateSocket

PAGE = Path(__file__).with_name("page")
RFB = "tasuki.viewer-rfb.v1"
STATE = "tasuki.viewer-state.v1"
HEAD_DEADLINE = 10.0  # seconds from accept to a complete head
MAX_CONNECTIONS = 64
ENTRANCE_OPEN = 60.0  # seconds for a browser that was started to come in
PICTURE_PATIENCE = 10.0  # seconds for a page to send what it shows
TYPES = {".js": "text/javascript", ".html": "text/html", ".css": "text/css"}

Act = Callable[[str], None]
Typed = Callable[[str], None]


def reactor() -> Any:
    """The one reactor. Looked up late: importing it before the loop is installed would install another."""
    from twisted.internet import reactor as installed

    return installed


class PagePlace(StrEnum):
    """Where the page stands, and so which tools it has."""

    EMBEDDED = "embedded"  # in a window of ours: all tools are there
    WINDOW = "window"  # in a browser, beside a window of ours with the tools
    BROWSER = "browser"  # alone: the tools are the page's


def redirect(address: str) -> bytes:
    """A page that leads to `address`."""
    target = html.escape(address, quote=True)
    return (
        '<!DOCTYPE html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Tasuki</title>'
        f'<meta http-equiv="refresh" content="0; url={target}"><a href="{target}">Tasuki</a>'
    ).encode()


class PageServer(Factory):
    """One session's page. `open_front` makes the viewer front listen anew; `act` takes the helper's wishes.

    `typed` takes text that is to be typed as characters: what an input method composed on the page.
    """

    noisy = False

    def __init__(
        self, *, token: str, open_front: OpenFront, act: Act, typed: Typed = lambda _: None, folder: Path = PAGE
    ) -> None:
        self._token = token
        self._open_front = open_front
        self._act = act
        self._typed = typed
        self._folder = folder
        self._port: Any = None
        self._entrance = ""  # a path that leads to the page once
        self._place = PagePlace.BROWSER
        self._closes: Timer | None = None
        self._state = "{}"
        self._watchers: set[WebSocket] = set()
        self._bridge: Bridge | None = None
        self._connections: set[_Connection] = set()
        self._picture: asyncio.Future[bytes] | None = None  # somebody waits for it

    def listen(self) -> None:
        """Begin to listen, on a port that the system chooses."""
        self._port = reactor().listenTCP(0, self, interface="127.0.0.1")

    @property
    def authority(self) -> str:
        """127.0.0.1:PORT."""
        return f"127.0.0.1:{self._port.getHost().port}"

    @property
    def address(self) -> str:
        """What a browser opens. It holds the token: never log it."""
        return f"http://{self.authority}/#{self._token}"

    def address_for(self, place: PagePlace, *, own: bool = False) -> str:
        """The same, saying where the page stands; `own`: in a window for it alone, which goes with the session."""
        return f"{self.address}&{place}{'&own' if own else ''}"

    def entrance(self, code: str, place: PagePlace) -> str:
        """An address that leads there once, within a minute: the command line that a browser is started with is seen by everybody."""
        self._entrance, self._place = f"/enter/{code}", place
        self._shut(LoopClock().call_later(ENTRANCE_OPEN, self._shut))
        return f"http://{self.authority}{self._entrance}"

    def enter(self, path: str) -> bytes | None:
        """The page that leads on, where `path` is the entrance, which is shut with that."""
        if not self._entrance or not hmac.compare_digest(self._entrance.encode(), path.encode()):
            return None
        self._shut()
        return redirect(self.address_for(self._place, own=True))

    def _shut(self, timer: Timer | None = None) -> None:
        """With another timer it is open until that; with none it is shut."""
        if self._closes is not None:
            self._closes.cancel()
        self._closes = timer
        if timer is None:
            self._entrance = ""

    @property
    def watched(self) -> bool:
        """Whether a page is open."""
        return bool(self._watchers)

    def show(self, state: dict[str, object]) -> None:
        """Give every open page, and each that comes, this state."""
        self._state = json.dumps(state)
        for watcher in self._watchers:
            watcher.send(self._state)

    def open_again(self) -> None:
        """The page that shows the screen asks for it anew."""
        for watcher in self._watchers:
            watcher.send(json.dumps({"ask": "again"}))

    async def picture(self, patience: float = PICTURE_PATIENCE) -> bytes | None:
        """What a page shows of the screen now, as PNG; None where none shows it, or it takes too long."""
        if not self._watchers:
            return None
        if self._picture is None or self._picture.done():
            self._picture = asyncio.get_running_loop().create_future()
            for watcher in self._watchers:
                watcher.send(json.dumps({"ask": "picture"}))
        try:
            async with asyncio.timeout(patience):
                return await asyncio.shield(self._picture)
        except TimeoutError:
            return None

    async def close(self) -> None:
        """Stop listening, close every connection."""
        self._shut()
        if self._port is not None:
            await as_future(self._port.stopListening())
        for connection in list(self._connections):
            connection.hang_up()

    # for its connections

    def buildProtocol(self, addr: object) -> "_Connection | None":  # noqa: ARG002
        """A connection, unless there are too many."""
        return _Connection(self) if len(self._connections) < MAX_CONNECTIONS else None

    def came(self, connection: "_Connection") -> None:
        """A connection is there."""
        self._connections.add(connection)

    def went(self, connection: "_Connection") -> None:
        """And gone."""
        self._connections.discard(connection)

    def refusal(self, head: Head) -> int:
        """0, or the status to refuse this request with."""
        origin = head.get("origin")
        if head.get("host") != self.authority or (origin is not None and origin != f"http://{self.authority}"):
            return 403
        if head.method not in {"GET", "HEAD"}:
            return 405
        return 400 if head.body else 0

    def listener(self, head: Head) -> tuple[Listener, str] | None:
        """Who serves this WebSocket, and its subprotocol; None where the token is missing or the path is no socket."""
        offered = [part.strip() for part in (head.get("sec-websocket-protocol") or "").split(",")]
        token = self._token.encode()
        if head.get("origin") is None or not any(hmac.compare_digest(token, part.encode()) for part in offered):
            return None
        if head.path == "/state":
            return StateSocket(self), STATE
        if head.path == "/rfb":
            return Bridge(open_front=self._open_front, taken=self._take_bridge), RFB
        return None

    def _take_bridge(self, bridge: Bridge) -> None:
        """A picture was opened: the one before goes."""
        if self._bridge is not None:
            self._bridge.replace()
        self._bridge = bridge

    def file(self, head: Head) -> tuple[str, bytes] | None:
        """Type and content of a file of the page."""
        name = head.path.lstrip("/") or "index.html"
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            return None
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return kind, path.read_bytes()

    def policy(self) -> str:
        """The Content-Security-Policy: nothing but our own files, and sockets to this very port."""
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
            f"connect-src ws://{self.authority}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    def watcher_came(self, ws: WebSocket) -> None:
        """A page wants the state."""
        self._watchers.add(ws)
        ws.send(self._state)

    def watcher_went(self, ws: WebSocket) -> None:
        """It was closed."""
        self._watchers.discard(ws)

    def wish(self, what: str) -> None:
        """The helper clicked."""
        self._act(what)

    def typed(self, text: str) -> None:
        """An input method composed it."""
        self._typed(text)

    def picture_came(self, png: bytes) -> None:
        """A page sent what it shows; unasked it counts for nothing."""
        if self._picture is not None and not self._picture.done():
            self._picture.set_result(png)


class _Connection(Protocol):
    """One request, which may become a WebSocket."""

    def __init__(self, server: PageServer) -> None:
        self._server = server
        self._stream = ByteStream()
        self._head = Parse(read_head(self._stream))
        self._ws: WebSocket | None = None
        self._deadline: Timer | None = None
        self._answered = False

    def connectionMade(self) -> None:
        """Ours, or hung up on."""
        transport: Any = self.transport
        self._server.came(self)
        if not peer_is_own_user(transport.getHandle()):
            get_logger().warning("viewer_page_stranger")
            transport.abortConnection()
            return
        transport.setTcpNoDelay(True)
        self._deadline = LoopClock().call_later(HEAD_DEADLINE, transport.abortConnection)

    def dataReceived(self, data: bytes) -> None:
        """The head, then frames."""
        if self._ws is not None:
            self._ws.data_received(data)
            return
        if self._answered:
            return
        self._stream.feed(data)
        try:
            if not self._head.step():
                return
        except HeadError as error:
            self._answer(error.status)
            return
        except ProtocolViolationError:
            self._answer(400)
            return
        self._in_time()
        self._route(self._head.result)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The browser has gone."""
        self._server.went(self)
        self._in_time()
        if self._ws is not None:
            self._ws.connection_lost(reason)

    def hang_up(self) -> None:
        """The session is over."""
        transport: Any = self.transport
        if self._ws is not None:
            self._ws.close(1001)
        else:
            transport.loseConnection()

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _route(self, head: Head) -> None:
        refused = self._server.refusal(head)
        if refused:
            self._answer(refused)
        elif head.get("upgrade") is not None:
            found = self._server.listener(head)
            if found is None:
                self._answer(403)
                return
            listener, subprotocol = found
            self._ws = WebSocket.server(
                self.transport, listener, head.raw, subprotocol=subprotocol, limits=AGENT_LIMITS
            )
            if rest := self._stream.take():
                self._ws.data_received(rest)
        elif head.method == "GET" and (page := self._server.enter(head.path)) is not None:
            self._answer(200, "text/html", page)
        elif (file := self._server.file(head)) is None:
            self._answer(404)
        else:
            self._answer(200, *file, with_body=head.method == "GET")

    def _answer(self, status: int, kind: str = "text/plain", body: bytes = b"", *, with_body: bool = True) -> None:
        self._answered = True
        lines = [
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'Refused'}",
            f"Content-Type: {kind}; charset=utf-8",
            f"Content-Length: {len(body)}",
            f"Content-Security-Policy: {self._server.policy()}",
            "X-Content-Type-Options: nosniff",
            "Referrer-Policy: no-referrer",
            "Cross-Origin-Resource-Policy: same-origin",
            "Cross-Origin-Opener-Policy: same-origin",
            "Cache-Control: no-store",
            "Connection: close",
        ]
        transport: Any = self.transport
        transport.write("\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + (body if with_body else b""))
        transport.loseConnection()
