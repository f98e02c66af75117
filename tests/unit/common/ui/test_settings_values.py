"""Settings as values: what the file says, what differs, and a proxy in the pieces that a person fills in."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.agent.settings import AgentSettings, NetworkSection, WindowSection
from common.protocol.proxies import InvalidProxyError, ProxyUrl
from common.ui.settings_values import ProxyChoice, ProxyWay, SettingsValues, changes


def test_values_are_what_the_file_says() -> None:
    """Every field is read from its key."""
    settings = AgentSettings(
        language="ja", network=NetworkSection(proxy="direct"), window=WindowSection(theme="dark", sound=False)
    )
    values = SettingsValues.of(settings, autostart=True)
    assert values == SettingsValues(language="ja", proxy="direct", theme="dark", sound=False, autostart=True)


def test_defaults_are_those_of_the_file() -> None:
    """A file that says nothing gives what the class says."""
    assert SettingsValues.of(AgentSettings(), autostart=False) == SettingsValues()


def test_only_what_differs_is_a_change() -> None:
    """With the keys of the file, and the desktop's own."""
    after = SettingsValues(theme="dark", to_user=False, autostart=True)
    assert changes(SettingsValues(), after) == {"window.theme": "dark", "clipboard.to_user": False, "autostart": True}
    assert changes(after, after) == {}


@pytest.mark.parametrize(
    ("setting", "choice"),
    [
        ("", ProxyChoice()),
        ("  ", ProxyChoice()),
        ("direct", ProxyChoice(way=ProxyWay.DIRECT)),
        ("None", ProxyChoice(way=ProxyWay.DIRECT)),
        ("proxy:3128", ProxyChoice(way=ProxyWay.PROXY, address="http://proxy:3128")),
        (
            "socks5h://a%40b:p%3Aw@proxy",
            ProxyChoice(way=ProxyWay.PROXY, address="socks5h://proxy:1080", username="a@b", password="p:w"),
        ),
        ("ftp://nonsense", ProxyChoice(way=ProxyWay.PROXY, address="ftp://nonsense")),
    ],
)
def test_a_setting_is_taken_apart(setting: str, choice: ProxyChoice) -> None:
    """What cannot be stands as it is, for the person to correct."""
    assert ProxyChoice.of(setting) == choice


@pytest.mark.parametrize("address", ["", "ftp://x", "http://:1", "http://a b", "http://proxy:99999", "@"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    """With and without a name and a password."""
    for login in ({}, {"username": "me", "password": "S3cret"}):
        with pytest.raises(InvalidProxyError) as caught:
            ProxyChoice(way=ProxyWay.PROXY, address=address, **login).setting()
        assert "S3cret" not in str(caught.value)


def test_a_password_without_a_name_is_refused() -> None:
    """It would be sent to nobody."""
    with pytest.raises(InvalidProxyError):
        ProxyChoice(way=ProxyWay.PROXY, address="http://proxy", password="S3cret").setting()


def test_no_value_shows_a_password() -> None:
    """Neither in logs nor in a traceback."""
    shown: list[Any] = [
        ProxyChoice(way=ProxyWay.PROXY, address="http://p", username="me", password="S3cret"),
        SettingsValues(proxy="http://me:S3cret@p"),
    ]
    assert "S3cret" not in repr(shown)


_PLAIN = st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc"]), max_size=20)


@given(_PLAIN.filter(bool), _PLAIN)
def test_any_name_and_password_come_back(username: str, password: str) -> None:
    """Whatever characters they have: what is stored is a URL that means them."""
    choice = ProxyChoice(way=ProxyWay.PROXY, address="https://proxy.example:8443", username=username, password=password)
    url = ProxyUrl.parse(choice.setting())
    assert (url.username, url.password) == (username, password)
    assert ProxyChoice.of(choice.setting()) == choice


def test_the_settings_know_every_key() -> None:
    """A key that the file does not have would be refused when it is written."""
    table = msgspec.to_builtins(AgentSettings())
    for key in changes(SettingsValues(language="xx"), SettingsValues(theme="x", proxy="x", sound=False, notices=False)):
        found = table
        for step in key.split("."):
            found = found[step]
