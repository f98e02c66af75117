"""Looking at what a server shows, as a viewer would that hangs up at once: whether no more is shown than was chosen."""

import asyncio
import struct

from common.protocol.reading import ProtocolViolationError
from common.protocol.rfb.handshake import LoginError
from user_agent.servers.base import RunningServer
from user_agent.vnc_connection import VncConnection

SIZE = struct.Struct("!HH")  # the beginning of ServerInit: width and height in pixels


async def framebuffer_size(server: RunningServer, *, within: float) -> tuple[int, int] | None:
    """What it tells whoever logs in; None where it does not, in so many seconds. Raises what connecting raises."""
    connection = VncConnection()
    told: asyncio.Future[tuple[int, int] | None] = asyncio.get_running_loop().create_future()
    begun = bytearray()

    def received(data: bytes) -> None:
        begun.extend(data)
        if len(begun) >= SIZE.size and not told.done():
            told.set_result(SIZE.unpack_from(begun))

    def lost() -> None:
        if not told.done():
            told.set_result(None)

    try:
        async with asyncio.timeout(within):
            await connection.log_in(await server.connect(), server.password)
            connection.start(received=received, lost=lost, drained=lambda: None)
            return await told
    except (TimeoutError, LoginError, ProtocolViolationError):
        return None
    finally:
        connection.close()
