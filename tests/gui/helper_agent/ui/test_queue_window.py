"""The queue: what is shown, what is done, by mouse and by keyboard alone."""

import asyncio
import dataclasses
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from common.agent.matching import Phase
from common.agent.session import Phase as SessionPhase
from common.host.errors import TasukiError
from common.protocol.messages import Mode, Status, ToAnyone, ToHelper
from common.ui.language import Speech
from common.ui.theme import Theme
from helper_agent.ui.decline import DeclineDialog
from helper_agent.ui.queue_window import QueueWindow
from helper_agent.ui.transfer import TransferDialog
from tests.support.waiting import NOW, OWN, queue, request_id, running, view, waiting, without

SIGNALS = (
    "accepted", "declined", "transferred", "session_wanted", "session_ended", "status_chosen", "connect_wanted",
    "diagnosis_wanted", "settings_wanted", "history_wanted", "quit_wanted", "closing", "drafted",
)  # fmt: skip


class Desk:
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
def desk(qtbot: QtBot, speech: Speech, theme: Theme) -> Desk:
    """Five wait."""
    made = Desk()
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


async def test_the_keyboard_alone_takes_a_request(desk: Desk, qtbot: QtBot) -> None:
    """Go to the list, down, Enter."""
    desk.window.menu.list.trigger()
    qtbot.keyClick(desk.window.requests, Qt.Key.Key_Down)
    qtbot.keyClick(desk.window.requests, Qt.Key.Key_Return)
    assert desk.told == [("accepted", request_id(2))]


async def test_every_action_has_a_key(desk: Desk) -> None:
    """And no two the same one."""
    keys = [action.shortcut().toString() for action in desk.window.menu.actions() if not action.isSeparator()]
    keys += [button.shortcut().toString() for button in desk.window.head.status.findChildren(QPushButton)]
    assert "" not in keys
    assert len(set(keys)) == len(keys)


async def test_the_chosen_one_is_shown_whole(desk: Desk) -> None:
    """Who, what, which computer; then another one."""
    desk.window.choose(request_id(1))
    await asyncio.sleep(0)
    shown = texts(desk.window.details)
    assert all(word in shown for word in ("Hanako Suzuki", "You may look and control.", "hanako-pc", "1 h 5 min"))
    desk.window.choose(request_id(5))
    shown = texts(desk.window.details)
    assert "Password was reset; mail is left to do." in shown
    assert "hanako-pc" not in shown


async def test_the_clock_of_the_relay_says_since_when(desk: Desk) -> None:
    """A computer whose clock is ten minutes fast shows nobody as waiting ten minutes longer."""
    desk.now = NOW + 600
    shown = queue()
    matching = dataclasses.replace(shown.matching, clock_skew=600.0)
    desk.window.render(dataclasses.replace(shown, matching=matching))
    desk.window.choose(request_id(2))
    assert "25 min" in texts(desk.window.details)


async def test_what_has_gone_cannot_be_taken(desk: Desk) -> None:
    """As where the button was pressed the moment it went."""
    desk.window.choose(request_id(2))
    desk.window._view = without(queue(), 2)
    desk.window.details.accepted.emit(request_id(2))
    assert desk.told == []
    assert "no longer waiting" in texts(desk.window.news)


async def test_nobody_is_taken_twice(desk: Desk, qtbot: QtBot) -> None:
    """While it is being connected, Enter does nothing, and the button says so."""
    desk.window.render(view(waiting(1, accepted=True)))
    desk.window.choose(request_id(1))
    qtbot.keyClick(desk.window.requests, Qt.Key.Key_Return)
    qtbot.keyClick(desk.window.requests, Qt.Key.Key_Delete)
    assert (desk.told, desk.part(QPushButton, "accept").isEnabled()) == ([], False)


