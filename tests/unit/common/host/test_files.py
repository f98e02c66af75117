"""Files: whole or absent, private where they must be, one program at a time in a folder."""

import os
import stat
import threading
from pathlib import Path

import pytest

from common.host.errors import TasukiError
from common.host.files import FolderLock, private_folder, write_atomic, write_private
from tests.support.marks import needs
from tests.support.private_files import is_private


def test_a_private_file_is_for_its_owner(tmp_path: Path) -> None:
    """0600 whatever the umask, also over a file that was open to all."""
    path = tmp_path / "key.pem"
    path.write_bytes(b"old")
    path.chmod(0o666)
    before = os.umask(0)
    try:
        write_private(path, b"new")
    finally:
        os.umask(before)
    assert (path.read_bytes(), is_private(path)) == (b"new", True)


@needs("os.umask")
def test_a_public_file_is_readable_under_a_narrow_umask(tmp_path: Path) -> None:
    """The mode asked for is the mode given."""
    before = os.umask(0o077)
    try:
        write_atomic(tmp_path / "root.pem", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "root.pem").stat().st_mode) == 0o644


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the disk refuses, what was there stays."""
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]
    assert path.read_bytes() == b"old"


def test_a_private_folder_is_made_and_narrowed(tmp_path: Path) -> None:
    """Parents are made; one that was open to all is closed."""
    deep = private_folder(tmp_path / "a" / "b")
    assert (deep.is_dir(), is_private(deep)) == (True, True)
    deep.chmod(0o755)
    assert is_private(private_folder(deep))


@needs("os.geteuid")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another owner could read what is put there."""
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(TasukiError) as caught:
        private_folder(tmp_path)
    assert caught.value.code == "folder_not_private"


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    """A folder that cannot be one is an error with a sentence."""
    (tmp_path / "file").touch()
    with pytest.raises(TasukiError) as caught:
        private_folder(tmp_path / "file" / "folder")
    assert caught.value.code == "folder_unusable"
    with pytest.raises(TasukiError):
        FolderLock(tmp_path / "absent").acquire()


def test_whoever_waits_for_a_lock_has_it_next(tmp_path: Path) -> None:
    """One after the other, as long as the first holds it; a folder that is not there is told."""
    held = FolderLock(tmp_path)
    held.acquire()
    order: list[str] = []

    def wait() -> None:
        lock = FolderLock(tmp_path)
        lock.wait()
        order.append("second")
        lock.release()

    waiting = threading.Thread(target=wait)
    waiting.start()
    waiting.join(0.05)
    order.append("first")
    held.release()
    waiting.join(10)
    assert order == ["first", "second"]
    with pytest.raises(TasukiError) as caught:
        FolderLock(tmp_path / "absent").wait()
    assert caught.value.code == "folder_unusable"


def test_one_program_at_a_time(tmp_path: Path) -> None:
    """A second lock is refused until the first is let go."""
    with FolderLock(tmp_path):
        with pytest.raises(TasukiError) as caught:
            FolderLock(tmp_path).acquire()
        assert caught.value.code == "folder_in_use"
    with FolderLock(tmp_path) as again:
        again.release()
