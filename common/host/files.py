"""Files that must be whole or absent, and files that only their owner may read."""

import contextlib
import os
import secrets
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from common.host.errors import TasukiError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def write_private(path: Path, data: bytes) -> None:
    """Write `data` so that only the owner reads it (0600), whole or not at all, and on the disk before this returns."""
    write_atomic(path, data, mode=PRIVATE_FILE)


def write_atomic(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Put `data` where `path` is by a rename: a reader sees the old file or the new one. Raises OSError."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), mode)  # the umask may have taken bits away
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the rename itself on the disk. Windows has no such call and needs none."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def private_folder(path: Path) -> Path:
    """Make `path` a folder (0700) of ours, parents too, and return it. Raises TasukiError where it cannot be one."""
    try:
        path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        if hasattr(os, "getuid") and path.lstat().st_uid != os.getuid():
            raise TasukiError("folder_not_private", folder=path)
        path.chmod(PRIVATE_FOLDER)
    except OSError as error:
        raise TasukiError("folder_unusable", folder=path, detail=error.strerror) from error
    return path


class FolderLock:
    """One program at a time works in a folder: held from `with` to its end, let go by the system if the program dies."""

    def __init__(self, folder: Path, name: str = "lock") -> None:
        self._folder = folder
        self._name = name
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock without waiting. Raises TasukiError (folder_in_use) where another program has it."""
        try:
            descriptor = os.open(self._folder / self._name, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        except OSError as error:
            raise TasukiError("folder_unusable", folder=self._folder, detail=error.strerror) from error
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise TasukiError("folder_in_use", folder=self._folder) from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the lock go; once is enough, twice does no harm. The file stays: removing it would race with the next one."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
