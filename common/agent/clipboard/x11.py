"""The clipboard of an X11 desktop: the selection CLIPBOARD, on a connection of its own, in a thread of its own.

The thread waits for the X server and for the loop, never for another program; python-xlib waits for the X server without end
where that hangs, and then nothing but this thread does. What is in PRIMARY (what is merely marked) is not looked at.
"""

import asyncio
import contextlib
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from Xlib import X, error
from Xlib.ext import xfixes

from common.agent.clipboard.atoms import Atoms
from common.agent.clipboard.clipboard import Copy, Listener
from common.agent.clipboard.reading import SelectionReader
from common.agent.clipboard.serving import SelectionServer
from common.host.log import get_logger
from common.host.x11 import open_display
from common.protocol.channel_clip import ClipKind

CLOSE = 2.0  # seconds until a thread that hangs is left alone
_LOST = (error.ConnectionClosedError, error.XError, OSError)


def open_x11(display: str) -> "X11Clipboard | None":
    """The clipboard of that X display; None where it has none. Connects: never on the loop."""
    try:
        connection = open_display(display)
    except (error.DisplayError, *_LOST) as problem:
        get_logger(component="clipboard").warning("no_clipboard", detail=str(problem))
        return None
    try:
        if connection.has_extension("XFIXES"):
            return X11Clipboard(connection)
    except _LOST as problem:
        get_logger(component="clipboard").warning("no_clipboard", detail=str(problem))
    with contextlib.suppress(*_LOST):
        connection.close()
    return None


class X11Clipboard:
    """A DesktopClipboard (common.agent.clipboard.clipboard)."""

    def __init__(self, display: Any) -> None:
        display.set_error_handler(lambda _error, _request: None)  # a window that has gone; else it goes to stderr
        display.xfixes_query_version()
        root = display.screen().root
        self._display = display
        self._window = root.create_window(0, 0, 1, 1, 0, X.CopyFromParent, event_mask=X.PropertyChangeMask)
        self._atoms = Atoms(display)
        clipboard = self._atoms["CLIPBOARD"]
        display.xfixes_select_selection_input(self._window, clipboard, xfixes.XFixesSetSelectionOwnerNotifyMask)
        self._owner_changed = display.extension_event.SetSelectionOwnerNotify
        display.sync()
        self._reading = SelectionReader(window=self._window, atoms=self._atoms, done=self._say)
        self._serving = SelectionServer(window=self._window, atoms=self._atoms, owner_of=display.get_selection_owner)
        self._watched = False
        self._orders: deque[Callable[[], None] | None] = deque()  # None: the end
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="clipboard", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._copied: Listener = lambda _: None
        self._closed = False

    # on the loop

    def start(self, copied: Listener) -> None:
        """See DesktopClipboard."""
        self._loop, self._copied = asyncio.get_running_loop(), copied
        self._thread.start()

    def watch(self, on: bool) -> None:
        """See DesktopClipboard."""
        self._order(lambda: self._watch(on))

    def look(self) -> None:
        """See DesktopClipboard."""
        self._order(self._look)

    def own(self, kind: ClipKind, data: bytes) -> None:
        """See DesktopClipboard."""
        self._order(lambda: self._serving.own(kind, data))

    def close(self) -> None:
        """See DesktopClipboard. What was put there goes with the program, as with any other."""
        if self._closed:
            return
        self._closed = True
        self._order(None)
        if self._loop is not None:
            self._thread.join(CLOSE)
        self._wake.close()

    def _order(self, order: Callable[[], None] | None) -> None:
        self._orders.append(order)
        with contextlib.suppress(OSError):  # full: it is being woken; closed: the X server has gone
            self._wake.send(b"\0")

    # in the thread

    def _run(self) -> None:
        try:
            while self._turn():
                pass
        except _LOST as problem:
            get_logger(component="clipboard").warning("clipboard_lost", detail=str(problem))
        finally:
            with contextlib.suppress(*_LOST):
                self._display.close()
            self._woken.close()

    def _turn(self) -> bool:
        while self._orders:
            order = self._orders.popleft()
            if order is None:
                return False
            order()
        while self._display.pending_events():
            self._event(self._display.next_event())
        now = time.monotonic()
        if (due := self._reading.deadline) is not None and due <= now:
            self._reading.late()
        self._serving.late(now)
        self._display.flush()
        deadlines = [due for due in (self._reading.deadline, self._serving.deadline) if due is not None]
        patience = max(0.0, min(deadlines) - now) if deadlines else None
        if not self._display.pending_events() and not self._orders:
            ready, _, _ = select.select([self._display, self._woken], [], [], patience)
            if self._woken in ready:
                self._woken.recv(4096)
        return True

    def _event(self, event: Any) -> None:
        now = time.monotonic()
        if event.type == X.SelectionRequest:
            self._serving.asked(event, now)
        elif event.type == X.SelectionClear:
            self._serving.lost()
        elif event.type == X.SelectionNotify:
            self._reading.answered(event, now)
        elif event.type == X.PropertyNotify:
            self._property(event, now)
        elif (event.type, getattr(event, "sub_code", None)) == self._owner_changed and self._watched:
            self._new_owner(event, now)

    def _property(self, event: Any, now: float) -> None:
        if event.window != self._window:
            if event.state == X.PropertyDelete:
                self._serving.property_taken(event.window, event.atom, now)
        elif event.state == X.PropertyNewValue:
            self._serving.property_changed(event.atom, event.time)
            self._reading.property_changed(event.atom, now)

    def _watch(self, on: bool) -> None:
        self._watched = on
        if not on:
            self._reading.forget()

    def _look(self) -> None:
        owner = self._display.get_selection_owner(self._atoms["CLIPBOARD"])
        if owner not in {X.NONE, self._window}:
            self._reading.begin(X.CurrentTime, time.monotonic())

    def _new_owner(self, event: Any, now: float) -> None:
        owner = event.owner
        if owner == self._window:
            return
        if not owner:
            self._reading.forget()
            return
        self._reading.begin(event.timestamp, now)

    def _say(self, copy: Copy) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody hears it any more
                self._loop.call_soon_threadsafe(self._tell, copy)

    def _tell(self, copy: Copy) -> None:
        if not self._closed:
            self._copied(copy)
