"""The queue: what is shown, what is done, by mouse and by keyboard alone."""

import asyncio
import dataclasses
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from common.host.errors import TasukiError
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Mode, Status, ToAnyone, ToHelper
from common.protocol.session_life import SessionPhase
from common.ui.language import Speech
from common.ui.theme import Theme
from helper_agent.ui.decline import DeclineDialog
from helper_agent.ui.queue_window import QueueWindow
from helper_agent.ui.transfer import TransferDialog
from tests.support.waiting import NOW, OWN, queue, request_id, running, view, waiting, without

SIGNALS = (
    "accepted", "next_wanted", "declined", "transferred", "session_wanted", "session_ended", "status_chosen", "connect_wanted",
    "diagnosis_wanted", "settings_wanted", "history_wanted", "quit_wanted", "closing", "drafted",
)  # fmt: skip


class Opened:
    """The window, and all that it told."""

    def __init__(self) -> None:
        self.drafts = {f"decline:{request_id(2)}": "begun before"}
        self.now = NOW
        self.window = QueueWindow(now=lambda: self.now, stillness=0)
        self.window.belong(own_uri=OWN, draft=lambda key: self.drafts.get(key, ""))
        self.told: list[tuple[Any, ...]] = []
        for name in SIGNALS:
            getattr(self.window, name).connect(lambda *values, name=name: self.told.append((name, *values)))

    def part(self, kind: type[Any], name: str) -> Any:
        """By its name."""
        return part(self.window, kind, name)

    def said(self, name: str) -> str:
        """A label's text."""
        return str(self.part(QLabel, name).text())


@pytest.fixture
def opened(qtbot: QtBot, speech: Speech, theme: Theme) -> Opened:
    """Five wait."""
    made = Opened()
    qtbot.addWidget(made.window)
    made.window.render(queue())
    made.window.show()
    made.window.activateWindow()
    return made


def part(whole: QWidget, kind: type[Any], name: str = "") -> Any:
    """What is in there."""
    found = whole.findChild(kind, name) if name else whole.findChild(kind)
    assert found is not None, name
    return found


def texts(window: QWidget) -> str:
    """Everything that labels say."""
    return "\n".join(label.text() for label in window.findChildren(QLabel) if not label.isHidden())


async def test_the_keyboard_alone_takes_a_request(opened: Opened, qtbot: QtBot) -> None:
    """Go to the list, down, Enter."""
    opened.window.menu.list.trigger()
    qtbot.keyClick(opened.window.requests, Qt.Key.Key_Down)
    qtbot.keyClick(opened.window.requests, Qt.Key.Key_Return)
    assert opened.told == [("accepted", request_id(2))]


async def test_every_action_has_a_key(opened: Opened) -> None:
    """And no two the same one."""
    keys = [action.shortcut().toString() for action in opened.window.menu.actions() if not action.isSeparator()]
    keys += [button.shortcut().toString() for button in opened.window.head.status.findChildren(QPushButton)]
    assert "" not in keys
    assert len(set(keys)) == len(keys)


async def test_the_chosen_one_is_shown_whole(opened: Opened) -> None:
    """Who, what, which computer; then another one."""
    opened.window.choose(request_id(1))
    await asyncio.sleep(0)
    shown = texts(opened.window.details)
    assert all(word in shown for word in ("Hanako Suzuki", "You may look and control.", "hanako-pc", "1 h 5 min"))
    opened.window.choose(request_id(5))
    shown = texts(opened.window.details)
    assert "Password was reset; mail is left to do." in shown
    assert "hanako-pc" not in shown


async def test_the_clock_of_the_relay_says_since_when(opened: Opened) -> None:
    """A computer whose clock is ten minutes fast shows nobody as waiting ten minutes longer."""
    opened.now = NOW + 600
    shown = queue()
    matching = dataclasses.replace(shown.matching, clock_skew=600.0)
    opened.window.render(dataclasses.replace(shown, matching=matching))
    opened.window.choose(request_id(2))
    assert "25 min" in texts(opened.window.details)


async def test_what_has_gone_cannot_be_taken(opened: Opened) -> None:
    """As where the button was pressed the moment it went."""
    opened.window.choose(request_id(2))
    opened.window._view = without(queue(), 2)
    opened.window.details.accepted.emit(request_id(2))
    assert opened.told == []
    assert "no longer waiting" in texts(opened.window.news)


async def test_nobody_is_taken_twice(opened: Opened, qtbot: QtBot) -> None:
    """While it is being connected, Enter does nothing, and the button says so."""
    opened.window.render(view(waiting(1, accepted=True)))
    opened.window.choose(request_id(1))
    qtbot.keyClick(opened.window.requests, Qt.Key.Key_Return)
    qtbot.keyClick(opened.window.requests, Qt.Key.Key_Delete)
    assert (opened.told, opened.part(QPushButton, "accept").isEnabled()) == ([], False)


