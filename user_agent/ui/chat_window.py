"""The chat of a session, in a window of its own."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from common.host.words import one_line
from common.ui.chat import ChatPanel
from common.ui.window import Window


class ChatWindow(Window):
    """With one helper. Closing only hides it; it stays readable when the session is over."""

    said = Signal(str)
    draft_changed = Signal(str)
    unread_changed = Signal(int)

    def __init__(self, *, name: str, draft: str = "") -> None:
        super().__init__()
        self.setObjectName("chat_window")
        self._name = one_line(name)
        self.panel = ChatPanel()
        self.panel.set_draft(draft)
        self.panel.set_enabled(True)
        self.panel.said.connect(self.said)
        self.panel.draft_changed.connect(self.draft_changed)
        self.panel.unread_changed.connect(self.unread_changed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.addWidget(self.panel)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * 52, metrics.lineSpacing() * 24)
        self.setFocusProxy(self.panel)
        self.begin_words()

    def retranslate(self) -> None:
        """Words."""
        self.setWindowTitle(self.tr("Chat with {name}").format(name=self._name))

    def add(self, text: str, *, own: bool, at: float) -> None:
        """What was said."""
        self.panel.add(text, own=own, at=at, name=self._name)

    def over(self) -> None:
        """The session is: nothing can be said any more."""
        self.panel.set_enabled(False)
