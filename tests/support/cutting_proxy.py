"""A proxy between agents and a relay whose connections can be cut, as a network cuts them that is no more."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
CHUNK = 1 << 16


@dataclass(kw_only=True, eq=False)
class _Tunnel:
    down: asyncio.StreamWriter
    up: asyncio.StreamWriter

    def cut(self) -> None:
        """Both sides at once, without a goodbye."""
        for writer in (self.down, self.up):
            writer.transport.abort()


@dataclass(kw_only=True)
class CuttingProxy:
    """CONNECT and nothing else, to anywhere. Connections in the order in which they came."""

    port: int = 0
    lets_in: bool = True
    tunnels: list[_Tunnel] = field(default_factory=list)
    serving: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def environ(self) -> dict[str, str]:
        """For a program that shall come this way."""
        return {"https_proxy": f"http://{LOOPBACK}:{self.port}", "no_proxy": ""}

    def cut_newest(self) -> None:
        """The connection that came last: in a session, the leg."""
        self.tunnels[-1].cut()

    def cut(self) -> None:
        """All of them."""
        for tunnel in list(self.tunnels):
            tunnel.cut()

    async def _serve(self, reader: asyncio.StreamReader, down: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        assert me is not None
        self.serving.add(me)
        me.add_done_callback(self.serving.discard)
        with contextlib.suppress(OSError, EOFError), contextlib.closing(down.transport):
            head = await reader.readuntil(b"\r\n\r\n")
            host, _, port = head.split(b" ")[1].decode("ascii").rpartition(":")
            if not self.lets_in:
                down.transport.abort()
                return
            back, up = await asyncio.open_connection(host, int(port))
            tunnel = _Tunnel(down=down, up=up)
            self.tunnels.append(tunnel)
            down.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            ways = [asyncio.ensure_future(one) for one in (_pass_on(reader, up), _pass_on(back, down))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self.tunnels.remove(tunnel)
                tunnel.cut()
                await asyncio.gather(*ways, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()


@contextlib.asynccontextmanager
async def cutting_proxy() -> AsyncIterator[CuttingProxy]:
    """One that listens."""
    proxy = CuttingProxy()
    server = await asyncio.start_server(proxy._serve, LOOPBACK, 0)  # its own module
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        await server.wait_closed()
        await asyncio.gather(*proxy.serving, return_exceptions=True)
        await asyncio.sleep(0)  # what was aborted closes in the next turn of the loop
