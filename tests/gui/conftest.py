"""Windows are tested on the programs' own loop, without a screen unless one is wished for (QT_QPA_PLATFORM=xcb). `make test` runs them apart."""

import os
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication
from shiboken6 import delete

from common.ui.language import Speech
from common.ui.theme import Scheme, Theme
from tests.support.watchdog import WATCH, warm_up


@pytest.fixture(scope="session", autouse=True)
def warmed_up() -> None:
    """No test pays for what only the first window costs."""
    warm_up()


@pytest.fixture(autouse=True)
def loop_is_never_held() -> Iterator[None]:
    """A test fails in which one callback held the loop for too long (tests/support/watchdog.py)."""
    WATCH.take()
    yield
    assert WATCH.take() == []


@pytest.fixture(autouse=True)
def clipboard_is_left_empty() -> Iterator[None]:
    """What Python made and a clipboard without a screen still has at the program's end brings that down."""
    yield
    QApplication.clipboard().clear()


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
    delete(made)


@pytest.fixture
def theme(app: QApplication) -> Iterator[Theme]:
    """Light, whatever the desktop says."""
    made = Theme(app, Scheme.LIGHT)
    yield made
    delete(made)
