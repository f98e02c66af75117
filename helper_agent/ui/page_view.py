"""The viewer's page inside a window, by QtWebEngine (the helper's package has it; with Python it is the extra `webengine`), which is loaded in a quiet
moment after the start (`warm_up`), or with the first session.

Nothing but the session's own page is ever loaded: no other address, no second window, no download, nothing kept on disk.
"""

import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from helper_agent.ui import engine_trial, sandbox

if TYPE_CHECKING:
    from PySide6.QtWebEngineWidgets import QWebEngineView

SWITCHES: Final = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
)
PAUSE: Final = 1.5  # seconds


def available(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether the page can be shown inside a window, as far as can be known without a trial: QtWebEngine is here, and would start."""
    return engine_trial.installed() and engine_trial.is_foretold(platform) and sandbox.usable(environ, platform)


def _load() -> None:
    importlib.import_module("helper_agent.ui.locked_page")


def _begin() -> None:
    from helper_agent.ui import locked_page

    locked_page.begin()


async def warm_up(
    quiet: Callable[[], bool],
    *,
    pause: Callable[[], Awaitable[None]] = lambda: asyncio.sleep(PAUSE),
    steps: Sequence[Callable[[], None]] = (_load, _begin),
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Load QtWebEngine, step by step, each after a pause in which it was `quiet`.

    Each step holds the loop, some tenths of a second in all, and Qt wants it in this thread. It must not be while a session begins.
    In the end `ready` is called, in such a moment too.
    """
    for step in (*steps, ready):
        await pause()
        while not quiet():
            await pause()
        step()


def leads_out(event: QKeyEvent) -> bool:
    """Whether this is Ctrl+Alt+Shift+T, the one key that the picture never takes (page.js knows it too)."""
    return event.key() == Qt.Key.Key_T and event.modifiers() & SWITCHES == SWITCHES


class PageView(QWidget):
    """The page at `address`. While it has the keyboard it takes every key but the one that leads out, and F11.

    `left`: that key was pressed. `full_wanted`: F11. `broken`: Chromium's process for the page has ended.
    """

    left = Signal()
    full_wanted = Signal()
    escaped = Signal()  # Escape, which goes to the page too
    broken = Signal()

    def __init__(self, address: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from helper_agent.ui.locked_page import make_view

        self._url = QUrl(f"{address}&embedded")
        self._view: QWebEngineView | None = make_view(self._url, self)
        self._view.page().renderProcessTerminated.connect(self._ended)
        self._view.installEventFilter(self)
        self._view.loadFinished.connect(self._tap)
        self._taps: set[QObject] = set()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        self.setFocusProxy(self._view)
        self._view.load(self._url)

    @property
    def keyboard_target(self) -> QWidget | None:
        """Chromium's own widget, which gets the keys; None before it is there."""
        return self._view.focusProxy() if self._view is not None else None

    def reload(self) -> None:
        """Show it anew."""
        if self._view is not None:
            self._view.reload()

    def set_name(self, name: str) -> None:
        """For screen readers."""
        self.setAccessibleName(name)
        if self._view is not None:
            self._view.setAccessibleName(name)

    def close_page(self) -> None:
        """Let the page go, with everything that Chromium holds for it. Nothing is shown after that."""
        view, self._view = self._view, None
        if view is not None:
            view.hide()
            view.setParent(None)
            view.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Chromium's own widget comes and goes inside the view; every key is looked at there before shortcuts are."""
        if event.type() is QEvent.Type.ChildAdded:
            QTimer.singleShot(0, self, self._tap)  # it is not the keyboard's yet
        elif event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            event.accept()  # else Alt+E, say, would press our button, and never reach the user
        elif event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and watched in self._taps:
            return self._pressed(event)
        return super().eventFilter(watched, event)

    def _tap(self) -> None:
        proxy = self.keyboard_target
        if proxy is not None and proxy not in self._taps:
            self._taps = {proxy}
            proxy.installEventFilter(self)

    def _pressed(self, event: QKeyEvent) -> bool:
        """Whether it is ours and does not reach the page."""
        if leads_out(event):
            self.left.emit()
            return True
        if event.key() == Qt.Key.Key_F11 and not event.modifiers():
            self.full_wanted.emit()
            return True
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self.escaped.emit()
        return False

    def _ended(self) -> None:
        self.broken.emit()
