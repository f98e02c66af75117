"""The helper's session window."""

from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from common.agent.views import ChatReceived
from common.host.words import _
from common.protocol.channel import CAN_TYPE
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from helper_agent.ui.session_end import EndDialog
from helper_agent.ui.session_window import SessionWindow
from helper_agent.viewers.tools import Quality, Scaling
from helper_agent.views import RunningSession
from tests.support.looks import scene
from tests.support.running import NOON, TWO_SCREENS, running

VALUES = "Hanako Sato The printer prints nothing but empty pages"
BUILT_IN = running(viewer="builtin")


def window(
    value: RunningSession, *, embed: bool = False, online: bool = True, since: RunningSession | None = None
) -> SessionWindow:
    """The window after `since` (as it was when it opened), showing `value`, 754 seconds into the session."""
    made = SessionWindow(running=since or value, now=lambda: NOON + 754, embed=embed)
    made.render(value, online=online)
    return made


def open_panel(made: SessionWindow, name: str) -> None:
    """As a click does."""
    button = made.findChild(QPushButton, name)
    assert button is not None
    button.click()


@scene("session, connecting", values=VALUES)
def connecting() -> QWidget:
    """Nobody is verified yet."""
    return window(
        running(session={"phase": SessionPhase.DIALLING, "peer_name": "", "since": None}, shown=False), embed=True
    )


@scene("session, looking", values=VALUES)
def looking() -> QWidget:
    """Beside a program's window."""
    return window(running())


@scene("session, asked for control", values=VALUES)
def asking() -> QWidget:
    """The user has not answered."""
    return window(running(session={"control_wanted": True}))


@scene("session, one of two screens is seen", values=VALUES)
def one_of_two() -> QWidget:
    """Both may be."""
    return window(running(session={"screens": TWO_SCREENS}))


@scene("session, the user's screens have changed", values=VALUES)
def changed() -> QWidget:
    """Nothing new is seen."""
    return window(running(session={"screens_changed": True}))


@scene("session, refused", values=VALUES)
def refused() -> QWidget:
    """Not now."""
    return window(running(refused=True))


@scene("session, control just granted", values=VALUES)
def granted() -> QWidget:
    """With the built-in viewer in the browser."""
    value = running(BUILT_IN, session={"mode": Mode.CONTROL}, quality=Quality.SHARP, scaling=Scaling.ACTUAL)
    return window(value, since=BUILT_IN)


@scene("session, pointing in control mode", values=VALUES)
def pointing() -> QWidget:
    """Nothing is touched."""
    return window(running(BUILT_IN, session={"mode": Mode.CONTROL}, pointing=True, quality=Quality.FAST))


@scene("session, paused", values=VALUES)
def paused() -> QWidget:
    """By the user."""
    return window(running(session={"paused": True}))


@scene("session, relay away", values=VALUES)
def offline() -> QWidget:
    """It goes on."""
    return window(running(), online=False)


@scene("session, the connection is lost", values=VALUES)
def lost() -> QWidget:
    """It is tried to come back; the picture stands still."""
    value = running(session={"phase": SessionPhase.INTERRUPTED, "mode": Mode.CONTROL, "lost": NOON + 700})
    return window(value, since=running(session={"mode": Mode.CONTROL}))


@scene("session, viewer closed", values=VALUES)
def viewer_closed() -> QWidget:
    """By itself."""
    return window(running(shown=False, viewer_closed=True))


@scene("session, a viewer of one's own", values=VALUES + " /home/taro/.cache/tasuki/password")
def own_viewer() -> QWidget:
    """Where it may connect."""
    hint = _("A viewer may connect to {host}::{port}; its password is in {file}.")
    hint = hint.format(host="127.0.0.1", port=54321, file="/home/taro/.cache/tasuki/password")
    return window(running(viewer="none", shown=False, hint=hint))


@scene("session, chat and note", values=VALUES + " Hello I can see it thank you The driver was missing")
def panels() -> QWidget:
    """Both are open."""
    made = window(running())
    made.happened(ChatReceived("Hello! I can see it, thank you."))
    open_panel(made, "chat")
    open_panel(made, "note")
    return made


IN_CONTROL = running(BUILT_IN, session={"mode": Mode.CONTROL, "peer_features": frozenset({CAN_TYPE})})


@scene("session, text to be typed", values=VALUES + " Hello Miyosawa")
def typing() -> QWidget:
    """Written, and not sent."""
    made = window(IN_CONTROL)
    open_panel(made, "type")
    field = made.findChild(QPlainTextEdit, "type_field")
    assert field is not None
    field.setPlainText("Hello,\n宮沢さん")
    return made


@scene("session, text that was typed, and chat", values=VALUES)
def typed() -> QWidget:
    """In the window with the screen, where the note makes way for it."""
    made = window(IN_CONTROL, embed=True)
    for name in ("note", "chat", "type"):
        open_panel(made, name)
    made.text_sent()
    return made


@scene("session, text that cannot be typed any more", values=VALUES)
def typing_over() -> QWidget:
    """The user took control back while it was written."""
    made = window(IN_CONTROL)
    open_panel(made, "type")
    made.render(running(IN_CONTROL, session={"mode": Mode.VIEW}))
    return made


@scene("session, unread messages", values=VALUES)
def unread() -> QWidget:
    """The chat is closed."""
    made = window(running())
    made.happened(ChatReceived("Hello?"))
    made.happened(ChatReceived("Are you there?"))
    return made


@scene("session, really end it?", values=VALUES)
def really() -> QWidget:
    """Asked before."""
    return EndDialog("Hanako Sato")
