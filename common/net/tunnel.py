"""TLS to an https:// proxy, handed on as a plain socket.

Twisted wants a descriptor for the outer TLS. What goes through a proxy that itself speaks TLS has none, so the near end
of a socket pair stands in for it, and two tasks carry bytes between the pair and Python's ssl. Rare enough for that.

No transport of the loop's: uvloop's and the socket that it was made of may both close the descriptor, and where a reset
came early the second closes that of somebody else.
"""

import asyncio
import contextlib
import socket
import ssl
from typing import Final

from common.protocol.wire import ALPN_HTTP

_PIECE: Final = 64 * 1024
_GOODBYE: Final = 5.0  # seconds for the proxy to answer it
_pumps: set[asyncio.Task[None]] = set()  # nobody awaits them: held here, so that they are not collected


class TlsTunnel:
    """A TLS connection to a proxy, trusted by the system's store."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, host: str) -> None:
        """Not for callers: use `open`."""
        self._sock = sock
        self._received, self._to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._received, self._to_send, server_hostname=host)
        self._sending = asyncio.Lock()  # records go out as they were made
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def open(cls, sock: socket.socket, host: str) -> "TlsTunnel":
        """TLS over `sock`, which belongs to the tunnel from here on. Raises OSError (ssl.SSLError)."""
        try:
            context = ssl.create_default_context()
            context.set_alpn_protocols([ALPN_HTTP])
            tunnel = cls(sock, context, host)
            await tunnel._shake_hands()
        except BaseException:
            sock.close()
            raise
        return tunnel

    @property
    def version(self) -> str:
        """Such as TLSv1.3."""
        return str(self._tls.version() or "")

    async def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        left = memoryview(data)
        while left:
            left = left[self._tls.write(left) :]
        await self._flush()

    async def receive(self, limit: int) -> bytes:
        """Some bytes; none at the end. Raises OSError."""
        while True:
            try:
                return self._tls.read(limit)
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def as_socket(self) -> socket.socket:
        """A non-blocking socket whose bytes are the tunnel's from now on."""
        near, far = socket.socketpair()
        near.setblocking(False)
        far.setblocking(False)
        task = asyncio.ensure_future(self._pump(far))
        _pumps.add(task)
        task.add_done_callback(_pumps.discard)
        return near

    def close(self) -> None:
        """Give up. Nothing may be under way."""
        self._sock.close()

    async def _shake_hands(self) -> None:
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    await self._flush()  # the alert
                raise
            else:
                return await self._flush()

    async def _flush(self) -> None:
        async with self._sending:
            if self._to_send.pending:
                await self._loop.sock_sendall(self._sock, self._to_send.read())

    async def _fill(self) -> None:
        if data := await self._loop.sock_recv(self._sock, _PIECE):
            self._received.write(data)
        else:
            self._received.write_eof()

    async def _pump(self, far: socket.socket) -> None:
        inward = asyncio.ensure_future(self._inward(far))
        outward = asyncio.ensure_future(self._outward(far))
        try:
            await asyncio.wait({outward})
            await asyncio.wait({inward}, timeout=_GOODBYE)
        finally:
            for task in (inward, outward):
                task.cancel()
            await asyncio.gather(inward, outward, return_exceptions=True)
            far.close()
            self.close()

    async def _inward(self, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := await self.receive(_PIECE):
                await self._loop.sock_sendall(far, data)
        with contextlib.suppress(OSError):
            far.shutdown(socket.SHUT_WR)

    async def _outward(self, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := await self._loop.sock_recv(far, _PIECE):
                await self.send(data)
        with contextlib.suppress(OSError):
            with contextlib.suppress(ssl.SSLWantReadError):  # what the proxy says to it, `_inward` hears
                self._tls.unwrap()
            await self._flush()
            self._sock.shutdown(socket.SHUT_WR)
