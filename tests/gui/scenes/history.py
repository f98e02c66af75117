"""Sessions that are over."""

import msgspec
from PySide6.QtWidgets import QWidget

from common.protocol.desk import Desk
from common.ui.history import HistoryWindow
from common.ui.summary import SummaryWindow
from tests.support.looks import scene
from tests.support.records import LOOKED, LOST, RECORDS

SAID = "Hanako Sato Example Support The printer prints empty pages Drum cleaned call back on Monday b Bold breaking Mail min s h"
SAID += " AM PM Nov"


@scene("recent sessions, the user's", values=SAID)
def user_history() -> QWidget:
    """A few."""
    window = HistoryWindow(notes=False)
    window.render(RECORDS)
    return window


@scene("recent sessions, a helper's", values=SAID)
def helper_history() -> QWidget:
    """With notes."""
    window = HistoryWindow(notes=True)
    window.render([LOOKED, LOST])
    return window


@scene("recent sessions, one whose program was ended", values=SAID)
def broken_off() -> QWidget:
    """What is not known is not told."""
    window = HistoryWindow(notes=False)
    window.render([msgspec.structs.replace(LOOKED, complete=False)])
    return window


@scene("recent sessions, none yet")
def no_history() -> QWidget:
    """At first."""
    window = HistoryWindow(notes=False)
    window.render([])
    return window


@scene("recent sessions, nothing found", values="nonsense")
def nothing_found() -> QWidget:
    """A search in vain."""
    window = HistoryWindow(notes=True)
    window.render(RECORDS)
    window.search.setText("nonsense")
    return window


@scene("summary, the user's", values=SAID)
def user_summary() -> QWidget:
    """Ended as wished, paused twice."""
    window = SummaryWindow(notes=False, again=True)
    window.render(msgspec.structs.replace(LOOKED, pauses=2, paused=95.0))
    return window


@scene("summary, lost", values=SAID)
def lost_summary() -> QWidget:
    """Nobody wanted that."""
    window = SummaryWindow(notes=False, again=True)
    window.render(LOST, lost=True, desk=Desk(telephone="03-1234-5678"))
    return window


@scene("summary, a helper's", values=SAID)
def helper_summary() -> QWidget:
    """With a note."""
    window = SummaryWindow(notes=True, again=False)
    window.render(LOOKED)
    return window
