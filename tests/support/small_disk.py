"""A small disk of a test's own: a tmpfs in a mount namespace that nobody sees but what is started in it.

    python -m tests.support.small_disk FOLDER MEBIBYTES COMMAND…    in the namespace: mount it there, become the command

From outside it is reached through /proc/PID/root.
"""

import contextlib
import ctypes
import os
import sys
from pathlib import Path


def with_small_disk(folder: Path, size: int, *command: str) -> list[str]:
    """The command line that runs `command` with a disk of so many MiB at `folder`, as root or not."""
    rights = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    return ["unshare", *rights, "--mount", sys.executable, "-m", __name__, str(folder), str(size), *command]


class SmallDisk:
    """What else lies on it. `folder` is where it is seen from here."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def fill(self) -> None:
        """To the last byte."""
        with self._filler.open("ab", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))

    def free(self, size: int) -> None:
        """So many bytes."""
        os.truncate(self._filler, self._filler.stat().st_size - size)

    def clear(self) -> None:
        """Everything."""
        self._filler.unlink()


def _main(folder: str, size: str, *command: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", folder.encode(), b"tmpfs", 0, f"size={size}m".encode()):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    os.execvp(command[0], command)


if __name__ == "__main__":
    _main(*sys.argv[1:])
