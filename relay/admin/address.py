"""The address of the control socket, for either end of it."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_LONGEST = 100  # bytes of a path that fits into sockaddr_un everywhere


@contextlib.contextmanager
def address_of(path: Path) -> Iterator[str]:
    """An address for the socket: by a descriptor of its folder where the path is longer than such addresses may be."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
