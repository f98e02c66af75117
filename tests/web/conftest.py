"""Windows with QtWebEngine in them: `make web` runs these by themselves. Chromium does not bear an application whose events are
watched in Python, as tests/gui does it.
"""

import os
from collections.abc import Iterator

# As root Chromium wants to be told that this is meant, before it is loaded. Nothing but our own page is loaded in it.
os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")
os.environ.setdefault("QTWEBENGINE_CHROMIUM_FLAGS", "--disable-gpu")  # without a screen its thread for that crashes

import pytest
from PySide6.QtWidgets import QApplication
from shiboken6 import delete

from common.ui.language import Speech


@pytest.fixture
def speech() -> Iterator[Speech]:
    """English."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    made = Speech(app, "en")
    yield made
    delete(made)
