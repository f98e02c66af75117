"""Whose socket is it? The listener on loopback must be our own child, the viewer that connects our own user.

Any local process can listen on, or connect to, a loopback port; these questions are asked before a login is made
or answered. Linux: /proc. macOS: lsof, which shows us our own processes only. Windows: the TCP table.
"""

import ctypes
import errno
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from common.agent.keeper.process_table import descendants
from common.host.system_errors import meaning

NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY = 4, 20  # linux/netlink.h, linux/sock_diag.h
NLM_F_REQUEST, NLMSG_ERROR = 1, 2
NO_COOKIE = 0xFFFFFFFF
LISTEN = 0x0A
WINDOWS_LISTEN = 2
TCP_TABLE_OWNER_PID_ALL = 5


@dataclass(frozen=True, kw_only=True)
class Row:
    """A TCP socket of this computer. `inode` is 0 while the accepted end still waits in the listener's queue."""

    local: tuple[str, int]
    remote: tuple[str, int]
    state: int
    uid: int
    inode: int


def listener_is_descendant(connected: socket.socket, ancestor: int) -> bool:
    """Whether the server end of this loopback TCP connection belongs to a descendant of process `ancestor`.

    Both are looked at: who listens on the port, and who holds the accepted end, if it was accepted already. A process
    that accepted and then let go of the port for our child to take it is found by the second.
    """
    ours, theirs = connected.getsockname()[:2], connected.getpeername()[:2]
    family = descendants(ancestor)
    if sys.platform == "linux":
        holders = _inodes_of(family)
        listeners = _listeners(theirs[1]) or _listeners(theirs[1])  # /proc is no snapshot: look twice
        accepted = tcp_row(theirs, ours)
        return (
            bool(listeners)
            and all(row.inode in holders for row in listeners)
            and accepted is not None
            and (accepted.inode == 0 or accepted.inode in holders)
        )
    if sys.platform == "win32":
        return windows_owners_are(family, ours, theirs, windows_rows())
    return False  # macOS: what shows the screen there is the system's, and no child of ours