async def test_without_a_connection_nothing_can_be_done(opened: Opened, qtbot: QtBot) -> None:
    """The list stays to be read; why there is none stands above, with the way to find out more."""
    problem = TasukiError("relay_lost", address="relay.example.org:443")
    shown = queue()
    matching = dataclasses.replace(shown.matching, phase=MatchingPhase.RETRYING, problem=problem)
    opened.window.render(dataclasses.replace(shown, matching=matching))
    opened.window.choose(request_id(1))
    qtbot.keyClick(opened.window.requests, Qt.Key.Key_Return)
    assert opened.told == []
    assert "no connection" in texts(opened.window.news)
    assert "connection to your organisation was lost" in texts(opened.window.problem)
    part(opened.window.problem, QPushButton).click()
    opened.window.menu.retry.trigger()
    assert opened.told == [("diagnosis_wanted",), ("connect_wanted",)]
    opened.window.render(queue())
    assert opened.window.problem.isHidden()


async def test_started_elsewhere_it_can_come_back(opened: Opened) -> None:
    """By one button."""
    opened.window.render(view(phase=MatchingPhase.REPLACED))
    part(opened.window.problem, QPushButton).click()
    assert opened.told == [("connect_wanted",)]


async def test_by_group_and_by_words(opened: Opened, qtbot: QtBot) -> None:
    """What is chosen stays, also when nobody asks for that group any more."""
    whom, search = opened.part(QComboBox, "whom"), opened.part(QLineEdit, "search")
    assert [whom.itemText(row) for row in range(whom.count())][3:] == ["Group Accounting", "Group Second floor"]
    whom.setCurrentIndex(3)
    assert (opened.window.requests.model().rowCount(), opened.said("count")) == (1, "Waiting: 1 of 5")
    opened.window.render(without(queue(), 5))
    assert whom.currentText() == "Group Accounting"
    assert opened.said("empty") == "None of those who wait is in this selection."
    whom.setCurrentIndex(0)
    opened.window.menu.search.trigger()
    qtbot.keyClicks(search, "jonas")
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert opened.window.requests.request == request_id(3)
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    assert opened.said("count") == "Waiting: 4"


async def test_decline_with_a_reason(opened: Opened, qtbot: QtBot) -> None:
    """Delete opens the reasons; Enter sends the one that is chosen."""
    opened.window.choose(request_id(1))
    qtbot.keyClick(opened.window.requests, Qt.Key.Key_Delete)
    qtbot.keyClick(opened.window.requests, Qt.Key.Key_Delete)
    dialogs = opened.window.findChildren(DeclineDialog)
    assert len(dialogs) == 1
    part(dialogs[0], QRadioButton, "reason1").click()
    qtbot.keyClick(dialogs[0], Qt.Key.Key_Return)
    assert opened.told == [
        ("drafted", f"decline:{request_id(1)}", ""),
        ("declined", request_id(1), "I am not free now. Please ask somebody else."),
    ]


async def test_words_that_were_begun_are_still_there(opened: Opened, qtbot: QtBot) -> None:
    """After a crash too; each change is told, so that it is kept."""
    opened.window.choose(request_id(2))
    qtbot.keyClick(opened.window.requests, Qt.Key.Key_Delete)
    dialog = part(opened.window, DeclineDialog)
    own = part(dialog, QLineEdit, "own")
    assert own.text() == "begun before"
    own.setCursorPosition(len(own.text()))
    qtbot.keyClicks(own, "!")
    assert opened.told == [("drafted", f"decline:{request_id(2)}", "begun before!")]
    part(dialog, QPushButton, "ok").click()
    assert opened.told[1:] == [
        ("drafted", f"decline:{request_id(2)}", ""),
        ("declined", request_id(2), "begun before!"),
    ]


async def test_a_dialog_about_who_has_gone_goes_too(opened: Opened, qtbot: QtBot) -> None:
    """And the window says why."""
    opened.window.choose(request_id(2))
    qtbot.keyClick(opened.window.requests, Qt.Key.Key_Delete)
    opened.window.render(without(queue(), 2))
    assert opened.window._dialogs == {}
    assert "山田美咲 is no longer waiting." in texts(opened.window.news)


async def test_sessions_are_listed_with_what_can_be_done(opened: Opened) -> None:
    """Shown, handed over, ended."""
    session = running(1, mode=Mode.CONTROL)
    opened.window.render(view(sessions=(session,)))
    assert opened.said("state") == "you look and control, 3:12"
    for name in ("show", "end"):
        opened.part(QPushButton, name).click()
    key = session.view.session
    assert opened.told == [("session_wanted", key)]
    opened.part(QPushButton, "end_yes").click()
    assert opened.told == [("session_wanted", key), ("session_ended", key)]
    opened.window.render(view(sessions=(running(1, phase=SessionPhase.GREETING),)))
    assert not opened.part(QPushButton, "transfer").isEnabled()
    opened.window.render(view())
    assert opened.window.sessions.isHidden()


