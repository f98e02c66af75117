"""Notices of the desktop, the task bar's blinking and its number, and a short tone, for a person who looks elsewhere."""

import array
import math
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from common.agent.notice import DEFAULT, Notice, Picture
from common.ui.app_icon import app_icon

if TYPE_CHECKING:
    from common.agent.desktop_notices import DesktopNotices

RATE = 22_050  # samples a second, 16 bits, one channel
TONES = ((880.0, 0.09), (1174.7, 0.16))  # Hz, seconds
LOUDNESS = 0.25
LINE = 200  # characters of a notice's title; desktops cut far earlier
TEXT = 500
SIZE = 48  # pixels of the icon
LEAVE = "XDG_ACTIVATION_TOKEN"
LASTS = 10_000  # milliseconds that it is good for

PLAYERS: tuple[tuple[str, ...], ...] = (
    ("pacat", "--playback", "--format=s16le", f"--rate={RATE}", "--channels=1", "--latency-msec=100"),
    ("pw-cat", "--playback", "--format=s16", f"--rate={RATE}", "--channels=1", "-"),
    ("aplay", "--quiet", "--file-type=raw", "--format=S16_LE", f"--rate={RATE}", "--channels=1"),
)  # each plays what it reads


class Notices(QObject):
    """`acted(key, action)`: the person chose it in the notice with this key; DEFAULT: clicked on the notice itself. `gone(key)`: put away.

    They are shown by the desktop's own program for them where there is one, else beside the icon, one at a time and without buttons.
    """

    acted = Signal(str, str)
    gone = Signal(str)

    def __init__(
        self,
        icon: QSystemTrayIcon | None,
        *,
        window: QWidget | None = None,
        socket: str | None = None,
        players: Sequence[Sequence[str]] = PLAYERS if sys.platform == "linux" else (),
        beep: Callable[[], None] = QApplication.beep,
        parent: QObject | None = None,
    ) -> None:
        """`icon`: the tray's. `window`: whose entry in the task bar blinks too, until the person looks at it.

        `socket`: the session bus's, where the desktop is asked to show them (common.host.session_bus.socket_path).
        """
        super().__init__(parent)
        self._icon = icon
        self._window = window
        self._players = players
        self._beep = beep
        self._key = ""
        self._playing: QProcess | None = None
        self._desktop = None if socket is None else self._of_desktop(socket)
        if icon is not None:
            icon.messageClicked.connect(lambda: self.acted.emit(self._key, DEFAULT))

    def _of_desktop(self, socket: str) -> "DesktopNotices":
        from common.agent.desktop_notices import DesktopNotices  # jeepney is there where a session bus can be

        return DesktopNotices(
            socket=socket,
            name="Tasuki",
            entry=QGuiApplication.desktopFileName(),
            picture=_picture(),
            on_action=self._acted,
            on_gone=self.gone.emit,
            on_failed=self._beside_the_icon,
        )

    def show(
        self, title: str, text: str, *, key: str = "", actions: Sequence[tuple[str, str]] = (), stays: bool = False
    ) -> None:
        """Tell this (plain characters), in the place of what was told with the same key. `actions`: keys and words of buttons.

        `stays`: until it is withdrawn, or the person puts it away.
        """
        notice = Notice(key=key, title=title[:LINE], text=text[:TEXT], actions=tuple(actions), stays=stays)
        if self._desktop is not None:
            self._desktop.show(notice)
        else:
            self._beside_the_icon(notice)
        self.blink()

    def blink(self) -> None:
        """The window's entry in the task bar, until the person looks at it."""
        if self._window is not None and self._window.isVisible():
            QApplication.alert(self._window)

    def withdraw(self, key: str) -> None:
        """What was told with this key is past. Beside the icon it goes by itself."""
        if self._desktop is not None:
            self._desktop.withdraw(key)

    def stands(self, key: str) -> bool:
        """Whether it is still before the person, as far as that can be known."""
        return self._desktop is not None and self._desktop.stands(key)

    def count(self, number: int) -> None:
        """On the program's icon in the task bar, or in the Dock."""
        if self._desktop is not None:
            self._desktop.count(number)
        elif isinstance(app := QGuiApplication.instance(), QGuiApplication):
            app.setBadgeNumber(
                number
            )  # where there is a bus, Qt sends it to a path that none takes, for our name's dash

    async def close(self) -> None:
        """Nothing of it stays on the desktop."""
        if self._desktop is not None:
            await self._desktop.close()

    def _acted(self, key: str, action: str, token: str) -> None:
        """The token is the desktop's leave to come to the front, which Qt and viewers look for in the environment.

        A session's window comes a moment later, once the relay has answered.
        """
        if token:
            os.environ[LEAVE] = token
            QTimer.singleShot(LASTS, lambda: _forget(token))
        self.acted.emit(key, action)

    def _beside_the_icon(self, notice: Notice) -> None:
        if self._icon is not None and self._icon.isVisible() and QSystemTrayIcon.supportsMessages():
            self._key = notice.key
            self._icon.showMessage(_plain(notice.title), _plain(notice.text), self._icon.icon())

    def sound(self) -> None:
        """A short tone of two notes; the system's beep where no player is found or it fails. One at a time."""
        if self._playing is not None:
            return
        command = next((player for player in self._players if shutil.which(player[0])), None)
        if command is None:
            self._beep()
            return
        process = QProcess(self)
        self._playing = process
        process.setStandardOutputFile(QProcess.nullDevice())
        process.setStandardErrorFile(QProcess.nullDevice())
        process.errorOccurred.connect(self._failed)
        process.finished.connect(self._finished)
        process.start(command[0], list(command[1:]))
        process.write(samples())
        process.closeWriteChannel()

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._end()
            self._beep()

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._end()
        if code or status is not QProcess.ExitStatus.NormalExit:
            self._beep()

    def _end(self) -> None:
        if self._playing is not None:
            self._playing.deleteLater()
            self._playing = None


def _forget(token: str) -> None:
    if os.environ.get(LEAVE) == token:
        del os.environ[LEAVE]


def _picture() -> Picture | None:
    """The program's icon, as the desktop takes it."""
    image = app_icon().pixmap(SIZE, SIZE).toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    if image.isNull():
        return None
    return Picture(width=image.width(), height=image.height(), data=bytes(image.constBits()))


def _plain(text: str) -> str:
    """Some desktops read a notice as markup: what would begin a tag or an entity is put so that none does."""
    return text.replace("&", "＆").replace("<", "‹").replace(">", "›")


@cache
def samples() -> bytes:
    """The tone, each note fading in and out so that nothing clicks."""
    values = array.array("h")
    for pitch, seconds in TONES:
        count = int(RATE * seconds)
        for at in range(count):
            envelope = min(1.0, at / (RATE * 0.005), (count - at) / (RATE * 0.04))
            values.append(int(32767 * LOUDNESS * envelope * math.sin(2 * math.pi * pitch * at / RATE)))
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()
