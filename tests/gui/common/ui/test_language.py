"""The language of the windows: chosen, switched while they are open, and the agents' sentences with it."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QVBoxLayout

from common.host.words import current_language
from common.ui import language as module
from common.ui.language import NATIVE_NAMES, Speech
from common.ui.window import Part


class Said(Part):
    """Counts how often its words are set."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0
        self.text = QLabel()
        QVBoxLayout(self).addWidget(self.text)
        self.begin_words()

    def retranslate(self) -> None:
        """Words."""
        self.times += 1
        self.text.setText(self.tr("a word"))


async def test_open_windows_are_told(speech: Speech) -> None:
    """Who is open sets its words anew, and sentences of the agents follow."""
    part = Said()
    part.show()
    before = part.times
    speech.use("ja")
    await asyncio.sleep(0)
    assert part.times > before
    assert current_language() == "ja"
    assert QLocale().language() is QLocale.Language.Japanese
    part.close()


async def test_qts_own_words_follow(speech: Speech) -> None:
    """The buttons that Qt names itself speak the language too."""
    speech.use("ja")
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    assert box.button(QDialogButtonBox.StandardButton.Cancel).text() == "キャンセル"


@pytest.mark.parametrize(("said", "expected"), [("ja_JP.UTF-8", "ja"), ("de_DE", "en"), ("C", "en"), ("", "en")])
def test_the_environment_decides_where_nothing_was_chosen(
    speech: Speech, monkeypatch: pytest.MonkeyPatch, said: str, expected: str
) -> None:
    """An empty choice, or one that there is no such language for, is the environment's."""
    monkeypatch.setenv("LC_ALL", said)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.delenv("LANG", raising=False)
    for wanted in ("", "xx"):
        speech.use(wanted)
        assert current_language() == expected


async def test_switching_leaves_nothing_behind(speech: Speech) -> None:
    """After a hundred switches there are no more translators than after one."""
    speech.use("ja")
    await asyncio.sleep(0)
    once = len(speech.children())
    for _ in range(50):
        speech.use("en")
        speech.use("ja")
    await asyncio.sleep(0)
    assert len(speech.children()) == once


def test_texts_that_were_not_compiled_are_english(
    speech: Speech, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A tree in which nothing was made yet still speaks."""
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    speech.use("ja")
    assert Said().text.text() == "a word"


def test_each_language_is_named_in_itself() -> None:
    """Who cannot read the present language still finds their own."""
    assert NATIVE_NAMES == {"en": "English", "ja": "日本語"}
