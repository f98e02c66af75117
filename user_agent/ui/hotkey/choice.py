"""Which hotkey this desktop can have."""

from collections.abc import Mapping

from PySide6.QtCore import QObject

from common.host.screen import is_wayland
from user_agent.stop_keys import StopHotkey
from user_agent.ui.hotkey.base import GlobalHotkey


def hotkey_for(
    key: StopHotkey, *, platform: str, environ: Mapping[str, str], parent: QObject | None = None
) -> GlobalHotkey:
    """The hotkey of this system; one that says IMPOSSIBLE where there is none. Nothing is taken yet."""
    if platform == "win32":
        from user_agent.ui.hotkey.windows import WindowsHotkey

        return WindowsHotkey(key, parent)
    if platform == "darwin":
        from user_agent.ui.hotkey.macos import MacHotkey

        return MacHotkey(key, parent)
    if environ.get("DISPLAY") and not is_wayland(environ):
        from user_agent.ui.hotkey.x11 import X11Hotkey

        return X11Hotkey(key, display=environ["DISPLAY"], parent=parent)
    return GlobalHotkey(key, parent)
