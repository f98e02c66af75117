"""The stop hotkey on macOS: Carbon's RegisterEventHotKey, which needs no permission and which Qt's loop hears."""

import ctypes
import ctypes.util
from typing import Any

from PySide6.QtCore import QObject

from common.host.log import get_logger
from user_agent.stop_keys import Modifier, StopHotkey
from user_agent.ui.hotkey.base import GlobalHotkey, Held

_MODS = {Modifier.SHIFT: 0x0200, Modifier.ALT: 0x0800, Modifier.CTRL: 0x1000}
_COMMAND = 0x0100
_EXCLUSIVE = 1  # kEventHotKeyExclusive: without it a key that another program has alone is given, and never heard
_HANDLER = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


def _four(letters: bytes) -> int:
    """Carbon's names are four letters in one number."""
    return int.from_bytes(letters, "big")


class _EventType(ctypes.Structure):
    """EventTypeSpec."""

    _fields_ = (("of", ctypes.c_uint32), ("kind", ctypes.c_uint32))


class _HotkeyId(ctypes.Structure):
    """EventHotKeyID."""

    _fields_ = (("signature", ctypes.c_uint32), ("number", ctypes.c_uint32))


class MacHotkey(GlobalHotkey):
    """Registers every combination that has the wanted modifiers: a helper may hold one down."""

    def __init__(self, key: StopHotkey, parent: QObject | None = None, *, carbon: Any = None) -> None:
        """`carbon`: the system's library."""
        super().__init__(key, parent)
        self._carbon = carbon
        self._handler = _HANDLER(self._hear)  # kept: Carbon calls it
        self._handler_ref = ctypes.c_void_p()
        self._keys: list[ctypes.c_void_p] = []

    def _take(self) -> Held:
        if self._carbon is None:
            self._carbon = _prepared(ctypes.CDLL(ctypes.util.find_library("Carbon")))
        carbon = self._carbon
        target = carbon.GetApplicationEventTarget()
        pressed = _EventType(_four(b"keyb"), 5)  # kEventClassKeyboard, kEventHotKeyPressed
        if carbon.InstallEventHandler(
            target, self._handler, 1, ctypes.byref(pressed), None, ctypes.byref(self._handler_ref)
        ):
            return Held.REFUSED
        wanted = sum(_MODS[one] for one in _MODS if one in self.key.modifiers)
        every = wanted | _COMMAND | sum(_MODS.values())
        taken = False
        for number, mods in enumerate(
            (mods for mods in range(every + 1) if mods & wanted == wanted and not mods & ~every), 1
        ):
            found = ctypes.c_void_p()
            name = _HotkeyId(_four(b"Tsuk"), number)
            if carbon.RegisterEventHotKey(self.key.key.mac, mods, name, target, _EXCLUSIVE, ctypes.byref(found)) == 0:
                self._keys.append(found)
                taken = taken or mods == wanted
        if not taken:
            get_logger(component="hotkey").info("hotkey_taken_by_another", key=self.key.name)
            self._let_go()
            return Held.REFUSED
        return Held.YES

    def _let_go(self) -> None:
        for key in self._keys:
            self._carbon.UnregisterEventHotKey(key)
        self._keys.clear()
        self._carbon.RemoveEventHandler(self._handler_ref)

    def _hear(self, _next: int | None, _event: int | None, _data: int | None) -> int:
        self.pressed.emit()
        return 0


def _prepared(carbon: ctypes.CDLL) -> ctypes.CDLL:
    """With its functions' types: pointers do not fit into the default."""
    pointer = ctypes.c_void_p
    carbon.GetApplicationEventTarget.restype = pointer
    carbon.GetApplicationEventTarget.argtypes = []
    carbon.InstallEventHandler.argtypes = [pointer, _HANDLER, ctypes.c_ulong, pointer, pointer, pointer]
    carbon.RegisterEventHotKey.argtypes = [
        ctypes.c_uint32,
        ctypes.c_uint32,
        _HotkeyId,
        pointer,
        ctypes.c_uint32,
        pointer,
    ]
    carbon.UnregisterEventHotKey.argtypes = [pointer]
    carbon.RemoveEventHandler.argtypes = [pointer]
    return carbon
