"""What the person sees of a session, from values alone: it comes, it asks, it tells, it goes."""

import asyncio
import dataclasses
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from common.agent.views import ChatReceived, Drawn, MatchingView, PointerShown, SessionView
from common.protocol.messages import Mode
from common.protocol.rfb.filter import Box
from common.protocol.session_life import SessionPhase
from common.ui.application import once
from common.ui.language import Speech
from common.ui.theme import Theme
from deploy.demo.programs import until
from tests.gui.scenes.bar import LEFT, NOON, ORGANISATION, RIGHT, session
from user_agent.area.question import AreaView, ScreenQuestion
from user_agent.consent import QuestionKind, questions
from user_agent.servers.base import ScreenChoice
from user_agent.stop_keys import chosen
from user_agent.ui import (
    bar,
    bar_keeper,
    covered_areas,
    overlay,
    pen_overlay,
    pointer_overlay,
    screen_frame,
    session_display,
)
from user_agent.ui.hotkey.base import GlobalHotkey, Held
from user_agent.ui.screen_question import ScreenQuestionWindow
from user_agent.ui.session_display import SessionDisplay
from user_agent.views import RequestStage, SharedScreen, UserView


class Key(GlobalHotkey):
    """A hotkey that is always to be had."""

    def _take(self) -> Held:
        return Held.YES


def key(name: str = "Pause") -> Key:
    """Of this name."""
    return Key(chosen(name, "linux"))


def heard(hotkey: GlobalHotkey) -> bool:
    """Whether its key is held now."""
    return hotkey.held is Held.YES


def viewed(shown: SessionView | None) -> UserView:
    """As the agent would say it."""
    return UserView(
        stage=RequestStage.SESSION,
        matching=MatchingView(organisation=ORGANISATION),
        shared=SharedScreen(server="x11vnc"),
        session=shown,
        questions=questions(shown),
    )


