"""The proxy that Windows is set to, by WinHTTP: the person's own setting; PAC files and WPAD are answered by Windows itself."""

import ctypes
import sys
from ctypes import wintypes
from dataclasses import replace
from typing import Any, Final

from common.protocol.enrolment import format_address
from common.protocol.proxies import InvalidProxyError, ProxyValue
from common.protocol.system_proxies import DETECT, SystemProxy, of_script, of_windows

_NAMED_PROXY: Final = 3
_AUTO_DETECT: Final = 0x1
_CONFIG_URL: Final = 0x2
_DETECT_BY_DHCP_AND_DNS: Final = 0x3


class _PersonsConfig(ctypes.Structure):
    """WINHTTP_CURRENT_USER_IE_PROXY_CONFIG"""

    _fields_ = (
        ("detect", wintypes.BOOL),
        ("pac", ctypes.c_void_p),
        ("proxy", ctypes.c_void_p),
        ("bypass", ctypes.c_void_p),
    )


class _ProxyInfo(ctypes.Structure):
    """WINHTTP_PROXY_INFO"""

    _fields_ = (("access", wintypes.DWORD), ("proxy", ctypes.c_void_p), ("bypass", ctypes.c_void_p))


class _AutoOptions(ctypes.Structure):
    """WINHTTP_AUTOPROXY_OPTIONS"""

    _fields_ = (
        ("flags", wintypes.DWORD),
        ("detect", wintypes.DWORD),
        ("pac", wintypes.LPCWSTR),
        ("reserved", ctypes.c_void_p),
        ("reserved_too", wintypes.DWORD),
        ("log_on", wintypes.BOOL),
    )


def system_proxy(host: str, port: int) -> SystemProxy | None:
    """What is set for that host; it may wait for the network. None where Windows does not tell. A PAC file is answered already."""
    if sys.platform != "win32":
        return None
    winhttp: Any = ctypes.WinDLL("winhttp", use_last_error=True)
    found = _persons(winhttp) or _machines(winhttp)
    if found is None or not found.pac or found.bypass.matches(host, port):
        return found
    answered = _answer(winhttp, f"https://{format_address(host, port)}/", found.pac)
    return _unanswered(found) if answered is None else answered


def _unanswered(found: SystemProxy) -> SystemProxy:
    """A file that Windows has looked for in vain is not looked for again by a name that any neighbour may answer to."""
    return replace(found, pac="") if found.pac == DETECT else found


def _persons(winhttp: Any) -> SystemProxy | None:
    config = _PersonsConfig()
    if not winhttp.WinHttpGetIEProxyConfigForCurrentUser(ctypes.byref(config)):
        return None
    pac, proxy, bypass = (_taken(text) for text in (config.pac, config.proxy, config.bypass))
    found = of_windows(proxy=proxy, bypass=bypass, pac=pac, detect=bool(config.detect))
    return found if found.says_something else None


def _machines(winhttp: Any) -> SystemProxy | None:
    """What `netsh winhttp` has set."""
    info = _ProxyInfo()
    if not winhttp.WinHttpGetDefaultProxyConfiguration(ctypes.byref(info)):
        return None
    proxy, bypass = _taken(info.proxy), _taken(info.bypass)
    return of_windows(proxy=proxy if info.access == _NAMED_PROXY else "", bypass=bypass, pac="", detect=False)


def _answer(winhttp: Any, url: str, pac: str) -> SystemProxy | None:
    """What the PAC file says, found and run by Windows. None where it cannot be had."""
    winhttp.WinHttpOpen.restype = ctypes.c_void_p
    session = ctypes.c_void_p(winhttp.WinHttpOpen("Tasuki", 1, None, None, 0))
    if not session:
        return None
    detect = pac == DETECT
    options = _AutoOptions(
        _AUTO_DETECT if detect else _CONFIG_URL,
        _DETECT_BY_DHCP_AND_DNS if detect else 0,
        None if detect else pac,
        None,
        0,
        False,
    )
    info = _ProxyInfo()
    try:
        if not winhttp.WinHttpGetProxyForUrl(session, url, ctypes.byref(options), ctypes.byref(info)):
            return None
        proxy, _bypass = _taken(info.proxy), _taken(info.bypass)
    finally:
        winhttp.WinHttpCloseHandle(session)
    if info.access != _NAMED_PROXY:
        return SystemProxy(source="Windows")
    try:
        routes = ProxyValue.parse(proxy).routes
    except InvalidProxyError:
        return None
    return SystemProxy(source="Windows", routes=of_script(pac, routes))


def _taken(address: int | None) -> str:
    """A text that Windows gave us, which is ours to free."""
    if not address or sys.platform != "win32":
        return ""
    kernel32: Any = ctypes.WinDLL("kernel32")
    text = ctypes.wstring_at(address)
    kernel32.GlobalFree(ctypes.c_void_p(address))
    return text
