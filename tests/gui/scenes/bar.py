"""What the user sees during a session."""

from dataclasses import replace

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from common.agent.views import SessionView
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from tests.support.looks import scene
from tests.support.running import TWO_SCREENS
from user_agent.area.question import ScreenQuestion
from user_agent.consent import Handover, Question, QuestionKind
from user_agent.servers.base import ScreenChoice
from user_agent.ui.bar import Bar
from user_agent.ui.chat_window import ChatWindow
from user_agent.ui.hotkey.base import Held
from user_agent.ui.mode_badges import BadgeStrip, ModeBadge
from user_agent.ui.question import QuestionWindow
from user_agent.ui.screen_question import ScreenQuestionWindow

LEFT = ScreenChoice(name="eDP-1", x=0, y=0, width=1920, height=1080)
RIGHT = ScreenChoice(name="HDMI-1", x=1920, y=0, width=1080, height=1920)

VALUES = "eDP HDMI Hanako Sato Sakura Elementary School Maria-Magdalena Hohenlohe-Langenburg von und zu Liechtenstein"

NOON = 1_700_049_600.0
ORGANISATION = "Sakura Elementary School"


def session(
    *, mode: Mode = Mode.VIEW, paused: bool = False, changed: bool = False, name: str = "Hanako Sato"
) -> SessionView:
    """One that is connected since noon."""
    return SessionView(
        session="5" * 32,
        request="7" * 32,
        role=Role.USER,
        phase=SessionPhase.CONNECTED,
        mode=mode,
        peer_name=name,
        peer_uri="tasuki://sakura/helper/1",
        paused=paused,
        screens_changed=changed,
        since=NOON,
    )


def bar(shown: SessionView, *, held: Held = Held.YES, unread: int = 0, width: int = 0) -> Bar:
    """The bar, four minutes later. `width`: of the screen, where it is narrower than the one there is."""
    made = Bar()
    made.show_session(shown, organisation=ORGANISATION, now=NOON + 245)
    made.show_hotkey("Pause", held)
    made.show_unread(unread)
    free = QGuiApplication.primaryScreen().availableGeometry()
    made.appear(QRect(0, 0, width, 600) if width else free)
    made.hide()
    return made


@scene("session bar, the helper looks", values=VALUES)
def looking() -> QWidget:
    """As most sessions begin."""
    return bar(session())


@scene("session bar, the helper may only look", values=VALUES)
def only_looking() -> QWidget:
    """Control cannot be given; why is said to whoever points there."""
    return bar(replace(session(), most=Mode.VIEW))


@scene("session bar, the helper controls, messages wait", values=VALUES)
def controlling() -> QWidget:
    """Everything at once."""
    return bar(session(mode=Mode.CONTROL), unread=2)


@scene("session bar, one of two screens is seen", values=VALUES)
def one_of_two() -> QWidget:
    """Which one, by its number."""
    return bar(replace(session(mode=Mode.CONTROL), screens=TWO_SCREENS))


@scene("session bar, paused, without a stop key", values=VALUES)
def paused() -> QWidget:
    """As on Wayland."""
    return bar(session(paused=True), held=Held.IMPOSSIBLE)


@scene("session bar, the screens have changed", values=VALUES)
def changed() -> QWidget:
    """Until it is known what may be shown."""
    return bar(session(changed=True))


def tab(shown: SessionView) -> Bar:
    """The bar, folded."""
    made = bar(shown)
    made.fold()
    return made


@scene("session bar, folded, the helper looks", values=VALUES)
def folded_looking() -> QWidget:
    """As it is most of the time."""
    return tab(session())


@scene("session bar, folded, the helper controls", values=VALUES)
def folded_controlling() -> QWidget:
    """Another colour, another sign, another word."""
    return tab(session(mode=Mode.CONTROL))


@scene("session bar, folded, paused", values=VALUES)
def folded_paused() -> QWidget:
    """And another."""
    return tab(session(paused=True))


