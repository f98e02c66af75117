"""What was written last is known again, and what a database lacks of it is seen; a file that fails keeps nobody from writing."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from relay.store.last_written import Found, LastWritten, WrittenFile

LAST = LastWritten(turn=100, row=40, digest=b"d" * 32)


@pytest.mark.parametrize(
    ("found", "lacks"),
    [
        (Found(turn=100, row=40, first_row=1, digest=LAST.digest), False),
        (Found(turn=150, row=60, first_row=1, digest=LAST.digest), False),
        (Found(turn=150, row=60, first_row=41, digest=None), False),  # archived away meanwhile
        (Found(turn=99, row=40, first_row=1, digest=LAST.digest), True),
        (Found(turn=150, row=60, first_row=1, digest=b"e" * 32), True),  # others went on from an older copy
        (Found(turn=150, row=39, first_row=1, digest=None), True),
        (Found(turn=150, row=0, first_row=0, digest=None), True),  # an empty one
    ],
)
def test_what_is_missing(found: Found, lacks: bool) -> None:
    """By the turn, and by the row that was the last."""
    assert found.lacks(LAST) is lacks


def test_an_empty_log() -> None:
    """Then the turn alone tells."""
    last = LastWritten(turn=3)
    assert not Found(turn=3, row=0, first_row=0, digest=None).lacks(last)
    assert Found(turn=2, row=0, first_row=0, digest=None).lacks(last)


def test_it_is_known_again(tmp_path: Path) -> None:
    """By whoever opens the file next; a shorter line leaves nothing of a longer one, and others may not read it."""
    path = tmp_path / "last-written"
    file = WrittenFile(path)
    assert file.read() is None
    for last in (LastWritten(turn=10**18, row=10**17, digest=b"x" * 32), LAST, LastWritten(turn=1)):
        file.write(last)
        assert WrittenFile(path).read() == last
    file.close()
    assert WrittenFile(path).read() == LastWritten(turn=1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size == 256
    file.close()  # twice does no harm
    file.sync()


@pytest.mark.parametrize("content", [b"", b"{", b'{"turn":"x"}', bytes(256)])
def test_a_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    """Nothing is known then, and the log says so, once."""
    path = tmp_path / "last-written"
    path.write_bytes(content)
    file = WrittenFile(path)
    with capture_logs() as logs:
        assert file.read() is None
        assert file.read() is None
    assert [line["event"] for line in logs] == ["last_written_unknown"]
    file.write(LAST)
    assert file.read() == LAST
    file.close()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """It raises nothing: records are more than the memory of them."""
    file = WrittenFile(tmp_path / "nowhere" / "last-written")
    with capture_logs() as logs:
        file.write(LAST)
        file.write(LAST)
        file.sync()
        file.close()
    assert [line["event"] for line in logs] == ["last_written_unknown"]
