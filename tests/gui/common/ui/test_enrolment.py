"""The first start: from a line to a confirmed enrolment, and back wherever it goes wrong."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from common.protocol.enrolment import EnrolmentLine
from common.ui import enrolment_pages
from common.ui.enrolment import EnrolmentWindow
from common.ui.language import Speech
from tests.support.enrolment_lines import FOUND, LINE
from tests.support.finding import find


class Seen:
    """A window, and what it told."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.window = EnrolmentWindow()
        qtbot.addWidget(self.window)
        self.given: list[EnrolmentLine] = []
        self.confirmed: list[EnrolmentLine] = []
        self.finished = 0
        self.window.line_given.connect(self.given.append)
        self.window.confirmed.connect(self.confirmed.append)
        self.window.finished.connect(self._finish)
        self.window.show()

    def _finish(self) -> None:
        self.finished += 1

    def type(self, text: str) -> None:
        """Put in a line and press Enter."""
        field = find(self.window, QLineEdit, "enrolment_line")
        field.setText(text)
        self.qtbot.keyClick(field, Qt.Key.Key_Return)

    def click(self, name: str) -> None:
        """Click on a button that must be there to see."""
        button = find(self.window, QPushButton, name)
        assert button.isVisible()
        self.qtbot.waitUntil(button.isEnabled)
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def label(self, name: str) -> str:
        """What is read there; empty where it is not to be seen."""
        label = find(self.window, QLabel, name)
        return label.text() if label.isVisible() else ""


async def test_a_line_is_pasted_confirmed_and_done(qtbot: QtBot, speech: Speech) -> None:
    """Nothing is told to be enrolled before the person has seen whose relay it is."""
    seen = Seen(qtbot)
    seen.type(f"  {str(LINE)[:40]}\u2009{str(LINE)[40:]} ")
    assert len(seen.given) == 1
    assert seen.confirmed == []
    assert "being asked for" in seen.label("enrolment_organisation")
    seen.window.show_organisation("")
    assert "cannot be had" in seen.label("enrolment_organisation")
    seen.window.show_organisation("Sakura\nSchool")
    assert seen.label("enrolment_organisation") == "Sakura School"
    seen.click("enrolment_confirm")
    assert seen.confirmed == [LINE]
    seen.window.show_done("Sakura School", "Taro <b>Yamada")
    assert "Sakura School" in seen.label("enrolment_result")
    seen.click("enrolment_finish")
    assert seen.finished == 1


async def test_a_damaged_line_says_so(qtbot: QtBot, speech: Speech) -> None:
    """What is no line stays where it is, with a sentence that goes as soon as it is changed."""
    seen = Seen(qtbot)
    seen.type("tasuki-enrol:1:ABC")
    assert seen.given == []
    assert "no complete line" in seen.label("enrolment_hint")
    seen.qtbot.keyClicks(find(seen.window, QLineEdit, "enrolment_line"), "x")
    assert seen.label("enrolment_hint") == ""


async def test_a_whole_mail_is_pasted(qtbot: QtBot, speech: Speech) -> None:
    """Quoted and wrapped as mail programs do it, and through the clipboard; of two lines neither is taken."""
    seen = Seen(qtbot)
    field = find(seen.window, QLineEdit, "enrolment_line")
    mail = f"Dear Taro,\n\n> {str(LINE)[:50]}\n> {str(LINE)[50:]}\n\nBye, Hana\n"
    QApplication.clipboard().setText(f"{mail}{str(LINE)[:15]}{'I' * 26}{str(LINE)[41:]}")
    field.paste()
    seen.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "more than one" in seen.label("enrolment_hint")
    assert seen.given == []
    field.clear()
    QApplication.clipboard().setText(mail)
    field.paste()
    seen.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert seen.given == [LINE]


async def test_a_found_file_takes_one_click(qtbot: QtBot, speech: Speech) -> None:
    """The line that lay ready is used as if it had been pasted."""
    seen = Seen(qtbot)
    seen.window.offer(FOUND)
    assert any(str(Path(FOUND.path)) in label.text() for label in seen.window.findChildren(QLabel))
    seen.click("enrolment_use_found")
    assert seen.given == [FOUND.line]
    seen.window.show_organisation("Sakura School")
    seen.click("enrolment_confirm")
    assert seen.confirmed == [LINE]


async def test_what_went_wrong_can_be_tried_again(qtbot: QtBot, speech: Speech) -> None:
    """The same line once more, or another one."""
    seen = Seen(qtbot)
    seen.type(str(LINE))
    seen.window.show_organisation("")
    seen.click("enrolment_confirm")
    seen.window.show_problem("The relay was not reached.")
    assert seen.label("enrolment_result") == "The relay was not reached."
    seen.click("enrolment_again")
    assert seen.confirmed == [LINE, LINE]
    seen.window.show_problem("This line was used already.", again=False)
    assert not find(seen.window, QPushButton, "enrolment_again").isVisible()
    speech.use("ja")
    assert seen.label("enrolment_result") == "This line was used already."
    seen.click("enrolment_other_line")
    assert find(seen.window, QLineEdit, "enrolment_line").isVisible()


async def test_who_does_not_know_the_name_goes_back(qtbot: QtBot, speech: Speech) -> None:
    """Nothing was confirmed, and the line can be changed."""
    seen = Seen(qtbot)
    seen.type(str(LINE))
    seen.click("enrolment_back")
    assert seen.confirmed == []
    assert find(seen.window, QLineEdit, "enrolment_line").text() == str(LINE)


async def test_continue_pressed_twice_joins_nothing(qtbot: QtBot, speech: Speech) -> None:
    """The second Enter, and a click where the button will be, come before the name can be read; Enter is good behind it."""
    seen = Seen(qtbot)
    with qtbot.waitActive(seen.window):
        seen.window.activateWindow()
    join = find(seen.window, QPushButton, "enrolment_confirm")
    seen.type(str(LINE))
    for _ in range(2):
        qtbot.keyClick(QApplication.focusWidget() or seen.window, Qt.Key.Key_Return)
        qtbot.mouseClick(join, Qt.MouseButton.LeftButton)
        seen.window.show_organisation("Sakura School")
        assert not join.isEnabled()
    assert seen.confirmed == []
    assert find(seen.window, QLabel, "enrolment_organisation").isVisible()
    qtbot.waitUntil(join.hasFocus, timeout=5 * enrolment_pages.READ)
    qtbot.keyClick(join, Qt.Key.Key_Return)
    assert seen.confirmed == [LINE]


async def test_nothing_joins_while_the_name_is_asked_for(
    qtbot: QtBot, speech: Speech, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long that takes; who goes back and comes again waits anew. Whose hand went to Back finds the keyboard there."""
    monkeypatch.setattr(enrolment_pages, "READ", 20)
    seen = Seen(qtbot)
    join, back = (find(seen.window, QPushButton, f"enrolment_{name}") for name in ("confirm", "back"))
    for name in ("Sakura School", ""):
        seen.type(str(LINE))
        back.setFocus()
        qtbot.wait(100)
        assert not join.isEnabled()
        seen.window.show_organisation(name)
        assert join.isEnabled()
        assert not join.hasFocus()
        seen.click("enrolment_back")
    assert seen.confirmed == []