@pytest.fixture(autouse=True)
def placed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where windows can be placed; the plugin for tests places them, but stacks and cuts none."""
    for module in (bar, bar_keeper, covered_areas, screen_frame, session_display, pointer_overlay, pen_overlay):
        monkeypatch.setattr(module, "places", lambda: True)
    monkeypatch.setattr(pointer_overlay.PointerOverlay, "setMask", lambda *_: None)
    monkeypatch.setattr(pen_overlay.PenOverlay, "setMask", lambda *_: None)
    assert overlay.places() is False


@pytest.fixture
def display(app: QApplication, speech: Speech, theme: Theme) -> Iterator[SessionDisplay]:
    """Nothing is shown yet."""
    made = SessionDisplay(app=app, hotkey=key(), clock=lambda: NOON + 60)
    yield made
    made.close()


def visible(name: str) -> list[QWidget]:
    """The windows of this name that are on the screen."""
    return [window for window in QApplication.topLevelWidgets() if window.objectName() == name and window.isVisible()]


def one(name: str) -> QWidget:
    """The one window of this name."""
    (found,) = visible(name)
    return found


def press(window: QWidget, name: str) -> QPushButton:
    """A button."""
    found = window.findChild(QPushButton, name)
    assert found is not None
    return found


async def test_a_session_has_a_bar_a_frame_and_a_key_as_long_as_it_lasts(display: SessionDisplay) -> None:
    """Not a moment before the helper is sure, and nothing is left afterwards."""
    hotkey = display._hotkey
    for phase in (SessionPhase.DIALLING, SessionPhase.SECURING, SessionPhase.GREETING):
        display.render(viewed(dataclasses.replace(session(), phase=phase)), NOON)
        assert not visible("session_bar")
        assert not heard(hotkey)
    display.render(viewed(session()), NOON)
    assert len(visible("session_bar")) == 1
    assert len(visible("frame_strip")) == 4
    assert heard(hotkey)
    display.render(viewed(dataclasses.replace(session(), phase=SessionPhase.ENDED)), NOON)
    assert not visible("session_bar")
    assert not visible("frame_strip")
    assert not heard(hotkey)


async def test_the_frame_runs_around_the_screen(display: SessionDisplay, app: QApplication) -> None:
    """Along its edges, inside."""
    display.render(viewed(session()), NOON)
    area = app.primaryScreen().geometry()
    strips = [strip.geometry() for strip in visible("frame_strip")]
    assert all(area.contains(strip) for strip in strips)
    for corner in (area.topLeft(), area.topRight(), area.bottomLeft(), area.bottomRight()):
        assert any(strip.contains(corner) for strip in strips)
    assert not any(strip.contains(area.center()) for strip in strips)
    for strip in visible("frame_strip"):
        assert strip.windowFlags() & Qt.WindowType.WindowTransparentForInput


async def test_a_screen_that_is_not_shared_has_no_frame(display: SessionDisplay) -> None:
    """Another monitor is shown alone."""
    elsewhere = ScreenChoice(name="B", x=5000, y=0, width=800, height=600)
    view = dataclasses.replace(viewed(session()), shared=SharedScreen(server="x11vnc", screen=elsewhere))
    covered: list[list[Box]] = []
    display.covered.connect(covered.append)
    display.render(view, NOON)
    assert not visible("frame_strip")
    assert len(visible("session_bar")) == 1
    assert covered == []


async def test_what_the_person_wants_is_told(display: SessionDisplay, qtbot: QtBot) -> None:
    """From the bar."""
    heard: list[object] = []
    display.mode_wanted.connect(heard.append)
    display.pause_wanted.connect(heard.append)
    display.stopped.connect(lambda: heard.append("stop"))
    display.render(viewed(session()), NOON)
    for name in ("bar_control", "bar_pause", "bar_stop"):
        qtbot.mouseClick(press(one("session_bar"), name), Qt.MouseButton.LeftButton)
    assert heard == [Mode.CONTROL, True, "stop"]


async def test_the_hotkey_stops_at_once_and_only_a_session(display: SessionDisplay) -> None:
    """In the very call in which it came; a second press, when all is over, is nothing."""
    heard: list[str] = []
    display.stopped.connect(lambda: heard.append("stop"))
    display._hotkey.pressed.emit()
    assert heard == []
    display.render(viewed(session()), NOON)
    display._hotkey.pressed.emit()
    assert heard == ["stop"]
    display.render(viewed(dataclasses.replace(session(), phase=SessionPhase.ENDED)), NOON)
    display._hotkey.pressed.emit()
    assert heard == ["stop"]


async def test_another_hotkey_holds_from_the_next_session_on(display: SessionDisplay) -> None:
    """As the filter, which knows the key that the session began with."""
    heard: list[str] = []
    display.stopped.connect(lambda: heard.append("stop"))
    first, second = display._hotkey, key("Ctrl+F9")
    display.render(viewed(session()), NOON)
    display.set_hotkey(second)
    assert (first.held, second.held) == (Held.YES, Held.NO)
    display.render(viewed(None), NOON)
    display.render(viewed(dataclasses.replace(session(), session="6" * 32)), NOON)
    assert (first.held, second.held) == (Held.NO, Held.YES)
    first.pressed.emit()
    assert heard == []
    second.pressed.emit()
    assert heard == ["stop"]
    hint = one("session_bar").findChild(QLabel, "bar_hint")
    assert hint is not None
    assert "Ctrl+F9" in hint.text()


async def test_a_wish_for_control_is_asked_and_answered(display: SessionDisplay, qtbot: QtBot) -> None:
    """The answer tells what it is an answer to."""
    heard: list[tuple[QuestionKind, bool]] = []
    display.answered.connect(lambda kind, yes: heard.append((kind, yes)))
    display.render(viewed(session()), NOON)
    display.render(viewed(dataclasses.replace(session(), control_wanted=True, deadline=NOON + 60)), NOON)
    question = one("question")
    question.hear()  # type: ignore[attr-defined]
    qtbot.mouseClick(press(question, "question_yes"), Qt.MouseButton.LeftButton)
    assert heard == [(QuestionKind.CONTROL, True)]
    display.render(viewed(session(mode=Mode.CONTROL)), NOON)
    assert not visible("question")


async def test_before_a_session_only_the_question_is_there(display: SessionDisplay, qtbot: QtBot) -> None:
    """May this helper come in? Nothing is shared yet."""
    heard: list[tuple[QuestionKind, bool]] = []
    display.answered.connect(lambda kind, yes: heard.append((kind, yes)))
    asking = dataclasses.replace(session(), phase=SessionPhase.ASKING, since=None, deadline=NOON + 60)
    display.render(viewed(asking), NOON)
    assert not visible("session_bar")
    question = one("question")
    question.hear()  # type: ignore[attr-defined]
    await once(deaf(display).timeout)
    qtbot.keyClick(question, Qt.Key.Key_Return)
    assert heard == [(QuestionKind.ALLOW, False)]


def deaf(display: SessionDisplay) -> QTimer:
    """Runs while no key is heard."""
    watching = display.findChild(covered_areas.CoveredAreas)
    assert watching is not None
    return watching.deaf


async def test_a_window_that_gets_the_keyboard_tells_it_and_is_deaf_at_first(
    display: SessionDisplay, qtbot: QtBot
) -> None:
    """What a helper has typed may be under way; afterwards the person types, and the keyboard's going is told too."""
    heard: list[bool] = []
    display.keyboard_covered.connect(heard.append)
    display.render(viewed(session()), NOON)
    display.open_chat()
    field = one("chat_window").findChild(QPlainTextEdit, "chat_field")
    assert field is not None
    assert await until(lambda: heard == [True], within=5, every=0.002)
    qtbot.keyClicks(field, "x")
    assert field.toPlainText() == ""
    await once(deaf(display).timeout)
    qtbot.keyClicks(field, "y")
    assert field.toPlainText() == "y"
    display.render(viewed(None), NOON)
    assert heard == [True, False]
    qtbot.keyClicks(field, "z")
    assert heard == [True, False]


