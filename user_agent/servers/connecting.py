"""Connecting to a VNC server's address, without a word of RFB."""

import asyncio
import errno
import socket
import sys
from typing import TypeAlias

from common.host.system_errors import meaning
from user_agent.servers.base import Address, UnixAddress

Connection: TypeAlias = socket.socket


async def connect(address: Address) -> Connection:
    """A connected, non-blocking socket, TCP_NODELAY set. Raises OSError: the first address's, if none answers."""
    loop = asyncio.get_running_loop()
    if isinstance(address, UnixAddress):
        if sys.platform == "win32":
            raise OSError(errno.EAFNOSUPPORT, meaning(errno.EAFNOSUPPORT))
        return await _connected(socket.AF_UNIX, address.path)
    found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    failure = OSError("no address")
    for index, (family, _, _, _, where) in enumerate(found):
        try:
            sock = await _connected(family, where)
        except OSError as error:
            failure = error if index == 0 else failure
            continue
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    raise failure


async def _connected(family: socket.AddressFamily, where: object) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(sock, where)  # type: ignore[arg-type]
    except BaseException:
        sock.close()
        raise
    return sock
