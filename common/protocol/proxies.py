"""Which proxy to go through: proxy URLs, the list of hosts that need none, and the choice between them.

Pure: the environment comes in as a mapping.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import unquote

DEFAULT_PORTS: Final = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?\.?")
_USERINFO: Final = re.compile(r"[\x21-\x7e]*")
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class InvalidProxyError(ValueError):
    """Not a proxy's URL. The text says why and never quotes a password."""


@dataclass(frozen=True, kw_only=True)
class ProxyUrl:
    """`SCHEME://[USER:PASSWORD@]HOST[:PORT]`. With socks5h the proxy looks the relay's name up, with socks5 this PC does."""

    scheme: str
    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str) -> "ProxyUrl":
        """The URL; without a scheme (`proxy:3128`) it is http, as everywhere. Raises InvalidProxyError."""
        scheme, separator, rest = text.strip().partition("://")
        if not separator:
            scheme, rest = "http", scheme
        scheme = scheme.lower()
        if scheme not in DEFAULT_PORTS:
            raise InvalidProxyError(f"a proxy is one of {', '.join(DEFAULT_PORTS)}")
        userinfo, at, address = rest.removesuffix("/").rpartition("@")
        host, port = _address(address, DEFAULT_PORTS[scheme])
        if not at:
            return cls(scheme=scheme, host=host, port=port)
        username, colon, password = userinfo.partition(":")
        if not username or not _USERINFO.fullmatch(userinfo):
            raise InvalidProxyError("before the @ stand a user name and a password, special characters as %XX")
        return cls(
            scheme=scheme,
            host=host,
            port=port,
            username=_unquote(username),
            password=_unquote(password) if colon else "",
        )

    @property
    def credentials(self) -> tuple[str, str] | None:
        """User and password, where the URL has them."""
        return None if self.username is None else (self.username, self.password or "")

    def __str__(self) -> str:
        """For people and logs: without user and password."""
        return f"{self.scheme}://{_bracketed(self.host)}:{self.port}"


def _unquote(text: str) -> str:
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise InvalidProxyError("user name and password must be UTF-8") from None
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in plain):
        raise InvalidProxyError("user name and password have no control characters")
    return plain


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _address(text: str, default_port: int) -> tuple[str, int]:
    """`HOST[:PORT]`, an IPv6 address in brackets. Raises InvalidProxyError."""
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or _ip(host) is None or (rest and not rest.startswith(":")):
            raise InvalidProxyError("an IPv6 address stands in brackets: http://[2001:db8::1]:3128")
        separator, port = rest[:1], rest[1:]
    else:
        host, separator, port = text.partition(":")
        if not _HOST.fullmatch(host):
            raise InvalidProxyError("the proxy's host is missing or has characters that no name has")
    if not separator:
        return host.lower(), default_port
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise InvalidProxyError("the proxy's port is a number from 1 to 65535")
    return host.lower(), int(port)


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


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
        address = _ip(host)
        return any(rule.matches(host, address, port) for rule in self.rules)


def _rule(entry: str) -> _Rule | None:
    if entry in {"", "*"}:
        return _Rule(everything=True) if entry else None
    if entry == "<local>":
        return _Rule(dotless=True)
    if (network := _network(entry)) is not None:
        return _Rule(network=network)
    try:
        host, port = _address(entry.removeprefix("*").removeprefix("."), 0)
    except InvalidProxyError:
        return None
    network = _network(host)
    return _Rule(domain="" if network else host.rstrip("."), network=network, port=port or None)


def _network(text: str) -> _Network | None:
    try:
        return ipaddress.ip_network(text.removeprefix("[").removesuffix("]"), strict=False)
    except ValueError:
        return None


def choose(environ: Mapping[str, str], explicit: str | None, host: str, port: int) -> ProxyUrl | None:
    """The proxy for `host`, or None for a direct way.

    `explicit` (a setting or an option) wins: a proxy's URL, or `direct`. Else HTTPS_PROXY, then ALL_PROXY, the lower-case
    spelling first, unless NO_PROXY names the host. Raises InvalidProxyError for the one that would be used.
    """
    if explicit:
        return None if explicit.strip().lower() in {"direct", "none"} else ProxyUrl.parse(explicit)
    found = environ.get(variable(environ), "")
    if not found:
        return None
    no_proxy = next((environ[name] for name in _names("no_proxy") if environ.get(name)), "")
    return None if Bypass.parse(no_proxy).matches(host, port) else ProxyUrl.parse(found)


def variable(environ: Mapping[str, str]) -> str:
    """The variable that names a proxy; empty where none does."""
    return next((name for name in _names("https_proxy", "all_proxy") if environ.get(name)), "")


def _names(*lower: str) -> list[str]:
    return [spelling for name in lower for spelling in (name, name.upper())]
