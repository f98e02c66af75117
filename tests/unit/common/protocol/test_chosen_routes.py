"""Which value counts: Tasuki's own setting, then the environment, in its order."""

import pytest

from common.protocol.chosen_routes import (
    OWN,
    ChosenRoutes,
    PassedOver,
    by_script,
    by_system,
    choose,
    variables,
    without_script,
)
from common.protocol.proxies import InvalidProxyError, ProxyUrl
from common.protocol.proxy_bypass import Bypass
from common.protocol.system_proxies import DETECT, SystemProxy


def said(choice: ChosenRoutes) -> list[str]:
    """The routes, in words."""
    return [str(route) if route else "direct" for route in choice.routes]


def test_the_own_setting_wins_and_is_alone() -> None:
    """Also over NO_PROXY; nothing else is tried."""
    environ = {"https_proxy": "http://env:1", "no_proxy": "*"}
    choice = choose(environ, "http://mine:2", "relay", 443)
    assert said(choice) == ["http://mine:2"]
    assert choice.source == OWN
    assert said(choose(environ, "direct", "relay", 443)) == ["direct"]
    with pytest.raises(InvalidProxyError):
        choose({}, "ftp://p", "relay", 443)


def test_the_environments_order() -> None:
    """https_proxy before HTTPS_PROXY before all_proxy before ALL_PROXY; empty ones do not count; then directly."""
    environ = {"ALL_PROXY": "http://d:1"}
    for name, value in (("all_proxy", "c"), ("HTTPS_PROXY", "b"), ("https_proxy", "a")):
        environ[name] = f"http://{value}:1"
        choice = choose(environ, "", "relay", 443)
        assert said(choice) == [f"http://{value}:1", "direct"]
        assert choice.source == name
    assert said(choose({"https_proxy": " ", "HTTPS_PROXY": "b:1"}, "", "relay", 443)) == ["http://b:1", "direct"]


def test_no_proxy_means_directly() -> None:
    """Both spellings, and the variable is named."""
    choice = choose({"https_proxy": "http://p:1", "NO_PROXY": "relay"}, "", "relay", 443)
    assert said(choice) == ["direct"]
    assert choice.source == "NO_PROXY"


def test_without_any_it_is_directly() -> None:
    """Nobody says so."""
    assert choose({}, "", "relay", 443) == ChosenRoutes(routes=(None,))
    assert choose({"no_proxy": "*"}, "", "relay", 443) == ChosenRoutes(routes=(None,))


def test_what_cannot_be_understood_is_named_and_passed_over() -> None:
    """The next one counts; where there is none it is directly, and what was passed over is said."""
    choice = choose({"https_proxy": "gopher://user:secret@p", "all_proxy": "p:1"}, "", "relay", 443)
    assert said(choice) == ["http://p:1", "direct"]
    assert [one.source for one in choice.passed_over] == ["https_proxy"]
    assert "secret" not in repr(choice)
    left = choose({"https_proxy": "http://user:secret@conf/proxy.pac"}, "", "relay", 443)
    assert said(left) == ["direct"]
    assert [one.source for one in left.passed_over] == ["https_proxy"]
    assert "secret" not in repr(left)


def test_what_the_system_says_counts_last() -> None:
    """Where a variable or the own setting said something, or its own exceptions name the host, it does not."""
    system = SystemProxy(source="macOS", routes=(ProxyUrl.parse("p:1"),), bypass=Bypass.parse("*.corp"))
    nothing = choose({}, "", "relay", 443)
    assert said(by_system(nothing, system, "relay", 443)) == ["http://p:1", "direct"]
    assert by_system(nothing, system, "relay.corp", 443) == nothing
    assert by_system(nothing, None, "relay", 443) == nothing
    for one in (choose({"https_proxy": "q:2"}, "", "relay", 443), choose({}, "direct", "relay", 443)):
        assert by_system(one, system, "relay", 443) == one


def test_a_pac_file_says_the_routes() -> None:
    """Directly comes behind them, unless it was demanded; without it the system's other proxies count."""
    named, demanded = (
        choose({"https_proxy": "http://c/p.pac"}, "", "relay", 443),
        choose({}, "http://c/p.pac", "relay", 443),
    )
    assert named.pac == demanded.pac == "http://c/p.pac"
    routes = (ProxyUrl.parse("p:1"),)
    assert said(by_script(named, routes)) == ["http://p:1", "direct"]
    assert said(by_script(demanded, routes)) == ["http://p:1"]
    system = by_system(choose({}, "", "relay", 443), SystemProxy(source="x", routes=routes, pac=DETECT), "relay", 443)
    left = without_script(system, "why")
    assert (said(left), left.passed_over, left.pac) == (["http://p:1", "direct"], (), "")
    assert without_script(named, "why").passed_over == (PassedOver(source="https_proxy", why="why"),)


@pytest.mark.parametrize(
    ("pac", "by_network"),
    [("http://c/p.pac", True), ("https://c/p.pac", False), ("file:///c/p.pac", False), (DETECT, True)],
)
def test_who_named_a_proxy_is_known(pac: str, by_network: bool) -> None:
    """What comes without TLS is the network's word, whoever named the file's address."""
    named = by_script(ChosenRoutes(pac=pac, source="x"), (ProxyUrl.parse("p:1"), None))
    assert [route and route.by_network for route in named.routes] == [by_network, None]


def test_where_a_proxy_is_named() -> None:
    """The variables, in the spelling and the order that count."""
    assert variables({"ALL_PROXY": "x", "https_proxy": "", "HTTPS_PROXY": "y"}) == ["HTTPS_PROXY", "ALL_PROXY"]
    assert variables({}) == []
