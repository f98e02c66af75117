"""What the kernel knows of processes: who descends from whom, and what a killed one has left.

Loaded by main.py as a file of its own, standard library only.
"""

import contextlib
import ctypes
import os
import subprocess
import sys
from typing import Any, NamedTuple

IPC_RMID = 0
TH32CS_SNAPPROCESS = 2
PROCESS_QUERY_LIMITED_INFORMATION = 0x1000


class Process(NamedTuple):
    """A process that lives: its id, its parent's, and when it began, where the system does not keep parents' ids true."""

    pid: int
    parent: int
    began: int = 0


def shared_memory() -> dict[int, list[int]]:
    """The System V shared memory that is private and this user's: segments by the process that made them, which may have ended."""
    if sys.platform != "linux":
        return {}
    try:
        with open("/proc/sysvipc/shm", "rb") as file:  # noqa: PTH123
            rows = [line.split() for line in file.readlines()[1:]]
    except OSError:
        return {}  # a kernel without it
    found: dict[int, list[int]] = {}
    for key, segment, _mode, _size, creator, _last, _attached, user, *_ in rows:
        if key == b"0" and int(user) == os.getuid():
            found.setdefault(int(creator), []).append(int(segment))
    return found


def release_shared_memory(pid: int) -> None:
    """Remove what a killed program left of it; who is still attached (an X server, for a moment) keeps it until then.

    The kernel keeps it for ever. x11vnc makes some thirty segments, and where all of a computer's 4,096 are taken, none starts.
    """
    if segments := shared_memory().get(pid):
        shmctl = ctypes.CDLL(None, use_errno=True).shmctl
        for segment in segments:
            shmctl(segment, IPC_RMID, None)


def descendants(ancestor: int) -> set[int]:
    """The ids of all processes that descend from `ancestor`, dead ones that nobody has reaped left out."""
    return family(ancestor, _process_table())


def family(ancestor: int, table: list[Process]) -> set[int]:
    """Those in `table` that descend from `ancestor`.

    Windows goes on naming a parent that has ended, and gives its id to others: a child is younger than its parent.
    """
    began = {process.pid: process.began for process in table}
    children: dict[int, list[Process]] = {}
    for process in table:
        children.setdefault(process.parent, []).append(process)
    found: set[int] = set()
    open_ = [ancestor] if ancestor in began else []
    while open_:
        parent = open_.pop()
        for child in children.get(parent, ()):
            if child.pid not in found and child.pid != ancestor and child.began >= began[parent]:
                found.add(child.pid)
                open_.append(child.pid)
    return found


def _process_table() -> list[Process]:
    if sys.platform == "win32":
        return _snapshot()
    if sys.platform != "linux":
        return listed()
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
            table.append(Process(int(entry), int(fields[1])))
    return table


def listed() -> list[Process]:
    """By ps(1), for macOS. Without ps itself, which is a child of ours while it looks: a keeper would never see its last one go."""
    null = subprocess.DEVNULL
    command = ["/bin/ps", "-ax", "-o", "pid=", "-o", "ppid=", "-o", "stat="]
    with subprocess.Popen(command, stdin=null, stdout=subprocess.PIPE, stderr=null, text=True) as ps:
        rows = [line.split() for line in ps.stdout or ()]
    living = [Process(int(row[0]), int(row[1])) for row in rows if len(row) == 3 and not row[2].startswith("Z")]
    return [process for process in living if process.pid != ps.pid]


class _ProcessEntry(ctypes.Structure):
    """PROCESSENTRY32W (tlhelp32.h)."""

    _fields_ = (
        ("dwSize", ctypes.c_uint32),
        ("cntUsage", ctypes.c_uint32),
        ("th32ProcessID", ctypes.c_uint32),
        ("th32DefaultHeapID", ctypes.c_size_t),
        ("th32ModuleID", ctypes.c_uint32),
        ("cntThreads", ctypes.c_uint32),
        ("th32ParentProcessID", ctypes.c_uint32),
        ("pcPriClassBase", ctypes.c_int32),
        ("dwFlags", ctypes.c_uint32),
        ("szExeFile", ctypes.c_wchar * 260),
    )


def _snapshot() -> list[Process]:
    """Windows: those that we may ask when they began, which are all of our own."""
    if sys.platform != "win32":
        return []
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.CreateToolhelp32Snapshot.restype = ctypes.c_void_p
    kernel32.OpenProcess.restype = ctypes.c_void_p
    snapshot = ctypes.c_void_p(kernel32.CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0))
    if snapshot.value == ctypes.c_void_p(-1).value:
        raise ctypes.WinError(ctypes.get_last_error())
    table = []
    entry = _ProcessEntry(dwSize=ctypes.sizeof(_ProcessEntry))
    try:
        more = kernel32.Process32FirstW(snapshot, ctypes.byref(entry))
        while more:
            began = _began(kernel32, entry.th32ProcessID)
            if began is not None:
                table.append(Process(entry.th32ProcessID, entry.th32ParentProcessID, began))
            more = kernel32.Process32NextW(snapshot, ctypes.byref(entry))
    finally:
        kernel32.CloseHandle(snapshot)
    return table


def _began(kernel32: Any, pid: int) -> int | None:
    """When this process began, in 100 ns since 1601; None where it has ended, or belongs to another person."""
    handle = ctypes.c_void_p(kernel32.OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, False, pid))
    if not handle:
        return None
    times = [ctypes.c_uint64() for _ in range(4)]  # when it began and ended; how long it was in the kernel and outside
    try:
        known = kernel32.GetProcessTimes(handle, *map(ctypes.byref, times))
    finally:
        kernel32.CloseHandle(handle)
    began, ended = times[0].value, times[1].value
    return began if known and not ended else None


def signal_all(pids: set[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)
