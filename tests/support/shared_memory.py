"""System V shared memory that killed programs leave: the kernel keeps it for ever, and x11vnc makes some thirty segments."""

import ctypes
import os
import sys
from pathlib import Path
from typing import NamedTuple

IPC_RMID = 0
TABLE = Path("/proc/sysvipc/shm")


class Segment(NamedTuple):
    """One that is private, ours, and attached to nothing."""

    id: int
    creator: int


def abandoned() -> set[Segment]:
    """Those whose creator has ended."""
    if sys.platform != "linux" or not TABLE.exists():
        return set()
    rows = [line.split() for line in TABLE.read_text(encoding="ascii").splitlines()[1:]]
    return {
        Segment(int(segment), int(creator))
        for key, segment, _mode, _size, creator, _last, attached, user, *_ in rows
        if key == "0" and attached == "0" and int(user) == os.getuid() and not Path("/proc", creator).exists()
    }


def release(segments: set[Segment]) -> None:
    """Remove them."""
    shmctl = ctypes.CDLL(None).shmctl
    for segment in segments:
        shmctl(segment.id, IPC_RMID, None)
