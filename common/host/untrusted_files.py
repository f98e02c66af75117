"""Reading files that another user may have put where they are: never waits, never follows, never reads without end.

Whoever can write a folder can put there, in a file's place, a pipe (opening it waits for ever), a link (to a file of
ours, or to one of many gigabytes), a second name of a file of ours, a folder, a sparse file of terabytes, or one that
grows while it is read. All of these are an OSError here, and none costs more than `limit` bytes. What is read in the
end is still the other's word: whoever calls this checks it. A file system over a network can still keep any call
waiting; `common.host.deadline_thread` is for that.
"""

import errno
import os
import stat
import sys
from pathlib import Path
from typing import Final

_CHUNK: Final = 64 * 1024
_LINKS: Final = 40
"""Links followed on the way to one folder, as the kernel does it."""


def read_untrusted(path: str | Path, *, limit: int, folder: int | None = None, follow: bool = False) -> bytes:
    """The content of a plain file of at most `limit` bytes. `folder` is the descriptor that a relative `path` starts at.

    With `follow`, the file itself may be a link or have several names, for files that an administrator puts there.
    Raises OSError: FileNotFoundError; EFBIG for one byte more; EINVAL for what is no plain file; ELOOP for a link.
    """
    flags = os.O_RDONLY
    if sys.platform == "win32":
        flags |= os.O_BINARY
    else:
        # Without O_NONBLOCK a pipe without a writer, or a lease that its owner took on a file, makes this wait.
        flags |= os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    descriptor = os.open(path, flags, dir_fd=folder)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or (found.st_nlink > 1 and not follow):
            raise OSError(errno.EINVAL, "not a plain file", str(path))
        parts, left = [], limit + 1 if found.st_size <= limit else 0
        # At first as much as it says that it has, so that a small file takes little memory; it may have grown meanwhile.
        expected = found.st_size + 1
        while left > 0 and (part := os.read(descriptor, min(left, expected))):
            parts.append(part)
            left -= len(part)
            expected = _CHUNK
    finally:
        os.close(descriptor)
    if left <= 0:
        raise OSError(errno.EFBIG, f"larger than {limit} bytes", str(path))
    return b"".join(parts)


if sys.platform != "win32":

    def open_untrusted_folder(path: Path, *inside: str) -> int:
        """A descriptor of the folder `path`/`inside`, which the caller closes; whatever is done relative to it stays in it.

        On the way to `path` a link counts only where no other user could have put it: in root's and our own folders that
        nobody else may write. From there on none does. Raises OSError: FileNotFoundError, NotADirectoryError, ELOOP for a link that does not count.
        """
        left = list(path.absolute().parts[1:])[::-1]  # the next one last
        here = os.open("/", _ON_THE_WAY)
        links = 0
        try:
            while left:
                name = left.pop()
                target = _link_at(here, name)
                if target is None:
                    there = os.open(name, _ON_THE_WAY | os.O_NOFOLLOW, dir_fd=here)
                else:
                    links += 1
                    _check_link(here, links)
                    left += [part for part in reversed(Path(target).parts) if part != "/"]
                    there = os.open("/" if target.startswith("/") else ".", _ON_THE_WAY, dir_fd=here)
                os.close(here)
                here = there
            for name in inside:
                there = os.open(name, _ON_THE_WAY | os.O_NOFOLLOW, dir_fd=here)
                os.close(here)
                here = there
            return os.open(".", _FOLDER, dir_fd=here)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path.joinpath(*inside))) from None
        finally:
            os.close(here)

    _FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    if sys.platform == "linux":
        _ON_THE_WAY: Final = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC  # whoever may pass need not be allowed to list
    else:
        _ON_THE_WAY: Final = _FOLDER

    def _link_at(folder: int, name: str) -> str | None:
        """Where the link of this name leads; None for what is no link."""
        try:
            return os.readlink(name, dir_fd=folder)
        except OSError as error:
            if error.errno == errno.EINVAL:
                return None
            raise

    def _check_link(folder: int, links: int) -> None:
        """Raises OSError (ELOOP) where somebody but us and root can put links into this folder, or it is one too many."""
        found = os.fstat(folder)
        ours = found.st_uid in {0, os.geteuid()} and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if links > _LINKS or not ours:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
