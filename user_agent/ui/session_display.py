"""All that the person sees during a session, as one thing for the program: bar, frame, pointer, questions, chat, hotkey."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QApplication, QWidget

from common.agent.views import ChatDelivered, ChatReceived, Drawn, PointerShown, SessionEvent, SessionView
from common.protocol.messages import Mode
from common.protocol.rfb.filter import Box, Pointed
from common.ui.screens import screen_of
from user_agent.ui.bar import Bar
from user_agent.ui.bar_aside import HelpersPointer
from user_agent.ui.bar_keeper import BarKeeper
from user_agent.ui.chat_window import ChatWindow
from user_agent.ui.covered_areas import CoveredAreas
from user_agent.ui.geometry import held_in, is_shared, shared_part, to_screen
from user_agent.ui.hotkey.base import GlobalHotkey
from user_agent.ui.mode_badges import badge_of
from user_agent.ui.overlay import ScreenWatch, as_screen, places, put_above, screens
from user_agent.ui.pen_overlay import PenOverlay
from user_agent.ui.pointer_overlay import PointerOverlay
from user_agent.ui.question import QuestionWindow
from user_agent.ui.screen_frame import ScreenFrame
from user_agent.ui.screen_question import ScreenQuestionWindow
from user_agent.views import UserView

SECOND = 1000  # milliseconds

_MOVES = frozenset({QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Move, QEvent.Type.Resize})


class SessionDisplay(QObject):
    """Renders UserViews; emits what the person wants. Make one for the whole program.

    `stopped` comes straight out of the hotkey's or the button's handler: connect it to `UserApp.stop`, directly.
    """

    mode_wanted = Signal(object)  # Mode
    pause_wanted = Signal(bool)
    answered = Signal(object, bool)  # Kind, yes
    said = Signal(str, int)  # and its number
    draft_changed = Signal(str)  # of the chat: keep it (common.agent.drafts)
    stopped = Signal()
    covered = Signal(object)  # list[Box]: where Tasuki's windows lie on the shared screen, in framebuffer pixels
    keyboard_covered = Signal(bool)  # one of them has the keyboard
    screen_chosen = Signal(str)  # a screen's key, or "" for all: the answer to a ScreenQuestion
    screens_changed = Signal()  # the screens are otherwise than before, as windows hear it

    def __init__(
        self,
        *,
        app: QApplication,
        hotkey: GlobalHotkey,
        clock: Callable[[], float] = time.time,
        pointed: Callable[[], Pointed | None] = lambda: None,
        recall: Callable[[str], str] = lambda _: "",
        keep: Callable[[str, str], None] = lambda _screen, _place: None,
        parent: QObject | None = None,
    ) -> None:
        """`hotkey`: user_agent.ui.hotkey.choice.hotkey_for(…). `clock`: Unix seconds. `pointed`: where a helper in control points.

        `recall` gives the bar's place on a screen of this name, as `keep` got it.
        """
        super().__init__(parent)
        self._clock = clock
        self._view = UserView()
        self._shown: SessionView | None = None  # the session that is on the screen
        self._draft = ""
        self._chat: ChatWindow | None = None
        self._hotkey = hotkey
        self._next_hotkey: GlobalHotkey | None = None
        self._pointed = pointed
        self._pointer_moves = 0  # pointed at by a helper who looks
        self._pointed_at: tuple[int, int] | None = None
        self._bar = Bar(recall=recall, keep=keep)
        self._keeper = BarKeeper(self._bar, helpers_pointer=self._helpers_pointer, parent=self)
        self._frame = ScreenFrame(self)
        self._pointer = PointerOverlay()
        self._pen = PenOverlay()
        self._question = QuestionWindow()
        self._screen_question = ScreenQuestionWindow()
        self._asking: tuple[QWidget, ...] = (self._question, self._screen_question)
        self._covered_areas = CoveredAreas(app, self)
        self._timer = QTimer(self)
        self._timer.setInterval(SECOND)
        self._connect(app)

    def _connect(self, app: QApplication) -> None:
        self._hotkey.pressed.connect(self._stop)
        self._bar.stopped.connect(self._stop)
        self._bar.mode_wanted.connect(self.mode_wanted)
        self._bar.pause_wanted.connect(self.pause_wanted)
        self._bar.chat_wanted.connect(self.open_chat)
        self._question.answered.connect(self._answered)
        self._screen_question.chosen.connect(self.screen_chosen)
        self._screen_question.stopped.connect(self.stopped)
        for overlay in (self._pointer, self._pen):
            overlay.came.connect(lambda: put_above(self._bar))  # nothing lies over Stop
        for window in self._asking:
            window.installEventFilter(self)
        self._bar.covers.connect(self._covered_areas.expect)
        self._covered_areas.covered.connect(self.covered)
        self._covered_areas.keyboard_covered.connect(self.keyboard_covered)
        self._timer.timeout.connect(self._tick)
        self._screens = ScreenWatch(app, self)
        self._screens.changed.connect(self._screens_changed)

    # what is shown

    def render(self, view: UserView, now: float) -> None:
        """Show this. `now`: Unix seconds."""
        self._view = view
        if self._asks:
            self._wipe()
        session = view.session
        connected = session if session is not None and session.running else None
        if self._shown is not None and (connected is None or connected.session != self._shown.session):
            self._disappear()
        if connected is not None:
            if self._shown is None:
                self._begin(connected)
            if self._shown is not None and badge_of(connected) is not badge_of(self._shown):
                self._keeper.news()
            if connected.stopped or (self._shown is not None and badge_of(connected) is not badge_of(self._shown)):
                self._wipe()
            self._shown = connected
            self._bar.show_session(connected, organisation=view.matching.whose, now=now)
            self._lay_out()
        self._ask(now)
        self._ask_screen()
        self._keeper.hold("question", self._asks)
        if self._shown is not None or view.questions:
            self._covered_areas.watch(self._shared())
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._covered_areas.rest()
            self._timer.stop()

    def happened(self, event: SessionEvent, view: SessionView) -> None:
        """UserApp's `on_event`: a message, or where the helper points or draws."""
        if self._shown is None or view.session != self._shown.session:
            return
        if isinstance(event, ChatReceived) and self._chat is not None:
            self._chat.add(event.text, own=False, at=self._clock())
        elif isinstance(event, ChatDelivered) and self._chat is not None:
            self._chat.panel.delivered(event.number)
        elif self._asks or self._shown.stopped:
            return  # whatever else a helper shows would lie over it
        elif isinstance(event, PointerShown):
            found = to_screen(event.x, event.y, screens(), self._shared())
            if found is not None:
                x, y, screen = found
                self._pointed_at, self._pointer_moves = (x, y), self._pointer_moves + 1
                self._pointer.point(QPoint(x, y), QRect(*screen.area), view.peer_name)
        elif isinstance(event, Drawn):
            self._draw(event, view.peer_name)

    @property
    def _asks(self) -> bool:
        """The person is asked something, and must read what and answer: nothing of the helper's comes over that."""
        return bool(self._view.questions) or self._view.area.question is not None

    def _wipe(self) -> None:
        """What the helper has pointed at or drawn is past."""
        self._pointer.hide()
        self._pen.clear()

    def _draw(self, event: Drawn, name: str) -> None:
        """On the screen of its first place; held to that, and to what is shared."""
        shared = self._shared()
        found = [to_screen(*held_in(x, y, shared[2:]), screens(), shared) for x, y in event.points]
        first = next((one for one in found if one is not None), None)
        if first is not None:
            points = [QPoint(one[0], one[1]) for one in found if one is not None]
            self._pen.draw(points, QRect(*first[2].area), begins=event.begins, name=name)

    def fold_after(self, seconds: float) -> None:
        """How long the bar stays open with nobody at it; 0: always."""
        self._keeper.folds_after = seconds

    def set_draft(self, text: str) -> None:
        """What was written and not sent, as it was kept."""
        self._draft = text
        if self._chat is not None:
            self._chat.panel.set_draft(text)

    def set_hotkey(self, hotkey: GlobalHotkey) -> None:
        """Another key from the next session on, as in UserApp.set_stop_key."""
        self._next_hotkey = hotkey
        if self._shown is None:
            self._change_hotkey()

    def open_chat(self) -> None:
        """Show the chat, with the keyboard: a notice was clicked."""
        if self._chat is not None:
            self._place_chat(self._chat)
            self._chat.bring()

    def bring(self) -> None:
        """Show what there is in front, with the keyboard: the question if one is open, else the bar."""
        if self._question.question is not None:
            self._question.bring()
        elif self._screen_question.question is not None:
            self._screen_question.bring()
        elif self._shown is not None:
            self._bar.bring()

    def close(self) -> None:
        """The program ends: nothing stays on the screen, and the hotkey is let go."""
        self.render(UserView(), self._clock())
        self._forget_chat()
        for window in (self._bar, self._pointer, self._pen, self._question, self._screen_question):
            window.deleteLater()

    # a session comes and goes

    def _begin(self, session: SessionView) -> None:
        """Before anything of it is shown: the key that ends it."""
        self._change_hotkey()
        self._bar.show_hotkey(self._hotkey.key.name, self._hotkey.take())
        self._forget_chat()
        chat = ChatWindow(name=session.peer_name, draft=self._draft)
        chat.said.connect(self._said)
        chat.draft_changed.connect(self._drafted)
        chat.unread_changed.connect(self._unread)
        chat.installEventFilter(self)
        self._chat = chat
        self._unread(0)
        self._pointed_at = None
        self._keeper.begin()

    def _disappear(self) -> None:
        self._shown = None
        self._hotkey.let_go()
        self._keeper.end()
        self._bar.hide()
        self._frame.hide()
        self._wipe()
        if self._chat is not None:
            self._chat.over()

    def _lay_out(self) -> None:
        """The bar and the frame where the shared screens are now. While it is asked which those are, there is no frame."""
        if self._shown is None:
            return
        if self._shown.screens_changed:
            self._frame.hide()
            self._show_bar(QGuiApplication.primaryScreen())
            put_above(self._bar)
            return
        shared = self._shared()
        around = [screen for screen in QGuiApplication.screens() if is_shared(as_screen(screen), shared)]
        self._frame.show_around(around, badge_of(self._shown))
        home = _home(around)
        if home is not None:
            self._show_bar(home)
        put_above(self._bar)

    def _show_bar(self, screen: QScreen) -> None:
        self._bar.appear(screen.availableGeometry(), screen.name())

    def _place_chat(self, chat: ChatWindow) -> None:
        """Where it comes first: away from the bar. Where the person has put it, it stays."""
        if places() and not chat.isVisible() and not chat.placed:
            chat.place(screen_of(self._bar).availableGeometry(), self._bar.geometry())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The bar keeps off the chat's title and off what is asked, wherever that is moved."""
        if event.type() in _MOVES and (watched is self._chat or watched in self._asking):
            self._keep_off()
        return False

    def _keep_off(self) -> None:
        chat = self._chat
        asked = [window.frameGeometry() for window in self._asking if window.isVisible()]
        self._bar.keep_off([chat.title_area()] if chat is not None and chat.isVisible() else [], asked=asked)

    def _ask(self, now: float) -> None:
        if not self._view.questions:
            self._question.withdraw()
            return
        mode = self._view.session.mode if self._view.session is not None else Mode.VIEW
        organisation = self._view.matching.whose
        self._question.ask(self._view.questions[0], organisation=organisation, mode=mode, now=now)

    def _ask_screen(self) -> None:
        question, session = self._view.area.question, self._view.session
        if question is None or session is None:
            self._screen_question.withdraw()
        else:
            self._screen_question.ask(question, name=session.peer_name)

    def _shared(self) -> Box:
        shared = self._view.shared
        alone = shared.screen if shared is not None else None
        size = (shared.width, shared.height) if shared is not None else (0, 0)
        box = Box(alone.x, alone.y, alone.width, alone.height) if alone is not None else None
        return shared_part(screens(), box, size)

    # what happens

    def _tick(self) -> None:
        """Every second: the clocks; and above what has been put there since."""
        now = self._clock()
        self._question.tick(now)
        if self._shown is not None:
            self._bar.tick(now)
            self._bar.show_hotkey(self._hotkey.key.name, self._hotkey.held)
            self._keep_off()  # a window's frame comes later, and is told to nobody
            self._frame.put_above()
            put_above(self._bar)
        self._covered_areas.look()

    def _screens_changed(self) -> None:
        self.screens_changed.emit()
        if self._shown is not None:
            self._lay_out()
        if self._shown is not None or self._view.questions:
            self._covered_areas.watch(self._shared())

    def _stop(self) -> None:
        if self._shown is not None:
            self.stopped.emit()

    def _answered(self, yes: bool) -> None:
        if self._view.questions:
            self.answered.emit(self._view.questions[0].kind, yes)

    def not_sent(self, number: int) -> None:
        """A line of the chat that is not on its way."""
        if self._chat is not None:
            self._chat.panel.not_sent(number)

    def _said(self, text: str, number: int) -> None:
        if self._chat is not None:
            self._chat.add(text, own=True, at=self._clock(), number=number)
        self.said.emit(text, number)

    def _unread(self, count: int) -> None:
        self._bar.show_unread(count)
        self._keeper.hold("chat", count > 0)

    def _helpers_pointer(self) -> HelpersPointer | None:
        """Where it is on the screens: the desktop's own while the helper controls, else what is pointed at."""
        pointed = self._pointed()
        if pointed is not None:
            found = to_screen(pointed.x, pointed.y, screens(), self._shared())
            return found and HelpersPointer(spot=found[:2], moves=pointed.moves, drives=True)
        if self._pointed_at is None or not self._pointer.isVisible():
            return None
        return HelpersPointer(spot=self._pointed_at, moves=self._pointer_moves, drives=False)

    def _drafted(self, text: str) -> None:
        self._draft = text
        self.draft_changed.emit(text)

    def _change_hotkey(self) -> None:
        if self._next_hotkey is not None:
            self._hotkey.pressed.disconnect(self._stop)
            self._hotkey.let_go()
            self._hotkey, self._next_hotkey = self._next_hotkey, None
            self._hotkey.pressed.connect(self._stop)

    def _forget_chat(self) -> None:
        if self._chat is not None:
            self._chat.hide()
            self._chat.deleteLater()
            self._chat = None


def _home(around: list[QScreen]) -> QScreen | None:
    """The shared screen that the bar is on: the first of the desktop's, if it is among them."""
    primary = QGuiApplication.primaryScreen()
    return primary if primary in around else next(iter(around), primary)
