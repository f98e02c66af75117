"""Files of the CA's folder that are written together: for thousands of enrolment lines the disk is waited for twice, not for each file."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from common.host.files import write_private, write_private_all


class TogetherWritten:
    """Reads and writes files. Inside `together` nothing is on the disk before its end, and everything reads as if it were.

    Where that ends in an exception nothing was written.
    """

    def __init__(self) -> None:
        self._contents: dict[Path, bytes] | None = None
        self._gone: list[Path] = []

    def read(self, path: Path) -> bytes:
        """What is there. Raises OSError."""
        if self._contents is not None and path in self._contents:
            return self._contents[path]
        return path.read_bytes()

    def write(self, path: Path, data: bytes) -> None:
        """Put it there, for the owner only. Raises OSError."""
        if self._contents is None:
            write_private(path, data)
        else:
            self._contents[path] = data

    def remove(self, path: Path) -> None:
        """It is there no longer; nothing happens where it was not. Inside `together` it goes once everything is written. Raises OSError."""
        if self._contents is None:
            path.unlink(missing_ok=True)
        else:
            self._gone.append(path)

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """What is written meanwhile is written at the end, in its order. Raises OSError."""
        self._contents = {}
        try:
            yield
            write_private_all(self._contents)
            for path in self._gone:
                path.unlink(missing_ok=True)
        finally:
            self._contents, self._gone = None, []
