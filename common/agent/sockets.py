"""Whose socket is it? The listener on loopback must be our own child, the viewer that connects our own user.

Any local process can listen on, or connect to, a loopback port; these questions are asked before a login is made
or answered. Linux: /proc. macOS: lsof. Windows: the TCP table.
"""

import socket
from pathlib import Path


def listener_is_descendant(connected: socket.socket, ancestor: int) -> bool:
    """Whether the server end of this loopback TCP connection belongs to a descendant of process `ancestor`.

    Both are looked at: who listens on the port, and who holds the accepted end, if it was accepted already.
    """
    raise NotImplementedError


def peer_is_own_user(connected: socket.socket) -> bool:
    """Whether the client end of this accepted loopback TCP (or Unix) connection belongs to our own user id."""
    raise NotImplementedError
