"""What every window is made from: words that follow the language, and room for them."""

import asyncio

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from common.ui.application import once
from common.ui.widgets import label
from common.ui.window import Dialog, Window, Worded


class Early(Window):
    """Its words need what the constructor makes last."""

    def __init__(self) -> None:
        super().__init__()
        self.changeEvent(QEvent(QEvent.Type.LanguageChange))
        self.button = QPushButton()
        self.begin_words()

    def retranslate(self) -> None:
        """Words."""
        self.button.setText("word")


class Telling(Window):
    """A long text and a button below it."""

    def __init__(self) -> None:
        super().__init__()
        self.text = label()
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(QPushButton("below"))
        self.begin_words()


def test_words_wait_until_everything_is_built(app: QApplication) -> None:
    """A change of language while a window is being built sets no words yet."""
    assert Early().button.text() == "word"


TURNS = 8  # of the loop, until what is inside has passed on what changed


async def test_a_window_is_never_lower_than_its_texts_need(qtbot: QtBot) -> None:
    """A text that grows makes its window higher; narrower means higher; a short text lets it be low again."""
    window = Telling()
    qtbot.addWidget(window)
    window.resize(300, 80)
    window.show()
    for text, width in (("word " * 60, 300), ("word " * 60, 200), ("word " * 120, 200)):
        window.text.setText(text)
        window.resize(width, 80)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        assert window.text.height() >= window.text.heightForWidth(window.text.width())
    high = window.height()
    window.text.setText("word")
    for _ in range(TURNS):
        await asyncio.sleep(0)
    window.resize(200, 80)
    assert window.height() < high


async def test_bringing_shows_it_also_where_it_was_minimised(qtbot: QtBot) -> None:
    """It comes to the front from wherever it was."""
    window = Telling()
    qtbot.addWidget(window)
    window.showMinimized()
    window.bring()
    await asyncio.sleep(0)
    assert window.isVisible()
    assert not window.isMinimized()


async def test_a_dialog_answers_by_signals(qtbot: QtBot) -> None:
    """Opened, it lets everything else go on."""
    dialog = Dialog()
    qtbot.addWidget(dialog)
    dialog.open()
    answered = asyncio.ensure_future(once(dialog.finished))
    await asyncio.sleep(0)
    dialog.accept()
    assert await answered == Dialog.DialogCode.Accepted.value


def test_what_has_no_words_says_none() -> None:
    """The default does nothing, so that a plain part needs no method."""
    assert Worded.retranslate(Telling()) is None  # type: ignore[func-returns-value]
