"""The question before a program ends while it does something for somebody."""

import asyncio

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from common.ui.language import Speech
from common.ui.quit_dialog import QuitDialog, QuitWords
from helper_agent.ui.quit_words import HelperQuitWords
from user_agent.ui.quit_words import UserQuitWords


@pytest.mark.parametrize("make", [lambda: UserQuitWords(helper="Taro"), lambda: HelperQuitWords(("Hanako",))])
async def test_enter_and_escape_stay(qtbot: QtBot, speech: Speech, make: type[QuitWords]) -> None:
    """Only the button that says so ends it, and says it once."""
    dialog = QuitDialog(make())
    qtbot.addWidget(dialog)
    told: list[str] = []
    dialog.confirmed.connect(lambda: told.append("confirmed"))
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        dialog.open()
        qtbot.keyClick(dialog, key)
        assert not dialog.isVisible()
        assert told == []
    dialog.open()
    qtbot.mouseClick(dialog.leave, Qt.MouseButton.LeftButton)
    assert told == ["confirmed"]
    assert not dialog.isVisible()


async def test_it_says_what_would_end(qtbot: QtBot, speech: Speech) -> None:
    """Whose session, on one line; how many; or that a request would be taken back."""
    helped, waiting = QuitDialog(UserQuitWords(helper="Taro\nYamada")), QuitDialog(UserQuitWords())
    one, several = QuitDialog(HelperQuitWords(("Hanako\nSato",))), QuitDialog(HelperQuitWords(("Hanako", "Jonas")))
    for dialog in (helped, waiting, one, several):
        qtbot.addWidget(dialog)
    assert "Taro Yamada" in helped.text.text()
    assert "request" in waiting.text.text()
    assert "Hanako Sato" in one.text.text()
    assert "2 sessions" in several.text.text()
    assert helped.text.textFormat() is Qt.TextFormat.PlainText


async def test_it_speaks_another_language_at_once(qtbot: QtBot, speech: Speech) -> None:
    """All of it, the program's own words too."""
    dialog = QuitDialog(HelperQuitWords(("Hanako",)))
    qtbot.addWidget(dialog)
    english = (dialog.windowTitle(), dialog.text.text(), dialog.leave.text(), dialog.stay.text())
    speech.use("ja")
    for _ in range(5):  # Qt tells its windows by and by
        await asyncio.sleep(0)
    assert not set(english) & {dialog.windowTitle(), dialog.text.text(), dialog.leave.text(), dialog.stay.text()}
