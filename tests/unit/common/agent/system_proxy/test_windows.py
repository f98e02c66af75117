"""What is made of what WinHTTP says, wherever that can be tried without it."""

from common.agent.system_proxy.windows import _unanswered
from common.protocol.proxies import ProxyUrl
from common.protocol.system_proxies import DETECT, SystemProxy

MANUAL = (ProxyUrl.parse("a:3128"),)


def test_what_windows_has_looked_for_in_vain_is_not_looked_for_again() -> None:
    """Any neighbour may answer to the name `wpad`. A file that was named is another matter; so is the proxy by hand."""
    assert _unanswered(SystemProxy(source="Windows", pac=DETECT, routes=MANUAL)).pac == ""
    assert _unanswered(SystemProxy(source="Windows", pac=DETECT, routes=MANUAL)).routes == MANUAL
    named = SystemProxy(source="Windows", pac="http://conf/p.pac")
    assert _unanswered(named) == named
