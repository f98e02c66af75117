"""What is shown where the program cannot begin."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from common.host.errors import TasukiError, sentence
from common.ui.language import Speech
from common.ui.startup_error import StartupErrorWindow


@pytest.fixture
def window(qtbot: QtBot, speech: Speech, tmp_path: Path) -> StartupErrorWindow:
    """About this folder."""
    made = StartupErrorWindow(folder=tmp_path)
    qtbot.addWidget(made)
    return made


async def test_it_says_what_is_wrong_in_either_language(window: StartupErrorWindow, speech: Speech) -> None:
    """The sentence, and once more when the language changes."""
    problem = TasukiError("folder_in_use", folder="/somewhere")
    window.render(problem)
    english = window.text.text()
    assert english == sentence(problem)
    assert "/somewhere" in english
    speech.use("ja")
    await asyncio.sleep(0)
    assert window.text.text() == sentence(problem) != english


async def test_every_way_out_answers_once(window: StartupErrorWindow, qtbot: QtBot) -> None:
    """Enter tries again; quitting and closing give up."""
    answers: list[bool] = []
    window.answered.connect(answers.append)
    window.render(TasukiError("folder_in_use", folder="x"))
    window.bring()
    qtbot.keyClick(window.again, Qt.Key.Key_Space)
    assert answers == [True]
    window.leave.click()
    assert answers == [True, False]
    assert not window.isVisible()


async def test_the_folder_can_be_looked_into(
    window: StartupErrorWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the desktop's own program."""
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    window.open_folder.click()
    assert opened == [QUrl.fromLocalFile(str(tmp_path))]
