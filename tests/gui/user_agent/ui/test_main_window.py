"""The user's one window: which page is shown when, and what the person can want there."""

import dataclasses
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from common.agent.history import Record
from common.agent.views import MatchingView, SessionView
from common.host.errors import TasukiError
from common.protocol.desk import Desk
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.matching_memory import OwnRequest
from common.protocol.messages import HelperEntry, Mode, Status, ToAnyone, ToGroup, ToHelper
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.ui.language import Speech
from common.ui.theme import LIGHT
from user_agent.ui.ended import is_worth_a_page
from user_agent.ui.main_window import MainWindow
from user_agent.views import MissedCall, RequestEnding, RequestStage, UserView

TARO = HelperEntry(uri="tasuki://x/helper/1", name="Taro")
BUSY = HelperEntry(uri=TARO.uri, name="Taro", status=Status.BUSY)
AWAY = HelperEntry(uri=TARO.uri, name="Taro", status=Status.AWAY)
DESK = Desk(telephone="03-1234", open=[(4e9, 4e9 + 60)])
ONLINE = MatchingView(
    phase=MatchingPhase.ONLINE, name="Hana", organisation="x", helpers=(TARO,), listed=True, waits=1800.0
)
IDLE = UserView(matching=ONLINE)
ASKED = OwnRequest(request="a" * 32, to=ToHelper(uri=TARO.uri), mode=Mode.VIEW, name="Taro", topic="Printer")
WAITING = UserView(stage=RequestStage.WAITING, position=2, matching=dataclasses.replace(ONLINE, request=ASKED))


class Clock:
    """Seconds."""

    now = 0.0

    def __call__(self) -> float:
        """What time it is."""
        return self.now


def made(qtbot: QtBot, *views: UserView, clock: Clock | None = None) -> MainWindow:
    """The window after these views."""
    window = MainWindow(colours=lambda: LIGHT, clock=clock or Clock())
    qtbot.addWidget(window)
    window.show()
    for view in views:
        window.render(view)
    return window


def heard(signal: Any) -> list[Any]:
    """What a signal carries from now on."""
    values: list[Any] = []
    signal.connect(lambda *args: values.append(args[0] if args else None))
    return values


def session(phase: SessionPhase, **more: Any) -> SessionView:
    """One with Taro."""
    return SessionView(session="b" * 32, request="a" * 32, role=Role.USER, phase=phase, mode=Mode.VIEW, **more)


async def test_get_help_is_for_whom_the_line_below_names(qtbot: QtBot, speech: Speech) -> None:
    """Whoever is free, until somebody is chosen; nobody can be asked while offline."""
    window = made(qtbot)
    assert not window.home.get_help.isEnabled()
    window.render(IDLE)
    wanted = heard(window.help_wanted)
    assert "Whoever is free first" in window.home._whom.text()
    window.home.get_help.click()
    window.home.people.choose(TARO.uri)
    assert "Taro" in window.home._whom.text()
    qtbot.keyClick(window.home.topic.line, Qt.Key.Key_Return)
    assert [row.key for row in wanted] == ["", TARO.uri]


async def test_the_topic_is_told_at_every_letter(qtbot: QtBot) -> None:
    """For the draft; what was kept is shown and not told again."""
    window = made(qtbot, IDLE)
    typed = heard(window.topic_changed)
    window.set_topic("Pri")
    qtbot.keyClicks(window.home.topic.line, "nt")
    assert typed == ["Prin", "Print"]


async def test_what_the_connection_line_says(qtbot: QtBot, speech: Speech) -> None:
    """Online, trying with the reason, given up, taken over elsewhere."""
    window = made(qtbot, UserView())
    line = window.connection
    assert "Connecting" in line.state.text()
    assert not line.why.isVisible()
    window.render(IDLE)
    assert "x as Hana" in line.state.text()
    lost = MatchingView(phase=MatchingPhase.RETRYING, problem=TasukiError("folder_unusable", folder="F", detail="D"))
    window.render(UserView(matching=lost))
    assert "Trying again" in line.state.text()
    assert "F" in line.detail.text()
    keys = heard(window.menu_chosen)
    line.why.click()
    assert keys == ["why"]
    window.render(UserView(matching=MatchingView(phase=MatchingPhase.REPLACED, name="Hana")))
    here = heard(window.here_wanted)
    line.here.click()
    assert here == [None]
    assert not line.why.isVisible()


