"""relay.toml: the design's numbers where nothing is said, errors that name the key where something is wrong."""

import ast
from pathlib import Path

import pytest

import relay
from common.host.errors import TasukiError
from common.host.settings import loads
from relay.folder import open_folder
from relay.initialise import settings_text
from relay.settings import RelayLimits, RelaySettings, RelayTiming

LEAST = 'organisation = "example"\nhost = "relay.example"\n'


def read(text: str) -> RelaySettings:
    """Settings from this text."""
    return loads(text, RelaySettings, path=Path("relay.toml"))


def test_the_least_file() -> None:
    """Name and organisation are enough; legs are at the host's two ports."""
    settings = read(LEAST)
    assert settings.public_legs() == [("relay.example", 443), ("relay.example", 80)]
    assert settings.timing.ticket == 60
    assert settings.limits.held_per_session == 256 * 1024


def test_the_host_is_what_agents_compare() -> None:
    """However the operator has written it; what is no name is an error that names the key."""
    assert read('organisation = "x"\nhost = "HELP.Example.ORG."\n').host == "help.example.org"
    assert read('organisation = "x"\nhost = "hilfe-büro.example"\n').host == "xn--hilfe-bro-w9a.example"
    with pytest.raises(TasukiError):
        read('organisation = "x"\nhost = "a b"\n')


def test_public_legs() -> None:
    """As given, IPv6 literals in brackets; one port for both is one leg."""
    assert read(LEAST + 'legs = ["a.example:443", "[2001:db8::1]:80"]\n').public_legs() == [
        ("a.example", 443),
        ("2001:db8::1", 80),
    ]
    assert read(LEAST + "[listen]\nvnc_port = 443\n").public_legs() == [("relay.example", 443)]


@pytest.mark.parametrize("leg", ["a.example", ":443", "a.example:0", "a.example:65536", "a.example:x", "a.example:４"])
def test_legs_that_are_none(leg: str, tmp_path: Path) -> None:
    """The key is named."""
    (tmp_path / "relay.toml").write_text(LEAST + f'legs = ["{leg}"]\n', encoding="utf-8")
    with pytest.raises(TasukiError) as raised:
        open_folder(tmp_path)
    assert (raised.value.code, raised.value.facts["key"]) == ("settings_invalid", "legs")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[limits]\nrequest_head = 10\n", "limits.request_head"),
        ("[timing]\nping_jitter = 1.0\n", "timing.ping_jitter"),
        ("[listen]\nmatching_port = 70000\n", "listen.matching_port"),
        ('[logs]\nlevel = "loud"\n', "logs.level"),
        ('[desk]\ntelephone = "03-1234\\n"\n', "desk.telephone"),
        (f'[desk]\ntelephone = "{"1" * 81}"\n', "desk.telephone"),
        ('[desk]\nhours = ["Mon-Fri 9-17"]\ntime_zone = "Asia/Tokyo"\n', "desk"),
        ('[desk]\nhours = ["Mon-Fri 09:00-17:00"]\n', "desk"),
        ('[desk]\ntime_zone = "Asia/Tokio"\n', "desk"),
        ('[desk]\ntime_zone = "../../etc/passwd"\n', "desk"),
    ],
)
def test_bounds(text: str, key: str) -> None:
    """A value outside its bounds is an error that names its key."""
    with pytest.raises(TasukiError) as raised:
        read(LEAST + text)
    assert (raised.value.code, raised.value.facts["key"]) == ("settings_invalid", key)


def test_an_unknown_key_names_the_nearest() -> None:
    """Also in a table."""
    with pytest.raises(TasukiError) as raised:
        read(LEAST + "[timing]\nkeepalive = 3\n")
    assert raised.value.code == "settings_unknown_key"
    assert raised.value.facts["nearest"] == "timing.keep_alive"


def test_what_init_writes_can_be_read() -> None:
    """With every commented default uncommented it says the same."""
    text = settings_text(organisation="example", host="relay.example", port=8443, mailbox=Path("/m"))
    settings = read(text)
    assert settings.listen.matching_port == 8443
    assert settings.store.mailbox == "/m"
    lines = [line.removeprefix("# ") if " = " in line or line.startswith("# [") else line for line in text.splitlines()]
    assert read("\n".join(line for line in lines if not line.startswith("legs"))) == read(
        text.replace("[listen]", "[listen]\nvnc_port = 80")
    )


def test_every_number_is_read() -> None:
    """A limit or a time that nothing in the relay asks for would be a promise that nobody keeps."""
    read_somewhere = {
        node.attr
        for path in (Path(relay.__file__).parent).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and path.name != "settings.py"
    }
    declared = {*RelayLimits.__struct_fields__, *RelayTiming.__struct_fields__}
    assert declared - read_somewhere == set()


def test_a_folder_without_a_relay(tmp_path: Path) -> None:
    """A sentence that says what to do."""
    with pytest.raises(TasukiError) as raised:
        open_folder(tmp_path)
    assert "tasuki-relay init" in str(raised.value)


def test_where_the_database_is(tmp_path: Path) -> None:
    """A relative SQLite path is in the folder; another address stays what it is."""
    (tmp_path / "relay.toml").write_text(LEAST, encoding="utf-8")
    assert open_folder(tmp_path).database == tmp_path / "relay.db"
    (tmp_path / "relay.toml").write_text(LEAST + '[store]\nurl = "postgresql+asyncpg://h/d"\n', encoding="utf-8")
    assert open_folder(tmp_path).database == "postgresql+asyncpg://h/d"
