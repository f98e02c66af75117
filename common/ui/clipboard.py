"""The clipboard of a desktop by Qt: on Windows and macOS, where the program has windows. On X11 see common.agent.clipboard.x11.

Qt gives text with the ends of lines that it thinks right, and a picture as it would paint it: what comes is made anew.
"""

from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QObject
from PySide6.QtGui import QClipboard, QGuiApplication, QImage

from common.agent.clipboard.atoms import OURS
from common.agent.clipboard.clipboard import Copied, Listener, NotCopied
from common.protocol.channel_clip import CLIPBOARD_LIMIT, ClipKind, ClipWhy

SECRETS: Final = ("ExcludeClipboardContentFromMonitorProcessing", "org.nspasteboard.ConcealedType")
"""What password managers say, on Windows and on macOS."""


def qt_desktop(platform: str) -> "QtClipboard | None":
    """Where it is Qt's to have it; None on X11 and Wayland."""
    return QtClipboard(QGuiApplication.clipboard()) if platform != "linux" else None


class QtClipboard(QObject):
    """A DesktopClipboard (common.agent.clipboard.clipboard)."""

    def __init__(self, clipboard: QClipboard) -> None:
        super().__init__()
        self._clipboard = clipboard
        self._watched = False
        self._copied: Listener = lambda _: None

    def start(self, copied: Listener) -> None:
        """See DesktopClipboard."""
        self._copied = copied
        self._clipboard.dataChanged.connect(self._changed)

    def watch(self, on: bool) -> None:
        """See DesktopClipboard."""
        self._watched = on

    def look(self) -> None:
        """See DesktopClipboard."""
        self._changed()

    def own(self, kind: ClipKind, data: bytes) -> None:
        """See DesktopClipboard. A picture that Qt cannot read is left alone, as is one that would take too much memory."""
        mime = QMimeData()
        if kind is ClipKind.TEXT:
            mime.setText(data.decode())
        else:
            image = QImage.fromData(data)
            if image.isNull():
                return
            mime.setImageData(image)
        mime.setData(OURS, b"1")
        self._clipboard.setMimeData(mime)

    def close(self) -> None:
        """See DesktopClipboard. What was put there stays, as Qt leaves it to the system."""
        self._clipboard.dataChanged.disconnect(self._changed)

    def _changed(self) -> None:
        mime = self._clipboard.mimeData()
        if not self._watched or mime is None or mime.hasFormat(OURS):  # None: it was emptied
            return
        formats = mime.formats()
        if not formats or any(secret in name for secret in SECRETS for name in formats):
            return
        if mime.hasText():
            self._tell(ClipKind.TEXT, mime.text().encode("utf-8", "replace"))
        elif mime.hasImage():
            self._tell(ClipKind.PNG, _png(mime.imageData()))
        else:
            self._copied(NotCopied(ClipWhy.KIND))

    def _tell(self, kind: ClipKind, data: bytes) -> None:
        if len(data) > CLIPBOARD_LIMIT:
            self._copied(NotCopied(ClipWhy.TOO_LARGE, len(data)))
        elif data:
            self._copied(Copied(kind, data))


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # PySide6's stubs want bytes
    return bytes(buffer.data().data())
