"""Why can't I connect?"""

import asyncio
from collections.abc import Iterable

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from common.agent.diagnosis import DiagnosisStep, StepState, report
from common.host.words import current_language
from common.ui.diagnosis import DiagnosisWindow
from common.ui.language import Speech
from common.ui.theme import Theme
from tests.support.looking import words_shown
from tests.support.steps import FAILED, GOOD, RUNNING


@pytest.fixture
def window(qtbot: QtBot, speech: Speech, theme: Theme) -> DiagnosisWindow:
    """Shown, nothing asked yet."""
    made = DiagnosisWindow()
    qtbot.addWidget(made)
    made.show()
    return made


def show(window: DiagnosisWindow, steps: Iterable[DiagnosisStep]) -> None:
    """One after the other."""
    for step in steps:
        window.show_step(step)


async def words(window: DiagnosisWindow) -> str:
    """All that can be read, once it is laid out."""
    for _ in range(5):
        await asyncio.sleep(0)
    return "\n".join(words_shown(window))


async def test_it_asks_once_until_it_is_through(window: DiagnosisWindow) -> None:
    """A second wish while it is under way is none."""
    asked: list[bool] = []
    window.wanted.connect(lambda: asked.append(True))
    window.ask()
    window.ask()
    assert asked == [True]
    assert not window.again.isEnabled()
    assert not window.copy.isEnabled()
    show(window, GOOD)
    window.finish()
    window.again.click()
    assert asked == [True, True]
    assert window.steps == []


async def test_each_step_is_shown_as_it_stands(window: DiagnosisWindow) -> None:
    """In the order in which it came, each once."""
    window.ask()
    show(window, RUNNING)
    assert "Checking" in await words(window)
    show(window, FAILED)
    window.finish()
    assert [step.key for step in window.steps] == ["certificate", "proxy", "tcp", "tls"]
    said = await words(window)
    for text in ("Not good", "Skipped", "Connection refused", "“Connection (TCP)” does not work."):
        assert text in said
    assert "Checking" not in said


async def test_all_good_says_so(window: DiagnosisWindow) -> None:
    """In a sentence."""
    window.ask()
    show(window, GOOD)
    window.finish()
    assert "Everything that was checked is good." in await words(window)


async def test_another_language_goes_through_it_again(window: DiagnosisWindow, speech: Speech) -> None:
    """Once, and not before what is under way is through: what steps found cannot be said in another one afterwards."""
    asked: list[str] = []
    window.wanted.connect(lambda: asked.append(current_language()))
    speech.use("ja")
    await words(window)
    assert asked == []
    window.ask()
    speech.use("en")
    await words(window)
    show(window, GOOD)
    assert asked == ["ja"]
    window.finish()
    assert asked == ["ja", "en"]
    assert "Looking at each step" in await words(window)
    show(window, GOOD)
    window.finish()
    assert "Everything that was checked is good." in await words(window)
    speech.use("ja")
    await words(window)
    assert asked == ["ja", "en", "ja"]
    show(window, GOOD)
    window.finish()
    window.hide()
    speech.use("en")
    await words(window)
    assert asked == ["ja", "en", "ja"]


async def test_what_others_wrote_is_never_markup(window: DiagnosisWindow) -> None:
    """A proxy's answer is shown as it is."""
    window.ask()
    window.show_step(DiagnosisStep(key="http", state=StepState.BAD, title="<b>T</b>", detail="<img src=x>"))
    said = await words(window)
    assert "<b>T</b>" in said
    assert "<img src=x>" in said


async def test_the_report_is_copied_as_the_agent_writes_it(window: DiagnosisWindow) -> None:
    """And the button says that it was."""
    window.ask()
    show(window, FAILED)
    window.finish()
    window.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.splitlines()[1:] == report(FAILED).splitlines()[1:]
    assert "Copied" in window.copy.text()
