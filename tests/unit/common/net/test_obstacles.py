"""The true cause of a way that failed."""

import pytest

from common.net import obstacles
from common.net.dial import DialError
from common.protocol.proxies import ProxyUrl

HOST = "help.example.org"
PORTAL = "https://portal.example/"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A portal stands before everything; which hosts it was asked for."""
    hosts: list[str] = []

    async def find(host: str) -> str:
        hosts.append(host)
        return PORTAL

    monkeypatch.setattr(obstacles, "find_portal", find)
    return hosts


@pytest.mark.parametrize("code", ["relay_unreachable", "relay_tls_failed", "relay_not_ours", "relay_inspected"])
async def test_a_portal(asked: list[str], code: str) -> None:
    """Looked for where the way was direct, and was cut or answered by somebody else; how far it got stays told."""
    failed = DialError(code, stage="tls")
    told = await obstacles.explain(failed, HOST)
    assert (told.code, told.facts, told.stage, asked) == (
        "captive_portal",
        {"host": HOST, "url": PORTAL},
        "tls",
        [HOST],
    )
    through = DialError(code, stage="tls", via=ProxyUrl(scheme="http", host="proxy", port=3128))
    assert await obstacles.explain(through, HOST) is through


async def test_no_portal_is_looked_for(asked: list[str]) -> None:
    """Where the relay itself was reached, or no name was found."""
    for code in ("relay_name_unknown", "relay_http_failed", "proxy_refused"):
        failed = DialError(code, stage="http")
        assert await obstacles.explain(failed, HOST) is failed
    assert asked == []


@pytest.mark.parametrize(
    ("status", "authority", "named"), [(502, "Corp", True), (502, "", False), (403, "Corp", False)]
)
async def test_an_inspector_that_does_not_get_through(status: int, authority: str, *, named: bool) -> None:
    """A server's error under a certificate that the organisation did not make: its maker is named."""
    failed = DialError("relay_http_failed", stage="http", address=f"{HOST}:443", status=status)
    failed.authority = authority
    told = await obstacles.explain(failed, HOST)
    assert (told.code == "relay_answered_for") is named
    assert (told.facts.get("issuer") == "Corp") is named
