"""The chat of a session, in a window of its own."""

from PySide6.QtCore import QPoint, QRect, Signal
from PySide6.QtWidgets import QVBoxLayout

from common.host.words import one_line
from common.ui.chat import ChatPanel
from common.ui.window import Window

TITLE = 40  # units: how high a title is, where that is not known yet
SIDE = 12  # units between it and the screen's edge


class ChatWindow(Window):
    """With one helper. Closing only hides it; it stays readable when the session is over."""

    said = Signal(str, int)
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
        self.setFocusProxy(self.panel)
        self.placed = False
        self.begin_words()
        self.open_at(25, 24)

    def retranslate(self) -> None:
        """Words."""
        self.setWindowTitle(self.tr("Chat with {name}").format(name=self._name))

    def place(self, area: QRect, bar: QRect) -> None:
        """Into this free area of a screen: at its right, above or below the bar, with its title in sight."""
        self.placed = True
        size = self.size().boundedTo(area.size())
        self.resize(size)
        low = bar.center().y() < area.center().y()
        frame = QPoint(SIDE, TITLE)
        where = QRect(QPoint(), size)
        where.moveBottomRight(area.bottomRight() - frame)
        if not low:
            where.moveTopRight(area.topRight() + QPoint(-SIDE, TITLE))
        where.moveTop(max(area.top() + TITLE, where.top()))
        self.move(where.topLeft() - QPoint(0, TITLE))

    def title_area(self) -> QRect:
        """Where the desktop writes its title, by which it is moved and closed; as high at least as such titles are."""
        frame = self.frameGeometry()
        return QRect(frame.x(), frame.y(), frame.width(), max(TITLE, self.geometry().y() - frame.y()))

    def add(self, text: str, *, own: bool, at: float, number: int = 0) -> None:
        """What was said."""
        self.panel.add(text, own=own, at=at, name=self._name, number=number)

    def over(self) -> None:
        """The session is: nothing can be said any more."""
        self.panel.set_enabled(False)