def peer_is_own_user(connected: socket.socket) -> bool:
    """Whether the client end of this accepted loopback TCP (or Unix) connection belongs to our own user id."""
    if sys.platform == "win32":
        return _windows_peer_is_own(connected)
    if connected.family == getattr(socket, "AF_UNIX", None):
        if sys.platform != "linux":
            return True  # the socket lies in a folder that only we may enter
        _, uid, _ = struct.unpack("3i", connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return bool(uid == os.getuid())
    try:
        ours, theirs = connected.getsockname()[:2], connected.getpeername()[:2]
    except OSError:  # it has closed while we looked
        return False
    if sys.platform == "linux":
        end = tcp_row(theirs, ours)
        return end is not None and end.uid == os.getuid()
    return lsof_finds(theirs, ours)


def _listeners(port: int) -> list[Row]:
    return [row for row in tcp_rows() if row.state == LISTEN and row.local[1] == port]


def tcp_row(local: tuple[str, int], remote: tuple[str, int]) -> Row | None:
    """The one socket with these two ends (Linux).

    Asked of the kernel by netlink (sock_diag(7)): the tables in /proc are no snapshot, and a row can be missed while
    others come and go. Where netlink is not to be had, /proc is read several times.
    """
    try:
        return _ask_kernel(local, remote)
    except OSError:
        for _ in range(5):
            for row in tcp_rows():
                if row.local == local and row.remote == remote:
                    return row
        return None


def _ask_kernel(local: tuple[str, int], remote: tuple[str, int]) -> Row | None:
    if sys.platform != "linux":
        raise OSError(errno.EAFNOSUPPORT, meaning(errno.EAFNOSUPPORT))
    family = socket.AF_INET6 if ":" in local[0] else socket.AF_INET
    ends = b"".join(socket.inet_pton(family, host).ljust(16, b"\0") for host, _ in (local, remote))
    sockid = struct.pack("!HH", local[1], remote[1]) + ends + struct.pack("=III", 0, NO_COOKIE, NO_COOKIE)
    request = struct.pack("=BBBxI", family, socket.IPPROTO_TCP, 0, 0xFFFFFFFF) + sockid
    header = struct.pack("=IHHII", 16 + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as asking:
        asking.settimeout(1.0)
        asking.send(header + request)
        answer = asking.recv(8192)
    if struct.unpack_from("=H", answer, 4)[0] == NLMSG_ERROR:
        number = -struct.unpack_from("=i", answer, 16)[0]
        if number == errno.ENOENT:
            return None
        raise OSError(number, os.strerror(number))
    uid, inode = struct.unpack_from("=II", answer, 16 + 4 + 48 + 12)
    return Row(local=local, remote=remote, state=answer[17], uid=uid, inode=inode)


def tcp_rows() -> list[Row]:
    """The kernel's tables of IPv4 and IPv6 TCP sockets (Linux)."""
    rows: list[Row] = []
    for name in ("tcp", "tcp6"):
        try:
            text = Path("/proc/net", name).read_text(encoding="ascii")
        except OSError:
            continue
        rows.extend(parse_rows(text))
    return rows


def parse_rows(text: str) -> Iterator[Row]:
    """Rows of /proc/net/tcp or tcp6; IPv6-mapped IPv4 addresses come out as IPv4."""
    for line in text.splitlines()[1:]:
        fields = line.split()
        yield Row(
            local=_address(fields[1]),
            remote=_address(fields[2]),
            state=int(fields[3], 16),
            uid=int(fields[7]),
            inode=int(fields[9]),
        )


def _address(text: str) -> tuple[str, int]:
    digits, _, port = text.partition(":")
    words = [int(digits[start : start + 8], 16) for start in range(0, len(digits), 8)]
    raw = struct.pack(f"={len(words)}I", *words)
    if len(raw) == 4:
        return socket.inet_ntop(socket.AF_INET, raw), int(port, 16)
    if raw.startswith(b"\0" * 10 + b"\xff\xff"):
        return socket.inet_ntop(socket.AF_INET, raw[12:]), int(port, 16)
    return socket.inet_ntop(socket.AF_INET6, raw), int(port, 16)


def _inodes_of(pids: set[int]) -> set[int]:
    """Inodes of all sockets that these processes hold."""
    found: set[int] = set()
    for pid in pids:
        try:
            for entry in Path(f"/proc/{pid}/fd").iterdir():
                target = str(entry.readlink())
                if target.startswith("socket:["):
                    found.add(int(target[8:-1]))
        except OSError:
            continue  # it has just ended, or has closed one while we looked
    return found


def lsof_finds(local: tuple[str, int], remote: tuple[str, int], *, lsof: str = "/usr/sbin/lsof") -> bool:
    """Whether a process of our own user holds the TCP socket with these two ends.

    `-i` finds every socket of which one end or the other is the address, the other side's too, so the names are compared.
    """
    if sys.platform == "win32":
        return False
    local_end, remote_end = (f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in (local, remote))
    command = [lsof, "-nP", "-Fn", "-a", "-u", str(os.getuid()), f"-iTCP@{local_end}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return False
    return f"n{local_end}->{remote_end}" in done.stdout.splitlines()


WindowsRow = tuple[int, tuple[str, int], tuple[str, int], int]  # state, local, remote, process id


def windows_owners_are(
    family: set[int], ours: tuple[str, int], theirs: tuple[str, int], rows: list[WindowsRow]
) -> bool:
    """Whether the listener on the port, and the accepted end, belong to the family."""
    listeners = {pid for state, local, _, pid in rows if state == WINDOWS_LISTEN and local[1] == theirs[1]}
    accepted = {pid for _, local, remote, pid in rows if local == theirs and remote == ours}
    return bool(listeners) and listeners <= family and accepted <= family


def parse_windows_table(raw: bytes) -> list[WindowsRow]:
    """MIB_TCPTABLE_OWNER_PID: a count, then rows of six 32-bit words; ports are in network order in the low half."""
    (count,) = struct.unpack_from("<I", raw)
    rows: list[WindowsRow] = []
    for index in range(count):
        state, local, local_port, remote, remote_port, pid = struct.unpack_from("<I4sI4sII", raw, 4 + 24 * index)
        rows.append(
            (
                state,
                (socket.inet_ntoa(local), socket.ntohs(local_port & 0xFFFF)),
                (socket.inet_ntoa(remote), socket.ntohs(remote_port & 0xFFFF)),
                pid,
            )
        )
    return rows


def windows_rows() -> list[WindowsRow]:
    """The IPv4 TCP table of Windows (GetExtendedTcpTable)."""
    if sys.platform != "win32":
        return []
    table = ctypes.windll.iphlpapi.GetExtendedTcpTable
    size = ctypes.c_ulong(0)
    table(None, ctypes.byref(size), False, socket.AF_INET, TCP_TABLE_OWNER_PID_ALL, 0)
    for _ in range(8):  # the table may grow between the two calls
        buffer = ctypes.create_string_buffer(size.value + 4096)
        size.value = len(buffer)
        if table(buffer, ctypes.byref(size), False, socket.AF_INET, TCP_TABLE_OWNER_PID_ALL, 0) == 0:
            return parse_windows_table(buffer.raw)
    return []


def _windows_peer_is_own(connected: socket.socket) -> bool:
    """Whether the process at the other end may be opened by us, which another person's may not."""
    if sys.platform != "win32":
        return False
    ours, theirs = connected.getsockname()[:2], connected.getpeername()[:2]
    query = 0x0040 | 0x0400  # PROCESS_DUP_HANDLE, PROCESS_QUERY_INFORMATION: not given over another person's processes
    for _, local, remote, pid in windows_rows():
        if local == theirs and remote == ours:
            handle = ctypes.windll.kernel32.OpenProcess(query, False, pid)
            if handle:
                ctypes.windll.kernel32.CloseHandle(handle)
                return True
    return False
