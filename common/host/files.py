"""Files that must be whole or absent, and files that only their owner may read."""

import contextlib
import ctypes
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from common.host.errors import TasukiError
from common.host.windows_acl import make_private

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_LOCKFILE_EXCLUSIVE_LOCK = 2


def write_private(path: Path, data: bytes) -> None:
    """Write `data` so that only the owner reads it (0600), whole or not at all, and on the disk before this returns."""
    write_atomic(path, data, mode=PRIVATE_FILE)


def write_atomic(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Put `data` where `path` is by a rename: a reader sees the old file or the new one. Raises OSError."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if sys.platform != "win32":
                os.fchmod(file.fileno(), mode)  # the umask may have taken bits away
            elif mode == PRIVATE_FILE:
                make_private(beside, folder=False)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_private_all(contents: Mapping[Path, bytes]) -> None:
    """As `write_private` for each, in this order, but that the disk is waited for twice in all, not for each. Raises OSError.

    No rename is made before all contents are on the disk; killed between two renames, some files are new and the rest are old.
    """
    besides: dict[Path, Path] = {}
    try:
        for path, data in contents.items():
            beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            besides[path] = beside
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
        _sync_disks()
        for path, beside in besides.items():
            beside.replace(path)
        _sync_disks()
    except BaseException:
        for beside in besides.values():
            beside.unlink(missing_ok=True)
        raise


def _sync_disks() -> None:
    if sys.platform != "win32":
        os.sync()


def sync_folder(folder: Path) -> None:
    """Have a rename, or a new entry, in this folder survive a power cut. Windows has no such call and needs none."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def private_folder(path: Path) -> Path:
    """Make `path` a folder of ours that nobody else may enter, parents too, and return it.

    0700; on Windows a list of its own, which what is made in it inherits. Raises TasukiError where it cannot be one.
    """
    try:
        path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        if sys.platform == "win32":
            make_private(path, folder=True)
            return path
        if path.lstat().st_uid != os.geteuid():
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
        descriptor = self._open()
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise TasukiError("folder_in_use", folder=self._folder) from error
        self._descriptor = descriptor

    def wait(self) -> None:
        """Take the lock once nobody else has it: where it is held for milliseconds."""
        descriptor = self._open()
        try:
            _wait_for_lock(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def _open(self) -> int:
        try:
            return os.open(self._folder / self._name, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        except OSError as error:
            raise TasukiError("folder_unusable", folder=self._folder, detail=error.strerror) from error

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

    def _wait_for_lock(descriptor: int) -> None:
        start = ctypes.create_string_buffer(32)  # OVERLAPPED: from byte 0
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(descriptor))
        if not ctypes.windll.kernel32.LockFileEx(handle, _LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, start):
            raise ctypes.WinError()

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _wait_for_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
