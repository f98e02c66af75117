"""What the helper's icon beside the clock says."""

from PySide6.QtGui import QAction

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
