"""Unix sockets of our own: addresses of any length, a socket that is nobody else's from its first moment, and who is at the other end."""

import contextlib
import os
import pwd
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


def bound(path: Path) -> socket.socket:
    """A socket at this path for its owner only, in the place of what lay there; it does not listen yet. Raises OSError."""
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        with address_of(path) as address:
            made.bind(address)
    except BaseException:
        made.close()
        raise
    finally:
        os.umask(before)
    return made


def caller(connection: Any) -> str:
    """Who is at the other end, as logs name an operator."""
    if hasattr(socket, "SO_PEERCRED"):
        _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return operator(uid)
    return operator(os.getuid())


def operator(uid: int) -> str:
    """`operator:NAME` for a user of this machine."""
    try:
        return f"operator:{pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"operator:{uid}"
