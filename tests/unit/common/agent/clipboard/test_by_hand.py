"""Files that a command line copies and pastes."""

from pathlib import Path

import pytest

from common.agent.clipboard.by_hand import read_copied, write_received
from common.host.errors import TasukiError
from common.protocol.channel_clip import CLIPBOARD_LIMIT, PNG_BEGINS, ClipKind


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("日本語\r\n".encode(), ClipKind.TEXT),
        (PNG_BEGINS + b"\xff", ClipKind.PNG),
        (b"x" * CLIPBOARD_LIMIT, ClipKind.TEXT),
    ],
)
def test_what_is_in_a_file(tmp_path: Path, data: bytes, kind: ClipKind) -> None:
    """As it is, up to the limit; and back."""
    write_received(tmp_path / "one", data)
    assert read_copied(tmp_path / "one") == (kind, data)


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "clipboard_kind", "only text and pictures"),
        (b"\xff\xfe", "clipboard_kind", "only text and pictures"),
        (b"x" * (9 << 20), "clipboard_too_large", "9.0 MiB"),
        (None, "clipboard_file_unreadable", "No such file"),
    ],
)
def test_what_cannot_be_copied(tmp_path: Path, data: bytes | None, code: str, said: str) -> None:
    """Each with its sentence."""
    path = tmp_path / "one"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(TasukiError, match=said) as told:
        read_copied(path)
    assert told.value.code == code


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A sentence."""
    with pytest.raises(TasukiError) as told:
        write_received(tmp_path / "nowhere" / "one", b"x")
    assert told.value.code == "file_not_written"
