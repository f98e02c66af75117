"""One connection to the VNC server on this PC: logged in to, then bytes both ways. A stream may have several, one after another."""

import asyncio
import socket
from collections.abc import Callable

from common.agent.pipe import Pipe
from common.protocol.reading import ByteStream, ProtocolViolationError
from common.protocol.rfb.handshake import LoginError, Talk, log_in


class VncConnection:
    """`log_in`, then `start`: from then on `received` gets the server's bytes, from ServerInit on.

    `lost` is called once where the server hangs up after the login, and not after `close`; `drained` when the server takes
    again what had to wait (`stuck`).
    """

    def __init__(self) -> None:
        self._pipe = Pipe(received=self._from_server, lost=self._server_lost, drained=self._server_takes)
        self._bytes = ByteStream()
        self._talk = Talk(log_in(self._bytes, None), self._bytes)
        self._logged_in: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received: Callable[[bytes], None] | None = None  # once started
        self._lost: Callable[[], None] = lambda: None
        self._drained: Callable[[], None] = lambda: None
        self._gone = False  # before anybody could hear of it

    async def log_in(self, sock: socket.socket, password: str) -> None:
        """Log in over `sock`, which is the connection's from then on, and ask for a shared desktop.

        Raises LoginError, ProtocolViolationError.
        """
        secret = password.encode("latin-1", errors="replace") if password else None
        self._talk = Talk(log_in(self._bytes, secret), self._bytes)
        await self._pipe.attach(sock)
        await self._logged_in

    def start(
        self, *, received: Callable[[bytes], None], lost: Callable[[], None], drained: Callable[[], None]
    ) -> None:
        """Give everything that has come behind the login, and what comes."""
        self._received, self._lost, self._drained = received, lost, drained
        if self._bytes:
            received(self._bytes.take())
        if self._gone:
            lost()

    @property
    def stuck(self) -> bool:
        """Whether the server does not take what was written."""
        return self._pipe.stuck

    def write(self, data: bytes) -> None:
        """Send it, in order."""
        self._pipe.write(data)

    def hold_back(self, on: bool) -> None:
        """Stop reading the server, or read on."""
        if on:
            self._pipe.pause()
        else:
            self._pipe.resume()

    def close(self) -> None:
        """Hang up; what was written still goes out. Nothing is called back any more."""
        self._pipe.close()
        self._logged_in.cancel()

    def _from_server(self, data: bytes) -> None:
        if self._received is not None:
            self._received(data)
        elif self._talk.done:
            self._bytes.feed(data)
        else:
            self._go_on_with_login(lambda: self._talk.feed(data))

    def _server_lost(self) -> None:
        if self._received is not None:
            self._lost()
        elif self._talk.done:
            self._gone = True
        else:
            self._go_on_with_login(self._talk.feed_eof)

    def _server_takes(self) -> None:
        self._drained()

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
