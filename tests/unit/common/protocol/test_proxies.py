"""Proxy URLs, NO_PROXY, and the choice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.proxies import Bypass, InvalidProxyError, ProxyUrl, choose, variable


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port"),
    [
        ("http://proxy.example:3128", "http", "proxy.example", 3128),
        ("HTTP://Proxy.Example:3128/", "http", "proxy.example", 3128),
        ("proxy:3128", "http", "proxy", 3128),
        ("http://proxy", "http", "proxy", 80),
        ("https://proxy", "https", "proxy", 443),
        ("socks5://10.0.0.1", "socks5", "10.0.0.1", 1080),
        ("socks5h://[::1]:9050", "socks5h", "::1", 9050),
        (" http://[2001:DB8::1] ", "http", "2001:db8::1", 80),
    ],
)
def test_urls_are_read(text: str, scheme: str, host: str, port: int) -> None:
    """With each scheme's own port."""
    url = ProxyUrl.parse(text)
    assert (url.scheme, url.host, url.port, url.credentials) == (scheme, host, port, None)


def test_credentials_are_unquoted_and_hidden() -> None:
    """Special characters as %XX; never in str or repr."""
    url = ProxyUrl.parse("http://us%40er:p%3a%2Fss@word@proxy:1")
    assert url.credentials == ("us@er", "p:/ss@word")
    assert str(url) == "http://proxy:1"
    assert "word" not in repr(url)
    assert ProxyUrl.parse("http://user@proxy").credentials == ("user", "")
    assert str(ProxyUrl.parse("http://[::1]:1")) == "http://[::1]:1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://",
        "ftp://proxy",
        "http://proxy:0",
        "http://proxy:65536",
        "http://proxy:x",
        "http://proxy:",
        "http://proxy/path",
        "http://proxy?x",
        "http://pro xy",
        "http://[::1",
        "http://[::1]x",
        "http://[proxy]",
        "http://@proxy",
        "http://:password@proxy",
        "http://us er:p@proxy",
        "http://user:%ff@proxy",
        "http://user:%0a@proxy",
        "-proxy:80",
    ],
)
def test_what_is_no_url_is_refused(text: str) -> None:
    """Strictly: a typing mistake must not send a password somewhere."""
    with pytest.raises(InvalidProxyError):
        ProxyUrl.parse(text)


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_an_error(text: str) -> None:
    """Nothing else is raised, and no bypass list raises at all."""
    Bypass.parse(text).matches("relay.example.org", 443)
    try:
        ProxyUrl.parse(f"http://{text}")
    except InvalidProxyError:
        return


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


def test_an_explicit_proxy_wins() -> None:
    """Also over NO_PROXY; `direct` means none."""
    environ = {"https_proxy": "http://env:1", "no_proxy": "*"}
    assert str(choose(environ, "http://mine:2", "relay", 443)) == "http://mine:2"
    assert choose({"https_proxy": "http://env:1"}, "direct", "relay", 443) is None


def test_the_environments_order() -> None:
    """https_proxy before HTTPS_PROXY before all_proxy before ALL_PROXY; empty ones do not count."""
    environ = {"ALL_PROXY": "http://d:1"}
    for name, value in (("all_proxy", "c"), ("HTTPS_PROXY", "b"), ("https_proxy", "a")):
        environ[name] = f"http://{value}:1"
        assert str(choose(environ, None, "relay", 443)) == f"http://{value}:1"
    assert str(choose({"https_proxy": "", "HTTPS_PROXY": "b:1"}, "", "relay", 443)) == "http://b:1"


def test_no_proxy_and_no_environment_mean_direct() -> None:
    """Both spellings of NO_PROXY."""
    assert choose({}, None, "relay", 443) is None
    assert choose({"https_proxy": "http://p:1", "NO_PROXY": "relay"}, None, "relay", 443) is None


def test_a_broken_proxy_is_an_error_only_where_it_is_used() -> None:
    """It is never silently skipped: going direct could be forbidden."""
    with pytest.raises(InvalidProxyError):
        choose({"https_proxy": "ftp://p"}, None, "relay", 443)


def test_where_a_proxy_is_named() -> None:
    """The variable, in the spelling and the order that count; an empty one counts for nothing."""
    assert variable({"ALL_PROXY": "x", "https_proxy": "", "HTTPS_PROXY": "y"}) == "HTTPS_PROXY"
    assert variable({"all_proxy": "x", "ALL_PROXY": "y"}) == "all_proxy"
    assert variable({}) == ""
