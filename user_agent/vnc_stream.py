"""One RFB stream on the user's side: one connection to the VNC server, and the two filters on it."""

import asyncio
import socket
from collections.abc import Callable

from common.agent.pipe import Pipe
from common.agent.session import LocalLink
from common.protocol.reading import ByteStream, ProtocolViolationError
from common.protocol.reasons import Why
from common.protocol.rfb.filter import ClientFilter, PointerMoved
from common.protocol.rfb.handshake import LoginError, Talk, log_in
from common.protocol.rfb.server_filter import ServerFilter
from common.protocol.rfb.state import StreamState


class VncStream:
    """From the connection to its end. `fail(why, detail)` is called once, at the first thing that ends the session."""

    def __init__(
        self,
        *,
        n: int,
        link: LocalLink,
        state: StreamState,
        client: ClientFilter,
        server: ServerFilter,
        on_screen: Callable[[int, int], None],
        fail: Callable[[Why, str], None],
    ) -> None:
        self.client = client
        self.server = server
        self._n = n
        self._link = link
        self._state = state
        self._on_screen = on_screen
        self._fail = fail
        self._pipe = Pipe(received=self._from_server, lost=self._server_lost, drained=self._acknowledge)
        self._login_bytes = ByteStream()
        self._talk = Talk(log_in(self._login_bytes, None), self._login_bytes)
        self._logged_in: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ready = False
        self._early: list[bytes] = []  # the helper's bytes until the login is done; the window bounds them
        self._unacknowledged = 0
        self._screen: tuple[int, int, bytes] = (0, 0, b"")
        self._held_back = False
        self._closed = False

    async def log_in(self, sock: socket.socket, password: str) -> None:
        """Log in over `sock`; the helper is told that the stream is ready just before its first byte.

        Raises LoginError, ProtocolViolationError.
        """
        secret = password.encode("latin-1", errors="replace") if password else None
        self._talk = Talk(log_in(self._login_bytes, secret), self._login_bytes)
        await self._pipe.attach(sock)
        await self._logged_in

    def from_helper(self, data: bytes) -> None:
        """Bytes of the helper's viewer."""
        if not self._ready:
            self._early.append(data)
            return
        if self._closed:
            return
        try:
            passed = self.client.feed(data)
        except ProtocolViolationError as error:
            self._end(Why.UNFILTERABLE, str(error))
            return
        for item in passed:
            if isinstance(item, PointerMoved):
                self._link.pointer(item.x, item.y)
        self.to_server(b"".join(item for item in passed if isinstance(item, bytes)))
        self._unacknowledged += len(data)
        self._acknowledge()

    def to_server(self, data: bytes) -> None:
        """What the filter wants the server to get; nothing before the login is done."""
        if self._ready:
            self._pipe.write(data)

    def pause(self, on: bool) -> None:
        """The person shows nothing, or goes on."""
        self.server.set_paused(on)
        try:
            self.to_server(self.client.set_paused(on))
        except ProtocolViolationError as error:
            self._end(Why.UNFILTERABLE, str(error))

    def hold_back(self, on: bool) -> None:
        """Stop reading the server, or read on. The login is never held back."""
        self._held_back = on
        if self._ready:
            self._obey_hold()

    def _obey_hold(self) -> None:
        if self._held_back:
            self._pipe.pause()
        else:
            self._pipe.resume()

    def close(self) -> None:
        """Let go of what the helper holds down, and hang up."""
        if self._closed:
            return
        self.to_server(self.client.viewer_gone())
        self._closed = True
        self._pipe.close()
        self._logged_in.cancel()

    def _end(self, why: Why, detail: str) -> None:
        if not self._closed:
            self.close()
            self._fail(why, detail)

    def _acknowledge(self) -> None:
        """The helper's bytes are consumed once the server takes what came of them."""
        if self._unacknowledged and not self._pipe.stuck:
            count, self._unacknowledged = self._unacknowledged, 0
            self._link.consumed(count)

    def _from_server(self, data: bytes) -> None:
        if self._ready:
            self._pass_to_helper(data)
        else:
            self._go_on_with_login(lambda: self._talk.feed(data))

    def _server_lost(self) -> None:
        if self._ready:
            self._end(Why.SERVER_GONE, "the VNC server has closed the connection")
        else:
            self._go_on_with_login(self._talk.feed_eof)

    def _go_on_with_login(self, step: Callable[[], bytes]) -> None:
        if self._logged_in.done():
            return
        try:
            self._pipe.write(step())
        except (LoginError, ProtocolViolationError) as error:
            self._logged_in.set_exception(error)
            return
        if self._talk.done:
            self._logged_in.set_result(None)
            self._begin()

    def _begin(self) -> None:
        """The server has let us in: ServerInit is what comes next."""
        self._ready = True
        self._link.stream_ready(self._n)
        self._obey_hold()
        if self._login_bytes:
            self._pass_to_helper(self._login_bytes.take())
        early, self._early = self._early, []
        for data in early:
            self.from_helper(data)

    def _pass_to_helper(self, data: bytes) -> None:
        if self._closed:
            return
        try:
            data = self.server.feed(data)
        except ProtocolViolationError as error:
            self._end(Why.UNFILTERABLE, f"from the VNC server: {error}")
            return
        if data:
            self._link.send_rfb(data)
        self._tell_screen()

    def _tell_screen(self) -> None:
        screen = (self._state.width, self._state.height, self._state.name)
        if screen != self._screen:
            self._screen = screen
            self._on_screen(screen[0], screen[1])
            self._link.screen(screen[0], screen[1], _text(screen[2]))


def _text(name: bytes) -> str:
    """A desktop's name: UTF-8 by the RFC, Latin-1 by habit; printable, and no longer than a line."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = name.decode("latin-1")
    return "".join(character if character.isprintable() else " " for character in text)[:200]