async def test_without_a_connection_nothing_can_be_done(desk: Desk, qtbot: QtBot) -> None:
    """The list stays to be read; why there is none stands above, with the way to find out more."""
    problem = TasukiError("relay_lost", address="relay.example.org:443")
    shown = queue()
    matching = dataclasses.replace(shown.matching, phase=Phase.RETRYING, problem=problem)
    desk.window.render(dataclasses.replace(shown, matching=matching))
    desk.window.choose(request_id(1))
    qtbot.keyClick(desk.window.requests, Qt.Key.Key_Return)
    assert desk.told == []
    assert "no connection" in texts(desk.window.news)
    assert "relay.example.org" in texts(desk.window.trouble)
    part(desk.window.trouble, QPushButton).click()
    desk.window.menu.retry.trigger()
    assert desk.told == [("diagnosis_wanted",), ("connect_wanted",)]
    desk.window.render(queue())
    assert desk.window.trouble.isHidden()


async def test_started_elsewhere_it_can_come_back(desk: Desk) -> None:
    """By one button."""
    desk.window.render(view(phase=Phase.REPLACED))
    part(desk.window.trouble, QPushButton).click()
    assert desk.told == [("connect_wanted",)]


async def test_by_group_and_by_words(desk: Desk, qtbot: QtBot) -> None:
    """What is chosen stays, also when nobody asks for that group any more."""
    whom, search = desk.part(QComboBox, "whom"), desk.part(QLineEdit, "search")
    assert [whom.itemText(row) for row in range(whom.count())][3:] == ["Group Accounting", "Group Second floor"]
    whom.setCurrentIndex(3)
    assert (desk.window.requests.model().rowCount(), desk.said("count")) == (1, "Waiting: 1 of 5")
    desk.window.render(without(queue(), 5))
    assert whom.currentText() == "Group Accounting"
    assert desk.said("empty") == "None of those who wait is in this selection."
    whom.setCurrentIndex(0)
    desk.window.menu.search.trigger()
    qtbot.keyClicks(search, "jonas")
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert desk.window.requests.request == request_id(3)
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    assert desk.said("count") == "Waiting: 4"


async def test_decline_with_a_reason(desk: Desk, qtbot: QtBot) -> None:
    """Delete opens the reasons; Enter sends the one that is chosen."""
    desk.window.choose(request_id(1))
    qtbot.keyClick(desk.window.requests, Qt.Key.Key_Delete)
    qtbot.keyClick(desk.window.requests, Qt.Key.Key_Delete)
    dialogs = desk.window.findChildren(DeclineDialog)
    assert len(dialogs) == 1
    part(dialogs[0], QRadioButton, "reason1").click()
    qtbot.keyClick(dialogs[0], Qt.Key.Key_Return)
    assert desk.told == [
        ("drafted", f"decline:{request_id(1)}", ""),
        ("declined", request_id(1), "I am not free now. Please ask somebody else."),
    ]


async def test_words_that_were_begun_are_still_there(desk: Desk, qtbot: QtBot) -> None:
    """After a crash too; each change is told, so that it is kept."""
    desk.window.choose(request_id(2))
    qtbot.keyClick(desk.window.requests, Qt.Key.Key_Delete)
    dialog = part(desk.window, DeclineDialog)
    own = part(dialog, QLineEdit, "own")
    assert own.text() == "begun before"
    own.setCursorPosition(len(own.text()))
    qtbot.keyClicks(own, "!")
    assert desk.told == [("drafted", f"decline:{request_id(2)}", "begun before!")]
    part(dialog, QPushButton, "ok").click()
    assert desk.told[1:] == [
        ("drafted", f"decline:{request_id(2)}", ""),
        ("declined", request_id(2), "begun before!"),
    ]


async def test_a_dialog_about_who_has_gone_goes_too(desk: Desk, qtbot: QtBot) -> None:
    """And the window says why."""
    desk.window.choose(request_id(2))
    qtbot.keyClick(desk.window.requests, Qt.Key.Key_Delete)
    desk.window.render(without(queue(), 2))
    assert desk.window._dialogs == {}
    assert "山田美咲 is no longer waiting." in texts(desk.window.news)


