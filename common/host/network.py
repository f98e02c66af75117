"""Which network this computer is in, as far as it can be told: by the gateway and the local prefix of its default route.

IPv4's, else IPv6's; where no route leads out, as behind a proxy alone, by the local prefixes. Nothing is asked of the network. Two that
look alike (a home router's 192.168.1.1) are taken for one: what is remembered of a network is only what to try first. The
proxy is not in the name: whoever remembers something remembers it for a route, which is the proxy, in a network.
"""

import ctypes
import ipaddress
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

ROUTES: Final = Path("/proc/net/route")
ROUTES_V6: Final = Path("/proc/net/ipv6_route")
NETSTAT: Final = "/usr/sbin/netstat"
PATIENCE: Final = 3.0  # seconds for it

_UP_GATEWAY: Final = 0x3  # RTF_UP and RTF_GATEWAY
_ROW: Final = 14  # numbers of a MIB_IPFORWARDROW
_DIRECT: Final = 3  # MIB_IPROUTE_TYPE_DIRECT
_ONE_HOST: Final = 0xFFFFFFFF
_MULTICAST: Final = 0xE0  # the first byte of 224.0.0.0
_LOOPBACK: Final = 0x7F
_ASK_AGAIN: Final = 122  # ERROR_INSUFFICIENT_BUFFER
_V6: Final = 23  # Windows' AF_INET6
_ROW_V6: Final = struct.Struct("<8xI8x16s4xB3x8x16s4x12xI16x")
"""Of a MIB_IPFORWARD_ROW2 (104 bytes): interface, prefix and its length, next hop, metric."""


def network_here(*, routes: Path = ROUTES, routes_v6: Path = ROUTES_V6) -> str:
    """A name for the network: `GATEWAY PREFIX`, or prefixes; empty where it cannot be told, or there is none. It may take a moment."""
    if sys.platform == "win32":
        return of_windows(_windows_table()) or of_windows_v6(_windows_table_v6()) or local_of_windows(_windows_table())
    if sys.platform == "darwin":
        return of_netstat(_netstat("inet")) or of_netstat_v6(_netstat("inet6"))
    table = _read(routes)
    return of_linux(table) or of_linux_v6(_read(routes_v6)) or local_of_linux(table)


def of_linux(text: str) -> str:
    """What /proc/net/route says."""
    lines = [line.split() for line in text.splitlines()[1:]]
    default = min(
        (line for line in lines if len(line) >= 8 and line[1] == "00000000" and int(line[3], 16) & _UP_GATEWAY == 3),
        key=lambda line: int(line[6]),
        default=None,
    )
    if default is None:
        return ""
    interface, gateway = default[0], int(default[2], 16)
    found = (line for line in lines if _is_local(line, interface))
    return _name(gateway, next(((int(line[1], 16), int(line[7], 16)) for line in found), None))


def local_of_linux(text: str) -> str:
    """Of the same: every prefix that is reached directly."""
    lines = [line.split() for line in text.splitlines()[1:]]
    return _all(_local((int(line[1], 16), int(line[7], 16))) for line in lines if line and _is_local(line, line[0]))


def of_linux_v6(text: str) -> str:
    """What /proc/net/ipv6_route says."""
    lines = [fields for line in text.splitlines() if len(fields := line.split()) >= 10]
    default = min(
        (one for one in lines if one[1] == "00" and int(one[8], 16) & _UP_GATEWAY == 3),
        key=lambda one: int(one[5], 16),
        default=None,
    )
    if default is None:
        return ""
    prefixes = ((int(one[0], 16), int(one[1], 16)) for one in lines if one[9] == default[9] and not int(one[4], 16))
    return _name_v6(int(default[4], 16), prefixes)


def of_windows(table: bytes) -> str:
    """What GetIpForwardTable gives: a MIB_IPFORWARDTABLE."""
    rows = _rows(table)
    default = min((row for row in rows if row[0] == row[1] == 0), key=lambda row: row[9], default=None)
    if default is None:
        return ""
    local = (row[:2] for row in rows if row[4] == default[4] and _is_direct(row))
    return _name(default[3], next(((row[0], row[1]) for row in local), None))


def local_of_windows(table: bytes) -> str:
    """Of the same: every prefix that is reached directly."""
    return _all(_local((row[0], row[1])) for row in _rows(table) if _is_direct(row))


