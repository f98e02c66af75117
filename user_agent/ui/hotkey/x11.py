"""The stop hotkey on X11: on a connection of its own, taken from all other programs, and heard besides.

A key that is taken (XGrabKey) does not come while another program holds the whole keyboard, as every open menu does;
then it is heard as a raw event of the X Input extension, which nobody can hold back. So another program's hold on the
same key is no hindrance either, where the server has that extension. Of other keys nothing is looked at but the number.
"""

import itertools
import sys
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier
from Xlib import X, error
from Xlib.ext import ge, xinput

from common.host.log import get_logger
from common.host.x11 import open_display
from user_agent.stop_keys import Modifier, StopHotkey
from user_agent.ui.hotkey.base import GlobalHotkey, Held

_MASKS = {Modifier.CTRL: X.ControlMask, Modifier.ALT: X.Mod1Mask, Modifier.SHIFT: X.ShiftMask}
_RAW_KEY_PRESS = 13  # XI_RawKeyPress
_HELD_BACK_BY_NOBODY = (2, 2)  # the extension's version: from 2.1 on raw events come whatever another client grabs


class X11Hotkey(GlobalHotkey):
    """Holds a connection while it is taken."""

    def __init__(self, key: StopHotkey, *, display: str, parent: QObject | None = None) -> None:
        super().__init__(key, parent)
        self._name = display
        self._display: Any = None
        self._notifier: QSocketNotifier | None = None
        self._codes: frozenset[int] = frozenset()
        self._modifiers = sum(_MASKS[one] for one in _MASKS if one in key.modifiers)

    def _take(self) -> Held:
        try:
            self._display = open_display(self._name)
            heard = self._listen()
            taken = self._grab()
        except (error.DisplayError, error.XError, error.ConnectionClosedError, OSError) as problem:
            get_logger(component="hotkey").warning("hotkey_refused", detail=str(problem))
            self._close()
            return Held.REFUSED
        if not (heard or taken):
            self._close()
            return Held.REFUSED
        self._notifier = QSocketNotifier(self._display.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._readable)
        self._drain()  # what came while we asked is read already
        return Held.YES

    def _let_go(self) -> None:
        self._close()

    def _listen(self) -> bool:
        """Hear raw keys; whether the server has them."""
        display = self._display
        if not display.has_extension(xinput.extname):
            return False
        opcode = display.display.get_extension_major(xinput.extname)
        major, minor = _HELD_BACK_BY_NOBODY
        said = xinput.XIQueryVersion(display=display.display, opcode=opcode, major_version=major, minor_version=minor)
        if (said.major_version, said.minor_version) < _HELD_BACK_BY_NOBODY:
            return False
        display.screen().root.xinput_select_events([(xinput.AllMasterDevices, 1 << _RAW_KEY_PRESS)])
        return True

    def _grab(self) -> bool:
        """Take the key from the other programs, whatever else is held down: a helper may hold Ctrl. Whether that went well.

        What another program has with Super and the like stays with it; that is no refusal.
        """
        display = self._display
        root = display.screen().root
        self._codes = frozenset(code for code, _ in display.keysym_to_keycodes(self.key.key.keysym))
        root.ungrab_key(X.AnyKey, X.AnyModifier)
        refused, elsewhere = error.CatchError(error.BadAccess), error.CatchError(error.BadAccess)
        locks = X.LockMask | X.Mod2Mask  # Caps and Num Lock
        for code, held in itertools.product(self._codes, _supersets(self._modifiers)):
            catch = elsewhere if held & ~self._modifiers & ~locks else refused
            root.grab_key(code, held, False, X.GrabModeAsync, X.GrabModeAsync, onerror=catch)
        display.sync()
        if refused.get_error() is not None:
            get_logger(component="hotkey").info("hotkey_taken_by_another", key=self.key.name)
        return bool(self._codes) and refused.get_error() is None

    def _readable(self) -> None:
        try:
            self._drain()
        except (error.XError, error.ConnectionClosedError, OSError) as problem:
            get_logger(component="hotkey").warning("hotkey_lost", detail=str(problem))
            self._close()
            self._held = Held.REFUSED

    def _drain(self) -> None:
        while self._display is not None and self._display.pending_events():
            event = self._display.next_event()
            if event.type == X.MappingNotify:
                self._mapping_changed(event)
            elif self._is_ours(event):
                self.pressed.emit()

    def _is_ours(self, event: Any) -> bool:
        if event.type == ge.GenericEventCode:
            return self._is_raw_press(event)
        return event.type == X.KeyPress and event.detail in self._codes

    def _is_raw_press(self, event: Any) -> bool:
        """A raw event tells the key; what is held beside it is asked for, where that matters."""
        if event.evtype != _RAW_KEY_PRESS or int.from_bytes(event.data[6:10], sys.byteorder) not in self._codes:
            return False
        wanted = self._modifiers
        return not wanted or self._display.screen().root.query_pointer().mask & wanted == wanted

    def _mapping_changed(self, event: Any) -> None:
        """Another keyboard, or a program has given a spare key a meaning: our key may lie elsewhere now."""
        before = self._codes
        self._display.refresh_keyboard_mapping(event)
        after = frozenset(code for code, _ in self._display.keysym_to_keycodes(self.key.key.keysym))
        if after != before:
            self._grab()

    def _close(self) -> None:
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None
        display, self._display = self._display, None
        if display is not None:
            try:
                display.close()
            except (error.ConnectionClosedError, OSError):
                get_logger(component="hotkey").debug("hotkey_connection_gone")


def _supersets(modifiers: int) -> list[int]:
    """Every combination of X's eight modifiers that has these."""
    return [held for held in range(256) if held & modifiers == modifiers]
