"""All that the person sees during a session, as one thing for the program: bar, frame, pointer, questions, chat, hotkey."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from common.agent.session_types import SessionEvent, SessionView
from user_agent.ui.hotkey.base import Hotkey
from user_agent.views import UserView


class SessionFace(QObject):
    """Renders UserViews; emits what the person wants. Make one for the whole program.

    `stopped` comes straight out of the hotkey's or the button's handler: connect it to `UserApp.stop`, directly.
    """

    mode_wanted = Signal(object)  # Mode
    pause_wanted = Signal(bool)
    answered = Signal(object, bool)  # Kind, yes
    said = Signal(str)
    draft_changed = Signal(str)  # of the chat: keep it (common.agent.drafts)
    stopped = Signal()
    covered = Signal(object)  # list[Box]: where Tasuki's windows lie on the shared screen, in framebuffer pixels

    def __init__(
        self, *, hotkey: Hotkey, clock: Callable[[], float] = time.time, parent: QObject | None = None
    ) -> None:
        """`hotkey`: user_agent.ui.hotkey.choice.hotkey_for(…)."""
        super().__init__(parent)
        self._hotkey = hotkey
        self._clock = clock

    def render(self, view: UserView, now: float) -> None:
        """Show this. `now`: Unix seconds."""

    def happened(self, event: SessionEvent, view: SessionView) -> None:
        """UserApp's `on_event`: a message, or where the helper points."""

    def set_draft(self, text: str) -> None:
        """What was written and not sent, as it was kept."""

    def open_chat(self) -> None:
        """Show the chat, with the keyboard: a notice was clicked."""

    def bring(self) -> None:
        """Show what there is in front, with the keyboard: the question if one is open, else the bar."""

    def close(self) -> None:
        """The program ends: nothing stays on the screen, and the hotkey is let go."""
