"""Where names and passwords of proxies are kept."""

from dataclasses import replace
from pathlib import Path

import pytest

from common.agent.enrolment.keys import KeyringKeys
from common.agent.proxy_keyring import ProxyKeyring, kept_logins, read_login, set_apart
from common.host.errors import TasukiError
from common.protocol.proxies import ProxyUrl
from common.protocol.proxy_login import Login

ANNA = Login(username="anna", password="pä ss:\n")


class Backend:
    """A keyring's, in memory. `locked`: it refuses everything."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        """What is held."""
        if self.locked:
            raise RuntimeError
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Hold this."""
        if self.locked:
            raise RuntimeError
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """No longer."""
        del self.held[service, username]


async def test_a_login_is_kept_by_its_proxy() -> None:
    """Until it is wrong."""
    backend = Backend()
    kept = ProxyKeyring(lambda: KeyringKeys(backend))
    assert await kept.load("http://a:1") is None
    kept.keep("http://a:1", ANNA)
    await kept.kept()
    assert await kept.load("http://a:1") == ANNA
    assert await kept.load("http://b:1") is None
    kept.keep("http://a:1", None)
    await kept.kept()
    assert backend.held == {}


async def test_a_keyring_that_is_locked_or_not_there_keeps_nothing() -> None:
    """Nor is it an error: the person is asked."""
    backend = Backend()
    backend.locked = True
    for keyring in (lambda: KeyringKeys(backend), lambda: None):
        kept = ProxyKeyring(keyring)
        kept.keep("http://a:1", ANNA)
        await kept.kept()
        assert await kept.load("http://a:1") is None


async def test_what_is_no_login_in_a_keyring_counts_for_nothing() -> None:
    """Whoever put it there."""
    backend = Backend()
    for text in ("{", "[]", '{"username": "x"}', "null"):
        backend.held["tasuki", "proxy http://a:1"] = text
        assert await ProxyKeyring(lambda: KeyringKeys(backend)).load("http://a:1") is None


@pytest.mark.parametrize("text", ["anna\npä ss\n", "\ufeffanna \r\npä ss\r\nmore", "anna\npä ss"])
async def test_a_file_has_the_name_and_the_password_on_a_line_each(tmp_path: Path, text: str) -> None:
    """However its lines end."""
    path = tmp_path / "login"
    path.write_bytes(text.encode())
    assert read_login(path) == Login(username="anna", password="pä ss")
    assert await kept_logins(path).of(ProxyUrl.parse("http://a:1")) == read_login(path)


@pytest.mark.parametrize("data", [None, b"", b"\nx", b"\xff\xfe"])
def test_a_file_that_has_none_is_said(tmp_path: Path, data: bytes | None) -> None:
    """By its name, and never what stands in it."""
    path = tmp_path / "login"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(TasukiError) as raised:
        read_login(path)
    assert raised.value.code == "proxy_login_file_wrong"
    assert str(path) in str(raised.value)


def test_a_setting_is_kept_without_its_password() -> None:
    """The rest stays as it was written."""
    proxy = ProxyUrl.parse("http://anna:p%40ss@proxy:3128")
    anna = Login(username="anna", password="p@ss")
    assert set_apart("http://anna:p%40ss@proxy:3128") == ("http://proxy:3128", ((proxy, anna),))
    for text in ("", "direct", "proxy:3128", "http://a:1,http://b:2", "gopher://x"):
        assert set_apart(text) == (text, ())


@pytest.mark.parametrize(
    ("text", "kept", "names"),
    [
        ("https=http://anna:pw@proxy:80", "http://proxy:80", ["anna"]),
        ("http=http://otto:pw@x:1;https=b:80", "http://b:80", []),
        ("http://anna:pw@a:1,http://otto:pw@b:2", "http://a:1,http://b:2", ["anna", "otto"]),
    ],
)
def test_no_form_of_a_setting_keeps_a_password(text: str, kept: str, names: list[str]) -> None:
    """It is read as it will be when it is used."""
    setting, logins = set_apart(text)
    assert setting == kept
    assert [(login.username, login.password) for _, login in logins] == [(name, "pw") for name in names]


@pytest.mark.parametrize("text", ["gopher://anna:pw@proxy:1", "http://anna:pw@conf/proxy.pac", "http://:pw@x"])
def test_what_may_hide_a_password_is_refused(text: str) -> None:
    """Rather than written down; the error does not quote it."""
    with pytest.raises(TasukiError) as raised:
        set_apart(text)
    assert raised.value.code == "proxy_address_wrong"
    assert "pw" not in str(raised.value)


async def test_how_it_was_accepted_is_kept_with_a_login() -> None:
    """So that it is shown in no weaker way after a restart; a word that is no scheme counts for nothing."""
    backend = Backend()
    kept = ProxyKeyring(lambda: KeyringKeys(backend))
    for said, least in (("digest", "digest"), ("", ""), ("rot13", "")):
        kept.keep("http://a:1", replace(ANNA, least=said))
        await kept.kept()
        found = await kept.load("http://a:1")
        assert found is not None
        assert found.least == least
