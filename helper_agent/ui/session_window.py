"""One session as its helper sees it: who, in which mode, since when; the tools; the screen itself where the built-in viewer is embedded.

With a viewer in a window of its own (a browser, or a program) it is the slim control window beside that.
"""

from collections.abc import Callable

from PySide6.QtCore import QMimeData, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QSplitter, QVBoxLayout, QWidget

from common.agent.clipboard.atoms import OURS
from common.agent.views import ChatDelivered, ChatLeftOut, ChatReceived, ClipboardLeftOut, KeysUnpressed, SessionEvent
from common.host.errors import plain
from common.host.words import one_line
from common.protocol.channel import ALL_SCREENS
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from common.ui.chat import ChatPanel
from common.ui.scrolled import Column, Scrolled
from common.ui.widgets import Banner, column
from common.ui.window import Window
from helper_agent.ui.note import NotePanel
from helper_agent.ui.session_end import EndDialog
from helper_agent.ui.session_head import SessionHead
from helper_agent.ui.session_view import ScreenView
from helper_agent.ui.toolbar import Toolbar, Tools
from helper_agent.ui.typing import TypePanel
from helper_agent.views import RunningSession

NOTICE_FOR = 6000  # milliseconds that a notice stands there
BROWSER_PATIENCE = 10_000  # milliseconds for a browser to start and to show the screen
LARGE = (78, 54)  # heights of a line: with the screen in it
SLIM = 43  # the control window is wide at first
SIDE = 23  # the panels are wide at first, beside the screen
PANEL = 19  # a panel is high at first


