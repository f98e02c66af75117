"""Qt's clipboard, as a program with windows has it where there is no X11."""

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QClipboard, QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from common.agent.clipboard.clipboard import Copied, Copy, NotCopied
from common.protocol.channel_clip import CLIPBOARD_LIMIT, PNG_BEGINS, ClipKind, ClipWhy
from common.ui.clipboard import SECRETS, QtClipboard, qt_desktop


@pytest.fixture
def system(qtbot: QtBot) -> QClipboard:
    """Empty."""
    del qtbot
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    return clipboard


def watched(system: QClipboard) -> tuple[QtClipboard, list[Copy]]:
    """One that is watched, and what it tells."""
    made, heard = QtClipboard(system), list[Copy]()
    made.start(heard.append)
    made.watch(True)
    return made, heard


def mime(kind: str, data: bytes = b"x", text: str = "") -> QMimeData:
    """A copy of this kind."""
    made = QMimeData()
    made.setData(kind, data)
    if text:
        made.setText(text)
    return made


def test_where_it_is_qts(system: QClipboard) -> None:
    """On Windows and macOS; X11 has a way without windows."""
    assert qt_desktop("linux") is None
    for platform in ("win32", "darwin"):
        found = qt_desktop(platform)
        assert found is not None


def test_what_is_copied(system: QClipboard) -> None:
    """Text, a picture, other kinds, what is too large; nothing unwatched, and nothing of a password manager."""
    made, heard = watched(system)
    system.setText("日本語 😀")
    assert heard == [Copied(ClipKind.TEXT, "日本語 😀".encode())]
    heard.clear()
    image = QImage(3, 2, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    system.setImage(image)
    [picture] = heard
    assert isinstance(picture, Copied)
    assert picture.kind is ClipKind.PNG
    assert QImage.fromData(picture.data).size() == image.size()
    heard.clear()
    system.setMimeData(mime("text/html", b"<b>x</b>"))
    system.setText("x" * (CLIPBOARD_LIMIT + 1))
    assert heard == [NotCopied(ClipWhy.KIND), NotCopied(ClipWhy.TOO_LARGE, CLIPBOARD_LIMIT + 1)]
    heard.clear()
    for secret in SECRETS:
        system.setMimeData(mime(f'application/x-qt-windows-mime;value="{secret}"', text="password"))
    system.clear()
    made.watch(False)
    system.setText("unwatched")
    assert heard == []
    made.watch(True)
    made.look()
    assert heard == [Copied(ClipKind.TEXT, b"unwatched")]
    made.close()
    system.setText("closed")
    assert len(heard) == 1


def test_what_is_put_there(system: QClipboard) -> None:
    """Programs can paste it, and it is not heard of again; a picture that is none changes nothing."""
    made, heard = watched(system)
    made.own(ClipKind.TEXT, "日本語 😀".encode())
    assert system.text() == "日本語 😀"
    made.own(ClipKind.PNG, PNG_BEGINS + b"broken")
    assert system.text() == "日本語 😀"
    image = QImage(3, 2, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    other, seen = watched(system)
    system.setImage(image)
    [picture] = seen
    assert isinstance(picture, Copied)
    other.close()
    heard.clear()
    made.own(picture.kind, picture.data)
    assert system.image().size() == image.size()
    assert heard == []
    made.close()
