"""Connections to the relay that are made before they are asked for, so that a leg need not wait for TCP and TLS.

A ticket is worth waiting for: on a slow line a leg of its own takes a second after the grant. When a grant is likely (a
probe came, a helper has accepted, a new ticket was asked for) the connection is made at once, nothing is asked on it, and
whoever shows the ticket takes it. What nobody takes is closed before the relay's patience with a silent connection ends.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from common.host.errors import TasukiError
from common.host.log import get_logger
from common.net.connect import Secured, secure
from common.net.dial import dial
from common.net.proxy_routes import ProxyRoutes
from common.net.tls import OuterTrust
from common.net.upgrades import Upgrades
from common.protocol.proxies import ProxyRoute

KEPT: Final = 8.0
"""Seconds from the beginning of dialling: the relay waits 10 for a whole request (`timing.request`)."""

log = get_logger(component="ahead")


@dataclass(frozen=True, kw_only=True)
class _MadeAhead:
    host: str
    port: int
    route: ProxyRoute
    task: "asyncio.Task[Secured]"


class Ahead:
    """One agent's. On the loop.

    `worked` is told of every connection that was made otherwise: which port, and which address, lead to the relay.
    """

    def __init__(self, *, routes: ProxyRoutes, trust: Callable[[], OuterTrust], upgrades: Upgrades) -> None:
        self._routes = routes
        self._trust = trust
        self._upgrades = upgrades
        self._coming: list[_MadeAhead] = []
        self._beginning: asyncio.Task[None] | None = None
        self._port = 0
        self._known: dict[str, str] = {}

    def begin(self, host: str, ports: Sequence[int]) -> None:
        """A leg to one of the relay's ports will be wanted soon, the first by default. What was made ahead before goes."""
        self.drop()
        if ports:
            port = self._port if self._port in ports else ports[0]
            self._beginning = asyncio.ensure_future(self._begin(host, port))

    async def take(self, host: str, port: int, route: ProxyRoute, *, end: float) -> Secured | None:
        """The one that was made for this, waited for until `end` (the loop's time) where it is under way; None where there is none."""
        if self._beginning is not None:
            await asyncio.wait({self._beginning}, timeout=max(end - asyncio.get_running_loop().time(), 0))
        for coming in tuple(self._coming):
            if (coming.host, coming.port, coming.route) != (host, port, route):
                continue
            self._coming.remove(coming)
            secured = await self._arrived(coming, end)
            if secured is not None:
                return secured
        return None

    def worked(self, secured: Secured) -> None:
        """Whoever made it, this one leads there."""
        self._port = secured.dialled.port
        if secured.dialled.proxy is None and secured.peer:
            self._known = {secured.dialled.host: secured.peer}

    def drop(self) -> None:
        """No leg is wanted any more."""
        if self._beginning is not None:
            self._beginning.cancel()
            self._beginning = None
        for coming in self._coming:
            _let_go(coming.task)
        self._coming.clear()

    async def _begin(self, host: str, port: int) -> None:
        try:
            route = (await self._routes.to(host, port))[0]  # the likely one
            lanes = 2 if await self._upgrades.taken_away(route) else 1  # without upgrades two requests go at a time
        except TasukiError:
            return
        for _ in range(lanes):
            task = asyncio.ensure_future(self._dial(host, port, route))
            coming = _MadeAhead(host=host, port=port, route=route, task=task)
            self._coming.append(coming)
            asyncio.get_running_loop().call_later(KEPT, self._too_old, coming)
        self._beginning = None

    async def _dial(self, host: str, port: int, route: ProxyRoute) -> Secured:
        end = asyncio.get_running_loop().time() + KEPT
        known = self._known.get(host, "") if route is None else ""
        dialled = await dial(host, port, proxy=route, logins=self._routes.logins, known=known, deadline=KEPT)
        return await secure(dialled, self._trust(), end=end)

    async def _arrived(self, coming: _MadeAhead, end: float) -> Secured | None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(end):
                secured = await coming.task
        except (TasukiError, TimeoutError) as error:
            log.info("ahead_in_vain", error=str(error))
            _let_go(coming.task)
            return None
        except BaseException:
            _let_go(coming.task)
            raise
        if secured.lost:
            return None
        log.info("ahead_taken", seconds_left=round(end - loop.time(), 1))
        return secured

    def _too_old(self, coming: _MadeAhead) -> None:
        if coming in self._coming:
            self._coming.remove(coming)
            _let_go(coming.task)


def _let_go(task: "asyncio.Task[Secured]") -> None:
    """Give up what is under way, or cut what has come of it."""
    if not task.done():
        task.cancel()
    elif not task.cancelled() and task.exception() is None:
        task.result().cut()
