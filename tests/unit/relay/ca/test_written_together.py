"""Files that are written together, or not at all."""

from pathlib import Path

import pytest

from relay.ca.written_together import TogetherWritten


def test_all_or_nothing(tmp_path: Path) -> None:
    """Also what goes: a block stays where nothing was written."""
    files, kept, gone = TogetherWritten(), tmp_path / "kept", tmp_path / "gone"
    gone.write_bytes(b"block")

    def change() -> None:
        files.write(kept, b"one")
        files.remove(gone)
        assert files.read(kept) == b"one"
        assert not kept.exists()
        assert gone.exists()

    with pytest.raises(ZeroDivisionError), files.together():  # noqa: PT012 -- the end of the block is what is tried
        change()
        raise ZeroDivisionError
    assert (kept.exists(), gone.exists()) == (False, True)
    with files.together():
        change()
    assert (kept.read_bytes(), gone.exists()) == (b"one", False)
    files.remove(gone)
    files.remove(kept)
    assert not kept.exists()
