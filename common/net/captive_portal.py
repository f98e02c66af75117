"""Whether a page of this network to sign in answers in the relay's place: hotels, trains and guest networks do so until one has.

They answer plain HTTP themselves, whatever it was sent to. A relay has TLS on that port, and says 400 to anything else.
"""

import asyncio
import contextlib
from typing import Final
from urllib.parse import urljoin, urlsplit

import h11

from common.net.eyeballs import connect_first, resolve

PORT: Final = 80
DEADLINE: Final = 4.0  # seconds, for all of it
_READ: Final = 4096
_HEAD_LIMIT: Final = 16 * 1024
_ADDRESS_LIMIT: Final = 2000
_AUTHENTICATION_REQUIRED: Final = 511  # RFC 6585 section 6
_REDIRECTS: Final = {301, 302, 303, 307, 308}


async def find_portal(host: str, *, port: int = PORT, deadline: float = DEADLINE) -> str | None:
    """Ask `host` in clear: the address of the page to sign in, None where none answers. Never raises."""
    with contextlib.suppress(OSError, TimeoutError, h11.ProtocolError):
        async with asyncio.timeout(deadline):
            response = await _ask(host, port)
            return None if response is None else sign_in_page(response, host)
    return None


def sign_in_page(response: h11.Response, host: str) -> str | None:
    """Where such an answer leads to; None where it is no portal's.

    To another host (who sends a browser on to the relay itself by HTTPS is its web server), or a page where none belongs.
    """
    headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
    here = f"http://{host}/"
    if response.status_code in _REDIRECTS and headers.get(b"location"):
        try:
            there = urljoin(here, headers[b"location"])
            scheme, name = urlsplit(there).scheme, urlsplit(there).hostname or ""
        except ValueError:  # brackets that hold no address, or a name that is none
            return here
        if not (len(there) <= _ADDRESS_LIMIT and there.isprintable() and scheme in {"http", "https"}):
            return here
        return None if name.casefold() == host.casefold() else there
    page = response.status_code == 200 and headers.get(b"content-type", "").startswith("text/html")
    return here if page or response.status_code == _AUTHENTICATION_REQUIRED else None


async def _ask(host: str, port: int) -> h11.Response | None:
    loop = asyncio.get_running_loop()
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_LIMIT)
    request = h11.Request(method="GET", target="/", headers=[("Host", host), ("Connection", "close")])
    sock, _address = await connect_first(await resolve(host, port))
    try:
        await loop.sock_sendall(sock, (http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
        while True:
            event = http.next_event()
            if isinstance(event, h11.Response):
                return event
            if event is not h11.NEED_DATA:
                return None
            http.receive_data(await loop.sock_recv(sock, _READ))
    finally:
        sock.close()
