"""Which routes lead to the relay: Tasuki's own setting, else the environment, else this computer's setting, else directly.

What worked is remembered for the network that this computer is in, and tried first there for a while: a proxy that did not
answer once is not passed by for ever. In a network that cannot be told from others nothing is remembered.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from common.agent.system_proxy.here import system_proxy
from common.agent.system_proxy.script import run_script
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.host.network import network_here
from common.host.sentences import marked
from common.net.proxy_logins import ProxyLogins
from common.protocol.chosen_routes import OWN, ChosenRoutes, by_script, by_system, choose, without_script
from common.protocol.proxies import InvalidProxyError, ProxyRoute
from common.protocol.system_proxies import SystemProxy

REMEMBERED: Final = 600.0  # seconds
ASKED_AGAIN: Final = 60.0
"""Seconds that an answer of the system's, or of a PAC file's, counts in the same network."""
T = TypeVar("T")
AsksSystem = Callable[[str, int], Awaitable[SystemProxy | None]]
RunsScript = Callable[[str, str, int], Awaitable[tuple[ProxyRoute, ...]]]

log = get_logger(component="proxy")


class ProxyResolver:
    """A ProxyRoutes (common.net.proxy_routes). `own` is what was set for Tasuki itself; it may change at any time."""

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        own: str = "",
        logins: ProxyLogins | None = None,
        system: AsksSystem | None = None,
        script: RunsScript = run_script,
        network: Callable[[], str] = network_here,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.own = own
        self.logins = logins or ProxyLogins()
        self._environ = environ
        self._system = system or partial(system_proxy, environ)
        self._script = script
        self._network = network
        self._here = ""  # as it was at the last dialling
        self._now = now
        self._answers: dict[tuple[str, ...], tuple[float, object]] = {}
        self._worked: dict[tuple[str, int], tuple[str, ProxyRoute, float]] = {}  # by address: network, route, until

    def check(self) -> None:
        """Say now, not at the first dialling, that what was set is no proxy. Raises TasukiError `proxy_address_wrong`."""
        self._choose("", 0)

    async def choose(self, host: str, port: int) -> ChosenRoutes:
        """Which routes there are to that host, and who says so.

        Raises TasukiError `proxy_address_wrong` and `proxy_script_failed`, of the own setting alone.
        """
        here = await asyncio.to_thread(self._network)
        if here != self._here:
            self._here = here
            self._answers.clear()
            self.logins.another_network()
        choice = self._choose(host, port)
        if not choice.source:
            system = await self._once(("system", host, str(port)), lambda: self._system(host, port))
            choice = by_system(choice, system, host, port)
        if not choice.pac:
            return choice
        try:
            said = await self._once((choice.pac, host, str(port)), lambda: self._script(choice.pac, host, port))
        except TasukiError as error:
            if choice.source == OWN:
                raise
            log.info("proxy_script_failed", why=str(error.facts.get("detail")))
            return without_script(choice, marked("its PAC file cannot be used"))
        return by_script(choice, said)

    async def to(self, host: str, port: int) -> Sequence[ProxyRoute]:
        """See ProxyRoutes. What led there last, in this network, comes first."""
        choice = await self.choose(host, port)
        for one in choice.passed_over:
            log.warning("proxy_passed_over", source=one.source, why=one.why)
        if (known := self._worked.get((host, port))) is None:
            return choice.routes
        network, likely, until = known
        if self._here != network or self._now() >= until or likely not in choice.routes:
            del self._worked[host, port]
            return choice.routes
        return (likely, *(route for route in choice.routes if route != likely))

    def worked(self, host: str, port: int, route: ProxyRoute) -> None:
        """See ProxyRoutes. What was remembered counts no longer than it would have."""
        known = self._worked.get((host, port))
        if self._here and (known is None or known[:2] != (self._here, route)):
            self._worked[host, port] = self._here, route, self._now() + REMEMBERED

    def _choose(self, host: str, port: int) -> ChosenRoutes:
        try:
            return choose(self._environ, self.own, host, port)
        except InvalidProxyError as error:
            raise TasukiError("proxy_address_wrong", detail=str(error)) from error

    async def _once(self, question: tuple[str, ...], ask: Callable[[], Awaitable[T]]) -> T:
        """The answer of a moment ago, where there is one; an error is one too."""
        until, answer = self._answers.get(question, (0.0, None))
        if self._now() >= until:
            try:
                answer = await ask()
            except TasukiError as error:
                answer = error
            self._answers[question] = self._now() + ASKED_AGAIN, answer
        if isinstance(answer, TasukiError):
            raise answer
        return answer  # type: ignore[return-value]
