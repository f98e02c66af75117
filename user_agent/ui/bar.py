"""The bar that is there as long as somebody sees the screen: who, what, since when; and the switches, of which Stop is one."""

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QMouseEvent, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QLayout, QPushButton, QVBoxLayout, QWidget

from common.agent.views import SessionView
from common.host.words import one_line
from common.protocol.messages import Mode
from common.ui.elapsed import clock_text
from common.ui.widgets import Avatar, button, label, restyle
from common.ui.window import Part
from user_agent.ui.geometry import kept_inside
from user_agent.ui.hotkey.base import Held
from user_agent.ui.mode_badges import BadgeStrip, ModeBadge, badge_of
from user_agent.ui.overlay import ON_TOP, as_box, places

LONGEST_NAME = 18  # in widths of an M; the whole name is in the tip
QWIDGETSIZE_MAX = (1 << 24) - 1  # as in Qt

_TONES = {ModeBadge.VIEW: "", ModeBadge.CONTROL: "warn", ModeBadge.PAUSED: "muted"}


class Bar(Part):
    """A window of its own, above everything, that takes the keyboard only when it is brought. It can be dragged by any free place."""

    mode_wanted = Signal(object)  # Mode
    pause_wanted = Signal(bool)
    chat_wanted = Signal()
    stopped = Signal()

    def __init__(self) -> None:
        super().__init__(None, ON_TOP)
        self.setObjectName("session_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._session: SessionView | None = None
        self._organisation = ""
        self._key, self._held = "", Held.NO
        self._unread = 0
        self._home = QRect()  # the screen that is shared
        self._moved = False  # the person has put it somewhere
        self._grip: QPoint | None = None
        self._avatar = Avatar(size=34)
        self._name = label(rank="heading", wrap=False)
        self._organisation_label = label(rank="muted", wrap=False)
        self._mode = label(wrap=False)
        self._mode.setObjectName("bar_mode")
        self._time = label(rank="muted", wrap=False)
        self._time.setObjectName("bar_time")
        self._hint = label(rank="muted", wrap=False)
        self._hint.setObjectName("bar_hint")
        self._look = _switch("bar_look")
        self._control = _switch("bar_control")
        self._pause = _quiet_focus(button(), "bar_pause")
        self._chat = _quiet_focus(button(), "bar_chat")
        self._stop = _quiet_focus(button(kind="danger"), "bar_stop")
        self._edge = BadgeStrip()
        self._edge.setFixedHeight(6)
        self._rest = QBoxLayout(QBoxLayout.Direction.LeftToRight)  # beside the avatar
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._build()
        self._connect()
        for part in self.findChildren(QWidget):
            part.ensurePolished()  # names are shortened, and rows laid out, by the fonts that will be seen
        self.begin_words()

    def _build(self) -> None:
        who = _stacked(self._name, self._organisation_label)
        when = QHBoxLayout()
        when.setSpacing(10)
        for part in (self._time, self._hint):
            when.addWidget(part)
        when.addStretch(1)
        what = QVBoxLayout()
        what.setSpacing(0)
        what.addWidget(self._mode)
        what.addLayout(when)
        facts = QHBoxLayout()
        facts.setSpacing(12)
        facts.addWidget(self._avatar, 0, Qt.AlignmentFlag.AlignTop)
        self._rest.setSpacing(4)
        self._rest.addLayout(who)
        self._rest.addSpacing(16)
        self._rest.addLayout(what)
        facts.addLayout(self._rest, 1)
        switches = QHBoxLayout()
        switches.setSpacing(8)
        both = QHBoxLayout()
        both.setSpacing(0)
        both.addWidget(self._look)
        both.addWidget(self._control)
        switches.addLayout(both)
        for switch in (self._pause, self._chat, self._stop):
            switches.addWidget(switch)
        self._rows.setContentsMargins(14, 8, 14, 8)
        self._rows.setSpacing(16)
        self._rows.addLayout(facts, 1)
        self._rows.addLayout(switches)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 0)
        outer.setSpacing(0)
        outer.addLayout(self._rows)
        outer.addWidget(self._edge)
        outer.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)
        self._nested: tuple[QLayout, ...] = (self._rest, facts, self._rows, outer)

    def _connect(self) -> None:
        self._look.clicked.connect(lambda: self._switch(Mode.VIEW))
        self._control.clicked.connect(lambda: self._switch(Mode.CONTROL))
        self._pause.clicked.connect(self._pause_clicked)
        self._chat.clicked.connect(self.chat_wanted)
        self._stop.clicked.connect(self.stopped)

    def show_session(self, session: SessionView, *, organisation: str, now: float) -> None:
        """Render it. `now`: Unix seconds."""
        self._session = session
        self._organisation = organisation
        self._avatar.set_name(session.peer_name)
        self._edge.show_badge(badge_of(session))
        self._look.setChecked(session.mode is Mode.VIEW)
        self._control.setChecked(session.mode is Mode.CONTROL)
        self._say()
        self.tick(now)

    def tick(self, now: float) -> None:
        """A second has gone by."""
        since = self._session.since if self._session is not None else None
        self._time.setText(clock_text(0.0 if since is None else now - since))

    def show_unread(self, count: int) -> None:
        """So many messages were not seen yet."""
        self._unread = count
        self._say()

    def show_hotkey(self, key: str, held: Held) -> None:
        """The key that stops at once, and whether it can be heard here."""
        self._key, self._held = key, held
        self._say()

    def appear(self, home: QRect) -> None:
        """Show it on this screen's part that is free for windows: at the top, in the middle, or where it was dragged."""
        self._home = home
        self._fit()
        self.place()
        if not self.isVisible():
            self.show()

    def place(self) -> None:
        """Onto a screen, wherever the screens are now."""
        if not places():
            return
        if not self._moved:
            self.move(self._home.x() + (self._home.width() - self.width()) // 2, self._home.y())
        areas = [as_box(screen.availableGeometry()) for screen in QGuiApplication.screens()]
        self.move(QPoint(*kept_inside(as_box(self.geometry()), areas)))

    def bring(self) -> None:
        """Above everything, with the keyboard."""
        self.show()
        self.raise_()
        self.activateWindow()
        self._stop.setFocus(Qt.FocusReason.OtherFocusReason)

    def retranslate(self) -> None:
        """Words."""
        self._look.setText(self.tr("&Look only"))
        self._look.setAccessibleName(self.tr("The helper may only look"))
        self._control.setText(self.tr("&Control"))
        self._control.setAccessibleName(self.tr("The helper may look and control"))
        self._stop.setText(self.tr("&Stop"))
        self._stop.setAccessibleName(self.tr("Stop the session"))
        self._say()

    def _say(self) -> None:
        """What depends on what is shown."""
        if not self._worded:
            return
        session = self._session
        name = one_line(session.peer_name) if session is not None else ""
        self.setWindowTitle(self.tr("Session with {name}").format(name=name))
        self.setAccessibleName(self.windowTitle())
        _shorten(self._name, name)
        _shorten(self._organisation_label, one_line(self._organisation))
        badge = badge_of(session) if session is not None else ModeBadge.VIEW
        words = {
            ModeBadge.VIEW: self.tr("Sees your screen"),
            ModeBadge.CONTROL: self.tr("Sees and controls"),
            ModeBadge.PAUSED: self.tr("Paused: sees a still picture"),
        }
        paused = session is not None and session.paused
        told, since = words[badge], ""
        if paused:
            since = self.tr("{name} sees a still picture from the moment you paused, and can do nothing")
        elif session is not None and session.screens_changed:
            told = self.tr("Screens changed: sees a still picture")
            since = self.tr("The screens have changed: {name} sees a still picture, and can do nothing")
        since = since.format(name=name)
        self._mode.setText(told)
        self._mode.setToolTip(since)
        self._mode.setAccessibleName(since or told)
        restyle(self._mode, "tone", _TONES[badge])
        self._pause.setText(self.tr("&Go on") if paused else self.tr("&Pause"))
        self._pause.setAccessibleName(
            self.tr("Show the screen again") if paused else self.tr("Pause: show nothing new and take no input")
        )
        self._chat.setText(self.tr("C&hat ({count})").format(count=self._unread) if self._unread else self.tr("C&hat"))
        self._chat.setAccessibleName(self.tr("Chat, %n message(s) not read", "", self._unread))
        restyle(self._chat, "kind", "primary" if self._unread else "")
        self._say_hotkey()
        self._fit()

    def _say_hotkey(self) -> None:
        text, tip = "", ""
        if self._held is Held.YES:
            text = self.tr("The {key} key stops at once").format(key=self._key)
            tip = self.tr("Wherever the keyboard is. The helper cannot press this key.")
        elif self._held is Held.REFUSED:
            text = self.tr("Stop only here: no stop key")
            tip = self.tr("Another program has the {key} key. Choose another one in the settings.").format(
                key=self._key
            )
        elif self._held is Held.IMPOSSIBLE:
            text = self.tr("Stop only here: no stop key")
            tip = self.tr("This desktop (Wayland) lets no program hear keys that are pressed in another one.")
        self._hint.setText(text)
        self._hint.setToolTip(tip)
        self._hint.setAccessibleDescription(tip)

    def _switch(self, mode: Mode) -> None:
        """What is shown stays the truth: the session's mode, until it is another."""
        session = self._session
        if session is None:
            return
        self._look.setChecked(session.mode is Mode.VIEW)
        self._control.setChecked(session.mode is Mode.CONTROL)
        if session.mode is not mode:
            self.mode_wanted.emit(mode)

    def _pause_clicked(self) -> None:
        if self._session is not None:
            self.pause_wanted.emit(not self._session.paused)

    def _fit(self) -> None:
        """In one row where the screen is wide enough, else in two or three."""
        self._hint.setVisible(bool(self._hint.text()))
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        room = self._home.width() if not self._home.isNull() else QWIDGETSIZE_MAX
        for rows, rest in ((across, across), (down, across), (down, down)):
            self._rows.setDirection(rows)
            self._rest.setDirection(rest)
            for layout in self._nested:
                layout.invalidate()
            if self._nested[-1].sizeHint().width() <= room:
                break
        self._nested[-1].activate()

    # Qt's

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other words, another width: it stays in the middle, and on the screen."""
        super().resizeEvent(event)
        self.place()

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
        """Drag it, but not off the screens."""
        if self._grip is not None:
            self._moved = True
            self.move(event.globalPosition().toPoint() - self._grip)
            self.place()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        """Let go."""
        self._grip = None

    def closeEvent(self, event: QCloseEvent) -> None:
        """While somebody sees the screen the bar stays: closing it by the desktop's means is stopping."""
        if event.spontaneous():
            event.ignore()
            self.stopped.emit()


def _quiet_focus(made: QPushButton, name: str) -> QPushButton:
    made.setObjectName(name)
    made.setAutoDefault(False)
    return made


def _switch(name: str) -> QPushButton:
    made = _quiet_focus(button(), name)
    made.setCheckable(True)
    return made


def _stacked(*parts: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout()
    layout.setSpacing(0)
    for part in parts:
        layout.addWidget(part)
    return layout


def _shorten(shown: QLabel, text: str) -> None:
    """On one line that is not too long; all of it in the tip and for screen readers."""
    metrics = shown.fontMetrics()
    short = metrics.elidedText(text, Qt.TextElideMode.ElideRight, metrics.horizontalAdvance("M") * LONGEST_NAME)
    shown.setText(short)
    shown.setToolTip(text if short != text else "")
    shown.setAccessibleName(text)