async def test_what_windows_cover_is_told_whenever_they_move(display: SessionDisplay) -> None:
    """The bar, a question, any window of the program; and nothing afterwards."""
    covered: list[list[Box]] = []
    display.covered.connect(covered.append)
    display.render(viewed(session()), NOON)
    shown = one("session_bar")
    frame_of = shown.frameGeometry()
    assert Box(frame_of.x(), frame_of.y(), frame_of.width(), frame_of.height()) in covered[-1]
    other = QWidget()
    other.setGeometry(100, 300, 200, 100)
    other.show()
    await asyncio.sleep(0)
    assert any(box.holds(150, 350) for box in covered[-1])
    other.move(400, 300)
    await asyncio.sleep(0)
    assert any(box.holds(450, 350) for box in covered[-1])
    assert any(box.holds(150, 350) for box in covered[-1])  # the desktop may not have moved it yet
    assert await until(lambda: not any(box.holds(150, 350) for box in covered[-1]), within=5)
    assert any(box.holds(450, 350) for box in covered[-1])
    other.hide()
    assert await until(lambda: not any(box.holds(450, 350) for box in covered[-1]), within=5)
    display.render(viewed(None), NOON)
    assert covered[-1] == []
    other.show()
    await asyncio.sleep(0)
    assert covered[-1] == []
    other.deleteLater()


async def test_a_monitor_shown_alone_moves_what_is_covered(display: SessionDisplay) -> None:
    """Its corner is the framebuffer's."""
    covered: list[list[Box]] = []
    display.covered.connect(covered.append)
    part = ScreenChoice(name="B", x=50, y=0, width=700, height=600)
    display.render(dataclasses.replace(viewed(session()), shared=SharedScreen(server="x11vnc", screen=part)), NOON)
    bar_at = one("session_bar").frameGeometry()
    assert any(box.x == max(0, bar_at.x() - 50) for box in covered[-1])


async def test_where_the_helper_points(display: SessionDisplay) -> None:
    """At the very pixel, with the name, through which clicks go; and never for another session."""
    display.render(viewed(session()), NOON)
    display.happened(PointerShown(120, 130), dataclasses.replace(session(), session="9" * 32))
    assert not visible("helper_pointer")
    display.happened(PointerShown(120, 130), session())
    shown = one("helper_pointer")
    assert shown.pos() == QPoint(120, 130)
    assert shown.windowFlags() & Qt.WindowType.WindowTransparentForInput
    display.happened(PointerShown(795, 795), session())
    assert await until(lambda: shown.geometry().bottomRight() == QPoint(795, 795), within=5)
    display.render(viewed(dataclasses.replace(session(), phase=SessionPhase.ENDED)), NOON)
    assert not visible("helper_pointer")


async def test_another_mode_ends_pointing(display: SessionDisplay) -> None:
    """Who controls has the mouse; and who pauses wants nothing on the screen."""
    for then in (session(mode=Mode.CONTROL), session(paused=True)):
        display.render(viewed(session()), NOON)
        display.happened(PointerShown(120, 130), session())
        assert visible("helper_pointer")
        display.render(viewed(then), NOON)
        assert not visible("helper_pointer")