class SessionWindow(Window):
    """Create one for each session, `render` every RunningSession of it (the last one has Phase.ENDED), tell what `happened`.

    Signals carry the session's id first. Once the session is over nothing is shown, and whoever made the window closes it.
    """

    control_wanted = Signal(str)  # HelperSessions.want_control
    pointing = Signal(str, bool)  # HelperSessions.point
    drawing = Signal(str, bool)  # HelperSessions.draw
    said = Signal(str, str, int)  # HelperSessions.chat
    keys = Signal(str, str)  # HelperSessions.press: a Chord
    typed = Signal(str, str)  # HelperSessions.type_text, then `text_sent` or `text_refused`
    quality = Signal(str, str)  # HelperSessions.set_quality: a Quality
    scaling = Signal(str, str)  # HelperSessions.set_scaling: a Scaling
    screen_wanted = Signal(str, str)  # HelperSessions.want_screen: its key; "all"
    screenshot = Signal(str)  # await HelperSessions.picture, then `show_picture`
    note = Signal(str, str)  # to be kept with the history: History.set_note
    note_draft = Signal(str, str)  # Drafts.set
    chat_draft = Signal(str, str)  # Drafts.set
    transfer = Signal(str)  # open the transfer dialog
    ended = Signal(str)  # HelperSessions.end
    viewer_wanted = Signal(str)  # HelperSessions.open_viewer
    browser_wanted = Signal(str)  # HelperSessions.open_viewer(…, browser=True): the window cannot show it
    closed = Signal(str)  # forget this window; it comes once, and only when the session is over

    gives_way = slice(0, 0)  # the tools stay; the panels scroll by themselves

    def __init__(
        self,
        *,
        running: RunningSession,
        now: Callable[[], float],
        embed: bool,
        chat_text: str = "",
        note_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """`embed`: helper_agent.ui.page_view.available() and the built-in viewer. `chat_text`, `note_text`: drafts kept."""
        super().__init__(parent)
        self.setObjectName("session_window")
        self._running = running
        self._online = True
        self._now = now
        self._embed = embed
        self._viewer_lost = False  # it showed the screen, and no longer does
        self._unshown = False  # a browser was started long ago, and shows nothing
        self._notice = ""  # a key of `_notices`, or a sentence of the agent
        self._full = False
        self._gone = False
        self._chat = ChatPanel()
        self._chat.set_draft(chat_text)
        self._chat.hide()
        self._note = NotePanel(note_text)
        self._note.hide()
        self._type = TypePanel()
        self._type.hide()
        self._screen = ScreenView()
        self._head = SessionHead(running, now=now)
        self._tools = Toolbar(self._state())
        self._banner = Banner()
        self._banner.setObjectName("banner")
        side = Column()
        for panel in (self._chat, self._type, self._note):
            panel.setContentsMargins(12, 4, 12, 12)
            side.rows.addWidget(panel, 1)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._screen)
        self._panels = Scrolled(side)
        self._split.addWidget(self._panels)
        self._split.setStretchFactor(0, 1)
        self._top = QWidget()
        self._top.setLayout(column(self._head, self._tools, margins=12, spacing=10))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._top)
        layout.addWidget(self._banner)
        layout.addWidget(self._split, 1)
        self._forget = QTimer(self, interval=NOTICE_FOR, singleShot=True)
        self._forget.timeout.connect(lambda: self._say(""))
        self._patience = QTimer(self, interval=BROWSER_PATIENCE, singleShot=True)
        self._patience.timeout.connect(self._nothing_shown)
        self._connect()
        if not embed:
            self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)  # else it is behind the viewer whenever it is needed
        self.begin_words()
        self.open_at(*LARGE) if embed else self.open_at(SLIM)

    def render(self, running: RunningSession, *, online: bool = True) -> None:  # type: ignore[override]
        """Show this. `online`: whether the relay knows of us (MatchingView.phase); a session goes on without."""
        before, self._running, self._online = self._running, running, online
        self._viewer_lost = not running.shown and (before.shown or self._viewer_lost)
        view = running.view
        if running.shown or not running.address or self._screen.shows_page:
            self._unshown = False
            self._patience.stop()
        elif running.address != before.address:
            self._patience.start()
        if view.phase is SessionPhase.ENDED and before.view.phase is not SessionPhase.ENDED:
            self._set_full(on=False)
            self._screen.close_page()
            self._note.finish()
            self._type.forget()
            self._type.hide()
        self._head.render(running, online=online)
        if self._embed and running.address and not self._screen.shows_page and view.phase is SessionPhase.CONNECTED:
            self._screen.show_page(running.address)
        self._show()

    def happened(self, event: SessionEvent) -> None:
        """Something happened in the session that is no state of it."""
        if isinstance(event, ChatReceived):
            self._chat.add(event.text, own=False, at=self._now(), name=self._name)
            self._show()
            QApplication.alert(self)
        elif isinstance(event, ChatDelivered):
            self._chat.delivered(event.number)
        elif isinstance(event, ChatLeftOut):
            self._say(self.tr("A message came that cannot be shown. Ask for it in other words."))
        elif isinstance(event, ClipboardLeftOut | KeysUnpressed):
            self._say(plain(event.problem))

    def set_answers(self, answers: tuple[str, ...]) -> None:
        """The helper's own texts, for the chat."""
        self._chat.set_answers(answers)

    def not_sent(self, number: int) -> None:
        """A line of the chat that is not on its way."""
        self._chat.not_sent(number)

    def show_problem(self, text: str) -> None:
        """A problem of this session's viewer, in words."""
        self._say(text, lasting=True)

    def text_sent(self) -> None:
        """What was to be typed is on its way."""
        self._type.sent()

    def text_refused(self, why: str) -> None:
        """It is not, for this reason."""
        self._type.refused(why)

    def show_picture(self, png: bytes | None) -> None:
        """What came of `screenshot`: it goes to the clipboard. None: no picture could be had."""
        image = QImage.fromData(png) if png else QImage()
        if image.isNull():
            self._say("uncopied")
        else:
            mime = QMimeData()
            mime.setImageData(image)
            mime.setData(OURS, b"1")  # it shows the user's screen, and is for this computer
            QGuiApplication.clipboard().setMimeData(mime)
            self._say("copied")

    def retranslate(self) -> None:
        """Words."""
        self.setWindowTitle(self.tr("{name} – Tasuki").format(name=self._name))
        self._show()

    def closeEvent(self, event: QCloseEvent) -> None:
        """A session that lives is ended first, if that is meant."""
        if self._running.view.phase is not SessionPhase.ENDED:
            event.ignore()
            self._ask_to_end()
            return
        self._note.finish()
        self._screen.close_page()
        event.accept()
        if not self._gone:
            self._gone = True
            self.closed.emit(self._id)

    # what the person does

    def _connect(self) -> None:
        tools, chat, note, typing = self._tools, self._chat, self._note, self._type
        tools.control_wanted.connect(lambda: self.control_wanted.emit(self._id))
        tools.pointing.connect(lambda on: self.pointing.emit(self._id, on))
        tools.drawing.connect(lambda on: self.drawing.emit(self._id, on))
        tools.keys.connect(self._press)
        tools.quality.connect(lambda name: self.quality.emit(self._id, name))
        tools.scaling.connect(lambda name: self.scaling.emit(self._id, name))
        tools.screen_wanted.connect(lambda key: self.screen_wanted.emit(self._id, key or ALL_SCREENS))
        tools.full_wanted.connect(self._toggle_full)
        tools.screenshot.connect(lambda: self.screenshot.emit(self._id))
        tools.chat_wanted.connect(lambda on: self._open_panel(chat, on=on))
        tools.note_wanted.connect(lambda on: self._open_panel(note, on=on))
        tools.type_wanted.connect(lambda on: self._open_panel(typing, on=on))
        typing.typed.connect(lambda text: self.typed.emit(self._id, text))
        tools.transfer.connect(lambda: self.transfer.emit(self._id))
        tools.ended.connect(self._ask_to_end)
        chat.said.connect(self._say_to_user)
        chat.draft_changed.connect(lambda text: self.chat_draft.emit(self._id, text))
        chat.unread_changed.connect(self._show)
        note.draft_changed.connect(lambda text: self.note_draft.emit(self._id, text))
        note.finished.connect(lambda text: self.note.emit(self._id, text))
        self._banner.acted.connect(self._viewer_again)
        screen = self._screen
        screen.left.connect(self._leave_screen)
        screen.full_wanted.connect(self._toggle_full)
        screen.escaped.connect(self._escaped)
        screen.broken.connect(self._page_broke)
        QShortcut(QKeySequence(Qt.Key.Key_F11), self, self._toggle_full)

    def _press(self, name: str) -> None:
        self.keys.emit(self._id, name)
        self._screen.take_keyboard()  # the next key is meant for the user's screen too

    def _say_to_user(self, text: str, number: int) -> None:
        self._chat.add(text, own=True, at=self._now(), name=self._name, number=number)
        self.said.emit(self._id, text, number)
        self.chat_draft.emit(self._id, "")

    def _open_panel(self, panel: QWidget, *, on: bool) -> None:
        """The note and what is to be typed take turns: three panels are too high for a small screen."""
        line = self.fontMetrics().height()
        growth = PANEL * line if on else -PANEL * line
        other = self._type if panel is self._note else self._note if panel is self._type else None
        if on and other is not None and not other.isHidden():
            other.hide()
            growth = 0
        panel.setVisible(on)
        if on:
            panel.setFocus()
        self._show()
        if self._embed:
            self._split.setSizes([self.width() - SIDE * line, SIDE * line])
        else:
            self.resize(self.width(), self.height() + growth)

    def _ask_to_end(self) -> None:
        dialog = EndDialog(self._name, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.confirmed.connect(lambda: self.ended.emit(self._id))
        dialog.open()

    def _viewer_again(self) -> None:
        if self._screen.shows_page:
            self._say("")
            self._screen.reload()
        else:
            self._unshown = False
            self._patience.start()
            self._show_banner()
            self.viewer_wanted.emit(self._id)

    # the screen

    def _nothing_shown(self) -> None:
        self._unshown = True
        self._show_banner()

    def _page_broke(self) -> None:
        """Chromium has failed here: the browser shows the same page."""
        self._embed = False
        self._say("broken", lasting=True)
        self.browser_wanted.emit(self._id)

    def _leave_screen(self) -> None:
        self._set_full(on=False)
        self._tools.take_keyboard()

    def _escaped(self) -> None:
        """In control mode Escape is the user's."""
        if self._running.view.mode is Mode.VIEW:
            self._set_full(on=False)

    def _toggle_full(self) -> None:
        if self._screen.shows_page:
            self._set_full(on=not self._full)

    def _set_full(self, *, on: bool) -> None:
        if on is self._full:
            return
        self._full = on
        self._top.setVisible(not on)
        if on:
            self.showFullScreen()
            self._say("full")
        else:
            self.showNormal()
            self._say("")
        self._screen.take_keyboard()
        self._show()

    # what is shown

    @property
    def _id(self) -> str:
        return self._running.view.session

    @property
    def _name(self) -> str:
        return one_line(self._running.view.peer_name or self._running.user)

    def _state(self) -> Tools:
        return Tools(
            running=self._running,
            embedded=self._screen.shows_page,
            full=self._full,
            unread=self._chat.unread,
            chatting=not self._chat.isHidden(),
            noting=not self._note.isHidden(),
            typing=not self._type.isHidden(),
        )

    def _show(self) -> None:
        view = self._running.view
        self._tools.render(self._state())
        self._chat.set_enabled(view.running)
        self._type.allow(self._running.no_typing)
        self._panels.setVisible(not all(panel.isHidden() for panel in (self._chat, self._type, self._note)))
        self._screen.setVisible(self._embed)
        self._split.setVisible(not self._screen.isHidden() or not self._panels.isHidden())
        if self._split.isHidden():
            QTimer.singleShot(0, self, self._shrink)  # not of a window that has gone
        self._tools.setVisible(view.phase is not SessionPhase.ENDED)
        self._show_banner()

    def _shrink(self) -> None:
        """A control window is no higher than what stands in it."""
        if self._split.isHidden() and not self.isMaximized():
            self.resize(self.width(), self.heightForWidth(self.width()))

    def _say(self, notice: str, *, lasting: bool = False) -> None:
        self._notice = notice
        self._forget.stop()
        if notice and not lasting:
            self._forget.start()
        self._show_banner()

    def _show_banner(self) -> None:
        live = self._running.view.phase is SessionPhase.CONNECTED
        if live and (self._running.viewer_closed or self._viewer_lost):
            again = self.tr("Sho&w the screen again") if self._screen.shows_page else self.tr("Open the &viewer again")
            self._banner.say(self.tr("The viewer was closed. The session goes on."), tone="warn", action=again)
        elif live and self._unshown:
            self._banner.say(
                self.tr(
                    "The browser does not show the screen yet. Open it again, or choose another viewer in the settings."
                ),
                tone="warn",
                action=self.tr("Open the &viewer again"),
            )
        elif live and self._running.hint and not self._running.shown:
            self._banner.say(self._running.hint)
        elif live and self._notice:
            self._banner.say(self._notices().get(self._notice, self._notice), tone=self._tone())
        else:
            self._banner.say("")

    def _tone(self) -> str:
        return {"copied": "good", "full": "", "uncopied": "warn"}.get(self._notice, "danger")

    def _notices(self) -> dict[str, str]:
        return {
            "copied": self.tr("The screenshot is on your clipboard."),
            "uncopied": self.tr("No screenshot could be had. Is the screen shown?"),
            "broken": self.tr("The screen can no longer be shown in this window, and is shown in the browser."),
            "full": self.tr("F11 leaves full screen. Ctrl+Alt+Shift+T leads to the tools."),
        }
