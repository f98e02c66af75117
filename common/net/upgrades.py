"""What is remembered of networks that take WebSocket's upgrade away."""

from typing import Final, Protocol

from common.protocol.proxies import ProxyRoute


class Upgrades(Protocol):
    """What is remembered of networks that take upgrades away."""

    async def taken_away(self, route: ProxyRoute) -> bool:
        """Whether the last one on this route was, in the network of now."""

    def learned(self, route: ProxyRoute, *, taken_away: bool) -> None:
        """What became of one."""


class NothingKnown:
    """Always tries."""

    async def taken_away(self, _route: ProxyRoute) -> bool:
        """See Upgrades."""
        return False

    def learned(self, route: ProxyRoute, *, taken_away: bool) -> None:
        """See Upgrades."""


ALWAYS_TRY: Final = NothingKnown()
