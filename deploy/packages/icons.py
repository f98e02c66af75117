"""The programs' icon as files, painted by the same code as in the windows: PNG for Linux, ICO for Windows, ICNS for macOS."""

import struct
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QGuiApplication

from common.ui.app_icon import app_icon

PNG_SIZES = (16, 24, 32, 48, 64, 128, 256)
ICO_SIZES = (16, 24, 32, 48, 64, 256)
ICNS_KINDS = {16: b"icp4", 32: b"icp5", 64: b"icp6", 128: b"ic07", 256: b"ic08"}


def png(size: int) -> bytes:
    """The icon as a PNG of this many pixels."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not app_icon().pixmap(size, size).save(buffer, "PNG"):
        raise RuntimeError("Qt has painted no PNG")
    return bytes(buffer.data().data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """An ICO of PNGs: a directory of 16 bytes a picture, 256 written as 0."""
    head, body, at = struct.pack("<HHH", 0, 1, len(pictures)), b"", 6 + 16 * len(pictures)
    for size, data in pictures.items():
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(data), at + len(body))
        body += data
    return head + body


def icns(pictures: dict[int, bytes]) -> bytes:
    """An ICNS of PNGs: a kind and a length before each."""
    body = b"".join(
        ICNS_KINDS[size] + struct.pack(">I", 8 + len(data)) + data
        for size, data in pictures.items()
        if size in ICNS_KINDS
    )
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def write(folder: Path) -> None:
    """All of them into `folder`: tasuki-SIZE.png, tasuki.ico, tasuki.icns."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {size: png(size) for size in PNG_SIZES}
    for size, data in pictures.items():
        (folder / f"tasuki-{size}.png").write_bytes(data)
    (folder / "tasuki.ico").write_bytes(ico({size: pictures[size] for size in ICO_SIZES}))
    (folder / "tasuki.icns").write_bytes(icns(pictures))


if __name__ == "__main__":
    app = QGuiApplication(["icons", "-platform", "offscreen"])
    write(Path(sys.argv[1]))
