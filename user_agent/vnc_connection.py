"""One connection to the VNC server on this PC: logged in to, then bytes both ways. A stream may have several, one after another."""

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol

from common.agent.pipe import Pipe
from common.host.errors import TasukiError
from common.protocol.reading import ByteStream, ProtocolViolationError, TruncatedError
from common.protocol.rfb.handshake import LoginError, LoginProblem, Talk, authenticate, log_in

UNHEARD = 64 * 1024  # bytes behind the login that are kept for `start`: ServerInit and the desktop's name


class LetsIn(Protocol):
    """What is needed of a VNC server to log in to it."""

    name: str
    password: str

    async def connect(self) -> socket.socket:
        """A new non-blocking connection. Raises TasukiError."""


async def reach(server: LetsIn, *, within: float, enter: bool = True) -> "VncConnection":
    """A connection that is logged in to. `enter`: with a desktop asked for, so that ServerInit is what comes next.

    Raises TasukiError, which a person can read, and what the server's `connect` raises.
    """
    connection = VncConnection()
    try:
        async with asyncio.timeout(within):
            await connection.log_in(await server.connect(), server.password, enter=enter)
    except BaseException as error:
        connection.close()
        if isinstance(error, TimeoutError | LoginError | ProtocolViolationError):
            raise _problem(error, server.name) from error
        raise
    return connection


def _problem(error: TimeoutError | LoginError | ProtocolViolationError, name: str) -> TasukiError:
    match error:
        case LoginError():
            return TasukiError(_LOGIN_ERRORS[error.problem], program=name, detail=error.reason or "-")
        case TruncatedError():
            return TasukiError("server_hung_up", program=name)
        case ProtocolViolationError():
            return TasukiError("server_not_vnc", program=name, detail=str(error))
        case _:
            return TasukiError("server_silent", program=name)


_LOGIN_ERRORS = {
    LoginProblem.WRONG_PASSWORD: "server_password_wrong",
    LoginProblem.TOO_MANY_TRIES: "server_locked",
    LoginProblem.NO_USABLE_SECURITY: "server_security",
    LoginProblem.REFUSED: "server_refused",
}


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
        self._full = False  # likewise

    async def log_in(self, sock: socket.socket, password: str, *, enter: bool = True) -> None:
        """Log in over `sock`, which is the connection's from then on. `enter`: and ask for a shared desktop.

        Raises LoginError, ProtocolViolationError.
        """
        secret = password.encode("latin-1", errors="replace") if password else None
        self._talk = Talk((log_in if enter else authenticate)(self._bytes, secret), self._bytes)
        await self._pipe.attach(sock)
        await self._logged_in

    def start(
        self, *, received: Callable[[bytes], None], lost: Callable[[], None], drained: Callable[[], None]
    ) -> None:
        """Give everything that has come behind the login, and what comes."""
        self._received, self._lost, self._drained = received, lost, drained
        if self._bytes:
            received(self._bytes.take())
        if self._full:
            self._full = False
            self._pipe.resume()
        if self._gone:
            lost()

    @property
    def gone(self) -> bool:
        """Whether the server has hung up before anybody could hear of it."""
        return self._gone

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
            if len(self._bytes) > UNHEARD and not self._full:
                self._full = True
                self._pipe.pause()
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
