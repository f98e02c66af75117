"""Going through a folder that another user fills, a portion at a time: with a million entries it takes many turns, not memory."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from common.host.untrusted_files import open_untrusted_folder


class FolderScan:
    """Sees every entry that stays in the folder once before it sees any again."""

    def __init__(self, path: Path, *inside: str) -> None:
        """The folder `path`/`inside`; see `open_untrusted_folder`."""
        self._path = path
        self._inside = inside
        self._pass = contextlib.ExitStack()  # what the present pass holds open
        self._descriptor = -1
        self._entries: Iterator[os.DirEntry[str]] | None = None

    @property
    def under_way(self) -> bool:
        """Whether there are entries that the present pass has not come to."""
        return self._entries is not None

    def portion(self, count: int) -> Iterator[os.DirEntry[str]]:
        """The next `count` entries at most, then those behind them at the next call. Raises OSError."""
        try:
            if self._entries is None:
                self._descriptor = open_untrusted_folder(self._path, *self._inside)
                self._pass.callback(os.close, self._descriptor)
                self._entries = self._pass.enter_context(os.scandir(self._descriptor))
            for _ in range(count):
                entry = next(self._entries, None)
                if entry is None:
                    self.close()
                    return
                yield entry
        except OSError:
            self.close()
            raise

    def remove(self, name: str) -> None:
        """Remove the entry that `portion` has just given. Raises OSError."""
        remove_entry(self._descriptor, name)

    def close(self) -> None:
        """Give up the present pass."""
        self._entries = None
        self._pass.close()


def remove_entry(folder: int, name: str) -> None:
    """A file, or an empty folder that somebody put where files belong; `folder` is a descriptor. Raises OSError."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError:
        os.rmdir(name, dir_fd=folder)
