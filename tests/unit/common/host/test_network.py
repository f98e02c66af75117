"""Which network this is, by the kernel's table of routes."""

import socket
import struct
import sys
from pathlib import Path

import pytest

from common.host.network import (
    local_of_linux,
    local_of_windows,
    network_here,
    of_linux,
    of_linux_v6,
    of_netstat,
    of_netstat_v6,
    of_windows,
    of_windows_v6,
)

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
DEFAULT = "eth0\t00000000\t0101A8C0\t0003\t0\t0\t{metric}\t00000000\t0\t0\t0\n"
LOCAL = "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
WIFI = "wlan0\t00000000\tFE00000A\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (HEAD + DEFAULT.format(metric=100) + LOCAL, "192.168.1.1 192.168.1.0/255.255.255.0"),
        (HEAD + WIFI + DEFAULT.format(metric=100) + LOCAL, "192.168.1.1 192.168.1.0/255.255.255.0"),
        (HEAD + WIFI + DEFAULT.format(metric=700) + LOCAL, "10.0.0.254"),
        (HEAD + LOCAL, ""),
        (HEAD, ""),
        ("", ""),
        (HEAD + "short\n", ""),
    ],
)
def test_the_gateway_and_the_prefix(table: str, expected: str) -> None:
    """Of the default route that counts; empty where there is none."""
    assert of_linux(table) == expected


@pytest.mark.skipif(sys.platform != "linux", reason="not on Windows: /proc/net/route")
def test_where_it_is_read(tmp_path: Path) -> None:
    """From the kernel; nothing where there is no such table."""
    path, path_v6, none = tmp_path / "route", tmp_path / "ipv6_route", tmp_path / "none"
    path.write_text(HEAD + WIFI + LOCAL, encoding="ascii")
    path_v6.write_text(V6, encoding="ascii")
    assert network_here(routes=path, routes_v6=path_v6) == "10.0.0.254"
    path.write_text(HEAD + LOCAL, encoding="ascii")
    assert network_here(routes=path, routes_v6=path_v6) == "fe80::1 2001:db8:1::/64"
    assert network_here(routes=path, routes_v6=none) == "192.168.1.0/255.255.255.0"
    assert network_here(routes=none, routes_v6=none) == ""


def test_where_no_route_leads_out() -> None:
    """The prefixes, in any order of the table's; a route behind a gateway is none of them."""
    other = LOCAL.replace("eth0", "eth1").replace("0001A8C0", "0000000A")
    behind = LOCAL.replace("00000000\t0001", "0101A8C0\t0003").replace("0001A8C0", "0002A8C0")
    assert local_of_linux(HEAD + LOCAL + other + behind) == "10.0.0.0/255.255.255.0 192.168.1.0/255.255.255.0"
    assert local_of_linux(HEAD + other + LOCAL) == local_of_linux(HEAD + LOCAL + other)
    assert local_of_linux(HEAD) == local_of_linux("") == ""


NOWHERE = "0" * 32
V6 = "".join(
    f"{dest} {length} {NOWHERE} 00 {hop} {metric} 00000001 00000000 {flags} {device}\n"
    for dest, length, hop, metric, flags, device in (
        ("20010db8000200000000000000000000", "40", NOWHERE, "00000100", "00000001", "wlan0"),
        ("fe800000000000000000000000000000", "40", NOWHERE, "00000100", "00000001", "eth0"),
        ("20010db8000100000000000000000000", "40", NOWHERE, "00000100", "00000001", "eth0"),
        ("20010db8000100000000000000000007", "80", NOWHERE, "00000000", "80200001", "lo"),
        ("ff000000000000000000000000000000", "08", NOWHERE, "00000100", "00000001", "eth0"),
        (NOWHERE, "00", "fe800000000000000000000000000009", "00000400", "00000003", "wlan0"),
        (NOWHERE, "00", "fe800000000000000000000000000001", "00000100", "00000003", "eth0"),
        (NOWHERE, "00", NOWHERE, "ffffffff", "00200200", "lo"),
    )
)


def test_a_network_of_v6_alone() -> None:
    """By the default route that counts, which is no unreachable one, and the first prefix of its interface."""
    assert of_linux_v6(V6) == "fe80::1 2001:db8:1::/64"
    assert of_linux_v6("".join(line for line in V6.splitlines(keepends=True) if "0003 " not in line)) == ""
    assert of_linux_v6("") == of_linux_v6("short\n") == ""


ROW = struct.Struct("<14I")


def row(dest: str, mask: str, hop: str, interface: int, kind: int, metric: int) -> bytes:
    """A MIB_IPFORWARDROW."""
    numbers = [struct.unpack("<I", socket.inet_aton(one))[0] for one in (dest, mask, hop)]
    return ROW.pack(numbers[0], numbers[1], 0, numbers[2], interface, kind, 0, 0, 0, metric, 0, 0, 0, 0)


