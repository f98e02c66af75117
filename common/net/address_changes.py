"""When this computer's addresses, routes or links change: told by the system, where it tells without being asked again and again.

Linux says so on a netlink socket, Windows by NotifyAddrChange. Elsewhere nobody is told here.
"""

import asyncio
import contextlib
import socket
import sys
import threading
from collections.abc import Callable
from typing import Final

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

    def _notified(changed: Callable[[], None]) -> Callable[[], None]:
        """A thread of its own waits, and is left behind: it holds nothing."""
        import ctypes

        loop = asyncio.get_running_loop()
        ended = threading.Event()

        def wait() -> None:
            while not ended.is_set() and ctypes.windll.iphlpapi.NotifyAddrChange(None, None) == 0:
                if ended.is_set():
                    return
                with contextlib.suppress(RuntimeError):  # the loop has closed
                    loop.call_soon_threadsafe(changed)

        threading.Thread(target=wait, name="addresses", daemon=True).start()
        return ended.set
