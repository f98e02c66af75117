"""NO_PROXY, and the lists like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.proxy_bypass import Bypass


@pytest.mark.parametrize(
    ("rules", "host", "port", "expected"),
    [
        ("", "a.org", 443, False),
        ("*", "a.org", 443, True),
        ("example.org", "example.org", 443, True),
        ("example.org", "RELAY.Example.org.", 443, True),
        ("example.org", "notexample.org", 443, False),
        (".example.org", "relay.example.org", 443, True),
        ("*.example.org", "relay.example.org", 443, True),
        ("a, b;c\tother.org", "other.org", 443, True),
        ("example.org:8443", "example.org", 443, False),
        ("example.org:8443", "example.org", 8443, True),
        ("10.0.0.0/8", "10.1.2.3", 443, True),
        ("10.0.0.0/8", "11.1.2.3", 443, False),
        ("10.0.0.0/8", "relay.example.org", 443, False),
        ("10.0.0.1", "10.0.0.1", 443, True),
        ("10.0.0.1:444", "10.0.0.1", 443, False),
        ("10.0.0.1:443", "10.0.0.1", 443, True),
        ("2001:db8::/32", "2001:db8::5", 443, True),
        ("[::1]:443", "::1", 443, True),
        ("<local>", "intranet", 443, True),
        ("<local>", "relay.example.org", 443, False),
        ("<local>", "::1", 443, False),
        ("http://x/,???", "x", 443, False),
    ],
)
def test_the_bypass_list(rules: str, host: str, port: int, expected: bool) -> None:
    """As the programs that share NO_PROXY read it."""
    assert Bypass.parse(rules).matches(host, port) is expected


@given(st.text(max_size=60))
def test_no_list_is_an_error(text: str) -> None:
    """Such lists are written for many programs."""
    Bypass.parse(text).matches("relay.example.org", 443)
