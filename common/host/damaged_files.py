"""A file of ours that cannot be read is never written over: it is kept beside, under another name, and somebody is told."""

import errno
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

from common.host.errors import TasukiError
from common.host.files import private_folder, write_private
from common.host.log import get_logger

KEPT_ASIDE: Final = 5
"""Damaged files kept of one name. A disk that fails again and again must not fill up with them; the first one is the
likeliest to hold what is worth having back, so the newest makes room."""
_HOPELESS: Final = frozenset({errno.EACCES, errno.EPERM, errno.EIO, errno.EISDIR, errno.ELOOP})
"""Why a file cannot be read that no repetition mends."""

T = TypeVar("T")
log = get_logger(component="files")


def set_aside(path: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Path:
    """Rename `path` to NAME.damaged-DATE in the same folder, and return that. Raises OSError; the file is untouched then."""
    kept = sorted(path.parent.glob(f"{path.name}.damaged-*"))
    for one in kept[KEPT_ASIDE - 1 :]:
        one.unlink()
    name = f"{path.name}.damaged-{now():%Y%m%d-%H%M%S}"
    aside = path.with_name(name)
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{name}-{number}")
    path.rename(aside)
    log.warning("file_set_aside", path=str(path), aside=str(aside))
    return aside


class OwnFile(Generic[T]):
    """A JSON file that is read and written whole. Every method waits for the disk; one caller at a time."""

    def __init__(self, path: Path, *, kind: type[T], empty: Callable[[], T], damaged: str) -> None:
        """`empty`: what it holds where there is none. `damaged`: the code of the sentence (with `detail` and `aside`) for one that cannot be read."""
        self._path = path
        self._kind = kind
        self._empty = empty
        self._damaged = damaged
        self._problem: TasukiError | None = None

    def read(self) -> T:
        """What it holds. One that cannot be read is set aside. Raises TasukiError `folder_unusable` where it must not be written over."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=self._kind)
        except FileNotFoundError:
            return self._empty()
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            if isinstance(error, OSError) and error.errno not in _HOPELESS:
                raise self._unusable(error) from error
            try:
                aside = set_aside(self._path)
            except OSError as failure:
                raise self._unusable(failure) from failure
            detail = error.strerror if isinstance(error, OSError) else error
            self._problem = TasukiError(self._damaged, detail=detail, aside=aside)
            return self._empty()

    def write(self, value: T) -> None:
        """Put it on the disk, whole. Raises TasukiError `folder_unusable`."""
        private_folder(self._path.parent)
        try:
            write_private(self._path, msgspec.json.encode(value))
        except OSError as error:
            raise self._unusable(error) from error

    def take_problem(self) -> TasukiError | None:
        """What the person has to be told since the last call."""
        problem, self._problem = self._problem, None
        return problem

    def _unusable(self, error: OSError) -> TasukiError:
        return TasukiError("folder_unusable", folder=self._path.parent, detail=error.strerror or error)