async def test_many_sessions_leave_the_queue_its_room(opened: Opened) -> None:
    """From the fourth on they are scrolled."""
    heights = []
    for count in (3, 4, 9):
        opened.window.render(view(sessions=tuple(running(number) for number in range(1, count + 1))))
        heights.append(opened.window.sessions.sizeHint().height())
    assert heights[0] == heights[1] == heights[2]


async def test_a_session_is_handed_over(opened: Opened, qtbot: QtBot) -> None:
    """To a colleague, with a note; its dialog goes with the session."""
    session = running(1)
    shown = view(sessions=(session,))
    opened.window.render(shown)
    opened.window.menu.hand_over.trigger()
    dialog = part(opened.window, TransferDialog)
    qtbot.keyClicks(part(dialog, QLineEdit, "search"), "excel")
    qtbot.keyClick(dialog, Qt.Key.Key_Down)
    dialog._note.setPlainText("Nearly done.")
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    key = session.view.session
    told = [entry for entry in opened.told if entry[0] == "transferred"]
    assert told == [("transferred", key, ToHelper(uri="tasuki://example/helper/2"), "Nearly done.")]
    assert ("drafted", f"transfer:{session.view.peer_uri}", "") in opened.told
    opened.window.open_transfer(key)
    opened.window.render(view())
    assert opened.window._dialogs == {}


async def test_presence_by_one_key(opened: Opened, qtbot: QtBot) -> None:
    """What holds is what comes back, not what was pressed."""
    busy = opened.part(QPushButton, Status.BUSY.value)
    busy.click()
    assert opened.told == [("status_chosen", Status.BUSY)]
    opened.window.render(view(status=Status.AWAY))
    assert opened.part(QPushButton, Status.AWAY.value).isChecked()


async def test_closing_is_for_the_program_to_decide(opened: Opened) -> None:
    """There may be a place beside the clock, or a session."""
    opened.window.close()
    assert opened.told == [("closing",)]
    assert opened.window.isVisible()


async def test_the_language_changes_while_it_is_open(opened: Opened, speech: Speech, app: QApplication) -> None:
    """Nothing that was chosen is lost."""
    opened.window.choose(request_id(2))
    opened.part(QComboBox, "whom").setCurrentIndex(4)
    speech.use("ja")
    assert opened.window.requests.request == request_id(2)
    assert opened.part(QComboBox, "whom").currentIndex() == 4


async def test_whoever_is_free_first(qtbot: QtBot, speech: Speech, theme: Theme) -> None:
    """Stands first where nothing is searched for; who is chosen stays while the list changes, and nobody comes in its place."""
    dialog = TransferDialog(session="5" * 32, name="Hanako", own_uri=OWN)
    qtbot.addWidget(dialog)
    shown = view().matching.helpers
    dialog.render(shown)
    told: list[Any] = []
    dialog.transferred.connect(lambda *values: told.append(values))
    dialog._list.setCurrentRow(2)
    assert dialog._list.currentItem().text() == "佐藤花子 – available  ·  日本語 · Excel"
    dialog.render(shown[1:])
    assert dialog._list.currentItem().text() == "佐藤花子 – available  ·  日本語 · Excel"
    dialog.render(shown[2:])
    assert (dialog._list.currentRow(), dialog._buttons.ok.isEnabled()) == (-1, False)
    dialog._note.setPlainText("x" * 501)
    dialog._list.setCurrentRow(0)
    assert not dialog._buttons.ok.isEnabled()
    dialog._note.setPlainText("")
    dialog._buttons.ok.click()
    assert told == [("5" * 32, ToAnyone(), "")]


async def test_a_call_back_is_taken_while_its_user_is_there(qtbot: QtBot, speech: Speech, theme: Theme) -> None:
    """What it is stands beside it; where its user is not connected, it cannot be taken."""
    opened = Opened()
    qtbot.addWidget(opened.window)
    for here in (False, True):
        opened.window.render(view(waiting(1, call_back=True, here=here)))
        opened.window.choose(request_id(1))
        accept = opened.window.findChild(QPushButton, "accept")
        told = opened.window.findChild(QLabel, "call_back")
        assert accept is not None
        assert told is not None
        assert accept.isEnabled() is here
        assert ("not connected now" in told.text()) is not here


async def test_the_next_is_taken_by_button_and_key(opened: Opened, qtbot: QtBot) -> None:
    """Whoever that is; not where nobody waits, nor without a connection."""
    button = opened.part(QPushButton, "next")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(opened.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert opened.told == [("next_wanted",)] * 2
    lost = dataclasses.replace(queue().matching, phase=MatchingPhase.RETRYING)
    for other in (view(), dataclasses.replace(queue(), matching=lost)):
        opened.window.render(other)
        assert not button.isEnabled()
        qtbot.keyClick(opened.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert len(opened.told) == 2