def of_windows_v6(table: bytes) -> str:
    """What GetIpForwardTable2 gives for IPv6: a MIB_IPFORWARD_TABLE2."""
    if len(table) < 8:
        return ""
    count = min(struct.unpack_from("<I", table)[0], (len(table) - 8) // _ROW_V6.size)
    rows = [_ROW_V6.unpack_from(table, 8 + _ROW_V6.size * number) for number in range(count)]
    default = min((row for row in rows if row[2] == 0 and any(row[3])), key=lambda row: row[4], default=None)
    if default is None:
        return ""
    here = ((int.from_bytes(row[1]), row[2]) for row in rows if row[0] == default[0] and not any(row[3]))
    return _name_v6(int.from_bytes(default[3]), here)


def of_netstat(text: str) -> str:
    """What `netstat -rn -f inet` prints on a Mac."""
    lines = [line.split() for line in text.splitlines()]
    default = next((line for line in lines if len(line) >= 4 and line[0] == "default" and line[1][:1].isdigit()), None)
    if default is None:
        return ""
    gateway, interface = default[1], default[3]
    local = (
        line[0]
        for line in lines
        if len(line) >= 4
        and line[3] == interface
        and line[1].startswith("link#")
        and line[0] not in {"default", gateway}
    )
    return f"{gateway} {next((place for place in local if '/32' not in place), '')}".strip()


def of_netstat_v6(text: str) -> str:
    """What `netstat -rn -f inet6` prints on a Mac, whose own tunnels (utun) lead nowhere."""
    lines = [fields for line in text.splitlines() if len(fields := line.split()) >= 4]
    default = next((one for one in lines if one[0] == "default" and ":" in one[1] and "utun" not in one[3]), None)
    if default is None:
        return ""
    local = (one[0] for one in lines if one[3] == default[3] and one[1].startswith("link#") and "/" in one[0])
    return f"{default[1]} {next((place for place in local if not place.startswith(('fe80', 'ff'))), '')}".strip()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def _rows(table: bytes) -> Sequence[tuple[int, ...]]:
    if len(table) < 4:
        return []
    count = min(struct.unpack_from("<I", table)[0], (len(table) - 4) // (4 * _ROW))
    return [struct.unpack_from(f"<{_ROW}I", table, 4 + 4 * _ROW * n) for n in range(count)]


def _is_direct(row: tuple[int, ...]) -> bool:
    first = row[0] & 0xFF
    return row[5] == _DIRECT and bool(row[0]) and row[1] != _ONE_HOST and first < _MULTICAST and first != _LOOPBACK


def _is_local(line: list[str], interface: str) -> bool:
    return len(line) >= 8 and line[0] == interface and line[1] != "00000000" and line[2] == "00000000"


def _name(gateway: int, local: tuple[int, int] | None) -> str:
    """By numbers whose first byte is the lowest."""
    return _dotted(gateway) if local is None else f"{_dotted(gateway)} {_local(local)}"


def _local(prefix: tuple[int, int]) -> str:
    return f"{_dotted(prefix[0])}/{_dotted(prefix[1])}"


def _dotted(number: int) -> str:
    return socket.inet_ntoa(struct.pack("<I", number))


def _all(prefixes: Iterable[str]) -> str:
    return " ".join(sorted(set(prefixes)))


def _name_v6(gateway: int, prefixes: Iterable[tuple[int, int]]) -> str:
    """The lowest of the prefixes that are no host's, nor every computer's."""
    networks = sorted(
        ipaddress.IPv6Network((number, length), strict=False) for number, length in prefixes if 0 < length < 128
    )
    own = (str(one) for one in networks if not (one.is_link_local or one.is_multicast))
    return f"{ipaddress.IPv6Address(gateway)} {next(own, '')}".strip()


def _windows_table() -> bytes:
    if sys.platform != "win32":
        return b""
    library: Any = ctypes.WinDLL("iphlpapi")
    size = ctypes.c_uint32(0)
    for _attempt in range(3):  # it may grow in between
        table = ctypes.create_string_buffer(size.value or 4)
        failed = library.GetIpForwardTable(table, ctypes.byref(size), False)
        if not failed:
            return table.raw
        if failed != _ASK_AGAIN:
            break
    return b""


def _windows_table_v6() -> bytes:
    if sys.platform != "win32":
        return b""
    library: Any = ctypes.WinDLL("iphlpapi")
    table = ctypes.c_void_p()
    if library.GetIpForwardTable2(_V6, ctypes.byref(table)) or table.value is None:
        return b""
    try:
        count = ctypes.c_uint32.from_address(table.value).value
        return ctypes.string_at(table.value, 8 + count * _ROW_V6.size)
    finally:
        library.FreeMibTable(table)


def _netstat(family: str) -> str:
    try:
        done = subprocess.run(
            [NETSTAT, "-rn", "-f", family], capture_output=True, check=True, timeout=PATIENCE, encoding="utf-8"
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout
