"""Whether a VNC server that somebody else has started shows an X display of this computer.

Whoever names both a server and a display may be wrong, and then a helper would type into a desktop that nobody sees. So a
mark is shown on the display and looked for through the server, as a viewer would. A property of the root window would be
seen by nobody: no server passes one on.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from common.host.errors import TasukiError
from common.host.screen import x_answers
from user_agent.servers.base import RunningServer
from user_agent.servers.corner import SQUARES, Corner, Mark
from user_agent.servers.foreign import ForeignServer
from user_agent.servers.looking import look
from user_agent.vnc_connection import reach

PATIENCE: Final = 10.0  # seconds: x11vnc looks at a quiet screen every second or two
AGAIN: Final = 0.1  # seconds between two looks


async def look_at(server: ForeignServer, *, random: Callable[[int], bytes]) -> None:
    """Whether it lets us in, and shows the display that was named with it. Raises TasukiError: why not."""
    await look(server)
    if server.display:
        await prove_display(server, server.display, random=random)


async def prove_display(
    server: RunningServer, display: str, *, random: Callable[[int], bytes], within: float = PATIENCE
) -> None:
    """Return where `server` shows the X display of this name, whole.

    Raises TasukiError `server_other_display` | `display_closed`, and what logging in raises.
    """
    if not await asyncio.to_thread(x_answers, display):
        raise TasukiError("display_closed", display=display)
    from user_agent.servers.mark import marked  # python-xlib is there where X11 can be

    mark = marked(display, random(SQUARES * SQUARES // 8))
    try:
        shown = await asyncio.to_thread(mark.__enter__)
    except Exception as error:
        raise TasukiError("display_closed", display=display) from error
    try:
        seen = await _sees(server, shown, within=within)
    finally:
        await asyncio.to_thread(mark.__exit__, None, None, None)
    if not seen:
        raise TasukiError("server_other_display", program=server.name, display=display)


async def _sees(server: RunningServer, mark: Mark, *, within: float) -> bool:
    """Whether the mark is in the server's picture, where it is on the display. Raises what connecting raises."""
    connection = await reach(server, within=within)
    corner = Corner(mark)
    lost = asyncio.Event()
    connection.start(received=corner.feed, lost=lost.set, drained=lambda: None)
    try:
        async with asyncio.timeout(within):
            while not (corner.found or corner.hopeless or lost.is_set()):
                if corner.wants_more:
                    connection.write(corner.question())
                await asyncio.sleep(AGAIN)
    except TimeoutError:
        pass
    finally:
        connection.close()
    return corner.found
