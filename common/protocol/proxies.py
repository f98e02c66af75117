"""Which proxy to go through: what people write where a proxy is named, and what it means.

Pure. A value is read as it was meant, as far as that is clear: quotes, a path, a list, Windows' form with a proxy for each scheme,
the name that GNOME gives SOCKS. A typing mistake must not send a password somewhere, though: what is unclear is refused.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import unquote

DEFAULT_PORTS: Final = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_MEANT: Final = {"socks": "socks5h"}
"""What others call it. GNOME exports `socks://`; the proxy looks names up there, as the desktop's own programs have it."""
_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?\.?")
_QUOTES: Final = "\"'\u201c\u201d\u2018\u2019"
_DIRECT: Final = frozenset({"direct", "none", "off", "no"})
_BEFORE_ENTRY: Final = re.compile(r"[;,\s]+(?=(?:https?|socks|ftp)=|[A-Za-z0-9]+://)", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[;,\s]+")
_SCHEMES: Final = ("https", "socks", "http")
"""Of Windows' form, for a connection that is TLS. `http` is for others there, but who names only that one means it."""
_PAC: Final = re.compile(r"(?i)(?:file://.+|https?://[^/?#]+/[^?#]*\.(?:pac|dat|js)(?:[?#].*)?)")
_MOST: Final = 8  # proxies of one value


class InvalidProxyError(ValueError):
    """Not a proxy's URL. The text says why and never quotes a password."""


@dataclass(frozen=True, kw_only=True)
class ProxyUrl:
    """`SCHEME://[USER:PASSWORD@]HOST[:PORT]`. With socks5h the proxy looks the relay's name up, with socks5 this PC does.

    `by_network`: it was named by a PAC file that anybody in the network may have given, not by whoever set this computer up.
    """

    scheme: str
    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    by_network: bool = False

    @classmethod
    def parse(cls, text: str) -> "ProxyUrl":
        """The URL; without a scheme (`proxy:3128`) it is http, as everywhere; a path counts for nothing. Raises InvalidProxyError.

        Special characters of name and password may stand as they are or as %XX.
        """
        scheme, separator, rest = _bare(text).partition("://")
        if not separator:
            scheme, rest = "http", scheme
        scheme = _MEANT.get(scheme.lower(), scheme.lower())
        if scheme not in DEFAULT_PORTS:
            raise InvalidProxyError(f"a proxy is one of {', '.join(DEFAULT_PORTS)}")
        userinfo, at, address = rest.rpartition("@")
        host, port = read_address(re.split(r"[/?#]", address, maxsplit=1)[0], DEFAULT_PORTS[scheme])
        if not at:
            return cls(scheme=scheme, host=host, port=port)
        username, colon, password = userinfo.partition(":")
        if not username:
            raise InvalidProxyError("before the @ stand a user name and a password")
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

    @property
    def where(self) -> str:
        """`host:port`, an IPv6 address in brackets."""
        return f"{_bracketed(self.host)}:{self.port}"

    def __str__(self) -> str:
        """For people and logs: without user and password."""
        return f"{self.scheme}://{self.where}"


ProxyRoute: TypeAlias = ProxyUrl | None
"""A route to the relay: through this proxy, or directly."""


@dataclass(frozen=True, kw_only=True)
class ProxyValue:
    """What a value means: routes to try in this order, at least one; or a PAC file, which says them."""

    routes: tuple[ProxyRoute, ...] = ()
    pac: str = ""
    """Its address: http, https or file."""

    @classmethod
    def parse(cls, text: str) -> "ProxyValue":
        """One proxy, several, `direct`, or one for each scheme (`http=a:80;https=b:80`). Raises InvalidProxyError."""
        text = _bare(text)
        if text.lower().removesuffix("://") in _DIRECT:
            return cls(routes=(None,))
        if _PAC.fullmatch(text):
            if "@" in text:
                raise InvalidProxyError("a PAC file is fetched without a name and a password")
            return cls(pac=text)
        entries = [piece for entry in _BEFORE_ENTRY.split(text) for piece in _pieces(entry)]
        if len(entries) > _MOST:
            raise InvalidProxyError(f"at most {_MOST} proxies are named")
        named = [entry.partition("=") for entry in entries]
        if not all(equals and "://" not in scheme and scheme.isalnum() for scheme, equals, _ in named):
            return cls(routes=tuple(ProxyUrl.parse(entry) for entry in entries))
        by_scheme = {scheme.lower(): address for scheme, _, address in named}
        for scheme in _SCHEMES:
            if address := by_scheme.get(scheme):
                socks = scheme == "socks" and "://" not in address
                return cls(routes=(ProxyUrl.parse(f"socks5h://{address}" if socks else address),))
        raise InvalidProxyError("none of the proxies is for https")


def _bare(text: str) -> str:
    return text.strip().strip(_QUOTES).strip()


def _pieces(entry: str) -> list[str]:
    """A list of addresses. In what has a name and a password every character may belong to them."""
    pieces = [piece for piece in _BETWEEN.split(entry) if piece]
    several = "@" not in entry and len(pieces) > 1 and all(re.search(r":\d+/?$|://|=", piece) for piece in pieces)
    return pieces if several else [entry]


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


def read_address(text: str, default_port: int) -> tuple[str, int]:
    """`HOST[:PORT]`, an IPv6 address in brackets. Raises InvalidProxyError."""
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or ip_of(host) is None or (rest and not rest.startswith(":")):
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


def ip_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that it is; None for a name."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
