"""What a command line copies and pastes: files."""

from pathlib import Path

from common.agent.views import ClipboardLeftOut
from common.host.errors import TasukiError
from common.protocol.channel_clip import CLIPBOARD_LIMIT, PNG_BEGINS, ClipKind, ClipWhy, is_whole


def read_copied(path: Path) -> tuple[ClipKind, bytes]:
    """What is in it, text (UTF-8) or a PNG picture. Raises TasukiError `clipboard_too_large`, `clipboard_kind`, `clipboard_file_unreadable`."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            data = file.read(CLIPBOARD_LIMIT + 1)
    except OSError as error:
        raise TasukiError("clipboard_file_unreadable", path=path, detail=error.strerror) from error
    if len(data) > CLIPBOARD_LIMIT:
        raise ClipboardLeftOut(ClipWhy.TOO_LARGE, max(size, len(data))).problem
    kind = ClipKind.PNG if data.startswith(PNG_BEGINS) else ClipKind.TEXT
    if not data or not is_whole(kind, data):
        raise ClipboardLeftOut(ClipWhy.KIND).problem
    return kind, data


def write_received(path: Path, data: bytes) -> None:
    """Raises TasukiError `file_not_written`."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise TasukiError("file_not_written", path=path, detail=error.strerror) from error
