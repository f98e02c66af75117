"""When this computer's addresses, routes or links change: told by the system, where it tells without being asked again and again.

Linux says so on a netlink socket; Windows calls, for an address of either family and where the internet comes or goes.
Elsewhere nobody is told here.
"""

import asyncio
import contextlib
import ctypes
import socket
import sys
from collections.abc import Callable
from typing import Any, Final

_ROUTE: Final = 0  # NETLINK_ROUTE
_GROUPS: Final = 0x1 | 0x10 | 0x40 | 0x100 | 0x400  # RTMGRP_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR, _IPV6_ROUTE
_CHUNK: Final = 1 << 16
_READS: Final = 64  # in one turn of the loop


def watch_addresses(changed: Callable[[], None]) -> Callable[[], None]:
    """`changed()` on the loop that runs, at every change; many may come at once. What is returned ends it."""
    if sys.platform == "linux":
        return _netlink(changed)
    if sys.platform == "win32":
        return _notified(changed)
    return lambda: None


if sys.platform == "linux":

    def _netlink(changed: Callable[[], None]) -> Callable[[], None]:
        loop = asyncio.get_running_loop()
        listening = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _ROUTE)
        try:
            listening.setblocking(False)
            listening.bind((0, _GROUPS))
        except OSError:  # a container may forbid it: then silence tells, some seconds later
            listening.close()
            return lambda: None

        def read() -> None:
            with contextlib.suppress(OSError):  # also ENOBUFS: more has changed than was read
                for _ in range(_READS):
                    listening.recv(_CHUNK)
            changed()

        def end() -> None:
            loop.remove_reader(listening.fileno())
            listening.close()

        loop.add_reader(listening.fileno(), read)
        return end


if sys.platform == "win32":
    _BOTH_FAMILIES: Final = 0  # AF_UNSPEC
    # The call, and what it wants before the callback.
    _NOTICES: Final[tuple[tuple[str, tuple[int, ...]], ...]] = (
        ("NotifyUnicastIpAddressChange", (_BOTH_FAMILIES,)),
        ("NotifyNetworkConnectivityHintChange", ()),  # also a page to sign in that is behind one; since version 2004
    )
    _CALLBACK: Final = ctypes.WINFUNCTYPE(None, *(ctypes.c_void_p,) * 3)  # whose notice, what changed, how

    def _notified(changed: Callable[[], None], library: Any = None) -> Callable[[], None]:
        """Windows calls from a thread of its own. None of these calls waits for a service, as Qt's way does."""
        iphlpapi = library or ctypes.WinDLL("iphlpapi")
        loop = asyncio.get_running_loop()

        def heard(*_: object) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has closed
                loop.call_soon_threadsafe(changed)

        told = _CALLBACK(heard)
        asked: list[
            tuple[ctypes.c_void_p, object]
        ] = []  # with what Windows calls, which must live until it is cancelled
        for name, first in _NOTICES:
            handle = ctypes.c_void_p()
            with contextlib.suppress(AttributeError):  # this Windows has no such call
                if not getattr(iphlpapi, name)(*first, told, None, False, ctypes.byref(handle)) and handle.value:
                    asked.append((handle, told))

        def end() -> None:
            for handle, _told in asked:
                iphlpapi.CancelMibChangeNotify2(handle)  # once it returns nobody calls any more
            asked.clear()

        return end