async def test_waiting_says_for_whom_where_and_how_long(qtbot: QtBot, speech: Speech) -> None:
    """The place in the queue, and minutes as they pass."""
    clock = Clock()
    window = made(qtbot, IDLE, UserView(stage=RequestStage.ASKING, matching=ONLINE), clock=clock)
    page = window.waiting
    assert page.title.text() == "Asking for help"
    window.render(WAITING)
    assert page.isVisible()
    assert page.title.text() == "Waiting for Taro"
    assert page.place.text() == "You are number 2 in the queue."
    assert page.there.text() == "Taro is there."
    assert not page.desk.isVisible()
    assert page.how_long.text() == "You have just asked."
    clock.now = 130.0
    page._timer.timeout.emit()
    assert page.how_long.text() == "Waiting for 2 min. A request waits for 30 min at most."
    window.render(dataclasses.replace(WAITING, position=1))
    assert page.place.text() == "You are next."
    cancelled = heard(window.cancelled)
    page.cancel.click()
    assert cancelled == [None]


async def test_waiting_says_what_is_wrong_and_what_can_be_done(qtbot: QtBot, speech: Speech) -> None:
    """The helper has gone away; the relay is lost, and the place is kept."""
    window = made(qtbot, IDLE, WAITING)
    page = window.waiting
    assert not page.banner.isVisible()
    away = dataclasses.replace(ONLINE, request=ASKED, helpers=())
    window.render(dataclasses.replace(WAITING, matching=away))
    assert page.place.text() == "Taro is not here now."
    assert "ask somebody else" in page.banner._text.text()
    cancelled = heard(window.cancelled)
    page.banner._button.click()
    assert cancelled == [None]
    lost = dataclasses.replace(ONLINE, phase=MatchingPhase.RETRYING, request=ASKED)
    window.render(dataclasses.replace(WAITING, position=None, matching=lost))
    assert "Your place in the queue is kept" in page.banner._text.text()
    assert not page.place.isVisible()


async def test_waiting_has_a_clock_while_the_connection_is_lost(qtbot: QtBot, speech: Speech) -> None:
    """The relay's, while it waits; the helper's, once there is a session. What came before is told again when it is back."""
    clock = Clock()
    window = made(qtbot, IDLE, WAITING, clock=clock)
    page = window.waiting
    clock.now = 130.0
    lost = dataclasses.replace(
        WAITING, matching=dataclasses.replace(ONLINE, phase=MatchingPhase.RETRYING, request=ASKED)
    )
    window.render(lost)
    assert page.how_long.text() == "Trying again, 0:00"
    clock.now = 205.0
    window.render(dataclasses.replace(lost, matching=dataclasses.replace(lost.matching, phase=MatchingPhase.DIALLING)))
    page._timer.timeout.emit()
    assert page.how_long.text() == "Trying again, 1:15"
    window.render(WAITING)
    assert page.how_long.text() == "Waiting for 3 min. A request waits for 30 min at most."
    interrupted = session(SessionPhase.INTERRUPTED, lost=1e9)
    window.render(dataclasses.replace(WAITING, stage=RequestStage.SESSION, session=interrupted))
    clock.now = 217.0
    page._timer.timeout.emit()
    assert (page.place.text(), page.how_long.text()) == ("Connection lost, trying again…", "Trying again, 0:12")


@pytest.mark.parametrize(
    ("helpers", "place", "there"),
    [
        ((TARO,), "You are next.", "1 helper is there."),
        ((BUSY,), "You are next.", "All helpers are busy just now."),
        ((AWAY,), "All helpers are away just now.", ""),
        ((), "No helper is here now.", ""),
    ],
)
async def test_a_place_is_told_only_where_somebody_comes(
    qtbot: QtBot, speech: Speech, helpers: tuple[HelperEntry, ...], place: str, there: str
) -> None:
    """Else that nobody is there, when somebody is, and whom to call; the number stands there in any case."""
    asked = OwnRequest(request="a" * 32, to=ToAnyone(), mode=Mode.VIEW)
    matching = dataclasses.replace(ONLINE, request=asked, helpers=helpers, desk=DESK)
    window = made(qtbot, IDLE, UserView(stage=RequestStage.WAITING, position=1, matching=matching))
    page = window.waiting
    assert (page.place.text(), page.there.text()) == (place, there)
    assert "You can also call: 03-1234" in page.desk.text()
    assert ("The help desk is closed now." in page.desk.text()) is (there != "1 helper is there.")
    coming = dataclasses.replace(matching, helpers=(), listed=False)
    window.render(UserView(stage=RequestStage.WAITING, position=1, matching=coming))
    assert not page.place.isVisible()


