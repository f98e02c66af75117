"""The viewer's page inside a window, by QtWebEngine, an extra (`webengine`). QtWebEngine is imported with the first session, not before."""

import importlib.util
import os
import sys
from collections.abc import Mapping


def available(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether the page can be shown inside a window. Chromium ends the whole process where it is root without being told that this is meant."""
    if importlib.util.find_spec("PySide6.QtWebEngineWidgets") is None:
        return False
    root = platform != "win32" and os.geteuid() == 0
    return not root or environ.get("QTWEBENGINE_DISABLE_SANDBOX") == "1"