async def test_who_controls_may_point_as_well(display: SessionDisplay) -> None:
    """It stays through changes of other things; while the session is paused nothing is pointed at."""
    controls = session(mode=Mode.CONTROL)
    display.render(viewed(controls), NOON)
    display.happened(PointerShown(120, 130), controls)
    assert visible("helper_pointer")
    display.render(viewed(dataclasses.replace(controls, deadline=NOON)), NOON)
    assert visible("helper_pointer")
    paused = dataclasses.replace(controls, paused=True)
    display.render(viewed(paused), NOON)
    display.happened(PointerShown(120, 130), paused)
    assert not visible("helper_pointer")


async def test_where_windows_cannot_be_placed_nothing_is_covered(
    display: SessionDisplay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Wayland every window believes to be in the corner; what is told there would be wrong."""
    monkeypatch.setattr(covered_areas, "places", lambda: False)
    covered: list[list[Box]] = []
    display.covered.connect(covered.append)
    display.render(viewed(session()), NOON)
    assert len(visible("session_bar")) == 1
    assert covered == []


async def test_what_the_helper_draws_is_shown(display: SessionDisplay) -> None:
    """A stroke where it is drawn, held to what is shared; what came before goes with a pause, and in one nothing is drawn."""
    display.render(viewed(session()), NOON)
    display.happened(Drawn(((120, 130),), True), dataclasses.replace(session(), session="9" * 32))
    assert not visible("helper_pen")
    display.happened(Drawn(((120, 130), (160, 170)), True), session())
    assert await until(lambda: bool(visible("helper_pen")), within=5)
    shown = one("helper_pen")
    margin = pen_overlay.RING + 8
    drawn = QRect(QPoint(120 - margin, 130 - margin), QPoint(160 + margin, 170 + margin))
    assert shown.geometry().topLeft() == drawn.topLeft()
    assert shown.geometry().contains(drawn)  # and whose it is, beside it
    display.happened(Drawn(((60000, 60000),), False), session())
    screen = QApplication.primaryScreen().geometry()
    assert await until(lambda: shown.geometry().bottomRight() == screen.bottomRight(), within=5)
    assert screen.contains(shown.geometry())
    paused = dataclasses.replace(session(), paused=True)
    display.render(viewed(paused), NOON)
    assert not visible("helper_pen")
    display.happened(Drawn(((120, 130),), True), paused)
    await asyncio.sleep(3 * pen_overlay.STEP / 1000)
    assert not visible("helper_pen")


ASKING = {
    "may the helper control": viewed(dataclasses.replace(session(), control_wanted=True, deadline=NOON + 60)),
    "the person's own": dataclasses.replace(viewed(session()), questions=questions(session(), own=True)),
    "which screen": dataclasses.replace(
        viewed(session()), area=AreaView(question=ScreenQuestion(was=RIGHT, screens=(LEFT, RIGHT)))
    ),
}


@pytest.mark.parametrize("asking", ASKING.values(), ids=ASKING)
async def test_nothing_of_the_helpers_lies_over_a_question(display: SessionDisplay, asking: UserView) -> None:
    """What was there goes, and nothing comes until it is answered; then all is as before."""
    display.render(viewed(session()), NOON)
    helps(display)
    assert await until(lambda: bool(visible("helper_pen") and visible("helper_pointer")), within=5)
    display.render(asking, NOON)
    assert not visible("helper_pen")
    assert not visible("helper_pointer")
    helps(display)
    await asyncio.sleep(3 * pen_overlay.STEP / 1000)
    assert not visible("helper_pen")
    assert not visible("helper_pointer")
    display.render(viewed(session()), NOON)
    helps(display)
    assert await until(lambda: bool(visible("helper_pen") and visible("helper_pointer")), within=5)


def helps(display: SessionDisplay) -> None:
    """It points and draws."""
    display.happened(PointerShown(120, 130), session())
    display.happened(Drawn(((120, 130), (160, 170)), True), session())


async def test_the_bar_lies_above_what_the_helper_shows(
    display: SessionDisplay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often that comes and goes: whenever it has come, Stop is put above it."""
    display.render(viewed(session()), NOON)
    raised: list[str] = []
    for module in (session_display, pen_overlay, pointer_overlay):
        monkeypatch.setattr(module, "put_above", lambda window: raised.append(window.objectName()))
    for _ in range(3):
        helps(display)
        assert await until(lambda: bool(visible("helper_pen") and visible("helper_pointer")), within=5)
        assert {"helper_pen", "helper_pointer"} <= set(raised)
        assert raised[-1] == "session_bar"
        raised.clear()
        display.render(viewed(dataclasses.replace(session(), paused=True)), NOON)
        display.render(viewed(session()), NOON)


async def test_a_flood_of_places_moves_the_pointer_few_times(display: SessionDisplay) -> None:
    """Each is a new shape of its window; the last one counts."""
    display.render(viewed(session()), NOON)
    display.happened(PointerShown(120, 130), session())
    shown = one("helper_pointer")
    shapes: list[object] = []
    shown.setMask = shapes.append  # type: ignore[method-assign]
    for x in range(500):
        display.happened(PointerShown(x % 300, 130), session())
    assert len(shapes) <= 20
    assert await until(lambda: shown.pos() == QPoint(499 % 300, 130), within=5)


async def test_the_pointer_goes_when_it_rests(display: SessionDisplay) -> None:
    """After a while without a move, in a few steps."""
    display.render(viewed(session()), NOON)
    display.happened(PointerShown(120, 130), session())
    shown = one("helper_pointer")
    for _ in range(pointer_overlay.STEPS):
        assert shown.isVisible()
        shown._timer.timeout.emit()  # type: ignore[attr-defined]
    assert not shown.isVisible()


async def test_chat_is_counted_shown_and_said(display: SessionDisplay, qtbot: QtBot) -> None:
    """Messages that nobody saw stand on the bar; what is said goes out."""
    said: list[str] = []
    display.said.connect(lambda text, _number: said.append(text))
    display.render(viewed(session()), NOON)
    display.happened(ChatReceived("Hello"), session())
    assert press(one("session_bar"), "bar_chat").text() == "C&hat (1)"
    qtbot.mouseClick(press(one("session_bar"), "bar_chat"), Qt.MouseButton.LeftButton)
    chat = one("chat_window")
    chat.panel.said.emit("It is the printer", 1)  # type: ignore[attr-defined]
    assert said == ["It is the printer"]


async def test_what_was_not_sent_is_not_lost(display: SessionDisplay) -> None:
    """Into the next session, and out to whoever keeps it."""
    kept: list[str] = []
    display.draft_changed.connect(kept.append)
    display.set_draft("It says")
    display.render(viewed(session()), NOON)
    display.open_chat()
    field = one("chat_window").panel.focusProxy()  # type: ignore[attr-defined]
    assert field.toPlainText() == "It says"
    field.setPlainText("It says no")
    assert kept == ["It says no"]
    display.render(viewed(None), NOON)
    assert field.isReadOnly()
    display.render(viewed(dataclasses.replace(session(), session="6" * 32)), NOON)
    display.open_chat()
    (again,) = visible("chat_window")
    assert again.panel.focusProxy().toPlainText() == "It says no"  # type: ignore[attr-defined]


async def test_another_language_at_any_moment(display: SessionDisplay, speech: Speech) -> None:
    """Everything is said anew."""
    display.render(viewed(dataclasses.replace(session(), control_wanted=True, deadline=NOON + 60)), NOON)
    speech.use("ja")
    speech.use("en")
    mode = one("session_bar").findChild(QLabel, "bar_mode")
    assert mode is not None
    assert mode.text() == "Sees your screen"


async def test_changed_screens_are_asked_about_and_nothing_is_framed(display: SessionDisplay) -> None:
    """The bar stays, and says why; with the answer all is as before."""
    display.render(viewed(session()), NOON)
    assert len(visible("frame_strip")) == 4
    question = ScreenQuestion(was=RIGHT, screens=(LEFT, RIGHT))
    stopped = dataclasses.replace(viewed(session(changed=True)), area=AreaView(stopped=True, question=question))
    display.render(stopped, NOON)
    assert not visible("frame_strip")
    assert len(visible("session_bar")) == 1
    mode = one("session_bar").findChild(QLabel, "bar_mode")
    assert mode is not None
    assert "Screens changed" in mode.text()
    heard: list[str] = []
    display.screen_chosen.connect(heard.append)
    window = one("screen_question")
    assert isinstance(window, ScreenQuestionWindow)
    window.hear()
    window.screens.setCurrentIndex(0)
    window.show_button.click()
    assert heard == [LEFT.key]
    display.render(viewed(session()), NOON)
    assert not visible("screen_question")
    assert len(visible("frame_strip")) == 4
