"""Which screen may be shown now: nothing is chosen beforehand, and nothing but a choice answers."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from common.ui.language import Speech
from common.ui.theme import Theme
from tests.gui.scenes.bar import LEFT, RIGHT
from user_agent.area.question import ScreenQuestion
from user_agent.ui.screen_question import ScreenQuestionWindow

BOTH = ScreenQuestion(was=RIGHT, screens=(LEFT, RIGHT))


@pytest.fixture
def window(speech: Speech, theme: Theme, qtbot: QtBot) -> ScreenQuestionWindow:
    """Two screens are there."""
    made = ScreenQuestionWindow()
    qtbot.addWidget(made)
    made.ask(BOTH, name="Hanako Sato")
    return made


def heard(window: ScreenQuestionWindow) -> list[str]:
    """What will be answered."""
    answers: list[str] = []
    window.chosen.connect(answers.append)
    window.stopped.connect(lambda: answers.append("stop"))
    return answers


def click(window: ScreenQuestionWindow, qtbot: QtBot, name: str) -> None:
    """A button."""
    qtbot.mouseClick(getattr(window, name), Qt.MouseButton.LeftButton)


async def test_nothing_is_chosen_beforehand(window: ScreenQuestionWindow, qtbot: QtBot) -> None:
    """Neither a click nor Enter shows anything before somebody has chosen, and Escape and closing answer nothing."""
    answers = heard(window)
    window.hear()
    assert window.screens.currentIndex() == -1
    click(window, qtbot, "show_button")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        qtbot.keyClick(window, key)
    window.close()
    assert answers == []


@pytest.mark.parametrize(("at", "key"), [(0, LEFT.key), (1, RIGHT.key), (2, "")])
async def test_what_was_chosen_is_shown(window: ScreenQuestionWindow, qtbot: QtBot, at: int, key: str) -> None:
    """One of them, or all."""
    answers = heard(window)
    window.screens.setCurrentIndex(at)
    click(window, qtbot, "show_button")
    assert answers == []
    window.hear()
    click(window, qtbot, "show_button")
    assert answers == [key]


async def test_the_session_can_be_stopped_here(window: ScreenQuestionWindow, qtbot: QtBot) -> None:
    """It need not go on."""
    answers = heard(window)
    window.hear()
    click(window, qtbot, "stop_button")
    assert answers == ["stop"]


async def test_other_screens_are_asked_anew(window: ScreenQuestionWindow) -> None:
    """What was chosen of the others does not count, and the first second neither; the same question changes nothing."""
    window.hear()
    window.screens.setCurrentIndex(1)
    window.ask(BOTH, name="Hanako Sato")
    assert window.screens.currentIndex() == 1
    assert window.show_button.isEnabled()
    window.ask(ScreenQuestion(was=RIGHT, screens=(LEFT,)), name="Hanako Sato")
    assert window.screens.count() == 1
    assert window.screens.currentIndex() == -1
    assert not window.show_button.isEnabled()


async def test_without_a_screen_there_is_nothing_to_choose(window: ScreenQuestionWindow) -> None:
    """The sentence says so."""
    text = window.findChild(QLabel, "screen_question_text")
    assert text is not None
    before = text.text()
    assert "Hanako Sato" in before
    window.ask(ScreenQuestion(was=RIGHT, screens=()), name="Hanako Sato")
    assert text.text() != before
    assert not window.screens.isVisible()
    assert not window.show_button.isVisible()
    assert window.stop_button.isVisible()
