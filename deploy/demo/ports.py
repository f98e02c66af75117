"""Ports of loopback that nobody uses, for programs that want to be told theirs."""

import random
import socket
from pathlib import Path

HOST = "127.0.0.1"
FIRST = 10_000
HANDED_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")  # by the kernel, to whoever names none
_chance = random.SystemRandom()  # not the shared one, which tests set to a seed: two processes would ask for the same


def free_port() -> int:
    """A free TCP port on loopback, one of many: somebody else may take it before you do, but hardly will.

    It lies below those that the kernel hands out, so that no outgoing connection takes it, now or while a relay restarts.
    """
    while True:
        port = _chance.randrange(FIRST, end())
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port


def end() -> int:
    """The first port that the kernel may hand out by itself."""
    try:
        return max(int(HANDED_OUT.read_text(encoding="ascii").split()[0]), FIRST + 1000)
    except OSError:  # not Linux
        return 32_768
