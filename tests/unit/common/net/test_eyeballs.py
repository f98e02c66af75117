"""Racing addresses: the first that answers wins, a dead one costs little, and nothing is left open."""

import asyncio
import gc
import socket

import pytest

from common.net.eyeballs import Address, connect_first, interleave, resolve
from deploy.demo.ports import free_port
from tests.support.servers import serving


def address(ip: str, port: int = 443) -> Address:
    """An address of the family that `ip` shows."""
    if ":" in ip:
        return Address(socket.AF_INET6, (ip, port, 0, 0))
    return Address(socket.AF_INET, (ip, port))


async def hold(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Keep the connection until the peer ends it."""
    await reader.read()


def test_families_take_turns() -> None:
    """Beginning with the system's favourite, the order within each family kept."""
    given = [address("::1"), address("::2"), address("::3"), address("10.0.0.1"), address("10.0.0.2")]
    assert [one.ip for one in interleave(given)] == ["::1", "10.0.0.1", "::2", "10.0.0.2", "::3"]
    assert interleave([]) == []


async def test_a_literal_resolves_to_itself() -> None:
    """Without asking anybody; and a name nobody knows is gaierror."""
    assert [(one.family, one.ip) for one in await resolve("127.0.0.1", 1)] == [(socket.AF_INET, "127.0.0.1")]
    assert [one.ip for one in await resolve("::1", 1)] == ["::1"]
    with pytest.raises(socket.gaierror):
        await resolve("name.invalid", 1)


async def test_a_refused_address_is_followed_by_the_next_at_once() -> None:
    """No waiting for the stagger, and the socket that comes out does not block and has no delay."""
    async with serving(hold) as port:
        sock, won = await connect_first([address("127.0.0.1", free_port()), address("127.0.0.1", port)], stagger=30)
        with sock:
            assert won.sockaddr[1] == port
            assert sock.gettimeout() == 0
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_silent_address_does_not_hold_up_the_next() -> None:
    """A full backlog answers nothing: after the stagger the other one is tried beside it, and wins."""
    with socket.socket() as deaf, socket.socket() as filler, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        filler.connect(deaf.getsockname())
        second.setblocking(False)
        second.connect_ex(deaf.getsockname())
        async with serving(hold) as port:
            silent = address("127.0.0.1", deaf.getsockname()[1])
            sock, won = await connect_first([silent, address("127.0.0.1", port)], stagger=0.01)
            sock.close()
            assert won.sockaddr[1] == port


async def test_with_every_address_refused_the_last_error_comes_out() -> None:
    """And with none at all there is an error too."""
    with pytest.raises(ConnectionRefusedError):
        await connect_first([address("127.0.0.1", free_port()), address("127.0.0.1", free_port())])
    with pytest.raises(OSError, match="no address"):
        await connect_first([])


async def test_giving_up_closes_everything() -> None:
    """A cancelled race leaves no socket behind (ResourceWarning is an error here)."""
    with socket.socket() as deaf, socket.socket() as filler, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        filler.connect(deaf.getsockname())
        second.setblocking(False)
        second.connect_ex(deaf.getsockname())
        silent = address("127.0.0.1", deaf.getsockname()[1])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await connect_first([silent, silent], stagger=0.01)
    gc.collect()
