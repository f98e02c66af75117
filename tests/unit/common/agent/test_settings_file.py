"""Changing the agents' settings file."""

from pathlib import Path

import pytest

from common.agent.settings import FILE, read
from common.agent.settings_file import change
from common.host.errors import TasukiError
from tests.support.private_files import is_private

BEFORE = """# ours
language = "ja"  # the person's

[network]
# by the network's people
proxy = "http://old:3128"

[timing]
online = 20
"""


def test_a_new_file(tmp_path: Path) -> None:
    """Sections are made as they are needed; what is written is what is read."""
    folder = tmp_path / "agent"
    settings = change(folder, {"language": "en", "window.theme": "dark", "inventory.withheld": ("computer",)})
    assert read(folder) == settings
    assert (settings.language, settings.window.theme, settings.inventory.withheld) == ("en", "dark", ("computer",))
    assert is_private(folder / FILE)


def test_comments_stay(tmp_path: Path) -> None:
    """Only the value changes."""
    (tmp_path / FILE).write_text(BEFORE, encoding="utf-8")
    change(tmp_path, {"network.proxy": "direct"})
    assert (tmp_path / FILE).read_text(encoding="utf-8") == BEFORE.replace("http://old:3128", "direct")


def test_back_to_the_default(tmp_path: Path) -> None:
    """None takes a key out, also one that was not there."""
    (tmp_path / FILE).write_text(BEFORE, encoding="utf-8")
    settings = change(tmp_path, {"network.proxy": None, "programs.server": None, "language": None})
    assert (settings.network.proxy, settings.language) == ("", "")
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    assert "by the network's people" in text
    assert "proxy =" not in text
    assert "[programs]" not in text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"timing.online": 0}, "settings_invalid"),
        ({"window.colour": "red"}, "settings_unknown_key"),
        ({"language.other": "x"}, "settings_invalid"),
    ],
)
def test_nothing_wrong_is_written(tmp_path: Path, changes: dict[str, str | int], code: str) -> None:
    """The whole is checked before; the file stays as it was."""
    (tmp_path / FILE).write_text(BEFORE, encoding="utf-8")
    with pytest.raises(TasukiError) as caught:
        change(tmp_path, changes)
    assert caught.value.code.startswith(code)
    assert (tmp_path / FILE).read_text(encoding="utf-8") == BEFORE


@pytest.mark.parametrize("content", [b"[network", b"\xff\xfe"])
def test_a_broken_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """It is the person's to mend."""
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(TasukiError, match="not valid TOML"):
        change(tmp_path, {"language": "en"})
    assert (tmp_path / FILE).read_bytes() == content


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    """A sentence says so."""
    (tmp_path / FILE).mkdir()
    with pytest.raises(TasukiError, match="cannot be read"):
        change(tmp_path, {"language": "en"})
