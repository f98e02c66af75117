"""The stop hotkey on Windows: RegisterHotKey, in a thread of its own, so that it is heard whatever the windows are busy with."""

import ctypes
import itertools
import threading
from typing import Any

from PySide6.QtCore import QObject

from common.host.log import get_logger
from user_agent.stop_keys import Modifier, StopHotkey
from user_agent.ui.hotkey.base import GlobalHotkey, Held

_MODS = {Modifier.ALT: 0x0001, Modifier.CTRL: 0x0002, Modifier.SHIFT: 0x0004}
_ALL_MODS = 0x000F  # with the Windows key
_NO_REPEAT = 0x4000
_WM_HOTKEY = 0x0312
_WM_QUIT = 0x0012
_PATIENCE = 2.0  # seconds for the thread to have registered it


class _Msg(ctypes.Structure):
    """MSG."""

    _fields_ = (
        ("window", ctypes.c_void_p),
        ("message", ctypes.c_uint),
        ("word", ctypes.c_size_t),
        ("long", ctypes.c_ssize_t),
        ("time", ctypes.c_uint32),
        ("x", ctypes.c_int32),
        ("y", ctypes.c_int32),
    )


class WindowsHotkey(GlobalHotkey):
    """Registers every combination that has the wanted modifiers: a helper may hold Ctrl. The thread ends with `let_go`."""

    def __init__(
        self, key: StopHotkey, parent: QObject | None = None, *, user32: Any = None, kernel32: Any = None
    ) -> None:
        """`user32` and `kernel32`: the system's libraries."""
        super().__init__(key, parent)
        self._user32 = user32
        self._kernel32 = kernel32
        self._thread: threading.Thread | None = None
        self._thread_id = 0
        self._ready = threading.Event()
        self._registered = False

    def _take(self) -> Held:
        if self._user32 is None:
            self._user32 = ctypes.WinDLL("user32")  # type: ignore[attr-defined,unused-ignore]
            self._kernel32 = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
        self._ready.clear()
        self._registered = False
        self._thread = threading.Thread(target=self._live, name="hotkey", daemon=True)
        self._thread.start()
        self._ready.wait(_PATIENCE)
        if not self._registered:
            self._let_go()
            return Held.REFUSED
        return Held.YES

    def _let_go(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._user32.PostThreadMessageW(self._thread_id, _WM_QUIT, 0, 0)
            thread.join(_PATIENCE)

    def _live(self) -> None:
        """The thread: register, hear, and take it back. Windows binds a hotkey to the thread that registered it."""
        message = _Msg()
        self._thread_id = self._kernel32.GetCurrentThreadId()
        self._user32.PeekMessageW(
            ctypes.byref(message), None, 0, 0, 0
        )  # makes the thread's queue, before anything is posted
        numbers = self._register()
        self._ready.set()
        try:
            while numbers and self._user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
                if message.message == _WM_HOTKEY:
                    self.pressed.emit()  # Qt hands it to the loop's thread
        finally:
            for number in numbers:
                self._user32.UnregisterHotKey(None, number)

    def _register(self) -> list[int]:
        """The numbers of those that could be had. Refused is it where the combination itself could not."""
        wanted = sum(_MODS[one] for one in _MODS if one in self.key.modifiers)
        held = [mods for mods in range(_ALL_MODS + 1) if mods & wanted == wanted]
        numbers = []
        for number, (mods, virtual) in enumerate(itertools.product(held, self.key.key.virtual), start=1):
            if self._user32.RegisterHotKey(None, number, mods | _NO_REPEAT, virtual):
                numbers.append(number)
                self._registered = self._registered or mods == wanted
        if not self._registered:
            get_logger(component="hotkey").info("hotkey_taken_by_another", key=self.key.name)
        return numbers
