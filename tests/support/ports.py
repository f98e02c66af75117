"""Ports that nobody uses."""

import socket


def free_port() -> int:
    """A free TCP port on loopback. Somebody else may take it before you do: ask just before use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
