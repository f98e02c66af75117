"""Ways to a relay through real proxies: squid with CONNECT only, tinyproxy, microsocks, each with and without a password.

The relay here is a WebSocket server of the websockets package over Python's ssl: another OpenSSL than the agents'.
"""

import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, cast

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from common.net.connect import connect_websocket
from common.net.dial import DialError
from common.net.proxy_routes import OneRoute
from common.net.tls import OuterTrust
from common.protocol.proxies import ProxyUrl
from deploy.demo.ports import free_port
from tests.support.pipes import Waiting
from tests.support.pki import Root
from tests.support.proxies import RunningProxy, microsocks, squid, tinyproxy

PROTOCOL = "tasuki.leg.v1"
PROXIES: dict[str, Callable[[int, bool], AbstractContextManager[RunningProxy]]] = {
    "squid": lambda port, login: squid(ports=[port], login=login),
    "tinyproxy": lambda _port, login: tinyproxy(login=login),
    "microsocks": lambda _port, login: microsocks(login=login),
}


@dataclass(frozen=True)
class Place:
    """Where the relay will listen, and what its certificate hangs from."""

    port: int
    root: Root


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One port for the module: squid's rules name it."""
    return Place(port=free_port(), root=Root(tmp_path_factory.mktemp("pki")))


@pytest.fixture(scope="module", params=[(name, login) for name in PROXIES for login in (False, True)], ids=str)
def proxy(request: pytest.FixtureRequest, place: Place) -> Iterator[RunningProxy]:
    """Each proxy, started once."""
    name, login = request.param
    with PROXIES[name](place.port, login) as running:
        yield running


@contextlib.asynccontextmanager
async def relay(place: Place) -> AsyncIterator[None]:
    """A relay that sends `ready` and echoes."""

    async def echo(connection: ServerConnection) -> None:
        await connection.send("ready")
        async for message in connection:
            await connection.send(message)

    context = place.root.server("localhost", "127.0.0.1").context()
    # A proxy goes to whatever address "localhost" has first.
    hosts = {str(found[4][0]) for found in socket.getaddrinfo("localhost", place.port, type=socket.SOCK_STREAM)}
    async with serve(
        echo,
        cast("Any", sorted(hosts | {"127.0.0.1"})),
        place.port,
        ssl=context,
        subprotocols=[Subprotocol(PROTOCOL)],
        compression=None,
    ):
        yield


async def connect(place: Place, proxy: ProxyUrl, *, host: str = "localhost", port: int | None = None) -> Waiting:
    """A leg to the relay through `proxy`."""
    listener = Waiting()
    listener.ws = await connect_websocket(
        host,
        place.port if port is None else port,
        target="/v1/leg",
        subprotocol=PROTOCOL,
        listener=listener,
        trust=OuterTrust(root_der=place.root.der),
        routes=OneRoute(proxy),
        deadline=20,
    )
    return listener


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_leg_works_through_every_proxy(place: Place, proxy: RunningProxy, host: str) -> None:
    """Name and address, text and a message of 64 KiB, and a clean end."""
    async with relay(place):
        leg = await connect(place, proxy.url(), host=host)
        assert await leg.next() == ("opened",)
        assert await leg.next() == ("message", "ready")
        leg.ws.send(bytes(64 * 1024))
        assert await leg.next() == ("message", bytes(64 * 1024))
        leg.ws.close()
        assert await leg.next() == ("closed", 1000, "")


@pytest.mark.parametrize("proxy", [(name, True) for name in PROXIES], indirect=True, ids=str)
async def test_a_wrong_password_and_none_are_told_apart(place: Place, proxy: RunningProxy) -> None:
    """Each proxy says it in its own way."""
    for url, code in (
        (proxy.url(password="wrong"), "proxy_password_wrong"),
        (proxy.without_login, "proxy_wants_password"),
    ):
        with pytest.raises(DialError) as caught:
            await connect(place, url)
        assert (caught.value.code, caught.value.stage) == (code, "connect")


async def test_a_relay_that_is_down_is_the_proxys_news(place: Place, proxy: RunningProxy) -> None:
    """The proxy was reached, the relay was not: the sentence names both."""
    with pytest.raises(DialError) as caught:
        await connect(place, proxy.url())
    assert (caught.value.code, caught.value.stage) == ("proxy_refused", "connect")
    assert str(place.port) in str(caught.value)
    assert [step.stage for step in caught.value.story] == ["name", "tcp"]


async def test_squid_lets_connect_reach_the_listed_port_only(place: Place) -> None:
    """Another port is 403, as an office's proxy answers for all but 443."""
    with squid(ports=[place.port]) as running, pytest.raises(DialError) as caught:
        await connect(place, running.url(), port=free_port())
    assert caught.value.facts["detail"] == "403 Forbidden"