async def test_a_call_back_is_offered_and_told(qtbot: QtBot, speech: Speech) -> None:
    """Where nobody has time and the relay takes some; once left, how long it stays, and who called in vain."""
    window = made(qtbot, IDLE, WAITING)
    page = window.waiting
    wanted = heard(window.call_back_wanted)
    for desk, helpers, offered in (
        (DESK, (), False),
        (Desk(call_back=True), (TARO,), False),
        (Desk(call_back=True), (BUSY,), True),
        (Desk(call_back=True), (), True),
    ):
        matching = dataclasses.replace(ONLINE, request=ASKED, desk=desk, helpers=helpers)
        window.render(dataclasses.replace(WAITING, matching=matching))
        assert page.call_back.isVisible() is offered
    page.call_back.click()
    assert wanted == [None]
    left = dataclasses.replace(ASKED, call_back=True, until=4e9)
    view = dataclasses.replace(WAITING, matching=dataclasses.replace(matching, request=left))
    window.render(view)
    assert page.title.text() == "You will be asked here"
    assert not page.place.isVisible()
    assert "stays in the queue until" in page._stays.text()
    assert page.cancel.text() == "&Withdraw the request"
    window.render(dataclasses.replace(view, missed=MissedCall(name="Taro")))
    assert "Taro wanted to help you and had no answer." in page.banner._text.text()


async def test_nobody_is_there_is_said_before_anybody_asks(qtbot: QtBot, speech: Speech) -> None:
    """Under the button, with the hours and the telephone; where somebody is there nothing is added."""
    window = made(qtbot, UserView(matching=dataclasses.replace(ONLINE, desk=DESK)))
    assert not window.home._there.isVisible()
    window.render(UserView(matching=dataclasses.replace(ONLINE, desk=DESK, helpers=())))
    told = window.home._there.text()
    assert "No helper is here now. The help desk is closed now." in told
    assert told.endswith("You can also call: 03-1234")
    assert window.home.get_help.isEnabled()


async def test_the_telephone_wherever_something_fails(qtbot: QtBot, speech: Speech) -> None:
    """The connection, a refusal, an end that nobody wanted."""
    window = made(qtbot, IDLE)
    assert not window.connection.call.isVisible()
    problem = TasukiError("relay_lost", address="relay.example:443")
    lost = dataclasses.replace(ONLINE, phase=MatchingPhase.RETRYING, problem=problem, desk=DESK)
    window.render(UserView(matching=lost))
    assert "You can also call: 03-1234" in window.connection.call.text()
    assert window.connection.call.isVisible()
    ending = RequestEnding(why=Why.FAILED, problem=TasukiError("not_allowed"))
    window.render(UserView(stage=RequestStage.ENDED, matching=dataclasses.replace(ONLINE, desk=DESK), ending=ending))
    assert "You can also call: 03-1234" in window.ended.call.text()
    assert window.ended.call.isVisible()


async def test_the_topic_can_be_changed_while_waiting(qtbot: QtBot) -> None:
    """What is being typed is not overwritten by what the relay has."""
    window = made(qtbot, IDLE, WAITING)
    topic = window.waiting.topic
    assert topic.line.text() == "Printer"
    assert not topic.change.isEnabled()
    told = heard(window.sent_topic_changed)
    qtbot.keyClicks(topic.line, " on fire")
    window.render(dataclasses.replace(WAITING, position=1))
    topic.change.click()
    assert told == ["Printer on fire"]
    changed = dataclasses.replace(ASKED, topic="Printer on fire")
    window.render(dataclasses.replace(WAITING, matching=dataclasses.replace(ONLINE, request=changed)))
    assert not topic.change.isEnabled()


