"""Notices of the desktop, the task bar's blinking, and a short tone, for a person who looks elsewhere."""

import array
import math
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import cache

from PySide6.QtCore import QObject, QProcess, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

RATE = 22_050  # samples a second, 16 bits, one channel
TONES = ((880.0, 0.09), (1174.7, 0.16))  # Hz, seconds
LOUDNESS = 0.25
LINE = 200  # characters of a notice's title; desktops cut far earlier
TEXT = 500

PLAYERS: tuple[tuple[str, ...], ...] = (
    ("pacat", "--playback", "--format=s16le", f"--rate={RATE}", "--channels=1", "--latency-msec=100"),
    ("pw-cat", "--playback", "--format=s16", f"--rate={RATE}", "--channels=1", "-"),
    ("aplay", "--quiet", "--file-type=raw", "--format=S16_LE", f"--rate={RATE}", "--channels=1"),
)  # each plays what it reads


class Notices(QObject):
    """`clicked(key)`: the person clicked on the notice that was shown last with this key."""

    clicked = Signal(str)

    def __init__(
        self,
        icon: QSystemTrayIcon | None,
        *,
        window: QWidget | None = None,
        players: Sequence[Sequence[str]] = PLAYERS if sys.platform == "linux" else (),
        beep: Callable[[], None] = QApplication.beep,
        parent: QObject | None = None,
    ) -> None:
        """`icon`: the tray's. Without one, or where it cannot tell, only windows and the tone do.

        `window`: whose entry in the task bar blinks too, until the person looks at it.
        """
        super().__init__(parent)
        self._icon = icon
        self._window = window
        self._players = players
        self._beep = beep
        self._key = ""
        self._playing: QProcess | None = None
        if icon is not None:
            icon.messageClicked.connect(self._clicked)

    def show(self, title: str, text: str, *, key: str = "") -> None:
        """Tell this (plain characters). `key` comes back where it is clicked on."""
        self._key = key
        if self._icon is not None and self._icon.isVisible() and QSystemTrayIcon.supportsMessages():
            self._icon.showMessage(_plain(title, LINE), _plain(text, TEXT), self._icon.icon())
        if self._window is not None and self._window.isVisible():
            QApplication.alert(self._window)

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

    def _clicked(self) -> None:
        self.clicked.emit(self._key)

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


def _plain(text: str, limit: int) -> str:
    """Some desktops read a notice as markup: what would begin a tag or an entity is put so that none does."""
    return text[:limit].replace("&", "＆").replace("<", "‹").replace(">", "›")


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
