"""What systems say of their proxies, read: Windows' strings, macOS's dictionary, GNOME's and KDE's settings, a PAC file's answer.

Pure. What is no proxy is left out, never an error: such settings are made for browsers, and what they cannot mean for us means nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from common.protocol.proxies import InvalidProxyError, ProxyRoute, ProxyUrl, ProxyValue
from common.protocol.proxy_bypass import Bypass

DETECT: Final = "wpad"
"""In place of a PAC file's address: to be found in the network (WPAD)."""
WPAD_URL: Final = "http://wpad/wpad.dat"
"""Where it is then, by the name that the network's own domain completes."""

_PAC_SCHEMES: Final = {"PROXY": "http", "HTTP": "http", "HTTPS": "https", "SOCKS": "socks5h", "SOCKS5": "socks5h"}
_SCUTIL: Final = re.compile(r"\s*(\w+) : (.*)")
_MOST: Final = 8  # proxies of one answer


@dataclass(frozen=True, kw_only=True)
class SystemProxy:
    """What a system is set to. `source` says whose setting it is. `pac`: a file's address, or DETECT; it comes before `routes`."""

    source: str
    routes: tuple[ProxyRoute, ...] = ()
    pac: str = ""
    bypass: Bypass = field(default_factory=Bypass)

    @property
    def says_something(self) -> bool:
        """Whether there is more than a direct route."""
        return bool(self.pac or self.routes)


def pac_answer(text: str) -> tuple[ProxyRoute, ...]:
    """What FindProxyForURL said (`PROXY a:80; SOCKS b; DIRECT`): at least one route. SOCKS looks names up at the proxy."""
    found: list[ProxyRoute] = []
    for piece in text.split(";"):
        word, _, address = piece.strip().partition(" ")
        scheme = _PAC_SCHEMES.get(word.upper())
        if word.upper() == "DIRECT":
            found.append(None)
        elif scheme is not None and (route := _url(f"{scheme}://{address.strip()}")) is not None:
            found.append(route)
    return tuple(dict.fromkeys(found))[:_MOST] or (None,)


def of_script(pac: str, routes: Iterable[ProxyRoute]) -> tuple[ProxyRoute, ...]:
    """What the PAC file of that address has named. Only what comes by TLS, or lies here, is nobody else's word."""
    sure = pac.lower().startswith(("https://", "file:"))
    return tuple(route if route is None else replace(route, by_network=not sure) for route in routes)


def told_apart(found: SystemProxy, by_hand: Iterable[ProxyRoute]) -> SystemProxy:
    """Of an answer that does not tell settings from what a PAC file says: what nobody has set by hand is the network's."""
    known = frozenset(by_hand)
    named = (route if route in known else of_script(DETECT, (route,))[0] for route in found.routes)
    return replace(found, routes=tuple(named))


def of_windows(*, proxy: str, bypass: str, pac: str, detect: bool) -> SystemProxy:
    """The fields of WINHTTP_CURRENT_USER_IE_PROXY_CONFIG."""
    return SystemProxy(
        source="Windows",
        routes=_value(proxy),
        pac=pac.strip() or (DETECT if detect else ""),
        bypass=Bypass.parse(bypass),
    )


def of_scutil(text: str) -> SystemProxy:
    """What `scutil --proxy` prints on a Mac."""
    said: dict[str, str] = {}
    exceptions: list[str] = []
    inside = False
    for line in text.splitlines():
        if (found := _SCUTIL.match(line)) is None:
            inside = inside and line.strip() != "}"
        elif inside:
            exceptions.append(found[2].strip())
        elif found[2].startswith("<array>"):
            inside = found[1] == "ExceptionsList"
        else:
            said[found[1]] = found[2].strip()
    routes: list[ProxyRoute] = []
    for kind, scheme in (("HTTPS", "http"), ("SOCKS", "socks5h")):
        if said.get(f"{kind}Enable") == "1":
            routes += _addressed(scheme, said.get(f"{kind}Proxy", ""), said.get(f"{kind}Port", ""))
    if said.get("ExcludeSimpleHostnames") == "1":
        exceptions.append("<local>")
    pac = said.get("ProxyAutoConfigURLString", "") if said.get("ProxyAutoConfigEnable") == "1" else ""
    detect = DETECT if said.get("ProxyAutoDiscoveryEnable") == "1" else ""
    return SystemProxy(
        source="macOS", routes=tuple(routes), pac=pac or detect, bypass=Bypass.parse(",".join(exceptions))
    )


