"""What systems say of their proxies, as they print it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.proxies import ProxyUrl
from common.protocol.system_proxies import (
    DETECT,
    of_gsettings,
    of_kde,
    of_portal,
    of_scutil,
    of_windows,
    pac_answer,
    told_apart,
)

A, B = ProxyUrl.parse("http://a.example:3128"), ProxyUrl.parse("socks5h://b:1080")


@pytest.mark.parametrize(
    ("text", "routes"),
    [
        ("PROXY a.example:3128; SOCKS b; DIRECT", (A, B, None)),
        ("proxy a.example:3128;SOCKS5 b:1080;", (A, B)),
        ("HTTPS a.example:443", (ProxyUrl.parse("https://a.example"),)),
        ("PROXY :x; NONSENSE y; SOCKS4 z:1; PROXY a.example:3128", (A,)),
        ("DIRECT", (None,)),
        ("", (None,)),
        ("undefined", (None,)),
        ("; ".join(f"PROXY p{n}:1" for n in range(50)), tuple(ProxyUrl.parse(f"p{n}:1") for n in range(8))),
    ],
)
def test_what_a_pac_file_answers(text: str, routes: tuple[ProxyUrl | None, ...]) -> None:
    """A list in its order; what is none of it is left out, and there is always a route."""
    assert pac_answer(text) == routes


def test_windows_form() -> None:
    """One for all, or one for each scheme; its own way to leave hosts out; PAC files and detection."""
    found = of_windows(proxy="http=x:1;https=a.example:3128", bypass="*.corp;<local>", pac="", detect=False)
    assert found.routes == (A,)
    assert found.bypass.matches("relay.corp", 443)
    assert found.bypass.matches("relay", 443)
    assert not found.bypass.matches("relay.example", 443)
    assert of_windows(proxy="", bypass="", pac=" http://c/p.pac ", detect=True).pac == "http://c/p.pac"
    assert of_windows(proxy="", bypass="", pac="", detect=True).pac == DETECT
    assert not of_windows(proxy="gopher://x", bypass="", pac="", detect=False).says_something


SCUTIL = """<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
  }
  ExcludeSimpleHostnames : 1
  FTPPassive : 1
  HTTPEnable : 1
  HTTPPort : 8080
  HTTPProxy : other
  HTTPSEnable : 1
  HTTPSPort : 3128
  HTTPSProxy : a.example
  SOCKSEnable : 1
  SOCKSPort : 1080
  SOCKSProxy : b
}
"""


def test_what_a_mac_prints() -> None:
    """By scutil --proxy."""
    found = of_scutil(SCUTIL)
    assert found.routes == (A, B)
    assert found.bypass.matches("printer.local", 443)
    assert found.bypass.matches("intranet", 443)
    assert not found.bypass.matches("relay.example", 443)
    auto = "<dictionary> {\n  ProxyAutoConfigEnable : 1\n  ProxyAutoConfigURLString : http://c:8/p.pac?a : b\n}\n"
    assert of_scutil(auto).pac == "http://c:8/p.pac?a : b"
    assert of_scutil("<dictionary> {\n  ProxyAutoDiscoveryEnable : 1\n}\n").pac == DETECT
    assert not of_scutil("<dictionary> {\n  HTTPSEnable : 0\n  HTTPSProxy : a\n  HTTPSPort : 1\n}\n").says_something


GNOME = """org.gnome.system.proxy autoconfig-url '{pac}'
org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8', '*.corp']
org.gnome.system.proxy mode '{mode}'
org.gnome.system.proxy use-same-proxy true
org.gnome.system.proxy.http host 'other'
org.gnome.system.proxy.http port 8080
org.gnome.system.proxy.https host '{host}'
org.gnome.system.proxy.https port 3128
org.gnome.system.proxy.socks host 'b'
org.gnome.system.proxy.socks port 1080
"""


def test_gnomes_settings() -> None:
    """None, manual and automatic, with a file's address or without."""
    manual = of_gsettings(GNOME.format(mode="manual", host="a.example", pac="http://c/p.pac"))
    assert (manual.routes, manual.pac) == ((A, B), "")
    assert manual.bypass.matches("relay.corp", 443)
    assert of_gsettings(GNOME.format(mode="manual", host="", pac="")).routes == (B,)
    assert of_gsettings(GNOME.format(mode="auto", host="a", pac="http://c/p.pac")).pac == "http://c/p.pac"
    assert of_gsettings(GNOME.format(mode="auto", host="a", pac="")).pac == DETECT
    assert not of_gsettings(GNOME.format(mode="none", host="a", pac="http://c/p.pac")).says_something


KDE = """[General]
ProxyType=9
[Proxy Settings]
NoProxyFor=.corp
Proxy Config Script=file:///etc/p.pac
ProxyType={kind}
ReversedException={reverse}
httpsProxy={address}
httpProxy=http://other 8080
socksProxy=socks://b 1080
"""


@pytest.mark.parametrize("address", ["http://a.example 3128", "http://a.example:3128", "a.example 3128"])
def test_kdes_settings(address: str) -> None:
    """However its versions write an address."""
    found = of_kde(KDE.format(kind=1, reverse="false", address=address))
    assert found.routes == (A, B)
    assert found.bypass.matches("relay.corp", 443)


@pytest.mark.parametrize(("kind", "pac"), [(2, "file:///etc/p.pac"), (3, DETECT), (0, ""), (4, "")])
def test_kdes_automatic_settings(kind: int, pac: str) -> None:
    """A file, detection, none, and variables, which are read anyway."""
    found = of_kde(KDE.format(kind=kind, reverse="false", address=""))
    assert (found.pac, found.routes) == (pac, ())
    assert not of_kde(KDE.format(kind=1, reverse="true", address="http://a 1")).says_something


def test_what_the_portal_answers() -> None:
    """URIs; where nothing but directly is said, it may only not know."""
    assert of_portal(["http://a.example:3128", "socks5://b:1080", "direct://"]).routes == (A, B, None)
    assert not of_portal(["direct://"]).says_something
    assert told_apart(of_portal(["http://a.example:3128", "socks5://b:1080", "direct://"]), (A,)).routes == (
        A,
        replace(B, by_network=True),
        None,
    )
    assert not of_portal([]).says_something


@given(st.text(max_size=300))
def test_nothing_that_a_system_says_is_an_error(text: str) -> None:
    """Whatever it is."""
    pac_answer(text)
    of_windows(proxy=text, bypass=text, pac=text, detect=False)
    for read in (of_scutil, of_gsettings, of_kde):
        read(text)
        read(f"org.gnome.system.proxy mode 'manual'\n[Proxy Settings]\nProxyType=1\nhttpsProxy={text}")
    of_portal([text])