def test_what_windows_tells() -> None:
    """The cheapest default route, and the prefix of its own interface; hosts and multicast are no prefix."""
    rows = [
        row("0.0.0.0", "0.0.0.0", "10.0.0.1", 7, 4, 50),
        row("0.0.0.0", "0.0.0.0", "192.168.1.1", 9, 4, 25),
        row("10.0.0.0", "255.0.0.0", "0.0.0.0", 7, 3, 50),
        row("192.168.1.7", "255.255.255.255", "0.0.0.0", 9, 3, 25),
        row("224.0.0.0", "240.0.0.0", "0.0.0.0", 9, 3, 25),
        row("192.168.1.0", "255.255.255.0", "0.0.0.0", 9, 3, 25),
    ]
    table = struct.pack("<I", len(rows)) + b"".join(rows)
    assert of_windows(table + b"more") == "192.168.1.1 192.168.1.0/255.255.255.0"
    assert of_windows(struct.pack("<I", 1) + rows[0]) == "10.0.0.1"
    assert of_windows(struct.pack("<I", 900) + rows[2]) == ""
    assert of_windows(b"") == local_of_windows(b"") == ""
    mine = row("127.0.0.0", "255.0.0.0", "0.0.0.0", 1, 3, 50)
    alone = struct.pack("<I", 5) + b"".join([*rows[2:], mine])
    assert of_windows(alone) == ""
    assert local_of_windows(alone) == "10.0.0.0/255.0.0.0 192.168.1.0/255.255.255.0"


def row_v6(prefix: str, length: int, hop: str, interface: int, metric: int) -> bytes:
    """A MIB_IPFORWARD_ROW2."""
    family = struct.pack("<HHI", 23, 0, 0)
    there, through = (family + socket.inet_pton(socket.AF_INET6, one) + bytes(4) for one in (prefix, hop))
    head = struct.pack("<QI", 0, interface) + there + struct.pack("<B3x", length) + through
    return head + struct.pack("<B3xIIIIBBBBII", 0, 0, 0, metric, 3, 0, 0, 0, 0, 0, 0)


def test_what_windows_tells_of_v6() -> None:
    """Likewise."""
    rows = [
        row_v6("fe80::", 64, "::", 7, 5),
        row_v6("::", 0, "fe80::9", 9, 50),
        row_v6("::", 0, "fe80::1", 7, 25),
        row_v6("2001:db8:1::7", 128, "::", 7, 5),
        row_v6("2001:db8:1::", 64, "::", 7, 5),
        row_v6("2001:db8:2::", 64, "::", 9, 5),
    ]
    assert [len(one) for one in rows] == [104] * len(rows)
    table = struct.pack("<II", len(rows), 0) + b"".join(rows)
    assert of_windows_v6(table) == "fe80::1 2001:db8:1::/64"
    assert of_windows_v6(struct.pack("<II", 1, 0) + rows[0]) == of_windows_v6(b"") == ""
    assert of_windows_v6(struct.pack("<II", 900, 0) + rows[2]) == "fe80::1"


NETSTAT = """Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
default            192.168.1.1        UGScg                 en0
default            link#18            UCSIg           bridge100      !
127                127.0.0.1          UCS                   lo0
192.168.1          link#11            UCS                   en0      !
192.168.1.1/32     link#11            UCS                   en0      !
"""


def test_what_a_mac_tells() -> None:
    """By netstat."""
    assert of_netstat(NETSTAT) == "192.168.1.1 192.168.1"
    assert of_netstat(NETSTAT.replace("192.168.1          link#11", "192.168.1          1.2.3.4")) == "192.168.1.1"
    assert of_netstat("") == of_netstat("default link#4 UCS en0\n") == ""


NETSTAT_V6 = """Internet6:
Destination                             Gateway                         Flags         Netif Expire
default                                 fe80::%utun0                    UGcIg         utun0
default                                 fe80::1%en0                     UGcg            en0
2001:db8:1::/64                         link#11                         UC              en0
2001:db8:1::7                           f0:18:98:0:0:1                  UHL             lo0
fe80::%en0/64                           link#11                         UCI             en0
"""


def test_what_a_mac_tells_of_v6() -> None:
    """Its own tunnels do not count."""
    assert of_netstat_v6(NETSTAT_V6) == "fe80::1%en0 2001:db8:1::/64"
    assert of_netstat_v6(NETSTAT_V6.replace("fe80::1%en0 ", "link#4      ")) == of_netstat_v6("") == ""
