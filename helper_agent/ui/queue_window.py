"""The helper's main window: who asks for help, what is known of the chosen one, one's own sessions, one's presence.

It renders a HelperView and emits what the person wants. The two dialogs about a request and a session are opened here.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from common.host.errors import plain
from common.host.words import one_line
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import To
from common.ui.sign_in import open_page, sign_in_page
from common.ui.widgets import Banner, News, button, label
from common.ui.widgets import column as column_of
from common.ui.window import Card, Window
from helper_agent.ui.decline import DeclineDialog
from helper_agent.ui.details import DetailsPanel
from helper_agent.ui.filter_bar import FilterBar
from helper_agent.ui.last_session import LastSession
from helper_agent.ui.queue_filter import QueueFilter
from helper_agent.ui.queue_head import QueueHead
from helper_agent.ui.queue_menu import QueueMenu
from helper_agent.ui.requests_view import RequestsView
from helper_agent.ui.session_end import EndDialog
from helper_agent.ui.sessions_panel import SessionsPanel
from helper_agent.ui.transfer import TransferDialog
from helper_agent.views import HelperView, NumberedRequest

TICK = 1000  # milliseconds between looks at the clock


class QueueWindow(Window):
    """`render(view)` at every change; `say(text)` for news that passes."""

    accepted = Signal(str)  # a request
    next_wanted = Signal()
    declined = Signal(str, str)  # a request, and why
    transferred = Signal(str, object, str)  # a session, a `To`, a note
    session_wanted = Signal(str)  # show its window
    session_ended = Signal(str)  # the person wants its end
    status_chosen = Signal(object)  # a Status
    connect_wanted = Signal()  # try now
    diagnosis_wanted = Signal()
    settings_wanted = Signal()
    history_wanted = Signal()
    quit_wanted = Signal()
    closing = Signal()  # the person closes the window
    drafted = Signal(str, str)  # a key for common.agent.drafts, and the text

    gives_way = slice(0, -2)  # not the lists, which scroll by themselves, with *Accept* below one

    def __init__(
        self,
        *,
        now: Callable[[], float],
        stillness: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`now`: Unix seconds. `stillness`: see RequestsView."""
        super().__init__(parent)
        self.setObjectName("queue")
        self._now = now
        self._own_uri = ""
        self._draft: Callable[[str], str] = lambda _: ""
        self._view = HelperView()
        self._filter = QueueFilter()
        self._dialogs: dict[str, DeclineDialog | TransferDialog] = {}
        self.head = QueueHead()
        self.problem = Banner()
        self.problem.setObjectName("problem")
        self.news = News()
        self.sessions = SessionsPanel()
        self.last = LastSession()
        self.filter_bar = FilterBar()
        self.requests = RequestsView(stillness=stillness)
        self.empty = label(rank="muted")
        self.empty.setObjectName("empty")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.details = DetailsPanel()
        self.hint = label(rank="muted")
        self.hint.setObjectName("hint")
        self.next_button = button()
        self.next_button.setObjectName("next")
        self.next_button.setAutoDefault(False)
        self.menu = QueueMenu(self)
        self.head.menu_button.setMenu(self.menu)
        self._clock = QTimer(self, interval=TICK)
        self._clock.timeout.connect(self._tick)
        self._clock.start()
        self._lay_out()
        self._connect()
        self.begin_words()
        self.open_at(72, 42)

    def belong(self, *, own_uri: str, draft: Callable[[str], str] = lambda _: "") -> None:
        """Whose it is: the helper's URI, and `draft(key)`: what was written and not sent."""
        self._own_uri = own_uri
        self._draft = draft

    def render(self, view: HelperView) -> None:  # type: ignore[override]
        """Show it."""
        self._view = view
        self._show_title()
        online = view.matching.phase is MatchingPhase.ONLINE
        self.head.render(view.matching)
        self._show_problem()
        self.sessions.render(view.sessions, now=self._now(), online=online)
        self.filter_bar.render(view.requests)
        self._show_requests()
        for dialog in list(self._dialogs.values()):
            self._keep_up(dialog)

    def say(self, text: str, *, tone: str = "") -> None:
        """News that pass; what follows takes their place."""
        self.news.say(text, tone=tone)

    def choose(self, request: str) -> None:
        """Select this one, as after a click on its notice."""
        self.requests.choose(request)
        self.requests.setFocus()

    def open_transfer(self, session: str, *, over: QWidget | None = None) -> None:
        """The dialog that hands this session on: over the window that asks for it, or it would open behind that one."""
        running = next((one for one in self._view.sessions if one.view.session == session), None)
        if running is None or self._raise_dialog(session):
            return
        name = running.view.peer_name or running.user
        key = f"transfer:{running.view.peer_uri}"
        note = self._draft(key)
        dialog = TransferDialog(session=session, name=name, own_uri=self._own_uri, note=note, parent=over or self)
        dialog.render(self._view.matching.helpers)
        dialog.draft_changed.connect(lambda text: self.drafted.emit(key, text))
        dialog.transferred.connect(self._transferred(key))
        self._open(session, dialog)

    def retranslate(self) -> None:
        """Words; each part has its own."""
        self._show_title()
        self.requests.setAccessibleName(self.tr("Requests for help"))
        self.requests.retranslate()
        self.next_button.setText(self.tr("Take the ne&xt"))
        self.next_button.setToolTip(self.tr("Ctrl+N"))
        self.next_button.setAccessibleDescription(self.tr("Whoever has waited longest of those whom you may take"))
        self.hint.setText(
            self.tr(
                "Enter accepts, Delete declines. Ctrl+F searches, Ctrl+T hands a session over, Ctrl+1, 2, 3 set your status."
            )
        )
        self._show_problem()
        self._show_requests()

    # Qt's

    def closeEvent(self, event: QCloseEvent) -> None:
        """The program decides what becomes of it: there may be a tray, or sessions."""
        event.ignore()
        self.last.settle()
        self.closing.emit()

    # building

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.filter_bar)
        lists = QWidget()
        self._stack = QStackedLayout(lists)
        self._stack.addWidget(self.requests)
        nobody = Card()
        nobody.setLayout(column_of(self.empty))
        self._stack.addWidget(nobody)
        column.addWidget(lists, 1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(left)
        self._splitter.addWidget(self.details)
        self._splitter.setStretchFactor(0, 5)
        self._splitter.setStretchFactor(1, 2)
        self._splitter.setHandleWidth(12)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 16, 16, 12)
        whole.setSpacing(12)
        for part in (self.head, self.problem, self.news, self.sessions, self.last):
            whole.addWidget(part)
        whole.addWidget(self._splitter, 1)
        below = QHBoxLayout()
        below.setSpacing(12)
        below.addWidget(self.hint, 1)
        below.addWidget(self.next_button)
        whole.addLayout(below)
        line = self.fontMetrics().height()
        self._splitter.setSizes([line * 52, line * 20])
        self.setFocusProxy(self.requests)
        self.requests.setFocus()

    def _connect(self) -> None:
        self.head.status_chosen.connect(self.status_chosen)
        self.problem.acted.connect(self._act_on_problem)
        self.sessions.show_wanted.connect(self.session_wanted)
        self.sessions.transfer_wanted.connect(self.open_transfer)
        self.sessions.end_wanted.connect(self._ask_to_end)
        self.last.history_wanted.connect(self.history_wanted)
        self.filter_bar.changed.connect(self._filter_by)
        self.filter_bar.left.connect(self.requests.begin)
        self.requests.chosen.connect(lambda _: self._show_details())
        self.requests.accepted.connect(self.accept)
        self.requests.declined.connect(self._open_decline)
        self.details.accepted.connect(self.accept)
        self.details.declined.connect(self._open_decline)
        self.menu.settings.triggered.connect(self.settings_wanted)
        self.menu.history.triggered.connect(self.history_wanted)
        self.menu.diagnosis.triggered.connect(self.diagnosis_wanted)
        self.menu.quit.triggered.connect(self.quit_wanted)
        self.menu.search.triggered.connect(self.filter_bar.focus_search)
        self.next_button.clicked.connect(self.next_wanted)
        self.menu.next.triggered.connect(self.next_wanted)
        self.menu.list.triggered.connect(self.requests.begin)
        self.menu.hand_over.triggered.connect(self._hand_over_current)
        self.menu.retry.triggered.connect(self.connect_wanted)
        for action in self.menu.actions():
            self.addAction(action)  # their keys hold while the menu is closed

    # showing

    @property
    def _relay_now(self) -> float:
        """The relay's clock says since when a request waits."""
        return self._now() - self._view.matching.clock_skew

    @property
    def _online(self) -> bool:
        return self._view.matching.phase is MatchingPhase.ONLINE

    def _numbered(self, request: str) -> NumberedRequest | None:
        return next((one for one in self._view.requests if one.entry.request == request), None)

    def _show_title(self) -> None:
        """How many wait, first: a task bar cuts the rest."""
        title, count = self.tr("Tasuki – requests for help"), len(self._view.requests)
        self.setWindowTitle(f"({count}) {title}" if count else title)

    def _show_requests(self) -> None:
        shown = self._filter.take(self._view.requests)
        self.requests.render(shown, self._relay_now)
        self.filter_bar.count(len(shown), len(self._view.requests))
        self._stack.setCurrentIndex(0 if shown else 1)
        if self._view.requests:
            self.empty.setText(self.tr("None of those who wait is in this selection."))
        elif self._online:
            self.empty.setText(self.tr("Nobody is waiting for help."))
        else:
            self.empty.setText(self.tr("Without a connection nobody can be seen."))
        able = self._online and any(one.entry.here and not one.accepted for one in self._view.requests)
        self.next_button.setEnabled(able)
        self.menu.next.setEnabled(able)
        self.menu.hand_over.setEnabled(bool(self._view.sessions) and self._online)
        self._show_details()

    def _show_details(self) -> None:
        one = self._numbered(self.requests.request) if self.requests.request else None
        self.details.render(one, now=self._relay_now, online=self._online)

    def _show_problem(self) -> None:
        matching = self._view.matching
        if matching.phase is MatchingPhase.REPLACED:
            text = self.tr("Tasuki was started with your name on another computer, and works there now.")
            self.problem.say(text, tone="warn", action=self.tr("Work here again"))
        elif matching.problem is not None and not self._online:
            action = self.tr("Open the sign-in page") if self._sign_in else self.tr("Why can’t I connect?")
            self.problem.say(plain(matching.problem), tone="danger", action=action)
        else:
            self.problem.say("")

    def _act_on_problem(self) -> None:
        if self._view.matching.phase is MatchingPhase.REPLACED:
            self.connect_wanted.emit()
        elif self._sign_in:
            open_page(self._sign_in)
        else:
            self.diagnosis_wanted.emit()

    @property
    def _sign_in(self) -> str:
        """The network's page to sign in, while it is in the way."""
        return "" if self._online else sign_in_page(self._view.matching.problem)

    def _tick(self) -> None:
        if not self.isVisible():
            return
        self.requests.tick(self._relay_now)
        self.sessions.render(self._view.sessions, now=self._now(), online=self._online)
        self._show_details()

    def _filter_by(self, chosen: QueueFilter) -> None:
        self._filter = chosen
        self._show_requests()

    # what the person wants

    def accept(self, request: str) -> bool:
        """Take this one. False where that cannot be, which is said."""
        one = self._numbered(request)
        if one is None:
            self.say(self.tr("That request is no longer waiting."))
        elif not self._online:
            self.say(self.tr("There is no connection now, so nobody can be taken."), tone="warn")
        elif not one.accepted:
            self.say("")
            self.accepted.emit(request)
            return True
        return one is not None and one.accepted

    def _open_decline(self, request: str) -> None:
        one = self._numbered(request)
        if one is None or one.accepted or self._raise_dialog(request):
            return
        key = f"decline:{request}"
        dialog = DeclineDialog(request=request, name=one.entry.user.name, draft=self._draft(key), parent=self)
        dialog.draft_changed.connect(lambda text: self.drafted.emit(key, text))
        dialog.declined.connect(self._declined)
        self._open(request, dialog)

    def _declined(self, request: str, why: str) -> None:
        self.drafted.emit(f"decline:{request}", "")
        self.declined.emit(request, why)

    def _transferred(self, key: str) -> Callable[[str, To, str], None]:
        def done(session: str, to: To, note: str) -> None:
            self.drafted.emit(key, "")
            self.transferred.emit(session, to, note)

        return done

    def _ask_to_end(self, session: str) -> None:
        running = next((one for one in self._view.sessions if one.view.session == session), None)
        if running is None:
            return
        dialog = EndDialog(one_line(running.view.peer_name or running.user), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.confirmed.connect(lambda: self.session_ended.emit(session))
        dialog.open()

    def _hand_over_current(self) -> None:
        """The session that began last."""
        if self._view.sessions:
            self.open_transfer(self._view.sessions[-1].view.session)

    def _open(self, key: str, dialog: DeclineDialog | TransferDialog) -> None:
        self._dialogs[key] = dialog
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(lambda _: self._forget(key, dialog))
        dialog.destroyed.connect(lambda _: self._forget(key, dialog))  # with a session's window
        dialog.open()

    def _forget(self, key: str, dialog: DeclineDialog | TransferDialog) -> None:
        if self._dialogs.get(key) is dialog:
            del self._dialogs[key]

    def _raise_dialog(self, key: str) -> bool:
        dialog = self._dialogs.get(key)
        if dialog is not None:
            dialog.raise_()
            dialog.activateWindow()
        return dialog is not None

    def _keep_up(self, dialog: DeclineDialog | TransferDialog) -> None:
        """What a dialog is about may have gone."""
        if isinstance(dialog, TransferDialog):
            dialog.render(self._view.matching.helpers)
            if not any(one.view.session == dialog.session for one in self._view.sessions):
                dialog.reject()
        elif self._numbered(dialog.request) is None:
            dialog.reject()
            self.say(self.tr("{name} is no longer waiting.").format(name=one_line(dialog.name)))
