"""Windows are tested on the programs' own loop, without a screen unless one is wished for (QT_QPA_PLATFORM=xcb). `make test` runs them apart."""

import os
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication

from common.ui.language import Speech
from common.ui.theme import Scheme, Theme


@pytest.fixture
def app() -> QApplication:
    """The one application, as tests/conftest.py made it."""
    made = QApplication.instance()
    assert isinstance(made, QApplication)
    return made


@pytest.fixture
def speech(app: QApplication) -> Iterator[Speech]:
    """English at the start of every test, and at its end."""
    made = Speech(app, "en")
    yield made
    made.use("en")


@pytest.fixture
def theme(app: QApplication) -> Theme:
    """Light, whatever the desktop says."""
    return Theme(app, Scheme.LIGHT)
