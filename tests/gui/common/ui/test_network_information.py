"""What Qt hears of the network is told beside what the addresses tell, and no longer than it is wanted."""

from PySide6.QtNetwork import QNetworkInformation

from common.ui.network_information import watch_network


async def test_what_qt_hears() -> None:
    """Each of its words, until the end; on Linux none, for netlink has said it. (A network that goes: tests/rooms.)"""
    heard: list[str] = []
    end = watch_network(lambda: heard.append("Linux"), platform="linux")
    other = watch_network(lambda: heard.append("another"), platform="darwin")
    told = QNetworkInformation.instance()
    assert told is not None
    told.reachabilityChanged.emit(QNetworkInformation.Reachability.Disconnected)
    told.transportMediumChanged.emit(QNetworkInformation.TransportMedium.WiFi)
    told.isBehindCaptivePortalChanged.emit(True)
    assert heard == ["another"] * 3
    end()
    other()
    told.reachabilityChanged.emit(QNetworkInformation.Reachability.Online)
    assert heard == ["another"] * 3
