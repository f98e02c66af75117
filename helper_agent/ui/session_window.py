"""One session as its helper sees it: who, in which mode, since when; the tools; the screen itself where the built-in viewer is embedded.

With a viewer in a window of its own (a browser, or a program) it is the slim control window beside that.
"""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from common.agent.session import SessionEvent
from common.ui.window import Window
from helper_agent.views import Running


class SessionWindow(Window):
    """Create one for each session, `render` every Running of it (the last one has Phase.ENDED), tell what `happened`.

    Signals carry the session's id first. Once the session is over the window stays until the person closes it.
    """

    control_wanted = Signal(str)  # HelperApp.want_control
    pointing = Signal(str, bool)  # HelperApp.point
    said = Signal(str, str)  # HelperApp.chat
    keys = Signal(str, str)  # HelperApp.press: a Chord
    quality = Signal(str, str)  # HelperApp.set_quality: a Quality
    scaling = Signal(str, str)  # HelperApp.set_scaling: a Scaling
    screenshot = Signal(str)  # await HelperApp.picture, then `show_picture`
    note = Signal(str, str)  # to be kept with the history: History.set_note
    note_draft = Signal(str, str)  # Drafts.set
    chat_draft = Signal(str, str)  # Drafts.set
    transfer = Signal(str)  # open the transfer dialog
    ended = Signal(str)  # HelperApp.end
    viewer_wanted = Signal(str)  # HelperApp.open_viewer
    closed = Signal(str)  # forget this window; it comes once, and only when the session is over

    def __init__(
        self,
        *,
        running: Running,
        now: Callable[[], float],
        embed: bool,
        chat_text: str = "",
        note_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """`embed`: helper_agent.ui.page_view.available() and the built-in viewer. `chat_text`, `note_text`: drafts kept."""
        super().__init__(parent)
        self._running = running
        self._now = now
        self._embed = embed
        self._chat_text = chat_text
        self._note_text = note_text

    def render(self, running: Running, *, online: bool = True) -> None:  # type: ignore[override]
        """Show this. `online`: whether the relay knows of us (MatchingView.phase); a session goes on without."""

    def happened(self, event: SessionEvent) -> None:
        """Something happened in the session that is no state of it."""

    def show_problem(self, text: str) -> None:
        """A problem of this session's viewer, in words."""

    def show_picture(self, png: bytes | None) -> None:
        """What came of `screenshot`: it goes to the clipboard. None: no picture could be had."""
