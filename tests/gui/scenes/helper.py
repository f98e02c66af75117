"""The helper's windows, but for a session's own."""

import dataclasses

import msgspec
from PySide6.QtWidgets import QPushButton, QWidget

from common.host.errors import TasukiError
from common.host.words import _
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Mode, Status
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.ui.quit_dialog import QuitDialog
from helper_agent.ui.decline import DeclineDialog
from helper_agent.ui.queue_window import QueueWindow
from helper_agent.ui.quit_words import HelperQuitWords
from helper_agent.ui.transfer import TransferDialog
from helper_agent.views import HelperView
from tests.gui.scenes.history import SAID
from tests.support.looks import scene
from tests.support.obstacles import PORTAL
from tests.support.records import LOOKED
from tests.support.waiting import COLLEAGUES, NOW, OWN, queue, request_id, running, view, waiting

VALUES = """
    Hanako Suzuki Taro Yamada Ana Jonas Weber Maximiliane Freifrau von Hohenstein-Wolkenburg example Accounting Second floor
    The printer does not print Excel Everything Jean-Luc Martin Souza fr ja Password was reset; mail is left to do. relay.example.org
    Debian GNU/Linux 12 (6.1.0-18-amd64) GNOME x11 hanako-pc GiB free
"""


def queue_of(shown: HelperView, *, chosen: int = 0) -> QueueWindow:
    """The window with this, and one request chosen."""
    window = QueueWindow(now=lambda: NOW)
    window.belong(own_uri=OWN)
    window.render(shown)
    if chosen:
        window.choose(request_id(chosen))
    return window


@scene("helper queue: nobody waits", values=VALUES)
def nobody() -> QWidget:
    """Connected."""
    return queue_of(view())


@scene("helper queue: five wait", values=VALUES)
def five() -> QWidget:
    """One is chosen, with all that is known of the computer."""
    return queue_of(queue(), chosen=1)


@scene("helper queue: with a colleague's note", values=VALUES)
def noted() -> QWidget:
    """Handed over."""
    return queue_of(queue(), chosen=5)


@scene("helper queue: in two sessions, a third begins", values=VALUES)
def in_sessions() -> QWidget:
    """Busy, and one row is being connected."""
    connecting = dataclasses.replace(waiting(7, "Jonas Weber"), accepted=True)
    sessions = (
        running(8, "Hanako Suzuki", mode=Mode.CONTROL),
        running(9, "山田美咲", paused=True),
        running(10, "Maximiliane Freifrau von Hohenstein-Wolkenburg", phase=SessionPhase.GREETING, since=None),
        running(11, "Ana", phase=SessionPhase.ENDED, why=Why.CUT),
    )
    return queue_of(view(connecting, sessions=sessions, status=Status.BUSY), chosen=7)


@scene("helper queue: call backs", values=VALUES)
def call_backs() -> QWidget:
    """One whose user is there, one that cannot be taken now."""
    day = 86400.0
    left = waiting(1, "Ana Souza", call_back=True, since=NOW - 0.7 * day, computer=True)
    away = waiting(2, "Jonas Weber", call_back=True, here=False, since=NOW - 0.3 * day)
    return queue_of(view(left, away, waiting(3)), chosen=2)


@scene("helper queue: a session is over", values=VALUES + SAID)
def session_over() -> QWidget:
    """What it was, in a line."""
    window = queue_of(queue())
    window.last.render(LOOKED)
    return window


@scene("helper queue: the note on a session", values=VALUES + SAID)
def session_noted() -> QWidget:
    """Written from that line."""
    window = queue_of(queue())
    window.last.render(msgspec.structs.replace(LOOKED, note="The tray was empty."))
    found = window.findChild(QPushButton, "last_note")
    assert found is not None
    found.click()
    return window


@scene("helper queue: not connected", values=VALUES)
def offline() -> QWidget:
    """Why, and what can be done."""
    problem = TasukiError("relay_unreachable", address="relay.example.org:443", detail="no answer in time")
    return queue_of(view(phase=MatchingPhase.RETRYING, problem=problem))


@scene("helper queue: a page to sign in stands before everything", values=VALUES)
def portal() -> QWidget:
    """As in a hotel."""
    return queue_of(view(phase=MatchingPhase.RETRYING, problem=PORTAL))


@scene("helper queue: a session's connection is lost", values=VALUES)
def session_lost() -> QWidget:
    """One of two, beside those who wait."""
    lost = running(8, "Hanako Suzuki", mode=Mode.CONTROL, phase=SessionPhase.INTERRUPTED, lost=NOW - 42)
    sessions = (lost, running(9, "山田美咲"))
    return queue_of(dataclasses.replace(queue(), sessions=sessions))


@scene("helper queue: started elsewhere", values=VALUES)
def replaced() -> QWidget:
    """The same certificate works on another computer."""
    return queue_of(view(phase=MatchingPhase.REPLACED))


@scene("helper queue: connecting", values=VALUES)
def connecting() -> QWidget:
    """At the start."""
    return queue_of(view(phase=MatchingPhase.DIALLING))


@scene("helper queue: somebody was faster", values=VALUES)
def taken() -> QWidget:
    """News."""
    window = queue_of(queue())
    window.say(_("{name} was taken by another helper.").format(name="Hanako Suzuki"), tone="warn")
    return window


@scene("helper decline", values=VALUES)
def decline() -> QWidget:
    """A usual reason."""
    return DeclineDialog(request=request_id(1), name="Hanako Suzuki")


@scene("helper decline: own words", values=VALUES)
def decline_own() -> QWidget:
    """Words that were begun before a crash."""
    return DeclineDialog(request=request_id(1), name="Hanako Suzuki", draft="Please call extension 42.")


@scene("helper hand over", values=f"{VALUES} Français")
def transfer() -> QWidget:
    """To whom."""
    dialog = TransferDialog(session="5" * 32, name="Hanako Suzuki", own_uri=OWN)
    dialog.render(COLLEAGUES)
    return dialog


@scene("helper quit: in one session", values=VALUES)
def quit_one() -> QWidget:
    """By name."""
    return QuitDialog(HelperQuitWords(("Hanako Suzuki",)))


@scene("helper quit: in several sessions", values=VALUES)
def quit_many() -> QWidget:
    """By their number."""
    return QuitDialog(HelperQuitWords(("Hanako Suzuki", "Jonas Weber", "Ana")))