LOST = replace(session(mode=Mode.CONTROL), phase=SessionPhase.INTERRUPTED, lost=NOON + 200, tried_until=NOON + 380)


@scene("session bar, the connection is lost", values=VALUES)
def lost() -> QWidget:
    """It is tried to come back, for three quarters of a minute by now."""
    return bar(LOST)


@scene("session bar, folded, the connection is lost", values=VALUES)
def folded_lost() -> QWidget:
    """Nothing is seen, and nothing is over."""
    return tab(LOST)


@scene("session bar, narrow screen, long name", values=VALUES)
def narrow() -> QWidget:
    """In two rows."""
    return bar(session(name="Maria-Magdalena Hohenlohe-Langenburg von und zu Liechtenstein"), width=560)


def question(
    kind: QuestionKind,
    mode: Mode,
    *,
    own: bool = False,
    handover: Handover | None = None,
    call_back: bool = False,
) -> QuestionWindow:
    """A question, a quarter of its time gone."""
    made = QuestionWindow()
    asked = Question(
        kind=kind,
        session="5" * 32,
        name="Hanako Sato",
        uri="tasuki://sakura/helper/1",
        deadline=None if own else NOON + 60,
        own=own,
        handover=handover,
        call_back=call_back,
    )
    made.ask(asked, organisation=ORGANISATION, mode=mode, now=NOON)
    made.tick(NOON + 15)
    made.hear()
    made.hide()
    return made


@scene("question, may this helper come in", values=VALUES)
def may_come_in() -> QWidget:
    """Nobody was chosen by name."""
    return question(QuestionKind.ALLOW, Mode.VIEW)


@scene("question, a call back", values=VALUES)
def suits_now() -> QWidget:
    """Somebody can help now."""
    return question(QuestionKind.ALLOW, Mode.CONTROL, call_back=True)


@scene("question, may this helper control", values=VALUES)
def may_control() -> QWidget:
    """A wish of the helper's."""
    return question(QuestionKind.CONTROL, Mode.VIEW)


@scene("question, let the helper control", values=VALUES)
def let_control() -> QWidget:
    """The person has pressed it on the bar."""
    return question(QuestionKind.CONTROL, Mode.VIEW, own=True)


NOTE = "The printer is found again. What is left is the driver, and Hanako knows it better than I do."


@scene("question, handed over to another helper", values=f"{VALUES} Taro Yamada {NOTE}")
def handed_over() -> QWidget:
    """By whom, to whom, and why."""
    return question(QuestionKind.ALLOW, Mode.VIEW, handover=Handover(by="Taro Yamada", note=NOTE))


def which_screen(*screens: ScreenChoice) -> ScreenQuestionWindow:
    """A question that has been heard for a second."""
    made = ScreenQuestionWindow()
    made.ask(ScreenQuestion(was=RIGHT, screens=screens), name="Hanako Sato")
    made.hear()
    made.hide()
    return made


@scene("question, which screen", values=VALUES)
def which_of_two() -> QWidget:
    """One was turned."""
    return which_screen(LEFT, RIGHT)


@scene("question, no screen is left", values=VALUES)
def which_of_none() -> QWidget:
    """Nothing can be shown."""
    return which_screen()


@scene("chat window", values=VALUES)
def chat() -> QWidget:
    """A few words."""
    made = ChatWindow(name="Hanako Sato", draft="It says")
    made.add("Hello, I can see your screen now.", own=False, at=NOON)
    made.add("Good! The printer is the problem.", own=True, at=NOON + 20)
    return made


@scene("frame, its three badges")
def badges() -> QWidget:
    """As thick as they are on the screen's edge."""
    made = QWidget()
    for row, badge in enumerate(ModeBadge):
        strip = BadgeStrip(badge, made)
        strip.setGeometry(10, 10 + row * 20, 380, 6)
        upright = BadgeStrip(badge, made)
        upright.setGeometry(400 + row * 20, 10, 6, 100)
    made.resize(480, 120)
    return made
