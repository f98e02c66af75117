"""Which networks take WebSocket's upgrade away, remembered for a while, so that not every connection tries it in vain first.

Networks that cannot be told from each other count as one: posts get through everywhere, and soon the upgrade is tried again.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from common.host.log import get_logger
from common.host.network import network_here
from common.protocol.proxies import ProxyRoute

REMEMBERED: Final = 600.0  # seconds

log = get_logger(component="upgrades")


class KnownUpgrades:
    """An Upgrades (common.net.carriers)."""

    def __init__(self, *, network: Callable[[], str] = network_here, now: Callable[[], float] = time.monotonic) -> None:
        self._network = network
        self._now = now
        self._away: dict[str, tuple[str, float]] = {}  # by route: the network, and until when that counts

    async def taken_away(self, route: ProxyRoute) -> bool:
        """See Upgrades."""
        known = self._away.get(str(route))
        if known is None:
            return False
        network, until = known
        if self._now() < until and await asyncio.to_thread(self._network) == network:
            return True
        self._away.pop(str(route), None)
        return False

    def learned(self, route: ProxyRoute, *, taken_away: bool) -> None:
        """See Upgrades. What was remembered counts no longer than it would have: then the upgrade is tried again."""
        if not taken_away:
            self._away.pop(str(route), None)
            return
        network = self._network()
        known = self._away.get(str(route))
        if known is None or known[0] != network or self._now() >= known[1]:
            log.info("upgrades_taken_away", route=str(route) if route else "")
            self._away[str(route)] = network, self._now() + REMEMBERED
