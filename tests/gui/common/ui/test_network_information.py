"""What Qt hears of the network is told beside what the addresses tell, and no longer than it is wanted."""

from PySide6.QtNetwork import QNetworkInformation

from common.ui.network_information import watch_network


async def test_what_qt_hears() -> None:
    """Each of its words, until the end; on Linux and Windows none, for the system itself has said it. (A network that goes: tests/rooms.)"""
    heard: list[str] = []
    ends = [watch_network(lambda: heard.append("not needed"), platform=platform) for platform in ("linux", "win32")]
    assert QNetworkInformation.instance() is None  # where it is not needed, it is not even loaded
    ends.append(watch_network(lambda: heard.append("another"), platform="darwin"))
    told = QNetworkInformation.instance()
    assert told is not None
    told.reachabilityChanged.emit(QNetworkInformation.Reachability.Disconnected)
    told.transportMediumChanged.emit(QNetworkInformation.TransportMedium.WiFi)
    told.isBehindCaptivePortalChanged.emit(True)
    assert heard == ["another"] * 3
    for end in ends:
        end()
    told.reachabilityChanged.emit(QNetworkInformation.Reachability.Online)
    assert heard == ["another"] * 3
