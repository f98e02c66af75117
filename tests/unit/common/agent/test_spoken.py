"""The language of the settings, before the command line is read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.agent.spoken import speak_as_set
from common.host.words import current_language, set_language
from common.protocol.identity import Role


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Afterwards the environment decides again."""
    yield
    set_language(None)


@pytest.mark.parametrize("words", [["--folder", "{}"], ["ask", "--folder={}", "--help"], []])
def test_the_folder_that_is_meant(tmp_path: Path, words: list[str]) -> None:
    """Named by the option, else by the variable."""
    (tmp_path / "agent.toml").write_text('language = "ja"', encoding="utf-8")
    argv = ["tasuki-user", *(word.format(tmp_path) for word in words)]
    speak_as_set(Role.USER, argv, {"TASUKI_USER_FOLDER": str(tmp_path)} if not words else {})
    assert current_language() == "ja"


@pytest.mark.parametrize("content", ["language = ", 'language = "xx"', ""])
def test_settings_that_say_nothing(tmp_path: Path, content: str) -> None:
    """The environment decides; what is wrong is told when they are read in earnest."""
    (tmp_path / "agent.toml").write_text(content, encoding="utf-8")
    speak_as_set(Role.HELPER, ["tasuki-helper", "--folder", str(tmp_path)], {})
    assert current_language() == "en"