async def test_sessions_are_listed_with_what_can_be_done(desk: Desk) -> None:
    """Shown, handed over, ended."""
    session = running(1, mode=Mode.CONTROL)
    desk.window.render(view(sessions=(session,)))
    assert desk.said("state") == "you look and control, 3:12"
    for name in ("show", "end"):
        desk.part(QPushButton, name).click()
    key = session.view.session
    assert desk.told == [("session_wanted", key)]
    desk.part(QPushButton, "end_yes").click()
    assert desk.told == [("session_wanted", key), ("session_ended", key)]
    desk.window.render(view(sessions=(running(1, phase=SessionPhase.GREETING),)))
    assert not desk.part(QPushButton, "transfer").isEnabled()
    desk.window.render(view())
    assert desk.window.sessions.isHidden()


async def test_many_sessions_leave_the_queue_its_room(desk: Desk) -> None:
    """From the fourth on they are scrolled."""
    heights = []
    for count in (3, 4, 9):
        desk.window.render(view(sessions=tuple(running(number) for number in range(1, count + 1))))
        heights.append(desk.window.sessions.sizeHint().height())
    assert heights[0] == heights[1] == heights[2]


async def test_a_session_is_handed_over(desk: Desk, qtbot: QtBot) -> None:
    """To a colleague, with a note; its dialog goes with the session."""
    session = running(1)
    shown = view(sessions=(session,))
    desk.window.render(shown)
    desk.window.menu.hand_over.trigger()
    dialog = part(desk.window, TransferDialog)
    qtbot.keyClicks(part(dialog, QLineEdit, "search"), "excel")
    qtbot.keyClick(dialog, Qt.Key.Key_Down)
    dialog._note.setPlainText("Nearly done.")
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    key = session.view.session
    told = [entry for entry in desk.told if entry[0] == "transferred"]
    assert told == [("transferred", key, ToHelper(uri="tasuki://example/helper/2"), "Nearly done.")]
    assert ("drafted", f"transfer:{session.view.peer_uri}", "") in desk.told
    desk.window.open_transfer(key)
    desk.window.render(view())
    assert desk.window._dialogs == {}


async def test_presence_by_one_key(desk: Desk, qtbot: QtBot) -> None:
    """What holds is what comes back, not what was pressed."""
    busy = desk.part(QPushButton, Status.BUSY.value)
    busy.click()
    assert desk.told == [("status_chosen", Status.BUSY)]
    desk.window.render(view(status=Status.AWAY))
    assert desk.part(QPushButton, Status.AWAY.value).isChecked()


async def test_closing_is_for_the_program_to_decide(desk: Desk) -> None:
    """There may be a place beside the clock, or a session."""
    desk.window.close()
    assert desk.told == [("closing",)]
    assert desk.window.isVisible()


async def test_the_language_changes_while_it_is_open(desk: Desk, speech: Speech, app: QApplication) -> None:
    """Nothing that was chosen is lost."""
    desk.window.choose(request_id(2))
    desk.part(QComboBox, "whom").setCurrentIndex(4)
    speech.use("ja")
    assert desk.window.requests.request == request_id(2)
    assert desk.part(QComboBox, "whom").currentIndex() == 4


async def test_whoever_is_free_first(qtbot: QtBot, speech: Speech, theme: Theme) -> None:
    """Stands first where nothing is searched for; who is chosen stays while the list changes, and nobody comes in its place."""
    dialog = TransferDialog(session="5" * 32, name="Hanako", own_uri=OWN)
    qtbot.addWidget(dialog)
    shown = view().matching.helpers
    dialog.render(shown)
    told: list[Any] = []
    dialog.transferred.connect(lambda *values: told.append(values))
    dialog._list.setCurrentRow(2)
    assert dialog._list.currentItem().text() == "佐藤花子 – available  ·  ja, Excel"
    dialog.render(shown[1:])
    assert dialog._list.currentItem().text() == "佐藤花子 – available  ·  ja, Excel"
    dialog.render(shown[2:])
    assert (dialog._list.currentRow(), dialog._ok.isEnabled()) == (-1, False)
    dialog._note.setPlainText("x" * 501)
    dialog._list.setCurrentRow(0)
    assert not dialog._ok.isEnabled()
    dialog._note.setPlainText("")
    dialog._ok.click()
    assert told == [("5" * 32, ToAnyone(), "")]
