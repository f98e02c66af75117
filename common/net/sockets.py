"""How the sockets of an agent's connections to a relay are set."""

import socket
from typing import Final

UNACKNOWLEDGED: Final = 15.0
"""Seconds that the other end may leave what was sent unacknowledged, then the connection is gone, where the system can do that. (Else
it retransmits for a quarter of an hour to a network that is no more.)"""


def tune(sock: socket.socket) -> None:
    """TCP_NODELAY, and TCP_USER_TIMEOUT on Linux. Raises OSError where it was reset already."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    patience: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)
    if patience is not None:
        sock.setsockopt(socket.IPPROTO_TCP, patience, int(UNACKNOWLEDGED * 1000))
