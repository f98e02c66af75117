"""The question before the program ends while help is under way."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from common.ui.language import Speech
from user_agent.ui.leaving import QuitDialog


async def test_enter_and_escape_stay(qtbot: QtBot, speech: Speech) -> None:
    """Only the button that says so ends it, and says it once."""
    dialog = QuitDialog(helper="Taro\nYamada")
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
    """Whose session, on one line; or that a request would be taken back."""
    helped, waiting = QuitDialog(helper="Taro\nYamada"), QuitDialog()
    for dialog in (helped, waiting):
        qtbot.addWidget(dialog)
    assert "Taro Yamada" in helped.text.text()
    assert "request" in waiting.text.text()
    assert helped.text.textFormat() is Qt.TextFormat.PlainText
