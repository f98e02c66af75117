"""The relay's listeners: what every accepted connection has from them."""

import asyncio
import socket
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol

from relay import listening
from relay.settings import Listen
from tests.support.front import until


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_small_segments_and_an_end_of_waiting(address: str) -> None:
    """Neither side sends more at once than any tunnel carries, and a peer that acknowledges nothing is not waited for for ever."""
    accepted: list[Any] = []

    class Kept(Protocol):
        """Stays open."""

        def connectionMade(self) -> None:
            accepted.append(self.transport)

    try:
        sockets = listening.opened(Listen(addresses=[address], matching_port=0, vnc_port=0))
    except Exception as error:  # noqa: BLE001 — a machine without IPv6
        pytest.skip(str(error))
    [port] = listening.adopt(reactor, sockets, Factory.forProtocol(Kept), most=8, unacknowledged=12.5)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, (address, port.getHost().port))
        await until(lambda: bool(accepted))
        served = accepted[0].getHandle()
        assert served.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) <= 1220
        assert client.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) <= 1220
        assert served.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 12_500
        accepted[0].abortConnection()
    await port.stopListening().asFuture(asyncio.get_running_loop())
