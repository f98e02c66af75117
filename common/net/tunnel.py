"""TLS to an https:// proxy, handed on as a plain socket.

Twisted wants a descriptor for the outer TLS. What goes through a proxy that itself speaks TLS has none, so the near end
of a socket pair stands in for it, and two tasks carry bytes between the pair and Python's ssl. Rare enough for that.
"""

import asyncio
import contextlib
import socket
import ssl
from typing import Final

_PIECE: Final = 64 * 1024
_pumps: set[asyncio.Task[None]] = set()  # nobody awaits them: held here, so that they are not collected


class TlsTunnel:
    """A TLS connection to a proxy, trusted by the system's store."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Not for callers: use `open`."""
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, sock: socket.socket, host: str) -> "TlsTunnel":
        """TLS over `sock`, which belongs to the tunnel from here on. Raises OSError (ssl.SSLError)."""
        try:
            context = ssl.create_default_context()
            context.set_alpn_protocols(["http/1.1"])
            return cls(*await asyncio.open_connection(sock=sock, ssl=context, server_hostname=host, limit=_PIECE))
        except BaseException:
            sock.close()
            raise

    @property
    def version(self) -> str:
        """Such as TLSv1.3."""
        return str(self._writer.get_extra_info("ssl_object").version())

    async def send(self, data: bytes) -> None:
        """Send all of it."""
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self, limit: int) -> bytes:
        """Some bytes; none at the end."""
        return await self._reader.read(limit)

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
        """Give up."""
        self._writer.transport.abort()

    async def _pump(self, far: socket.socket) -> None:
        inward = asyncio.ensure_future(self._inward(far))
        outward = asyncio.ensure_future(self._outward(far))
        try:
            await asyncio.wait({inward, outward})
        finally:
            for task in (inward, outward):
                task.cancel()
            await asyncio.gather(inward, outward, return_exceptions=True)
            far.close()
            self.close()

    async def _inward(self, far: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while data := await self._reader.read(_PIECE):
                await loop.sock_sendall(far, data)
        with contextlib.suppress(OSError):
            far.shutdown(socket.SHUT_WR)

    async def _outward(self, far: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while data := await loop.sock_recv(far, _PIECE):
                await self.send(data)
        self._writer.close()  # the goodbye; `_inward` ends by it
