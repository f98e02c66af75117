"""Where a session's window shows the user's screen; before that, what is waited for."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from common.ui.widgets import column, label
from common.ui.window import Part
from helper_agent.ui.page_view import PageView


class ScreenView(Part):
    """`show_page` once its address is known, `close_page` at the end. `broken`: the page can no longer be shown here."""

    left = Signal()  # the key that leads out of the picture
    full_wanted = Signal()
    escaped = Signal()
    broken = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page: PageView | None = None
        self._text = label(rank="muted")
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._waiting = QWidget()
        self._waiting.setLayout(column(self._text))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._waiting)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.begin_words()

    @property
    def shows_page(self) -> bool:
        """Whether the page is here."""
        return self._page is not None

    def show_page(self, address: str) -> None:
        """Load it, with the keyboard in it."""
        page = self._page = PageView(address)
        page.setObjectName("page")
        page.left.connect(self.left)
        page.full_wanted.connect(self.full_wanted)
        page.escaped.connect(self.escaped)
        page.broken.connect(self._broke)
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        self.retranslate()
        self.take_keyboard()

    def reload(self) -> None:
        """Show the page anew."""
        if self._page is not None:
            self._page.reload()

    def take_keyboard(self) -> None:
        """To the user's screen."""
        if self._page is not None:
            self._page.setFocus()

    def close_page(self) -> None:
        """Nothing of the user's screen stays."""
        page, self._page = self._page, None
        if page is not None:
            self._stack.setCurrentWidget(self._waiting)
            self._stack.removeWidget(page)
            page.close_page()
            page.deleteLater()

    def retranslate(self) -> None:
        """Words."""
        self._text.setText(self.tr("The user’s screen will be shown here."))
        if self._page is not None:
            self._page.set_name(self.tr("The user’s screen"))

    def _broke(self) -> None:
        self.close_page()
        self.broken.emit()
