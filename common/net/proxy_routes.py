"""The routes to the relay, one after the other: through each proxy that is named, and directly, until one works."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from common.net.dial import DialError
from common.net.obstacles import explain
from common.net.proxy_logins import ProxyLogins
from common.protocol.proxies import ProxyRoute

T = TypeVar("T")


class ProxyRoutes(Protocol):
    """Which routes there are, which of them is likely, and who logs in to a proxy."""

    @property
    def logins(self) -> ProxyLogins: ...

    async def to(self, host: str, port: int) -> Sequence[ProxyRoute]:
        """The routes to a host of the relay's, in the order in which they are tried; at least one. Raises TasukiError."""

    def worked(self, host: str, port: int, route: ProxyRoute) -> None:
        """The one that led there."""


class OneRoute:
    """Always the same: through this proxy, or directly."""

    def __init__(self, route: ProxyRoute = None, logins: ProxyLogins | None = None) -> None:
        self._route = route
        self.logins = logins or ProxyLogins()

    async def to(self, _host: str, _port: int) -> Sequence[ProxyRoute]:
        """See ProxyRoutes."""
        return (self._route,)

    def worked(self, host: str, port: int, route: ProxyRoute) -> None:
        """See ProxyRoutes."""


DIRECT = OneRoute()


async def first_route(
    routes: ProxyRoutes, host: str, port: int, attempt: Callable[[ProxyRoute, float], Awaitable[T]], *, deadline: float
) -> T:
    """What `attempt` brings, along the first route on which it works. It gets the route, and the seconds that it may take.

    Every route gets the same share of what is left of `deadline`, so that one that swallows everything does not take the others'
    time. An attempt that failed after the request was sent is the last one: requests are not repeated. Raises the DialError
    of the route that led furthest, the first of several, by its true cause where that can be found.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline
    failed: list[DialError] = []
    every = tuple(dict.fromkeys(await routes.to(host, port)))
    for number, route in enumerate(every):
        try:
            result = await attempt(route, max((end - loop.time()) / (len(every) - number), 0.01))
        except DialError as error:
            failed.append(error)
            if error.stage == "http":
                break
        else:
            routes.worked(host, port, route)
            return result
    raise await explain(max(failed, key=lambda error: len(error.story)), host)
