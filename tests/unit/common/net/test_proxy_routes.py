"""Several routes: which is tried, for how long, and whose error is raised."""

import asyncio
from collections.abc import Sequence

import pytest

from common.net.dial import DialError, DialStage, DialStep
from common.net.proxy_logins import ProxyLogins
from common.net.proxy_routes import DIRECT, OneRoute, first_route
from common.protocol.proxies import ProxyRoute, ProxyUrl

A, B = ProxyUrl.parse("http://a:1"), ProxyUrl.parse("http://b:2")


class Some:
    """Routes, and which of them worked."""

    def __init__(self, *routes: ProxyRoute) -> None:
        self.routes = routes
        self.logins = ProxyLogins()
        self.led: list[ProxyRoute] = []

    async def to(self, _host: str, _port: int) -> Sequence[ProxyRoute]:
        """All of them."""
        return self.routes

    def worked(self, _host: str, _port: int, route: ProxyRoute) -> None:
        """Written down."""
        self.led.append(route)


def error(stage: DialStage, steps: int, said: str = "") -> DialError:
    """One that got so far."""
    story = tuple(DialStep(stage="tcp", detail="", at=0.0) for _ in range(steps))
    return DialError("relay_unreachable", stage=stage, story=story, address=said, detail="")


async def test_the_next_one_is_tried_where_one_fails() -> None:
    """What works is told; the same route is tried once."""
    routes, tried = Some(A, B, A, None), []

    async def attempt(route: ProxyRoute, _seconds: float) -> str:
        tried.append(route)
        if route is not None:
            raise error("tcp", 0)
        return "there"

    assert await first_route(routes, "relay", 443, attempt, deadline=5) == "there"
    assert tried == [A, B, None]
    assert routes.led == [None]


async def test_each_gets_its_share_of_the_time() -> None:
    """A route that swallows everything leaves the others theirs; the last has all that is left."""
    shares = []

    async def attempt(_route: ProxyRoute, seconds: float) -> str:
        shares.append(seconds)
        await asyncio.sleep(0)
        raise error("tcp", 0)

    with pytest.raises(DialError):
        await first_route(Some(A, B, None), "relay", 443, attempt, deadline=30)
    assert [round(share) for share in shares] == [10, 15, 30]


async def test_the_error_is_that_of_the_route_that_led_furthest() -> None:
    """The first of several."""

    async def attempt(route: ProxyRoute, _seconds: float) -> str:
        raise error("tls", 2, str(route)) if route in {B, None} else error("tcp", 0, str(route))

    with pytest.raises(DialError) as raised:
        await first_route(Some(A, B, None), "relay", 443, attempt, deadline=30)
    assert raised.value.facts["address"] == str(B)


async def test_a_request_is_never_repeated() -> None:
    """What failed after it was sent ends it: a ticket is shown once."""
    tried = []

    async def attempt(route: ProxyRoute, _seconds: float) -> str:
        tried.append(route)
        raise error("http", 3)

    with pytest.raises(DialError):
        await first_route(Some(A, None), "relay", 443, attempt, deadline=30)
    assert tried == [A]


async def test_another_error_is_none_of_a_route() -> None:
    """It is raised as it is."""

    async def attempt(_route: ProxyRoute, _seconds: float) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await first_route(Some(A, None), "relay", 443, attempt, deadline=30)


async def test_one_route() -> None:
    """Whatever the host."""
    assert await OneRoute(A).to("x", 1) == (A,)
    assert await DIRECT.to("x", 1) == (None,)
