"""What an owner of a database on PostgreSQL last committed there, kept beside the relay and not in the database.

A server that has failed over to a standby, or a copy that was put back, looks whole to whoever asks it: what it lacks was never
there. The turn, and the audit log's last row with its digest, tell. One short line in one file, put in the place of the one
before with each commit; the disk is told at most once a second (`sync`), so that a power cut of both computers at once may
leave what was committed in its last second unknown.
"""

import os
import threading
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog

log = structlog.get_logger()

_ROOM = 256
"""Bytes of the line: always as many, so that a shorter one leaves nothing behind it."""


class LastWritten(msgspec.Struct, frozen=True, kw_only=True):
    """The owner's turn, and the audit log's end in the same transaction (row 0: it was empty)."""

    turn: int
    row: int = 0
    digest: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a database has: its turn, its last row, and the digest of the row that was written last (None: that row is not there)."""

    turn: int
    row: int
    first_row: int
    digest: bytes | None

    def lacks(self, last: LastWritten) -> bool:
        """Whether anything of it is missing. Rows that were archived away, up to and with that one, are not."""
        if self.turn < last.turn:
            return True
        if last.row == 0 or (self.digest is None and last.row < self.first_row):
            return False
        return self.digest != last.digest


class WrittenFile:
    """The file. Whoever uses it has the folder's lock. What fails here keeps nobody from writing records; it is logged once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1
        self._changed = False
        self._failed = False
        self._syncing = threading.Lock()

    def read(self) -> LastWritten | None:
        """None where nothing is known."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=LastWritten)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            self._fails(error)
            return None

    def write(self, last: LastWritten) -> None:
        """From now on this is what is known."""
        try:
            if self._file < 0:
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.pwrite(self._file, msgspec.json.encode(last).ljust(_ROOM - 1) + b"\n", 0)
            self._changed = True
        except OSError as error:
            self._fails(error)

    def sync(self) -> None:
        """Onto the disk. It may take a while."""
        with self._syncing:
            if self._file < 0 or not self._changed:
                return
            self._changed = False
            try:
                os.fdatasync(self._file)
            except OSError as error:
                self._fails(error)

    def close(self) -> None:
        """Onto the disk, and let go of it."""
        self.sync()
        with self._syncing:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1

    def _fails(self, error: Exception) -> None:
        if not self._failed:
            self._failed = True
            log.error("last_written_unknown", path=str(self._path), error=str(error))
