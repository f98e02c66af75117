"""Which routes to the relay are tried, and in which order: what somebody set, then the environment, then the system.

Pure: the environment comes in as a mapping. A variable that cannot be understood is named and passed over for the next; it is
never the end of a program.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from common.protocol.proxies import InvalidProxyError, ProxyRoute, ProxyValue
from common.protocol.proxy_bypass import Bypass
from common.protocol.system_proxies import DETECT, SystemProxy, of_script

OWN: Final = "own"
NOTHING: Final = ""
"""Sources that are no variable: the program's own setting, and none."""


@dataclass(frozen=True, kw_only=True)
class PassedOver:
    """A variable whose value is no proxy. `why` never quotes a password."""

    source: str
    why: str


@dataclass(frozen=True, kw_only=True)
class ChosenRoutes:
    """Routes to try in this order, at least one, and who said so: a variable's name, a system's, OWN or NOTHING.

    Where `pac` is the address of a PAC file, that one knows the routes.
    """

    routes: tuple[ProxyRoute, ...] = (None,)
    pac: str = ""
    source: str = NOTHING
    passed_over: tuple[PassedOver, ...] = ()


def choose(environ: Mapping[str, str], explicit: str, host: str, port: int) -> ChosenRoutes:
    """What is set for Tasuki itself (`explicit`: a setting or an option), and alone; else what the environment says; else directly.

    HTTPS_PROXY, then ALL_PROXY, the lower-case spelling first, unless NO_PROXY names the host. Behind a proxy of the
    environment the direct route is tried too. Raises InvalidProxyError for `explicit`.
    """
    if explicit:
        return _chosen(ProxyValue.parse(explicit), source=OWN)
    passed_over: list[PassedOver] = []
    for name in variables(environ):
        try:
            value = ProxyValue.parse(environ[name])
        except InvalidProxyError as error:
            passed_over.append(PassedOver(source=name, why=str(error)))
            continue
        no_proxy = next((one for one in _names("no_proxy") if environ.get(one)), "")
        if no_proxy and Bypass.parse(environ[no_proxy]).matches(host, port):
            return ChosenRoutes(source=no_proxy, passed_over=tuple(passed_over))
        return _chosen(value, source=name, passed_over=tuple(passed_over))
    return ChosenRoutes(passed_over=tuple(passed_over))


def by_system(choice: ChosenRoutes, system: SystemProxy | None, host: str, port: int) -> ChosenRoutes:
    """What the system says counts where nobody else said anything."""
    if choice.source != NOTHING or system is None or not system.says_something or system.bypass.matches(host, port):
        return choice
    value = ProxyValue(routes=system.routes, pac=system.pac)
    return _chosen(value, source=system.source, passed_over=choice.passed_over)


def by_script(choice: ChosenRoutes, routes: tuple[ProxyRoute, ...]) -> ChosenRoutes:
    """What its PAC file has said. Directly is tried too, unless the file was demanded."""
    named = of_script(choice.pac, routes)
    return _chosen(ProxyValue(routes=named), source=choice.source, passed_over=choice.passed_over)


def without_script(choice: ChosenRoutes, why: str) -> ChosenRoutes:
    """Its PAC file could not be had; one that was only looked for is not worth a word."""
    over = () if choice.pac == DETECT else (PassedOver(source=choice.source, why=why),)
    return replace(choice, pac="", passed_over=(*choice.passed_over, *over))


def _chosen(value: ProxyValue, *, source: str, passed_over: tuple[PassedOver, ...] = ()) -> ChosenRoutes:
    """Behind a proxy that nobody demanded the direct route is tried too."""
    routes = value.routes if value.routes and (source == OWN or None in value.routes) else (*value.routes, None)
    return ChosenRoutes(routes=routes, pac=value.pac, source=source, passed_over=passed_over)


def variables(environ: Mapping[str, str]) -> list[str]:
    """The variables that name a proxy, in the order in which they count."""
    return [name for name in _names("https_proxy", "all_proxy") if environ.get(name, "").strip()]


def _names(*lower: str) -> list[str]:
    return [spelling for name in lower for spelling in (name, name.upper())]
