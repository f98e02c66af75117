"""The built-in viewer: noVNC on a page that this agent serves on loopback, opened in the browser.

The page's address holds a token, and process lists show what browsers are started with: so the browser is given a
file of mode 0600 that leads there.
"""

import asyncio
import html
import secrets
import webbrowser
from pathlib import Path

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.files import write_private
from helper_agent.viewers.bridge import OpenFront
from helper_agent.viewers.page_server import PAGE, Act, PageServer, Typed

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


def redirect(address: str) -> bytes:
    """A page that leads to `address`."""
    target = html.escape(address, quote=True)
    return (
        '<!DOCTYPE html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Tasuki</title>'
        f'<meta http-equiv="refresh" content="0; url={target}"><a href="{target}">Tasuki</a>'
    ).encode()


def has_screen(computer: Computer) -> bool:
    """Whether a browser could be shown."""
    return computer.platform != "linux" or bool(
        computer.environ.get("DISPLAY") or computer.environ.get("WAYLAND_DISPLAY")
    )


async def show(server: PageServer, *, folder: Path) -> bool:
    """Open the page in the person's browser; False where none could be started."""
    file = folder / "viewer.html"
    write_private(file, redirect(server.address))
    return await asyncio.to_thread(webbrowser.open, file.as_uri())
