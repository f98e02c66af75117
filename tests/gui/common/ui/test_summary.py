"""What a session was, once it is over."""

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from common.agent.history import Record
from common.ui.language import Speech
from common.ui.summary import SummaryWindow
from common.ui.theme import Theme
from tests.support.looking import words_shown
from tests.support.records import LOOKED, LOST, but


@pytest.fixture
def user(qtbot: QtBot, speech: Speech, theme: Theme) -> SummaryWindow:
    """The user's, shown."""
    made = SummaryWindow(notes=False, again=True)
    qtbot.addWidget(made)
    made.render(LOOKED)
    made.show()
    return made


async def test_it_says_who_how_long_what_and_why(user: SummaryWindow, speech: Speech) -> None:
    """In either language."""
    for _ in range(5):
        await asyncio.sleep(0)
    words = "\n".join(words_shown(user))
    for word in (
        "Hanako Sato",
        "Example Support",
        "12 min 34 s",
        "Look only",
        "Look and control",
        "The user ended it.",
    ):
        assert word in words
    speech.use("ja")
    await asyncio.sleep(0)
    assert "利用者が終了しました。" in "\n".join(words_shown(user))


async def test_asking_again_is_offered_after_a_loss_only(user: SummaryWindow) -> None:
    """And it has the keyboard then, so that Enter does it."""
    assert not user.again.isVisible()
    asked: list[bool] = []
    user.again_wanted.connect(lambda: asked.append(True))
    user.render(LOST, lost=True)
    assert user.again.isVisible()
    user.again.click()
    assert asked == [True]
    assert not user.isVisible()


async def test_closing_is_told(user: SummaryWindow) -> None:
    """So that the program can let it go."""
    closed: list[str] = []
    user.closed.connect(closed.append)
    user.close_button.click()
    assert closed == [LOOKED.session]


async def test_escape_closes_it(user: SummaryWindow, qtbot: QtBot) -> None:
    """As any window that only tells."""
    told: list[str] = []
    user.closed.connect(told.append)
    user.activateWindow()
    qtbot.keyClick(user, Qt.Key.Key_Escape)
    assert (user.isVisible(), told) == (False, [LOOKED.session])


async def test_a_helper_has_a_note_that_goes_along(qtbot: QtBot, speech: Speech, theme: Theme) -> None:
    """Kept when the window closes, and part of what is copied and exported."""
    window = SummaryWindow(notes=True, again=False)
    qtbot.addWidget(window)
    window.render(but(LOOKED, note=""))
    window.show()
    assert window.note is not None
    kept: list[tuple[str, str]] = []
    exported: list[tuple[str, tuple[Record, ...]]] = []
    window.note_changed.connect(lambda session, text: kept.append((session, text)))
    window.export_wanted.connect(lambda path, records: exported.append((path, records)))
    qtbot.keyClicks(window.note.edit, "New drum")
    window.copy.click()
    assert "New drum" in QGuiApplication.clipboard().text()
    window.export.click()
    dialog = window.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit("/tmp/one.csv")
    dialog.close()
    await asyncio.sleep(0)  # it goes before its window does
    assert exported == [("/tmp/one.csv", (but(LOOKED, note="New drum"),))]
    window.close()
    assert (LOOKED.session, "New drum") in kept
    assert not window.again.isVisible()