async def test_on_the_way_into_a_session(qtbot: QtBot, speech: Speech) -> None:
    """What is being done, the question, and then who is there, with a way to stop."""
    window = made(qtbot, IDLE, WAITING)
    page = window.waiting
    window.render(UserView(stage=RequestStage.SESSION, matching=ONLINE, session=session(SessionPhase.DIALLING)))
    assert page.title.text() == "Help is coming"
    assert not page.topic.isVisible()
    window.render(UserView(stage=RequestStage.SESSION, matching=ONLINE, session=session(SessionPhase.ASKING)))
    assert page.place.text() == "Please answer the question on your screen."
    connected = session(SessionPhase.CONNECTED, peer_name="Taro")
    window.render(UserView(stage=RequestStage.SESSION, matching=ONLINE, session=connected))
    assert page.title.text() == "Taro is helping you"
    assert page.cancel.text() == "&Stop the session"


async def test_a_decline_shows_the_reason_and_offers_others(qtbot: QtBot, speech: Speech) -> None:
    """Back to the list with one click; the same one is not pestered."""
    window = made(qtbot, IDLE, WAITING)
    window.render(
        UserView(stage=RequestStage.ENDED, matching=ONLINE, ending=RequestEnding(why=Why.DECLINED, words="At lunch"))
    )
    assert window.ended.isVisible()
    assert "“At lunch”" in window.ended.text.text()
    assert not window.ended.again.isVisible()
    window.ended.other.click()
    assert window.home.isVisible()


async def test_after_a_loss_one_click_asks_again(qtbot: QtBot, speech: Speech) -> None:
    """The keyboard is on it."""
    window = made(qtbot, IDLE, WAITING)
    window.render(UserView(stage=RequestStage.ENDED, matching=ONLINE, ending=RequestEnding(why=Why.RELAY_RESTARTED)))
    again = heard(window.again_wanted)
    assert window.ended.again.isVisible()
    window.ended.again.click()
    assert again == [None]


async def test_an_end_is_shown_once(qtbot: QtBot) -> None:
    """Whoever went back to the list is not called away from it by the next change."""
    over = UserView(stage=RequestStage.ENDED, matching=ONLINE, ending=RequestEnding(why=Why.EXPIRED))
    window = made(qtbot, IDLE, WAITING, over)
    window.ended.other.click()
    window.render(dataclasses.replace(over, matching=dataclasses.replace(ONLINE, helpers=())))
    assert window.home.isVisible()


async def test_a_session_that_is_over_leads_home_for_its_summary_says_all(qtbot: QtBot) -> None:
    """Lost or ended by somebody; but where it was passed on and nobody took it, the page says that."""
    record = Record(
        session="b" * 32, request="a" * 32, began=0, ended=1, peer_name="Taro", peer_uri=TARO.uri, organisation="x",
        modes=(), why=Why.CUT,
    )  # fmt: skip
    running = UserView(stage=RequestStage.SESSION, matching=ONLINE, session=session(SessionPhase.CONNECTED))
    lost = UserView(
        stage=RequestStage.ENDED, matching=ONLINE, ending=RequestEnding(why=Why.CUT, connected=True), record=record
    )
    assert made(qtbot, IDLE, running, lost).home.isVisible()
    passed_on = dataclasses.replace(WAITING, record=record)
    expired = dataclasses.replace(lost, ending=RequestEnding(why=Why.EXPIRED, connected=True))
    assert made(qtbot, IDLE, running, passed_on, expired).ended.isVisible()


def test_which_ends_are_worth_a_page() -> None:
    """Not those that the person wanted."""
    assert not is_worth_a_page(RequestEnding(why=Why.CANCELLED))
    assert not is_worth_a_page(RequestEnding(why=Why.USER_ENDED, connected=True))
    assert not is_worth_a_page(RequestEnding(why=Why.REFUSED))
    assert not is_worth_a_page(RequestEnding(why=Why.HELPER_ENDED, connected=True))
    assert is_worth_a_page(RequestEnding(why=Why.HELPER_ENDED))
    assert is_worth_a_page(RequestEnding(why=Why.NO_ANSWER))
    assert is_worth_a_page(RequestEnding(why=Why.FAILED, problem=TasukiError("no_vnc_server")))


