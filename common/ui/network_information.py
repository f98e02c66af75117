"""What Qt hears of the network, for programs with windows: that it is there or not, another medium, a sign-in page.

For macOS, whose addresses common.net.address_changes is not told of. Elsewhere that hears all of it, and Qt's way costs: two
threads on Linux; on Windows a call of a service that may not answer, on the loop and with the interpreter held.
"""

import sys
from collections.abc import Callable

from PySide6.QtNetwork import QNetworkInformation

from common.agent.network_watch import nobody


def watch_network(changed: Callable[[], None], *, platform: str = sys.platform) -> Callable[[], None]:
    """A common.agent.network_watch.Watch: `changed()` at every change; many may come at once. What is returned ends it."""
    if platform != "darwin" or not QNetworkInformation.loadDefaultBackend():
        return nobody(changed)
    told = QNetworkInformation.instance()
    signals = (told.reachabilityChanged, told.transportMediumChanged, told.isBehindCaptivePortalChanged)
    connections = [(signal, signal.connect(lambda _value: changed())) for signal in signals]

    def end() -> None:
        for signal, connection in connections:
            signal.disconnect(connection)

    return end
