"""The hosts that are reached without a proxy: NO_PROXY, and the lists of Windows, macOS and GNOME, which are written alike."""

import ipaddress
import re
from dataclasses import dataclass
from typing import TypeAlias

from common.protocol.proxies import InvalidProxyError, ip_of, read_address

_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """One entry: exactly one of `domain` and `network`, or neither for every host (`everything`) or dotless names."""

    domain: str = ""
    network: _Network | None = None
    everything: bool = False
    dotless: bool = False
    port: int | None = None

    def matches(self, host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None, port: int) -> bool:
        if self.port is not None and self.port != port:
            return False
        if self.everything:
            return True
        if self.dotless:
            return address is None and "." not in host
        if self.network is not None:
            return address is not None and address in self.network
        return host == self.domain or (address is None and host.endswith("." + self.domain))


@dataclass(frozen=True, kw_only=True)
class Bypass:
    """The hosts that are reached without a proxy, as NO_PROXY lists them."""

    rules: tuple[_Rule, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Bypass":
        """`*`, `<local>`, `example.org` (with everything below it), `.example.org`, `*.example.org`, IP, CIDR, each with `:PORT`.

        Separated by commas, semicolons or spaces. What makes no sense matches nothing: such lists are written for many programs.
        """
        return cls(rules=tuple(rule for entry in re.split(r"[,;\s]+", text) if (rule := _rule(entry.lower()))))

    def matches(self, host: str, port: int) -> bool:
        """Whether `host` (no brackets) is reached without a proxy."""
        host = host.lower().rstrip(".")
        address = ip_of(host)
        return any(rule.matches(host, address, port) for rule in self.rules)


def _rule(entry: str) -> _Rule | None:
    if entry in {"", "*"}:
        return _Rule(everything=True) if entry else None
    if entry == "<local>":
        return _Rule(dotless=True)
    if (network := _network(entry)) is not None:
        return _Rule(network=network)
    try:
        host, port = read_address(entry.removeprefix("*").removeprefix("."), 0)
    except InvalidProxyError:
        return None
    network = _network(host)
    return _Rule(domain="" if network else host.rstrip("."), network=network, port=port or None)


def _network(text: str) -> _Network | None:
    try:
        return ipaddress.ip_network(text.removeprefix("[").removesuffix("]"), strict=False)
    except ValueError:
        return None
