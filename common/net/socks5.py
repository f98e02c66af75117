"""SOCKS5 with or without a password, by PySocks, in a thread: it only knows blocking sockets."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from typing import Final

import socks

from common.net.eyeballs import Address
from common.net.sockets import tune
from common.protocol.proxy_login import Login

_STEP: Final = 10.0  # seconds that PySocks waits for one answer; the caller's deadline is what counts
_LONGEST: Final = 127  # PySocks writes a longer length as two bytes


class SocksRefusedError(OSError):
    """The proxy answered, and does not lead there. The text is the proxy's, as PySocks words it."""


class SocksLoginError(Exception):
    """It wants a user name and a password, or others. `too_long`: SOCKS, or PySocks, cannot carry what was to be said."""

    def __init__(self, *, too_long: bool = False) -> None:
        super().__init__("login")
        self.too_long = too_long


async def socks_connect(
    proxies: Sequence[Address],
    host: str,
    port: int,
    *,
    login: Login | None,
    connected: Callable[[str], None],
) -> socket.socket:
    """A non-blocking socket with TCP_NODELAY, through to `host`, by the first of the proxy's addresses that answers.

    An IP literal is passed as such, a name as a name. `connected` is told the proxy's address.
    Raises OSError where no address can be reached, SocksRefusedError, SocksLoginError. Cancelling it ends the thread's waiting.
    """
    said = () if login is None else (login.username, login.password)
    if any(len(text.encode()) > _LONGEST for text in (host, *said)):
        raise SocksLoginError(too_long=True)
    failure = OSError("no address")
    for address in proxies:
        sock = socks.socksocket(address.family)
        try:
            await _in_thread(sock, address, host, port, login)
        except socks.ProxyConnectionError as error:
            failure = error.socket_err if isinstance(error.socket_err, OSError) else error
            continue
        except socks.ProxyError as error:
            connected(address.ip)
            raise _refusal(error) from error
        connected(address.ip)
        plain = socket.socket(fileno=sock.detach())
        try:
            plain.setblocking(False)
            tune(plain)
        except BaseException:  # reset already: some systems refuse an option then
            plain.close()
            raise
        return plain
    raise failure


async def _in_thread(sock: "socks.socksocket", address: Address, host: str, port: int, login: Login | None) -> None:
    username, password = (None, None) if login is None else (login.username, login.password)
    sock.set_proxy(socks.SOCKS5, address.ip, address.sockaddr[1], rdns=True, username=username, password=password)
    sock.settimeout(_STEP)
    work = asyncio.get_running_loop().run_in_executor(None, sock.connect, (host, port))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        work.add_done_callback(lambda done: done.cancelled() or done.exception())  # seen, so that nobody reports it
        work.add_done_callback(lambda _: sock.close())
        with contextlib.suppress(OSError):  # not connected yet: the thread's own timeout ends it
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # wakes the thread
        raise
    except BaseException:
        sock.close()
        raise


def _refusal(error: "socks.ProxyError") -> SocksRefusedError | SocksLoginError:
    """PySocks wraps what went wrong, its own errors included, once more. "0x05: Connection refused" loses its number."""
    cause: Exception = getattr(error, "socket_err", None) or error
    if isinstance(cause, socks.SOCKS5AuthError):
        return SocksLoginError()
    text = str(getattr(cause, "msg", cause))
    return SocksRefusedError(text.partition(": ")[2] if text.startswith("0x") else text)
