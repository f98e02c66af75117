"""What the helper's icon beside the clock says."""

import pytest
from PySide6.QtGui import QAction, QGuiApplication

from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Status
from common.ui.language import Speech
from helper_agent.ui.tray import HelperTray, state_of
from tests.support.waiting import queue, running, view


def test_the_icon_says_what_matters_most() -> None:
    """A session before who waits, no connection before that."""
    assert state_of(view()) == "idle"
    assert state_of(queue()) == "waiting"
    assert state_of(view(sessions=(running(),), phase=MatchingPhase.RETRYING)) == "session"
    assert state_of(view(phase=MatchingPhase.RETRYING)) == "offline"


async def test_the_badge_counts_who_waits(speech: Speech, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the program's icon in the task bar, told when it changes; at 0 there is none."""
    badges: list[int] = []
    monkeypatch.setattr(QGuiApplication, "setBadgeNumber", lambda _app, number: badges.append(number))
    tray = HelperTray()
    for shown in (queue(), queue(), view()):
        tray.render(shown)
    assert badges == [5, 0]
    tray.deleteLater()


async def test_the_menu_counts_and_marks(speech: Speech) -> None:
    """How many wait; which status holds."""
    tray = HelperTray()
    tray.render(queue())
    texts = {action.objectName(): action.text() for action in tray._menu.findChildren(QAction)}
    assert texts["show"] == "Show the requests (5)"
    assert texts["available"].startswith("●")
    tray.render(view(status=Status.AWAY))
    texts = {action.objectName(): action.text() for action in tray._menu.findChildren(QAction)}
    assert texts["show"] == "Show"
    assert texts["away"].startswith("●")
    assert texts["available"].startswith("○")
    tray.deleteLater()
