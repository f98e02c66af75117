"""The line that says by how much a text is too long."""

import asyncio

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from common.ui.language import Speech
from common.ui.text_limit import TextLimit
from tests.support.finding import find


def made(
    qtbot: QtBot, field: QLineEdit | QPlainTextEdit, *, kept: bool = False
) -> tuple[TextLimit, QLabel, list[bool]]:
    """The line under a field, shown, with what it says, and each time that it changed its mind."""
    window = QWidget()
    WINDOWS[:] = [window]
    qtbot.addWidget(window)
    field.setObjectName("field")
    limit = TextLimit(field, 5, kept=kept)
    layout = QVBoxLayout(window)
    layout.addWidget(field)
    layout.addWidget(limit)
    changes: list[bool] = []
    limit.changed.connect(lambda: changes.append(limit.fits))
    window.show()
    return limit, find(limit, QLabel, "field_limit"), changes


WINDOWS: list[QWidget] = []  # Python owns them


@pytest.mark.parametrize("kind", [QLineEdit, QPlainTextEdit])
async def test_it_says_by_how_much(qtbot: QtBot, speech: Speech, kind: type[QLineEdit | QPlainTextEdit]) -> None:
    """At the limit nothing is said; one more is told, as a screen reader reads it too; nothing is cut."""
    field = kind()
    write = field.setText if isinstance(field, QLineEdit) else field.setPlainText
    limit, note, changes = made(qtbot, field)
    write("12345")
    assert (limit.fits, note.isVisible(), changes) == (True, False, [])
    write("123456")
    assert (limit.fits, note.isVisible(), changes) == (False, True, [False])
    assert note.text() == "1 character is too many. At most 5 can be sent."
    assert note.accessibleName() == note.text()
    write("1234567")
    assert note.text() == "2 characters are too many. At most 5 can be sent."
    assert changes == [False]
    write("1")
    assert (limit.fits, note.isVisible(), changes) == (True, False, [False, True])


async def test_what_is_counted_is_what_is_sent(qtbot: QtBot, speech: Speech) -> None:
    """Characters as the wire counts them, without the spaces around and without what is taken out."""
    field = QPlainTextEdit()
    limit, _, _ = made(qtbot, field)
    field.setPlainText("  \U0001f600\U0001f600\U0001f600\U0001f600\x07\U0001f600 \n")
    assert limit.fits
    field.setPlainText("\U0001f600" * 6)
    assert not limit.fits


async def test_in_japanese(qtbot: QtBot, speech: Speech) -> None:
    """In the person's language, also where it is changed meanwhile; a note that stays here has other words."""
    field = QLineEdit()
    _, note, _ = made(qtbot, field, kept=True)
    field.setText("1234567")
    assert note.text() == "The last 2 characters are not kept. A note has at most 5."
    speech.use("ja")
    await asyncio.sleep(0)
    assert "5" in note.text()
    assert "note" not in note.text()
