"""The tools of a session. What is not possible now says why."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QAbstractButton, QMenu, QPushButton, QWidget

from common.host.errors import plain
from common.host.words import one_line
from common.protocol.channel import Screens
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from common.ui.widgets import button, on_button, restyle
from common.ui.window import Part
from helper_agent.ui.flow import FlowLayout
from helper_agent.viewers.tools import Chord, Quality, Scaling
from helper_agent.views import RunningSession

BUILT_IN = "builtin"


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What the toolbar shows."""

    running: RunningSession
    embedded: bool = False  # the screen is in this window
    full: bool = False
    unread: int = 0
    chatting: bool = False
    typing: bool = False
    noting: bool = False


class Toolbar(Part):
    """`render` says what is possible; every click is a signal, and nothing changes by itself."""

    control_wanted = Signal()
    pointing = Signal(bool)
    drawing = Signal(bool)
    keys = Signal(str)  # a Chord
    quality = Signal(str)  # a Quality
    scaling = Signal(str)  # a Scaling
    screen_wanted = Signal(str)  # of the user's, by its key; "": all
    full_wanted = Signal()
    screenshot = Signal()
    chat_wanted = Signal(bool)
    type_wanted = Signal(bool)
    note_wanted = Signal(bool)
    transfer = Signal()
    ended = Signal()

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._flow = FlowLayout(self)
        self._control = self._button("control", kind="primary")
        self._point = self._switch("point")
        self._pen = self._switch("draw")
        self._keys, self._keys_menu = self._menu("keys")
        self._type = self._switch("type")
        self._quality, self._quality_menu = self._menu("quality")
        self._screens, self._screens_menu = self._menu("screens")
        self._size, self._size_menu = self._menu("size")
        self._shot = self._button("screenshot")
        self._chat = self._switch("chat")
        self._note = self._switch("note")
        self._transfer = self._button("transfer")
        self._end = self._button("end", kind="danger")
        self._screen_choices: Screens | None = None  # that stand in the menu
        self._chords = {chord: self._action(self._keys_menu, chord) for chord in Chord}
        self._qualities = self._choices(self._quality_menu, list(Quality))
        self._scalings = self._choices(self._size_menu, list(Scaling))
        self._size_menu.addSeparator()
        self._full = self._action(self._size_menu, "full")
        self._full.setCheckable(True)
        self._control.clicked.connect(self.control_wanted)
        self._point.clicked.connect(self.pointing)
        self._pen.clicked.connect(self.drawing)
        self._keys_menu.triggered.connect(lambda action: self.keys.emit(action.objectName()))
        self._quality_menu.triggered.connect(lambda action: self.quality.emit(action.objectName()))
        self._screens_menu.aboutToShow.connect(self._mark_screen)  # a click has marked what may not have come
        self._screens_menu.triggered.connect(lambda action: self.screen_wanted.emit(action.data()))
        self._size_menu.triggered.connect(self._size_chosen)
        self._shot.clicked.connect(self.screenshot)
        self._chat.clicked.connect(self.chat_wanted)
        self._note.clicked.connect(self.note_wanted)
        self._type.clicked.connect(self.type_wanted)
        self._transfer.clicked.connect(self.transfer)
        self._end.clicked.connect(self.ended)
        self.begin_words()

    def render(self, tools: Tools) -> None:  # type: ignore[override]
        """Show this."""
        self._tools = tools
        self._show()

    def take_keyboard(self) -> None:
        """The keyboard to the first tool that can be used."""
        for index in range(self._flow.count()):
            item = self._flow.itemAt(index)
            widget = item.widget() if item is not None else None
            if widget is not None and widget.isEnabled() and widget.isVisible():
                widget.setFocus()
                return

    def retranslate(self) -> None:
        """Words."""
        self._point.setText(self.tr("&Point"))
        self._pen.setText(self.tr("D&raw"))
        self._keys.setText(self.tr("Special &keys"))
        self._type.setText(self.tr("T&ype this…"))
        self._size.setText(self.tr("Si&ze"))
        self._shot.setText(self.tr("Screensh&ot"))
        self._note.setText(self.tr("&Note"))
        self._transfer.setText(self.tr("&Hand over…"))
        self._end.setText(self.tr("&End session"))
        for chord, text in self._chord_words().items():
            self._chords[chord].setText(text)
        self._qualities[Quality.AUTO].setText(self.tr("&Automatic: as the viewer finds best"))
        self._qualities[Quality.FAST].setText(self.tr("&Fast: rougher, for slow connections"))
        self._qualities[Quality.SHARP].setText(self.tr("&Sharp: every pixel as it is"))
        self._scalings[Scaling.FIT].setText(self.tr("&Fit to the window"))
        self._scalings[Scaling.ACTUAL].setText(self.tr("&Actual size (1:1)"))
        self._full.setText(self.tr("F&ull screen (F11)"))
        self._screen_choices = None  # in other words
        self._show()

    def _chord_words(self) -> dict[Chord, str]:
        return {
            Chord.CTRL_ALT_DEL: self.tr("Ctrl+Alt+&Del"),
            Chord.SUPER: self.tr("&Windows key (Super)"),
            Chord.ALT_TAB: self.tr("Alt+&Tab: next window"),
            Chord.ALT_F4: self.tr("Alt+F&4: close the window"),
            Chord.CTRL_ESC: self.tr("Ctrl+&Esc: start menu"),
            Chord.CTRL_SHIFT_ESC: self.tr("Ctrl+&Shift+Esc: task manager"),
            Chord.PRINT: self.tr("&Print screen"),
            Chord.F11: self.tr("&F11"),
        }

    def _show(self) -> None:
        running = self._tools.running
        live = running.view.phase is SessionPhase.CONNECTED
        self._show_control(live=live)
        touching = live and running.view.mode is Mode.CONTROL
        self._show_pen(live=live)
        self._point.setChecked(live and not running.drawing and (running.pointing or not touching))
        self._allow(
            self._point,
            why=""
            if touching or not live
            else self.tr("While you only look, your pointer is always shown to the user."),
            on=touching,
            says=self.tr("Your pointer is shown to the user; nothing is touched."),
        )
        keys_why = ""
        if not touching:
            keys_why = self.tr("Only while you control.")
        elif running.pointing or running.drawing:
            keys_why = self.tr("Not while you point or draw.")
        elif not running.shown:
            keys_why = self.tr("Only while a viewer shows the screen.")
        self._allow(
            self._keys, on=not keys_why, why=keys_why, says=self.tr("Keys that this computer would keep for itself.")
        )
        self._allow(self._quality, on=live, says=self.tr("How fine the picture is."))
        self._show_quality()
        self._show_screens(live=live)
        self._show_picture_tools(live=live)
        self._show_panels(live=live)
        self._allow(self._transfer, on=live, says=self.tr("Let another helper go on."))
        self._allow(self._end, on=running.view.phase is not SessionPhase.ENDED)

    def _show_control(self, *, live: bool) -> None:
        view = self._tools.running.view
        if view.mode is Mode.CONTROL:
            self._control.setText(self.tr("You have &control"))
        elif view.control_wanted:
            self._control.setText(self.tr("Asking for &control…"))
        elif self._tools.running.refused:
            self._control.setText(self.tr("Ask for &control again"))
        else:
            self._control.setText(self.tr("Ask for &control"))
        can = live and view.mode is Mode.VIEW and not view.control_wanted
        self._allow(self._control, on=can, says=self.tr("The user is asked, and decides."))
        restyle(self._control, "kind", "primary" if can else "")

    def _show_pen(self, *, live: bool) -> None:
        running = self._tools.running
        problem = running.view.no_drawing
        self._pen.setChecked(live and running.drawing)
        self._allow(
            self._pen,
            on=problem is None or (live and running.drawing),
            why=plain(problem) if problem is not None and live else "",
            says=self.tr(
                "Hold the left button and draw on the user’s screen; a click is a ring. It goes after some seconds."
            ),
        )

    def _show_quality(self) -> None:
        quality = self._tools.running.quality
        words = {
            Quality.AUTO: self.tr("&Quality: automatic"),
            Quality.FAST: self.tr("&Quality: fast"),
            Quality.SHARP: self.tr("&Quality: sharp"),
        }
        self._quality.setText(words[quality])
        self._qualities[quality].setChecked(True)

    def _show_screens(self, *, live: bool) -> None:
        """Where the user lets several be seen: which is, and the others."""
        told = self._tools.running.view.screens
        self._screens.setVisible(live and bool(told.screens))
        one = told.one
        self._screens.setText(
            self.tr("&Screen {number}").format(number=one.number) if one is not None else self.tr("All &screens")
        )
        self._allow(
            self._screens,
            on=live and not self._tools.running.view.stopped,
            why=self.tr("Not while the picture is stopped."),
            says=self.tr("The user lets you see these screens; choose another one."),
        )
        if told == self._screen_choices:
            return
        self._screen_choices = told
        self._screens_menu.clear()
        if told.whole:
            self._add_screen(self.tr("All &screens"), "")
        for screen in told.screens:
            text = self.tr("Screen &{number}: {width} × {height} ({name})").format(
                number=screen.number, width=screen.width, height=screen.height, name=on_button(one_line(screen.name))
            )
            self._add_screen(text, screen.key)

    def _add_screen(self, text: str, key: str) -> None:
        action = self._action(self._screens_menu, f"screen {key}".rstrip())
        action.setText(text)
        action.setData(key)
        action.setCheckable(True)

    def _mark_screen(self) -> None:
        for action in self._screens_menu.actions():
            action.setChecked(action.data() == self._tools.running.view.screens.seen)

    def _show_picture_tools(self, *, live: bool) -> None:
        running = self._tools.running
        ours = running.viewer == BUILT_IN
        why = (
            self.tr("Only with the built-in viewer; others have this in a menu of their own.")
            if live and not ours
            else ""
        )
        self._allow(self._size, on=live and ours, why=why, says=self.tr("How large the screen is shown."))
        self._scalings[running.scaling].setChecked(True)
        self._full.setEnabled(self._tools.embedded)
        self._full.setChecked(self._tools.full)
        if live and ours and not running.shown:
            why = self.tr("Only while a viewer shows the screen.")
        elif live and not ours:
            why = self.tr("Only the built-in viewer can give a picture.")
        self._allow(
            self._shot, on=live and ours and running.shown, why=why, says=self.tr("The screen goes to your clipboard.")
        )

    def _show_panels(self, *, live: bool) -> None:
        unread = self._tools.unread
        self._chat.setText(self.tr("Ch&at (%n new)", "", unread) if unread else self.tr("Ch&at"))
        restyle(self._chat, "kind", "primary" if unread else "")
        self._chat.setChecked(self._tools.chatting)
        self._allow(self._chat, on=live or self._tools.chatting or bool(unread))
        problem = self._tools.running.no_typing
        self._type.setChecked(self._tools.typing)
        self._allow(
            self._type,
            on=problem is None or self._tools.typing,
            why=plain(problem) if problem is not None and live else "",
            says=self.tr("Text in any script is typed at the user’s computer, also what your keyboard does not have."),
        )
        self._note.setChecked(self._tools.noting)
        self._allow(self._note, on=True, says=self.tr("Kept with this session in your history; nobody else sees it."))

    def _allow(self, tool: QAbstractButton, *, on: bool, why: str = "", says: str = "") -> None:
        tool.setEnabled(on)
        told = why if why and not on else says
        tool.setToolTip(told)
        tool.setAccessibleDescription(told)

    def _size_chosen(self, action: QAction) -> None:
        if action is self._full:
            self.full_wanted.emit()
        else:
            self.scaling.emit(action.objectName())

    # building

    def _button(self, name: str, *, kind: str = "") -> QPushButton:
        made = button(kind=kind)
        made.setAutoDefault(False)
        return self._put(made, name)

    def _switch(self, name: str) -> QPushButton:
        made = self._button(name)
        made.setCheckable(True)
        return made

    def _menu(self, name: str) -> tuple[QPushButton, QMenu]:
        """A button with a menu that pops up without a loop of its own."""
        made = self._button(name)
        menu = QMenu(made)
        menu.setObjectName(f"{name}_menu")
        menu.setToolTipsVisible(True)
        made.clicked.connect(lambda: menu.popup(made.mapToGlobal(QPoint(0, made.height()))))
        return made, menu

    def _put(self, made: QPushButton, name: str) -> QPushButton:
        made.setObjectName(name)
        self._flow.addWidget(made)
        return made

    @staticmethod
    def _action(menu: QMenu, name: str) -> QAction:
        action = QAction(menu)
        action.setObjectName(name)
        menu.addAction(action)
        return action

    def _choices(self, menu: QMenu, names: list[str]) -> dict[str, QAction]:
        group = QActionGroup(menu)
        made = {}
        for name in names:
            made[name] = self._action(menu, name)
            made[name].setCheckable(True)
            group.addAction(made[name])
        return made
