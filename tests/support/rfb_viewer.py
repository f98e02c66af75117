"""A viewer of the tests' own: it says exactly what a test wants said, when it wants it."""

import asyncio
import contextlib
import socket
import struct

from PIL import Image

from common.protocol.rfb import vncauth


class TestViewer:
    """Logged in to a VNC server; `reader` is behind ServerInit."""

    __test__ = False

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.size = (0, 0)
        self.name = b""
        self.texts: set[bytes] = set()  # the server's clipboards that came

    @classmethod
    async def login(
        cls, port: int, password: str, *, shared: bool = False, buffer: int = 0, sock: socket.socket | None = None
    ) -> "TestViewer":
        """RFB 3.8 with VncAuth; `buffer`: what the kernel may keep for it, in bytes, where that is to be known.

        `sock`: connected already, as from another namespace.

        Raises PermissionError with the reason, IncompleteReadError where it is hung up on.
        """
        connected = sock is not None
        sock = sock or socket.socket()
        if buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)  # before connecting: the window follows it
        sock.setblocking(False)
        try:
            if not connected:
                await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
            reader, writer = await asyncio.open_connection(sock=sock)
        except BaseException:
            sock.close()
            raise
        viewer = cls(reader, writer)
        try:
            assert await reader.readexactly(12) == b"RFB 003.008\n"
            writer.write(b"RFB 003.008\n")
            assert await reader.readexactly(2) == b"\1\2", "exactly one security type: VncAuth"
            writer.write(b"\2")
            writer.write(vncauth.response(password.encode(), await reader.readexactly(16)))
            await viewer._result()
            writer.write(bytes([shared]))
            width, height, length = struct.unpack(">HH16xI", await reader.readexactly(24))
            viewer.size, viewer.name = (width, height), await reader.readexactly(length)
        except BaseException:
            with contextlib.suppress(OSError):
                await viewer.close()
            raise
        return viewer

    async def _result(self) -> None:
        if await self.reader.readexactly(4) != b"\0\0\0\0":
            reason = await self.reader.readexactly(int.from_bytes(await self.reader.readexactly(4), "big"))
            raise PermissionError(reason.decode())

    def say(self, *messages: bytes) -> None:
        """Send these."""
        self.writer.write(b"".join(messages))

    async def raw_update(self) -> Image.Image:
        """Ask for the whole picture in Raw, and take it. (Four bytes a pixel, blue first, as servers here have it.)"""
        self.say(struct.pack(">BBHHHH", 3, 0, 0, 0, *self.size))
        picture = Image.new("RGB", self.size)
        while True:
            kind = (await self.reader.readexactly(1))[0]
            if kind == 0:
                for _ in range(struct.unpack(">xH", await self.reader.readexactly(3))[0]):
                    x, y, width, height, encoding = struct.unpack(">HHHHi", await self.reader.readexactly(12))
                    assert encoding == 0
                    pixels = await self.reader.readexactly(width * height * 4)
                    picture.paste(Image.frombytes("RGB", (width, height), pixels, "raw", "BGRX"), (x, y))
                return picture
            await self._other(kind)

    async def _other(self, kind: int) -> None:
        if kind == 3:
            self.texts.add(await self._text())
        else:
            assert kind == 2, f"message {kind}"

    async def _text(self) -> bytes:
        return await self.reader.readexactly(struct.unpack(">3xI", await self.reader.readexactly(7))[0])

    async def close(self) -> None:
        """Hang up."""
        self.writer.close()
        await self.writer.wait_closed()
