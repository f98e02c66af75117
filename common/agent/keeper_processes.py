"""What the kernel knows of processes: who descends from whom, and what a killed one has left.

Loaded by keeper.py as a file of its own, standard library only.
"""

import contextlib
import ctypes
import os
import subprocess
import sys

IPC_RMID = 0


def release_shared_memory(pid: int) -> None:
    """Remove the System V shared memory that a killed program left: private, its own, and attached to nothing any more.

    The kernel keeps it for ever. x11vnc makes some thirty segments, and where all of a computer's 4,096 are taken, none starts.
    """
    try:
        with open("/proc/sysvipc/shm", "rb") as file:  # noqa: PTH123
            rows = [line.split() for line in file.readlines()[1:]]
    except OSError:
        return  # not Linux
    shmctl = ctypes.CDLL(None, use_errno=True).shmctl
    for key, segment, _mode, _size, creator, _last, attached, user, *_ in rows:
        if int(creator) == pid and key == b"0" and attached == b"0" and int(user) == os.getuid():
            shmctl(int(segment), IPC_RMID, None)


def descendants(ancestor: int) -> set[int]:
    """The ids of all processes that descend from `ancestor`, dead ones that nobody has reaped left out."""
    children: dict[int, list[int]] = {}
    for pid, parent in _process_table():
        children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    open_ = [ancestor]
    while open_:
        for pid in children.get(open_.pop(), ()):
            if pid not in found:
                found.add(pid)
                open_.append(pid)
    return found


def _process_table() -> list[tuple[int, int]]:
    """(process id, parent's id) of all that live."""
    if sys.platform != "linux":
        listing = subprocess.run(
            ["/bin/ps", "-axo", "pid=,ppid=,stat="],
            capture_output=True,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        rows = [line.split() for line in listing.stdout.splitlines()]
        return [(int(row[0]), int(row[1])) for row in rows if len(row) >= 3 and not row[2].startswith("Z")]
    table = []
    for entry in os.listdir("/proc"):  # noqa: PTH208
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", "rb") as file:  # noqa: PTH123
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if fields[0] not in {b"Z", b"X"}:
            table.append((int(entry), int(fields[1])))
    return table


def signal_all(pids: set[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)