def of_gsettings(text: str) -> SystemProxy:
    """What `gsettings list-recursively org.gnome.system.proxy` prints."""
    said: dict[str, str] = {}
    for line in text.splitlines():
        schema, _, rest = line.partition(" ")
        key, _, value = rest.partition(" ")
        said[f"{schema.removeprefix('org.gnome.system.proxy').removeprefix('.')} {key}".strip()] = value.strip()
    mode, bypass = _text(said.get("mode", "")), ",".join(re.findall(r"'([^']*)'", said.get("ignore-hosts", "")))
    if mode == "auto":
        return SystemProxy(source="GNOME", pac=_text(said.get("autoconfig-url", "")) or DETECT)
    routes: list[ProxyRoute] = []
    if mode == "manual":
        for kind, scheme in (("https", "http"), ("socks", "socks5h")):
            routes += _addressed(scheme, _text(said.get(f"{kind} host", "")), said.get(f"{kind} port", ""))
    return SystemProxy(source="GNOME", routes=tuple(routes), bypass=Bypass.parse(bypass))


def of_kde(text: str) -> SystemProxy:
    """The file kioslaverc, which KDE's settings write. Proxies that it takes from variables are the variables' matter."""
    said: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip()
        elif section == "[Proxy Settings]":
            key, _, value = line.partition("=")
            said[key.strip().partition("[")[0]] = value.strip()
    kind = said.get("ProxyType", "0")
    if kind in {"2", "3"}:
        return SystemProxy(source="KDE", pac=(said.get("Proxy Config Script", "") if kind == "2" else "") or DETECT)
    routes: list[ProxyRoute] = []
    if kind == "1":
        for key, scheme in (("httpsProxy", "http"), ("socksProxy", "socks5h")):
            address, _, port = said.get(key, "").partition(" ")
            host = re.sub(r"^[a-z0-9]+://", "", address).rstrip("/")
            host, colon, inside = host.partition(":") if not host.startswith("[") else (host, "", "")
            routes += _addressed(scheme, host, inside if colon else port)
    reversed_list = said.get("ReversedException", "false").lower() == "true"
    return SystemProxy(
        source="KDE",
        routes=() if reversed_list else tuple(routes),
        bypass=Bypass.parse("" if reversed_list else said.get("NoProxyFor", "")),
    )


def of_portal(addresses: Iterable[str]) -> SystemProxy:
    """What the desktop portal's ProxyResolver answers for one URI: `http://a:80`, `socks5://b:1080`, `direct://`."""
    routes: list[ProxyRoute] = []
    for address in addresses:
        scheme, _, rest = address.partition("://")
        if scheme == "direct":
            routes.append(None)
        elif (route := _url(f"{'socks5h' if scheme.startswith('socks') else scheme}://{rest}")) is not None:
            routes.append(route)
    proxies = any(route is not None for route in routes)
    return SystemProxy(source="desktop", routes=tuple(dict.fromkeys(routes))[:_MOST] if proxies else ())


def _value(text: str) -> tuple[ProxyRoute, ...]:
    try:
        return ProxyValue.parse(text).routes if text.strip() else ()
    except InvalidProxyError:
        return ()


def _url(text: str) -> ProxyUrl | None:
    try:
        return ProxyUrl.parse(text)
    except InvalidProxyError:
        return None


def _addressed(scheme: str, host: str, port: str) -> list[ProxyRoute]:
    """One proxy; nothing where there is none. A port of 0 is none."""
    if not host or not port.isdigit() or int(port) == 0:
        return []
    found = _url(f"{scheme}://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{port}")
    return [] if found is None else [found]


def _text(value: str) -> str:
    """A string as GVariant prints it."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value
