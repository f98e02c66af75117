"""Settings: what is wrong in a file is named, with its place."""

from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from common.host.errors import TasukiError
from common.host.settings import load, loads


class Limits(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """A section with a bounded number."""

    head_bytes: Annotated[int, msgspec.Meta(ge=1024, le=65536)] = 16384


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """One of several."""

    host: str


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file."""

    name: str = "tasuki"
    limits: Limits = Limits()
    servers: list[Server] = []
    spare: Server | None = None


def fails(text: str) -> TasukiError:
    """The error that `text` gives."""
    with pytest.raises(TasukiError) as caught:
        loads(text, Model, path=Path("t.toml"))
    return caught.value


def test_a_file_is_read_into_its_model(tmp_path: Path) -> None:
    """Sections become structs and what is not there keeps its default."""
    path = tmp_path / "relay.toml"
    path.write_text('[limits]\nhead-bytes = 2048\n[[servers]]\nhost = "a"\n[spare]\nhost = "b"\n', encoding="utf-8")
    assert load(path, Model) == Model(
        limits=Limits(head_bytes=2048), servers=[Server(host="a")], spare=Server(host="b")
    )


@pytest.mark.parametrize(
    ("text", "key", "nearest"),
    [
        ("nmae = 'x'", "nmae", "name"),
        ("[limits]\nhead_bytes = 2048", "limits.head_bytes", "limits.head-bytes"),
        ("[limit]\n", "limit", "limits"),
        ("[[servers]]\nhots = 'a'", "servers.hots", "servers.host"),
        ("[spare]\nHost = 'a'", "spare.Host", "spare.host"),
    ],
)
def test_an_unknown_key_names_the_nearest(text: str, key: str, nearest: str) -> None:
    """The sentence holds the key as written and what was probably meant."""
    error = fails(text)
    assert (error.code, error.facts["key"], error.facts["nearest"]) == ("settings_unknown_key", key, nearest)


def test_a_key_like_nothing_known_is_named_alone() -> None:
    """Where nothing is near, nothing is guessed."""
    assert fails("zzzzzzzzzz = 1").code == "settings_unknown_key_alone"


def test_bounds_are_kept() -> None:
    """A number outside its bounds is an error that names its key."""
    error = fails("[limits]\nhead-bytes = 10")
    assert (error.code, error.facts["key"]) == ("settings_invalid", "limits.head-bytes")
    assert "1024" in str(error)


def test_a_wrong_type_names_its_key() -> None:
    """A table where text belongs, and text where a table belongs."""
    assert fails("name = 3").facts["key"] == "name"
    assert fails("limits = 'x'").facts["key"] == "limits"


def test_what_is_not_toml_or_not_there(tmp_path: Path) -> None:
    """Syntax, encoding and absence each have their sentence."""
    assert fails("a = ").code == "settings_syntax"
    with pytest.raises(TasukiError, match="cannot be read"):
        load(tmp_path / "absent.toml", Model)
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'")
    with pytest.raises(TasukiError, match="not valid TOML"):
        load(tmp_path / "latin.toml", Model)
