"""Whether there is a desktop on this computer whose clipboard an agent can have without Qt."""

import asyncio

from common.agent.clipboard.clipboard import DesktopClipboard
from common.host.computer import Computer
from common.host.screen import is_wayland


async def x11_desktop(computer: Computer) -> DesktopClipboard | None:
    """That of DISPLAY; None where there is none, or where it is not the desktop's: beside a Wayland compositor."""
    display = computer.environ.get("DISPLAY", "")
    if computer.platform != "linux" or not display or is_wayland(computer.environ):
        return None
    from common.agent.clipboard.x11 import open_x11  # python-xlib is there where X11 can be

    return await asyncio.to_thread(open_x11, display)
