"""The built-in viewer: noVNC on a page that this agent serves on loopback, opened in the browser.

The page's address holds a token, and process lists show what browsers are started with: so the browser is given a
file of mode 0600 that leads there, or an address that does so once.
"""

import asyncio
import secrets
import webbrowser
from pathlib import Path

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.files import write_private
from helper_agent.viewers import app_window as app_windows
from helper_agent.viewers.bridge import OpenFront
from helper_agent.viewers.page_server import PAGE, Act, PagePlace, PageServer, Typed, redirect

NAME = "builtin"


def require_page() -> None:
    """Raises TasukiError `viewer_page_missing` where noVNC was not fetched."""
    if not (PAGE / "novnc" / "core" / "rfb.js").is_file():
        raise TasukiError("viewer_page_missing")


def new_page(*, open_front: OpenFront, act: Act, typed: Typed) -> PageServer:
    """A page of this session, listening."""
    require_page()
    server = PageServer(token=secrets.token_urlsafe(24), open_front=open_front, act=act, typed=typed)
    server.listen()
    return server


def has_screen(computer: Computer) -> bool:
    """Whether a browser could be shown."""
    return computer.platform != "linux" or bool(
        computer.environ.get("DISPLAY") or computer.environ.get("WAYLAND_DISPLAY")
    )


def app_window(server: PageServer, *, computer: Computer, folder: Path, place: PagePlace) -> tuple[str, ...] | None:
    """The command that shows the page in a window of its own; None where no browser here has such."""
    browser = app_windows.program(computer)
    if browser is None:
        return None
    address = server.entrance(secrets.token_urlsafe(16), place)
    return app_windows.command(browser, address=address, folder=folder / "browser")


async def show(server: PageServer, *, folder: Path, place: PagePlace) -> bool:
    """Open the page in the person's browser; False where none could be started."""
    file = folder / "viewer.html"
    write_private(file, redirect(server.address_for(place)))
    return await asyncio.to_thread(webbrowser.open, file.as_uri())
