"""What Qt hears of the network, for programs with windows: that it is there or not, another medium, a sign-in page.

Beside the addresses of common.net.address_changes: macOS tells those to nobody who does not ask, Windows IPv4's alone. On Linux
netlink says all of it, and Qt's way costs two threads.
"""

import sys
from collections.abc import Callable

from PySide6.QtNetwork import QNetworkInformation

from common.agent.network_watch import nobody


def watch_network(changed: Callable[[], None], *, platform: str = sys.platform) -> Callable[[], None]:
    """A common.agent.network_watch.Watch: `changed()` at every change; many may come at once. What is returned ends it."""
    if platform == "linux" or not QNetworkInformation.loadDefaultBackend():
        return nobody(changed)
    told = QNetworkInformation.instance()
    signals = (told.reachabilityChanged, told.transportMediumChanged, told.isBehindCaptivePortalChanged)
    connections = [(signal, signal.connect(lambda _value: changed())) for signal in signals]

    def end() -> None:
        for signal, connection in connections:
            signal.disconnect(connection)

    return end
