"""Looking at what a server shows, as a viewer would that hangs up at once: whether it lets us in, and shows no more than was chosen."""

import asyncio
import struct
from typing import Final

from common.protocol.reading import ProtocolViolationError
from common.protocol.rfb.handshake import LoginError
from user_agent.servers.base import RunningServer
from user_agent.vnc_connection import VncConnection, reach

LOOK_PATIENCE: Final = 5.0  # seconds to be let in by a server that runs: x11vnc's first login took 0.4 s
SIZE = struct.Struct("!HH")  # the beginning of ServerInit: width and height in pixels


async def look(server: RunningServer, *, within: float = LOOK_PATIENCE) -> None:
    """Log in to it and hang up before a desktop is asked for. Raises TasukiError: why nobody could be shown what it shows.

    Not less than the whole login: who hangs up before its end is counted as having had a wrong password (TigerVNC turns
    everybody away after five), and the password would not have been tried. Not more: an x11vnc that was not told otherwise
    ends after the first that has seen its desktop, and one that admits a single viewer would throw that one out.
    """
    connection = await reach(server, within=within, enter=False)
    connection.close()


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
