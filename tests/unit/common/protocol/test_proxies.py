"""What people write where a proxy is named, and what it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.proxies import InvalidProxyError, ProxyRoute, ProxyUrl, ProxyValue


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
        ("socks://proxy:1080/", "socks5h", "proxy", 1080),
        ("SOCKS://proxy", "socks5h", "proxy", 1080),
        ("http://proxy:3128/foo", "http", "proxy", 3128),
        ("http://proxy/path?query#part", "http", "proxy", 80),
        ("proxy?x", "http", "proxy", 80),
        ("'http://proxy:3128'", "http", "proxy", 3128),
        ('"proxy:3128"', "http", "proxy", 3128),
        ("\u201chttp://proxy:3128\u201d", "http", "proxy", 3128),
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
        "http://pro xy",
        "http://[::1",
        "http://[::1]x",
        "http://[proxy]",
        "http://@proxy",
        "http://:password@proxy",
        "http://user:%ff@proxy",
        "http://user:%0a@proxy",
        "http://user:\n@proxy",
        "/proxy",
        "-proxy:80",
    ],
)
def test_what_is_no_url_is_refused(text: str) -> None:
    """Strictly: a typing mistake must not send a password somewhere."""
    with pytest.raises(InvalidProxyError):
        ProxyUrl.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://anna:p\u00e4ss wort#1@proxy:1", ("anna", "p\u00e4ss wort#1")),
        ("http://anna:p@s:s/w?rd@proxy:1", ("anna", "p@s:s/w?rd")),
        ("http://DOM\\anna:100%@proxy:1", ("DOM\\anna", "100%")),
        ("http://anna:p%C3%A4ss@proxy:1", ("anna", "p\u00e4ss")),
        ("http://anna:a;b,c d=e@proxy:1", ("anna", "a;b,c d=e")),
    ],
)
def test_raw_characters_of_a_password_are_read_as_they_stand(text: str, expected: tuple[str, str]) -> None:
    """Also as a value, where the same characters divide lists."""
    assert ProxyUrl.parse(text).credentials == expected
    assert ProxyValue.parse(text).routes == (ProxyUrl.parse(text),)


@given(st.text(max_size=60), st.sampled_from(["", "http://", "http=", "http://user:"]))
def test_any_text_is_a_value_or_an_error(text: str, before: str) -> None:
    """Nothing else is raised, and what is read has something to try."""
    try:
        value = ProxyValue.parse(before + text)
    except InvalidProxyError:
        return
    assert value.routes


def url(text: str) -> ProxyUrl:
    """The proxy that it is."""
    return ProxyUrl.parse(text)


@pytest.mark.parametrize(
    ("text", "routes"),
    [
        ("proxy:3128", (url("http://proxy:3128"),)),
        ("none", (None,)),
        ("DIRECT", (None,)),
        ("direct://", (None,)),
        ("http=a:80;https=b:81;socks=c:82", (url("http://b:81"),)),
        ("http=a:80;socks=c:82", (url("socks5h://c:82"),)),
        ("http=http://a:80", (url("http://a:80"),)),
        ("ftp=f:21 https=b:81", (url("http://b:81"),)),
        ("a:1,b:2", (url("http://a:1"), url("http://b:2"))),
        ("http://a:1; socks5://b", (url("http://a:1"), url("socks5://b:1080"))),
        ("a:1 http://anna:x y,z@b:2", (url("http://a:1"), url("http://anna:x%20y%2Cz@b:2"))),
    ],
)
def test_lists_and_the_forms_of_other_systems(text: str, routes: tuple[ProxyRoute, ...]) -> None:
    """Windows' own, a list, and the words for no proxy."""
    assert ProxyValue.parse(text) == ProxyValue(routes=routes)


@pytest.mark.parametrize("text", ["http://x/p.pac", "file:///etc/p", " 'https://x:8/wpad.dat?a' ", "HTTP://x/a/b.dat"])
def test_a_pac_file_is_read_as_one(text: str) -> None:
    """By its address."""
    assert ProxyValue.parse(text) == ProxyValue(pac=text.strip(" '"))


@pytest.mark.parametrize(
    "text",
    [
        "ftp=a:80",
        "http://pro xy",
        "a:1," * 9,
        "gopher://x",
        "http=;https=",
        "'https://u:p@x/wpad.dat?a'",
    ],
)
def test_a_value_that_is_nothing_is_refused(text: str) -> None:
    """It is clear enough to no reader."""
    with pytest.raises(InvalidProxyError):
        ProxyValue.parse(text)
