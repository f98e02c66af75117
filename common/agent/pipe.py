"""A connection to a VNC program on this PC: bytes in, bytes out, and whether it is stuck."""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

LINGER = 1.0  # seconds for the last bytes, once closed
HIGH_WATER = 256 * 1024  # bytes unsent, from which on it is stuck


class Pipe(asyncio.Protocol):
    """`received(data)` and `lost()` are called on the loop; `lost` once, and not after `close`.

    `drained()` is called when it is no longer `stuck`: when the program has taken what was waiting.
    """

    def __init__(
        self,
        *,
        received: Callable[[bytes], None],
        lost: Callable[[], None],
        drained: Callable[[], None],
    ) -> None:
        self._received = received
        self._lost = lost
        self._drained = drained
        self._transport: asyncio.Transport | None = None
        self._closed = False
        self.stuck = False

    async def attach(self, sock: socket.socket) -> None:
        """Use this connected non-blocking TCP or Unix socket, which is the pipe's from then on. Bytes may come at once."""
        if self._closed:
            sock.close()
            return
        loop = asyncio.get_running_loop()
        try:
            if sock.family == getattr(socket, "AF_UNIX", None):
                await loop.create_unix_connection(lambda: self, sock=sock)
            else:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                await loop.create_connection(lambda: self, sock=sock)
        except BaseException:
            sock.close()
            raise
        if self._closed and self._transport is not None:  # meanwhile
            self._transport.abort()

    def write(self, data: bytes) -> None:
        """Send it, in order. Ignored once it is closed or lost."""
        if self._transport is not None and not self._closed and data:
            self._transport.write(data)

    def pause(self) -> None:
        """Stop reading."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self) -> None:
        """Close it: what was written still goes out, for at most a second. Nothing is called back any more.

        What still comes is read and dropped. Closed with bytes unread, a socket is reset, and a program that is told so while
        it writes never reads what came before (keys that were let go).
        """
        if self._closed:
            return
        self._closed = True
        if self._transport is not None:
            self._transport.resume_reading()
            self._transport.write_eof()
            asyncio.get_running_loop().call_later(LINGER, self._transport.abort)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """From asyncio."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=HIGH_WATER)

    def data_received(self, data: bytes) -> None:
        """From asyncio."""
        if not self._closed:
            self._received(data)

    def pause_writing(self) -> None:
        """From asyncio."""
        self.stuck = True

    def resume_writing(self) -> None:
        """From asyncio."""
        self.stuck = False
        if not self._closed:
            self._drained()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """From asyncio."""
        if not self._closed:
            self._closed = True
            self._lost()
