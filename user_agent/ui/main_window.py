"""The user's one window: whether it is connected, and below that the page of the moment: ask, wait, or how it ended."""

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from common.agent.desk import telephone_text
from common.host.words import sentences
from common.protocol.desk import Desk
from common.ui.fitted import Pages
from common.ui.theme import Colours
from common.ui.widgets import News, named
from common.ui.window import Window
from user_agent.ui.connection_line import ConnectionLine
from user_agent.ui.ended import EndedPage, is_worth_a_page
from user_agent.ui.home import HomePage
from user_agent.ui.waiting import WaitingPage
from user_agent.views import RequestEnding, RequestStage, UserView

UNDER_WAY = frozenset({RequestStage.ASKING, RequestStage.WAITING, RequestStage.SESSION})


class MainWindow(Window):
    """Renders UserViews. Intents: see the signals; `menu_chosen(key)`: recent, settings, why, quit."""

    help_wanted = Signal(object)  # Row
    topic_changed = Signal(str)  # what is typed before help is asked for
    sent_topic_changed = Signal(str)  # of the request that waits
    cancelled = Signal()
    call_back_wanted = Signal()  # of the request that waits
    again_wanted = Signal()
    here_wanted = Signal()
    menu_chosen = Signal(str)
    close_wanted = Signal()
    seen = Signal(bool)  # whether a person can see it

    def __init__(
        self,
        *,
        colours: Callable[[], Colours],
        clock: Callable[[], float] = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("main")
        self._stage = RequestStage.IDLE
        self._desk: Desk | None = None
        self._ending: RequestEnding | None = None
        self.connection = ConnectionLine()
        self.news = News()
        self.home = HomePage(colours=colours)
        self.waiting = WaitingPage(clock=clock)
        self.ended = EndedPage()
        self._pages = Pages()
        for page in (self.home, self.waiting, self.ended):
            self._pages.addWidget(page)
        self._menu_button = named(QToolButton(), "menu")
        self._menu_button.setText("☰")
        self._menu_button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu_button.setMenu(self._menu)
        self._actions: dict[str, QAction] = {}
        for key in ("recent", "settings", "why", "quit"):
            action = self._menu.addAction("")
            action.triggered.connect(lambda _checked=False, key=key: self.menu_chosen.emit(key))
            self._actions[key] = action
        self._lay_out()
        self._connect()
        self.home.people.view.setFocus()
        self.begin_words()
        self.open_at(30, 40)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.connection, 1)
        top.addWidget(self._menu_button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 20)
        layout.setSpacing(14)
        layout.addLayout(top)
        layout.addWidget(self.news)
        layout.addWidget(self._pages, 1)

    def _connect(self) -> None:
        self.connection.why_wanted.connect(lambda: self.menu_chosen.emit("why"))
        self.connection.here_wanted.connect(self.here_wanted)
        self.home.help_wanted.connect(self.help_wanted)
        self.home.topic_changed.connect(self.topic_changed)
        self.waiting.cancelled.connect(self.cancelled)
        self.waiting.other_wanted.connect(self.cancelled)
        self.waiting.call_back_wanted.connect(self.call_back_wanted)
        self.waiting.topic_changed.connect(self.sent_topic_changed)
        self.ended.again_wanted.connect(self.again_wanted)
        self.ended.other_wanted.connect(self.go_home)

    def retranslate(self) -> None:
        """Words."""
        self.setWindowTitle(self.tr("Tasuki: get help"))
        self._menu_button.setAccessibleName(self.tr("Menu"))
        self._menu_button.setToolTip(self.tr("Menu"))
        self._actions["recent"].setText(self.tr("&Recent sessions"))
        self._actions["settings"].setText(self.tr("&Settings"))
        self._actions["why"].setText(self.tr("&Why can't I connect?"))
        self._actions["quit"].setText(self.tr("&Quit"))

    def render(self, view: UserView) -> None:  # type: ignore[override]
        """Show this."""
        self._desk = view.matching.desk
        self.connection.render(view.matching)
        self.home.render(view)
        before, self._stage = self._stage, view.stage
        if view.stage in UNDER_WAY:
            if before not in UNDER_WAY:
                self.waiting.begin()
            self.waiting.render(view)
            if self._pages.currentWidget() is not self.waiting:
                self._pages.setCurrentWidget(self.waiting)
                self.waiting.cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        elif view.ending is not None and view.ending is not self._ending and self._worth_a_page(view, before):
            self.ended.render(view.ending, view.matching)
            self._pages.setCurrentWidget(self.ended)
            self.ended.take_keyboard()
        elif before in UNDER_WAY:
            self.go_home()
        self._ending = view.ending

    def say(self, text: str) -> None:
        """What was wished for and cannot be, and why; and whom to call."""
        self.news.say(sentences(text, telephone_text(self._desk)), tone="danger")

    def _worth_a_page(self, view: UserView, before: RequestStage) -> bool:
        """Where a session has just ended, its summary says all."""
        summarised = before is RequestStage.SESSION and view.record is not None
        return view.ending is not None and not summarised and is_worth_a_page(view.ending)

    def set_topic(self, text: str) -> None:
        """What was typed and not sent, as it was kept."""
        self.home.topic.set_topic(text)

    def prefer(self, key: str) -> None:
        """Whom to choose when the list comes: who was asked last time."""
        self.home.people.prefer(key)

    def go_home(self) -> None:
        """The page to ask from."""
        self._pages.setCurrentWidget(self.home)
        self.home.people.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        """Tell."""
        super().showEvent(event)
        self.seen.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell; also where it is minimised."""
        super().hideEvent(event)
        self.seen.emit(False)

    def closeEvent(self, event: QCloseEvent) -> None:
        """What closing means is the program's business: there may be a tray, or a session."""
        event.ignore()
        self.close_wanted.emit()
