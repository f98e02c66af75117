"""Connecting to the first address of a name that answers: RFC 8305's happy eyeballs, on plain non-blocking sockets."""

import asyncio
import itertools
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeVar

from common.net.sockets import tune

T = TypeVar("T")

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
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except UnicodeError as error:  # an empty label, or one that is too long: nobody has such a name
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
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
    return await first_to_connect(addresses, _connect, stagger=stagger)


async def first_to_connect(
    targets: Iterable[T], connect: Callable[[T], Awaitable[socket.socket]], *, stagger: float
) -> tuple[socket.socket, T]:
    """As connect_first, whatever connecting to one of them takes. What `connect` raises besides OSError ends it."""
    queue = list(targets)
    running: dict[asyncio.Future[socket.socket], T] = {}
    failure = OSError("no address")
    try:
        while queue or running:
            if queue:
                target = queue.pop(0)
                running[asyncio.ensure_future(connect(target))] = target
            done, _ = await asyncio.wait(
                running, timeout=stagger if queue else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                error = task.exception()
                if error is None:
                    target = running.pop(task)
                    return await _won(task.result(), running), target
                del running[task]
                if not isinstance(error, OSError):
                    raise error  # noqa: TRY301  # a bug, or final: what runs beside it is given up too
                failure = error
    except BaseException:
        await _give_up(running)
        raise
    raise failure


async def _won(sock: socket.socket, others: Iterable[asyncio.Future[socket.socket]]) -> socket.socket:
    try:
        await _give_up(others)
    except BaseException:
        sock.close()
        raise
    return sock


async def _connect(address: Address) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        tune(sock)
        await asyncio.get_running_loop().sock_connect(sock, address.sockaddr)
    except BaseException:
        sock.close()
        raise
    return sock


async def _give_up(running: Iterable[asyncio.Future[socket.socket]]) -> None:
    """End the races that are lost, those that came second included."""
    for task in running:
        task.cancel()
    for result in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(result, socket.socket):
            result.close()
