"""A VNC server without a desktop: it lets in whoever comes, and counts who then asks for one."""

import asyncio
import contextlib
from typing import Self

HOST = "127.0.0.1"
VERSION = b"RFB 003.008\n"
ONLY_NONE, OK = b"\1\1", bytes(4)  # one security type, None; SecurityResult


class VncDoor:
    """`came` counts who was let in, `entered` who asked for the desktop after that: there is none, and they are hung up on."""

    def __init__(self) -> None:
        self.came = self.entered = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Nobody listens there any more."""
        assert self._server is not None
        self._server.close()

    @property
    def address(self) -> str:
        """As `--server` takes it."""
        assert self._server is not None
        return f"{HOST}:{self._server.sockets[0].getsockname()[1]}"

    @property
    def options(self) -> tuple[str, str]:
        """For `tasuki-user ask`."""
        return "--server", self.address

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            writer.write(VERSION)
            assert await reader.readexactly(len(VERSION)) == VERSION
            writer.write(ONLY_NONE)
            await reader.readexactly(1)
            writer.write(OK)
            self.came += 1
            self.entered += len(await reader.read(1))
        writer.close()
