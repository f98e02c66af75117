"""Connecting to the first address of a name that answers: RFC 8305's happy eyeballs, on plain non-blocking sockets."""

import asyncio
import itertools
import socket
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

STAGGER: Final = 0.25  # seconds until the next address is tried beside the one under way (RFC 8305 section 5)


class Address(NamedTuple):
    """One of a name's addresses, as getaddrinfo says it."""

    family: socket.AddressFamily
    sockaddr: tuple[str, int] | tuple[str, int, int, int]

    @property
    def ip(self) -> str:
        """The IP address alone."""
        return self.sockaddr[0]


async def resolve(host: str, port: int) -> list[Address]:
    """Every TCP address of `host`, the families by turns, the system's favourite first. Raises socket.gaierror."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    addresses = [Address(family, sockaddr) for family, _, _, _, sockaddr in found]  # type: ignore[arg-type]
    return interleave(list(dict.fromkeys(addresses)))


def interleave(addresses: Sequence[Address]) -> list[Address]:
    """The families by turns, beginning with the first address's, the order within each kept (RFC 8305 section 4)."""
    if not addresses:
        return []
    first = [address for address in addresses if address.family == addresses[0].family]
    second = [address for address in addresses if address.family != addresses[0].family]
    pairs = itertools.zip_longest(first, second)
    return [address for pair in pairs for address in pair if address is not None]


async def connect_first(addresses: Iterable[Address], *, stagger: float = STAGGER) -> tuple[socket.socket, Address]:
    """A connected, non-blocking socket with TCP_NODELAY to the first address that answers; the others are closed.

    Raises the OSError of the last one to fail. No deadline of its own: cancel it.
    """
    queue = list(addresses)
    running: dict[asyncio.Task[socket.socket], Address] = {}
    failure = OSError("no address")
    try:
        while queue or running:
            if queue:
                address = queue.pop(0)
                running[asyncio.ensure_future(_connect(address))] = address
            done, _ = await asyncio.wait(
                running, timeout=stagger if queue else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                error = task.exception()
                if error is None:
                    return await _won(task.result(), running.pop(task), running)
                del running[task]
                if not isinstance(error, OSError):
                    raise error  # noqa: TRY301  # a bug: what runs beside it is given up too
                failure = error
    except BaseException:
        await _give_up(running)
        raise
    raise failure


async def _won(
    sock: socket.socket, address: Address, others: Iterable[asyncio.Task[socket.socket]]
) -> tuple[socket.socket, Address]:
    try:
        await _give_up(others)
    except BaseException:
        sock.close()
        raise
    return sock, address


async def _connect(address: Address) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, address.sockaddr)
    except BaseException:
        sock.close()
        raise
    return sock


async def _give_up(running: Iterable[asyncio.Task[socket.socket]]) -> None:
    """End the races that are lost, those that came second included."""
    for task in running:
        task.cancel()
    for result in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(result, socket.socket):
            result.close()
