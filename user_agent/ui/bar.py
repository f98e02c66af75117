"""The bar that is there as long as somebody sees the screen: the facts, and the switches, of which Stop is one.

Folded it is a tab at the screen's edge that says what holds, by colour, sign and word, with Stop beside it. When it folds and makes
room is bar_keeper's; where it lies is bar_places'.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QPushButton, QVBoxLayout, QWidget

from common.agent.views import SessionView
from common.host.errors import plain
from common.host.words import one_line
from common.protocol.messages import Mode
from common.protocol.rfb.filter import Box
from common.ui.widgets import button, named, on_button, restyle, shortened_name
from common.ui.window import Part
from user_agent.ui.bar_facts import BarFacts
from user_agent.ui.bar_icons import BADGE, badge_icon, fold_icon
from user_agent.ui.bar_places import HALF, BarPlace, around, box_at, free_place, place_of, read, written
from user_agent.ui.hotkey.base import Held
from user_agent.ui.mode_badges import BadgeStrip, ModeBadge, badge_of
from user_agent.ui.overlay import ON_TOP, as_box, places

QWIDGETSIZE_MAX = (1 << 24) - 1  # as in Qt
ASIDE = 60  # units that stay free around a pointer for which it makes room
MARGINS, FOLDED_MARGINS = (14, 8, 14, 8), (6, 4, 6, 4)


class Bar(Part):
    """A window of its own, above everything, that takes the keyboard only when it is brought. It can be dragged by any free place.

    `covers(place)` comes before it lies there. `recall` gives what was kept by a screen's name, `keep` keeps it.
    """

    mode_wanted = Signal(object)  # Mode
    pause_wanted = Signal(bool)
    chat_wanted = Signal()
    stopped = Signal()
    opened = Signal()  # by whomever; also where it was
    covers = Signal(QRect)

    def __init__(
        self,
        *,
        recall: Callable[[str], str] = lambda _: "",
        keep: Callable[[str, str], None] = lambda _screen, _place: None,
    ) -> None:
        super().__init__(None, ON_TOP)
        self.setObjectName("session_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._session: SessionView | None = None
        self._unread = 0
        self._recall, self._keep = recall, keep
        self._home = QRect()  # what is free for windows on the screen that is shared
        self._screen = ""  # its name
        self._wanted = read("")  # where the person wants it there
        self._aside: BarPlace | None = None  # where it makes room
        self._off: list[QRect] = []  # what it never lies over
        self._asked: list[QRect] = []  # of that, what the person is asked: it is a tab rather than over this
        self._crowded = False  # it is a tab because of that
        self._pointer: Box | None = None  # for which it makes room
        self._grip: QPoint | None = None
        self.folded = False
        self._facts = BarFacts()
        self._look = _quiet_focus(button(), "bar_look")
        self._control = _quiet_focus(button(), "bar_control")
        self._pause = _quiet_focus(button(), "bar_pause")
        self._chat = _quiet_focus(button(), "bar_chat")
        self._fold = _quiet_focus(button(kind="quiet"), "bar_fold")
        self._tab = _quiet_focus(button(kind="quiet"), "bar_tab")
        self._tab.setIconSize(BADGE)
        self._stop = _quiet_focus(button(kind="danger"), "bar_stop")
        self._edge = BadgeStrip()
        self._edge.setFixedHeight(6)
        self._switches = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._build()
        self._connect()
        for part in self.findChildren(QWidget):
            part.ensurePolished()  # names are shortened, and rows laid out, by the fonts that will be seen
        self.begin_words()

    def _build(self) -> None:
        mode, rest = QHBoxLayout(), QHBoxLayout()
        rest.setSpacing(8)
        for switch in (self._look, self._control):
            mode.addWidget(switch)
        for switch in (self._tab, self._pause, self._chat, self._fold, self._stop):
            rest.addWidget(switch)
        self._switches.setSpacing(8)
        self._switches.addLayout(mode)
        self._switches.addLayout(rest)
        self._rows.setSpacing(16)
        self._rows.addWidget(self._facts, 1)
        self._rows.addLayout(self._switches)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 0)
        outer.setSpacing(0)
        outer.addLayout(self._rows)
        outer.addWidget(self._edge)
        outer.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # it is as large as `place` says
        self._nested: tuple[QLayout, ...] = (*self._facts.nested, mode, rest, self._switches, self._rows, outer)

    def _connect(self) -> None:
        self._look.clicked.connect(lambda: self.mode_wanted.emit(Mode.VIEW))
        self._control.clicked.connect(lambda: self.mode_wanted.emit(Mode.CONTROL))
        self._pause.clicked.connect(self._pause_clicked)
        self._chat.clicked.connect(self.chat_wanted)
        self._fold.clicked.connect(self.fold)
        self._tab.clicked.connect(self.unfold)
        self._stop.clicked.connect(self.stopped)

    # what is shown

    def show_session(self, session: SessionView, *, organisation: str, now: float) -> None:
        """Render it. `now`: Unix seconds."""
        self._session = session
        self._facts.show_session(session, organisation)
        self._edge.show_badge(badge_of(session))
        self._say()
        self._facts.tick(now)

    def tick(self, now: float) -> None:
        """A second has gone by."""
        self._facts.tick(now)

    def show_unread(self, count: int) -> None:
        """So many messages were not seen yet."""
        self._unread = count
        self._say()

    def show_hotkey(self, key: str, held: Held) -> None:
        """The key that stops at once, and whether it can be heard here."""
        self._facts.show_hotkey(key, held)
        self._fit()

    def retranslate(self) -> None:
        """Words."""
        self._look.setText(self.tr("Take control &back"))
        self._look.setAccessibleName(self.tr("Take control back: the helper may only look"))
        self._fold.setAccessibleName(self.tr("Make the bar small"))
        self._fold.setToolTip(self._fold.accessibleName())
        self._stop.setText(self.tr("&Stop"))
        self._stop.setAccessibleName(self.tr("Stop the session"))
        self._say()

    def _say(self) -> None:
        """What depends on what is shown."""
        if not self._worded:
            return
        session = self._session
        name = one_line(session.peer_name) if session is not None else ""
        called = on_button(shortened_name(name, self.fontMetrics()))
        self.setWindowTitle(self.tr("Session with {name}").format(name=name))
        self.setAccessibleName(self.windowTitle())
        self._control.setText(self.tr("Let {name} &control…").format(name=called))
        self._control.setAccessibleName(
            self.tr("Let {name} control your computer: you are asked first").format(name=name)
        )
        why = session.no_control if session is not None else None
        self._control.setEnabled(why is None)
        self._control.setToolTip("" if why is None else plain(why))
        self._control.setAccessibleDescription(self._control.toolTip())
        paused = session is not None and session.paused
        self._pause.setText(self.tr("&Go on") if paused else self.tr("&Pause"))
        self._pause.setAccessibleName(
            self.tr("Show the screen again") if paused else self.tr("Pause: show nothing new and take no input")
        )
        self._chat.setText(self.tr("C&hat ({count})").format(count=self._unread) if self._unread else self.tr("C&hat"))
        self._chat.setAccessibleName(self.tr("Chat, %n message(s) not read", "", self._unread))
        restyle(self._chat, "kind", "primary" if self._unread else "")
        self._say_tab(badge_of(session) if session is not None else ModeBadge.VIEW, name)
        self._show_parts()
        self._fit()

    def _say_tab(self, badge: ModeBadge, name: str) -> None:
        """What the tab says, in one word; and for who does not see it, in whole."""
        words = {
            ModeBadge.VIEW: (self.tr("Seen"), self.tr("{name} sees your screen. Open the bar")),
            ModeBadge.CONTROL: (self.tr("Controlled"), self.tr("{name} sees and controls your computer. Open the bar")),
            ModeBadge.PAUSED: (self.tr("Paused"), self.tr("Paused: {name} sees a still picture. Open the bar")),
        }
        word, told = words[badge]
        if self._session is not None and self._session.lost is not None:
            word, told = self.tr("Interrupted"), self.tr("Connection lost: {name} sees a still picture. Open the bar")
        elif self._session is not None and self._session.screens_changed and not self._session.paused:
            word, told = self.tr("Stopped"), self.tr("Screens changed: {name} sees a still picture. Open the bar")
        self._tab.setText(word)
        self._tab.setAccessibleName(told.format(name=name))
        self._tab.setToolTip(self._tab.accessibleName())
        self._tab.setIcon(badge_icon(badge, self))
        self._fold.setIcon(fold_icon(self, up=self._wanted.y < HALF))

    def _show_parts(self) -> None:
        """The open bar's, or the tab's; of the two ways to change the mode the one that there is."""
        controls = self._session is not None and self._session.mode is Mode.CONTROL
        for part in (self._facts, self._pause, self._chat, self._fold):
            part.setVisible(not self.folded)
        self._look.setVisible(not self.folded and controls)
        self._control.setVisible(not self.folded and not controls)
        self._tab.setVisible(self.folded)
        self._rows.setContentsMargins(*(FOLDED_MARGINS if self.folded else MARGINS))

    # where it is

    def appear(self, home: QRect, screen: str = "") -> None:
        """Show it on this screen's part that is free for windows: at the top, in the middle, or where the person put it there."""
        if (home, screen) != (self._home, self._screen):
            self._home, self._screen, self._aside, self._pointer = home, screen, None, None
            self._wanted = read(self._recall(screen))
        self._fit()
        if not self.isVisible():
            self.show()

    def begin(self) -> None:
        """A session: it is open, where the person wants it."""
        self._aside = self._pointer = None
        self.unfold()

    def fold(self) -> None:
        """To a tab at the edge."""
        self._crowded = False
        self._turn(folded=True)

    def unfold(self) -> None:
        """Open, where the tab was; not over what the person is asked."""
        self._crowded = False
        self._turn(folded=False)
        self.opened.emit()

    def _turn(self, *, folded: bool) -> None:
        """Who has pressed one of its buttons by the keyboard is on the other's place then."""
        if folded is self.folded:
            return
        self.folded, self._pointer = folded, None
        had = self.focusWidget()
        self._say()
        if had is not None and not had.isVisibleTo(self):
            (self._tab if self.folded else self._fold).setFocus(Qt.FocusReason.OtherFocusReason)

    def keep_off(self, off: Sequence[QRect], *, asked: Sequence[QRect] = ()) -> None:
        """Never over these, where there is room elsewhere; over what the person is `asked` never open."""
        off, asked = [*off, *asked], list(asked)
        if (off, asked) == (self._off, self._asked):
            return
        self._off, self._asked = off, asked
        if self._crowded:
            self.unfold()
        self.place()

    @property
    def home(self) -> QRect | None:
        """Where it would lie, had it not stepped aside. None: it is there, or something that it keeps off is."""
        if self._aside is None or self._grip is not None or not places() or self._home.isNull():
            return None
        target = self._wanted.at_edge if self.folded else self._wanted
        where = QRect(*box_at(target, (self.width(), self.height()), as_box(self._home)))
        return None if _touches(where, self._off) else where

    def go_home(self) -> None:
        """It has stepped aside, and need not any longer."""
        self._aside = self._pointer = None
        self.place()

    def make_room(self, pointer: QPoint) -> None:
        """Somebody needs what is under it, here."""
        self._pointer = around(pointer.x(), pointer.y(), ASIDE)
        self.place()

    def place(self) -> None:
        """As large as it must be, and where it belongs."""
        hint = self._nested[-1].sizeHint()
        if not places() or self._home.isNull():
            self.setFixedSize(hint)
            return
        wanted = self._aside or self._wanted
        if self._grip is None:
            size, area, off = (hint.width(), hint.height()), as_box(self._home), [as_box(one) for one in self._off]
            target = wanted.at_edge if self.folded else wanted
            found = free_place(target, size, area, off if self._pointer is None else [*off, self._pointer])
            if not self.folded and _touches(QRect(*box_at(found, size, area)), self._asked):
                self._turn(folded=True)
                self._crowded = True
                return
            if found != target:
                self._aside = found
            wanted = found
        self._go(QRect(*box_at(wanted, (hint.width(), hint.height()), as_box(self._home))))

    def _go(self, where: QRect) -> None:
        """In one step, told before."""
        if where != self.geometry():
            self.covers.emit(where)
            self.setMinimumSize(0, 0)
            self.setMaximumSize(QWIDGETSIZE_MAX, QWIDGETSIZE_MAX)
            self.setGeometry(where)
            self.setFixedSize(where.size())

    def bring(self) -> None:
        """Above everything, open, with the keyboard."""
        self.unfold()
        self.show()
        self.raise_()
        self.activateWindow()
        self._stop.setFocus(Qt.FocusReason.OtherFocusReason)

    def _pause_clicked(self) -> None:
        if self._session is not None:
            self.pause_wanted.emit(not self._session.paused)

    @property
    def _room(self) -> int:
        """How wide it may be."""
        return self._home.width() if not self._home.isNull() else QWIDGETSIZE_MAX

    def _fit(self) -> None:
        """In one row where the screen is wide enough, else in up to four."""
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        ways = ((across, across, across), (down, across, across), (down, down, across), (down, down, down))
        for rows, facts, switches in ways:
            self._rows.setDirection(rows)
            self._facts.set_direction(facts)
            self._switches.setDirection(switches)
            for layout in self._nested:
                layout.invalidate()
            self._facts.updateGeometry()  # else its row remembers how large it was
            if self._nested[-1].sizeHint().width() <= self._room:
                break
        self._nested[-1].activate()
        self.place()

    # Qt's

    def event(self, event: QEvent) -> bool:
        """Other words, another width: it stays where it belongs, and on the screen."""
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest and self._worded and self._nested[-1].sizeHint() != self.size():
            (self._fit if self._nested[-1].sizeHint().width() > self._room else self.place)()
        return done

    def paintEvent(self, event: object) -> None:  # noqa: ARG002
        """A ground and a thin line around."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Base))
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of it."""
        if event.button() is Qt.MouseButton.LeftButton:
            handle = self.windowHandle()
            if not places() and handle is not None:
                handle.startSystemMove()
            else:
                self._grip = event.globalPosition().toPoint() - self.pos()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it, but not off the screen that is shared."""
        if self._grip is not None:
            where = QRect(event.globalPosition().toPoint() - self._grip, self.size())
            self._wanted = place_of(as_box(where), as_box(self._home))
            self._aside = self._pointer = None
            self.place()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        """Let go: it is there the next time too."""
        if self._grip is not None:
            self._grip = None
            if self.folded:
                self._wanted = self._wanted.at_edge
            self._keep(self._screen, written(self._wanted))
            self._say()

    def closeEvent(self, event: QCloseEvent) -> None:
        """While somebody sees the screen the bar stays: closing it by the desktop's means is stopping."""
        if event.spontaneous():
            event.ignore()
            self.stopped.emit()


def _touches(where: QRect, others: Sequence[QRect]) -> bool:
    return any(where.intersects(one) for one in others)


def _quiet_focus(made: QPushButton, name: str) -> QPushButton:
    made.setAutoDefault(False)
    return named(made, name)
