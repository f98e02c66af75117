"""The icon beside the clock, with a menu. Where the desktop has no such place, `available` says so and windows minimise instead."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from common.ui.app_icon import IconState, app_icon
from common.ui.window import Worded


@dataclass(frozen=True, kw_only=True)
class MenuEntry:
    """A line of the menu. `text` gives its words in the language of now; no `text`: a line between groups."""

    key: str
    text: Callable[[], str] | None = None


class _Menu(Worded, QMenu):
    """The menu's words follow the language."""

    def __init__(self, tell: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tell = tell
        self.begin_words()

    def retranslate(self) -> None:
        """As the tray says."""
        self._tell()


class Tray(QObject):
    """The icon and its menu. `chosen(key)`: an entry, or the first one where the icon itself was clicked."""

    chosen = Signal(str)

    def __init__(self, *, name: str, entries: Sequence[MenuEntry], parent: QObject | None = None) -> None:
        """`name`: what the tooltip begins with."""
        super().__init__(parent)
        self._name = name
        self._first = entries[0].key
        self._state: IconState = "idle"
        self._lines: list[tuple[MenuEntry, QAction]] = []
        self._menu = _Menu(self.retranslate)
        for entry in entries:
            if entry.text is None:
                self._menu.addSeparator()
                continue
            action = self._menu.addAction("")
            action.setObjectName(entry.key)
            action.triggered.connect(lambda _checked=False, key=entry.key: self.chosen.emit(key))
            self._lines.append((entry, action))
        self.icon = QSystemTrayIcon(self)
        self.icon.setContextMenu(self._menu)
        self.icon.activated.connect(self._activated)
        self.destroyed.connect(self._menu.deleteLater)
        self.retranslate()
        self._show_state()

    @property
    def available(self) -> bool:
        """Whether there is a place for the icon now. It may come later, as panels start in any order."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show(self) -> None:
        """Show the icon; where its place comes later, it appears then."""
        self.icon.show()

    def hide(self) -> None:
        """Show it no longer."""
        self.icon.hide()

    def set_state(self, state: IconState) -> None:
        """What goes on."""
        if state != self._state:
            self._state = state
            self._show_state()

    def set_enabled(self, key: str, on: bool) -> None:
        """Whether the entry can be chosen now."""
        self._action(key).setEnabled(on)

    def set_visible(self, key: str, on: bool) -> None:
        """Whether the entry stands in the menu."""
        self._action(key).setVisible(on)

    def _action(self, key: str) -> QAction:
        return next(action for entry, action in self._lines if entry.key == key)

    def retranslate(self) -> None:
        """The words anew: the language has changed, or what an entry names."""
        for entry, action in self._lines:
            if entry.text is not None:
                action.setText(entry.text())
        if hasattr(self, "icon"):
            self._show_state()

    def _show_state(self) -> None:
        self.icon.setIcon(app_icon(self._state))
        words = {
            "idle": self.tr("{name}: ready"),
            "waiting": self.tr("{name}: waiting"),
            "session": self.tr("{name}: in a session"),
            "offline": self.tr("{name}: not connected"),
        }
        self.icon.setToolTip(words[self._state].format(name=self._name))

    def _activated(self, why: QSystemTrayIcon.ActivationReason) -> None:
        if why in {QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick}:
            self.chosen.emit(self._first)
