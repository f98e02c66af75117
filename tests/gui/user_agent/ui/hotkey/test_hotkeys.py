"""Hotkeys on systems that are not here, by what is said to their libraries; X11's is tried for real in tests/e2e/gui."""

import asyncio
import ctypes
import queue
from typing import Any

import pytest

from common.ui.application import once
from user_agent.stop_keys import chosen
from user_agent.ui.hotkey.base import GlobalHotkey, Held
from user_agent.ui.hotkey.choice import hotkey_for
from user_agent.ui.hotkey.macos import MacHotkey
from user_agent.ui.hotkey.windows import WindowsHotkey
from user_agent.ui.hotkey.x11 import X11Hotkey

PAUSE = chosen("Pause", "linux")
CTRL_F9 = chosen("Ctrl+F9", "linux")


class User32:
    """As much of Windows as a hotkey needs."""

    def __init__(self, *, free: bool = True) -> None:
        self.free = free
        self.registered: dict[int, tuple[int, int]] = {}
        self.messages: queue.Queue[int] = queue.Queue()

    def PeekMessageW(self, *_: Any) -> int:
        return 0

    def RegisterHotKey(self, window: None, number: int, mods: int, virtual: int) -> int:
        if self.free:
            self.registered[number] = (mods, virtual)
        return int(self.free)

    def UnregisterHotKey(self, window: None, number: int) -> int:
        del self.registered[number]
        return 1

    def GetMessageW(self, reference: Any, *_: Any) -> int:
        reference._obj.message = self.messages.get()
        return int(reference._obj.message != 0x0012)

    def PostThreadMessageW(self, thread: int, message: int, *_: int) -> int:
        assert thread == 77
        self.messages.put(message)
        return 1


class Kernel32:
    """Which thread it is."""

    def GetCurrentThreadId(self) -> int:
        return 77


async def test_windows_registers_hears_and_takes_back() -> None:
    """With every other modifier too, that a helper may hold; Ctrl makes Break of Pause."""
    user32 = User32()
    hotkey = WindowsHotkey(PAUSE, user32=user32, kernel32=Kernel32())
    assert hotkey.take() is Held.YES
    assert (0x4000, 0x13) in user32.registered.values()
    assert (0x4002, 0x03) in user32.registered.values()
    assert len(user32.registered) == 32
    pressed = asyncio.ensure_future(once(hotkey.pressed))
    await asyncio.sleep(0)
    user32.messages.put(0x0312)
    await asyncio.wait_for(pressed, 5)
    hotkey.let_go()
    assert user32.registered == {}
    assert hotkey.held is Held.NO


async def test_windows_with_a_modifier_always_has_it() -> None:
    """F9 alone is not Ctrl+F9."""
    user32 = User32()
    hotkey = WindowsHotkey(CTRL_F9, user32=user32, kernel32=Kernel32())
    assert hotkey.take() is Held.YES
    assert len(user32.registered) == 8
    assert all(mods & 0x0002 and virtual == 0x78 for mods, virtual in user32.registered.values())
    hotkey.let_go()


async def test_windows_that_refuses_is_asked_again_next_time() -> None:
    """Another program had the key, and has ended."""
    user32 = User32(free=False)
    hotkey = WindowsHotkey(PAUSE, user32=user32, kernel32=Kernel32())
    assert hotkey.take() is Held.REFUSED
    user32.free, user32.messages = True, queue.Queue()
    assert hotkey.take() is Held.YES
    hotkey.let_go()


class Carbon:
    """As much of macOS as a hotkey needs."""

    def __init__(self, *, free: bool = True) -> None:
        self.free = free
        self.options: set[int] = set()
        self.handler: Any = None
        self.keys: list[tuple[int, int]] = []

    def GetApplicationEventTarget(self) -> int:
        return 1

    def InstallEventHandler(self, target: int, handler: Any, *_: Any) -> int:
        self.handler = handler
        return 0

    def RegisterEventHotKey(self, code: int, mods: int, name: Any, target: int, options: int, found: Any) -> int:
        self.options.add(options)
        if self.free:
            self.keys.append((code, mods))
        return 0 if self.free else -9878

    def UnregisterEventHotKey(self, key: ctypes.c_void_p) -> int:
        self.keys.pop()
        return 0

    def RemoveEventHandler(self, handler: ctypes.c_void_p) -> int:
        self.handler = None
        return 0


async def test_macos_registers_hears_and_takes_back() -> None:
    """Carbon calls back on the loop's thread."""
    carbon = Carbon()
    hotkey = MacHotkey(CTRL_F9, carbon=carbon)
    assert hotkey.take() is Held.YES
    assert (101, 0x1000) in carbon.keys
    assert (101, 0x1100) in carbon.keys
    assert len(carbon.keys) == 8
    assert carbon.options == {1}  # alone (CarbonEvents.h): else a key is given that another program has alone
    heard: list[bool] = []
    hotkey.pressed.connect(lambda: heard.append(True))
    assert carbon.handler(None, None, None) == 0
    assert heard == [True]
    hotkey.let_go()
    assert carbon.keys == []
    assert carbon.handler is None


async def test_macos_may_refuse() -> None:
    """Then nothing stays behind."""
    carbon = Carbon(free=False)
    hotkey = MacHotkey(PAUSE, carbon=carbon)
    assert hotkey.take() is Held.REFUSED
    assert carbon.handler is None


@pytest.mark.parametrize(
    ("platform", "environ", "kind"),
    [
        ("win32", {}, WindowsHotkey),
        ("darwin", {}, MacHotkey),
        ("linux", {"DISPLAY": ":1"}, X11Hotkey),
        ("linux", {"DISPLAY": ":1", "WAYLAND_DISPLAY": "wayland-0"}, GlobalHotkey),
        ("linux", {"DISPLAY": ":1", "WAYLAND_DISPLAY": "wayland-0", "XDG_SESSION_TYPE": "x11"}, X11Hotkey),
        ("linux", {}, GlobalHotkey),
    ],
)
async def test_every_desktop_has_its_own(platform: str, environ: dict[str, str], kind: type[GlobalHotkey]) -> None:
    """Wayland's X server hears no keys of Wayland's windows, so it does not count."""
    assert type(hotkey_for(PAUSE, platform=platform, environ=environ)) is kind


async def test_a_desktop_without_hotkeys_says_so() -> None:
    """It is not refused: nobody can have one."""
    hotkey = hotkey_for(PAUSE, platform="linux", environ={})
    assert hotkey.take() is Held.IMPOSSIBLE
    hotkey.let_go()
    assert hotkey.held is Held.NO


async def test_a_display_that_is_none_refuses() -> None:
    """A sentence instead of a crash."""
    assert X11Hotkey(PAUSE, display="nowhere").take() is Held.REFUSED
