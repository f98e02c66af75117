"""A question: who asks, how long, and that nothing but a clear yes is one."""

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from common.protocol.messages import Mode
from common.ui.language import Speech
from common.ui.theme import Theme
from tests.gui.scenes.bar import NOON, ORGANISATION
from user_agent.consent import Question, QuestionKind
from user_agent.ui.question import QuestionWindow

ASKED = Question(kind=QuestionKind.ALLOW, session="5" * 32, name="Hanako Sato", uri="tasuki://x", deadline=NOON + 60)


@pytest.fixture
def window(speech: Speech, theme: Theme, qtbot: QtBot) -> QuestionWindow:
    """May this helper come in?"""
    made = QuestionWindow()
    qtbot.addWidget(made)
    made.ask(ASKED, organisation=ORGANISATION, mode=Mode.VIEW, now=NOON)
    return made


def press(window: QuestionWindow, name: str) -> QPushButton:
    """A button."""
    found = window.findChild(QPushButton, name)
    assert found is not None
    return found


def text(window: QuestionWindow, name: str) -> str:
    """Of a label."""
    found = window.findChild(QLabel, name)
    assert found is not None
    return found.text()


def answers(window: QuestionWindow) -> list[bool]:
    """What will be answered."""
    heard: list[bool] = []
    window.answered.connect(heard.append)
    return heard


async def test_the_name_is_large_and_the_time_runs(window: QuestionWindow) -> None:
    """A countdown that ends in no."""
    name = window.findChild(QLabel, "question_name")
    assert name is not None
    assert name.text() == "Hanako Sato"
    assert name.property("rank") == "title"
    assert text(window, "question_countdown") == "Without an answer it is no, in 60 s."
    window.tick(NOON + 59.5)
    assert text(window, "question_countdown") == "Without an answer it is no, in 1 s."
    window.tick(NOON + 99)
    assert text(window, "question_countdown") == "Without an answer it is no, in 0 s."


async def test_what_would_be_allowed_is_said(window: QuestionWindow) -> None:
    """Looking alone, or controlling too."""
    assert "control" not in text(window, "question_text")
    window.ask(ASKED, organisation=ORGANISATION, mode=Mode.CONTROL, now=NOON)
    assert "control" in text(window, "question_text")


async def test_a_call_back_asks_whether_it_suits(window: QuestionWindow) -> None:
    """Not now is not never: the request stays; another question has its own words again."""
    back = dataclasses.replace(ASKED, session="6" * 32, call_back=True)
    window.ask(back, organisation=ORGANISATION, mode=Mode.CONTROL, now=NOON)
    assert text(window, "question_text") == "Hanako Sato can help you now, and would see your screen and control it."
    assert (press(window, "question_yes").text(), press(window, "question_no").text()) == ("&Yes, now", "&Not now")
    assert text(window, "question_countdown") == "Without an answer it is not now, in 60 s."
    window.ask(ASKED, organisation=ORGANISATION, mode=Mode.VIEW, now=NOON)
    assert press(window, "question_no").text() == "&No"


async def test_nothing_answers_in_the_first_second(window: QuestionWindow, qtbot: QtBot) -> None:
    """A click or a key that was meant for something else, or came through VNC a moment before."""
    heard = answers(window)
    for name in ("question_yes", "question_no"):
        qtbot.mouseClick(press(window, name), Qt.MouseButton.LeftButton)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape, Qt.Key.Key_A):
        qtbot.keyClick(window, key)
        qtbot.keyClick(window, key, Qt.KeyboardModifier.AltModifier)
    assert heard == []
    window.hear()
    qtbot.mouseClick(press(window, "question_yes"), Qt.MouseButton.LeftButton)
    assert heard == [True]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape])
async def test_keys_that_people_press_without_reading_are_no(window: QuestionWindow, qtbot: QtBot, key: Qt.Key) -> None:
    """No is what has the keyboard."""
    heard = answers(window)
    window.hear()
    qtbot.keyClick(window, key)
    assert heard == [False]


async def test_it_is_answered_once(window: QuestionWindow, qtbot: QtBot) -> None:
    """A second click does not answer the next question."""
    heard = answers(window)
    window.hear()
    qtbot.mouseClick(press(window, "question_no"), Qt.MouseButton.LeftButton)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert heard == [False]
    again = dataclasses.replace(ASKED, kind=QuestionKind.CONTROL, deadline=NOON + 200)
    window.ask(again, organisation=ORGANISATION, mode=Mode.VIEW, now=NOON + 100)
    qtbot.mouseClick(press(window, "question_yes"), Qt.MouseButton.LeftButton)
    assert heard == [False]
    window.hear()
    qtbot.mouseClick(press(window, "question_yes"), Qt.MouseButton.LeftButton)
    assert heard == [False, True]


async def test_the_same_question_again_does_not_begin_anew(window: QuestionWindow, qtbot: QtBot) -> None:
    """The view changes for other reasons too."""
    heard = answers(window)
    window.hear()
    window.ask(ASKED, organisation=ORGANISATION, mode=Mode.VIEW, now=NOON + 5)
    qtbot.mouseClick(press(window, "question_yes"), Qt.MouseButton.LeftButton)
    assert heard == [True]


async def test_one_that_is_withdrawn_is_gone(window: QuestionWindow, qtbot: QtBot) -> None:
    """It counts as no by now; there is nothing to answer."""
    heard = answers(window)
    window.hear()
    window.withdraw()
    assert not window.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Return)
    assert heard == []


async def test_typing_goes_on_to_answer_nothing(window: QuestionWindow, qtbot: QtBot) -> None:
    """Whoever types when it comes is heard a whole second after the last key, and no sooner."""
    heard = answers(window)
    window._ears.setInterval(200)
    window._close_ears()
    for _ in range(8):
        qtbot.wait(50)
        qtbot.keyClick(window, Qt.Key.Key_Return)
        qtbot.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.AltModifier)
    assert heard == []
    qtbot.waitUntil(press(window, "question_yes").isEnabled)
    qtbot.keyClick(window, Qt.Key.Key_Return)
    assert heard == [False]


async def test_who_hears_the_screen_hears_what_is_asked(window: QuestionWindow) -> None:
    """The buttons alone have the keyboard: what they answer, and the warning, are told with them; anew with each question."""
    for question in (ASKED, dataclasses.replace(ASKED, kind=QuestionKind.CONTROL)):
        window.ask(question, organisation=ORGANISATION, mode=Mode.VIEW, now=NOON)
        for name in ("question_yes", "question_no"):
            told = press(window, name).accessibleDescription()
            assert told == f"{text(window, 'question_text')} {window._warning.text()}"