async def test_a_group_is_named(qtbot: QtBot, speech: Speech) -> None:
    """On one line, whatever its name holds."""
    asked = dataclasses.replace(ASKED, to=ToGroup(group="Second\nfloor"), name=None)
    view = dataclasses.replace(WAITING, matching=dataclasses.replace(ONLINE, request=asked))
    window = made(qtbot, IDLE, view)
    assert window.waiting.title.text() == "Waiting for somebody of the group Second floor"


async def test_closing_is_the_programs_business(qtbot: QtBot) -> None:
    """The window stays until the program says; whether it can be seen is told."""
    window = MainWindow(colours=lambda: LIGHT)
    qtbot.addWidget(window)
    seen, closes = heard(window.seen), heard(window.close_wanted)
    window.show()
    window.close()
    assert closes == [None]
    assert window.isVisible()
    window.hide()
    assert seen == [True, False]


async def test_the_menu(qtbot: QtBot, speech: Speech) -> None:
    """What the tray has too, for desktops without one."""
    window = made(qtbot, IDLE)
    keys = heard(window.menu_chosen)
    for action in window._menu.actions():
        action.trigger()
    assert keys == ["recent", "settings", "why", "quit"]


def test_what_is_missing_stands_above_the_list(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a button that opens the page that the sentence names; it goes once it is there."""
    opened: list[str] = []
    monkeypatch.setattr("user_agent.ui.home.QDesktopServices.openUrl", lambda url: opened.append(url.toString()))
    lacking = dataclasses.replace(IDLE, cannot_show=TasukiError("no_vnc_server_windows"))
    window = made(qtbot, lacking)
    lack = window.home.lack
    assert lack.isVisible()
    assert "UltraVNC" in lack.findChildren(QLabel)[0].text()
    qtbot.mouseClick(lack.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)
    assert opened == ["https://uvnc.com"]
    window.render(dataclasses.replace(IDLE, cannot_show=TasukiError("tightvnc_running")))
    assert lack.isVisible()
    assert not lack.findChildren(QPushButton)[0].isVisible()
    window.render(IDLE)
    assert not lack.isVisible()


def test_who_can_be_called_is_said_where_something_fails(qtbot: QtBot) -> None:
    """Beside what is missing and what cannot be, also where the relay tells it later."""
    lacking = dataclasses.replace(IDLE, cannot_show=TasukiError("no_vnc_server_windows"))
    window = made(qtbot, lacking)
    lack = window.home.lack.findChildren(QLabel)[0]
    assert "03-1234" not in lack.text()
    window.render(dataclasses.replace(lacking, matching=dataclasses.replace(ONLINE, desk=DESK)))
    assert lack.text().endswith("You can also call: 03-1234")
    window.say("That cannot be.")
    assert window.news.findChildren(QLabel)[0].text() == "That cannot be. You can also call: 03-1234"


async def test_a_hand_over_says_by_whom_and_why(qtbot: QtBot, speech: Speech) -> None:
    """While it waits for the next helper; the note on a line of its own, and put into nobody's mouth."""
    record = Record(
        session="b" * 32, request="a" * 32, began=0, ended=1, peer_name="Taro", peer_uri=TARO.uri, organisation="x",
        modes=(), why=Why.TRANSFERRED,
    )  # fmt: skip
    asked = dataclasses.replace(ASKED, to=ToAnyone(), name=None, note="It is\nthe tray")
    waiting = dataclasses.replace(WAITING, matching=dataclasses.replace(ONLINE, request=asked))
    window = made(qtbot, IDLE, waiting)
    banner = window.waiting.banner
    assert banner.isHidden()
    window.render(dataclasses.replace(waiting, record=record))
    assert not banner.isHidden()
    (told,) = [label.text() for label in banner.findChildren(QLabel)]
    assert told == "Taro hands you over to somebody else.\nThe note that came with it: “It is the tray”"


async def test_after_a_no_to_the_next_helper_it_can_be_asked_again(qtbot: QtBot, speech: Speech) -> None:
    """Nobody sees the screen; the page says so. A no to the first who comes ends on the list, as before."""
    for connected in (False, True):
        ending = RequestEnding(why=Why.REFUSED, connected=connected)
        window = made(qtbot, IDLE, WAITING, UserView(stage=RequestStage.ENDED, matching=ONLINE, ending=ending))
        assert window.ended.isVisible() is connected
    assert window.ended.title.text() == "Nobody helps you now"
    assert window.ended.again.isVisible()
