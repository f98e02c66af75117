"""Sockets on loopback are told apart by whose they are."""

import asyncio
import socket
import struct
import sys
from pathlib import Path

import pytest

from common.agent.keeper.client import Keeper
from common.agent.keeper.socket_owner import (
    Row,
    listener_is_descendant,
    lsof_finds,
    parse_rows,
    parse_windows_table,
    peer_is_own_user,
    tcp_row,
    windows_owners_are,
)

LISTENER = """
import socket, sys, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
with open(sys.argv[1], "w") as file:
    print(s.getsockname()[1], file=file)
if sys.argv[2] == "accept":
    s.accept()
time.sleep(600)
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="not on Windows: /proc/net/tcp")


async def port_of(path: str) -> int:
    """Wait until the program has written its port."""
    while True:
        try:
            return int(Path(path).read_text())
        except (FileNotFoundError, ValueError):
            await asyncio.sleep(0.01)


@linux
@pytest.mark.parametrize("how", ["accept", "queue"])
async def test_a_child_of_the_keeper_is_ours(tmp_path: object, how: str) -> None:
    """A listener that the keeper started is ours, accepted or not; for another keeper it is a stranger's."""
    keeper, other = await Keeper.launch(), await Keeper.launch()
    await keeper.start([sys.executable, "-c", LISTENER, f"{tmp_path}/port", how])
    with socket.create_connection(("127.0.0.1", await port_of(f"{tmp_path}/port"))) as connected:
        assert listener_is_descendant(connected, keeper.pid)
        assert not listener_is_descendant(connected, other.pid)
    await keeper.close()
    await other.close()


@linux
async def test_an_impostor_that_lets_go_of_the_port_is_found(tmp_path: object) -> None:
    """Who accepted the connection before our child took the port over is not our child."""
    keeper = await Keeper.launch()
    with socket.socket() as impostor:
        impostor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        impostor.bind(("127.0.0.1", 0))
        impostor.listen()
        port = impostor.getsockname()[1]
        connected = socket.create_connection(("127.0.0.1", port))
        accepted, _ = impostor.accept()
    reuse = LISTENER.replace("s.bind", "s.setsockopt(1, 2, 1); s.bind").replace(
        '"127.0.0.1", 0', f'"127.0.0.1", {port}'
    )
    await keeper.start([sys.executable, "-c", reuse, f"{tmp_path}/port", "queue"])
    assert await port_of(f"{tmp_path}/port") == port
    assert not listener_is_descendant(connected, keeper.pid)
    connected.close()
    accepted.close()
    await keeper.close()


def test_our_own_connections_are_our_own() -> None:
    """A TCP and a Unix peer of our own user id are accepted (on Windows two of TCP: by its table, and who may open the process)."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        client.send(b"x")  # Wine does not know whose it is before it is used
        assert peer_is_own_user(accepted)
        accepted.close()
    one, two = socket.socketpair()
    two.send(b"x")
    assert peer_is_own_user(one)
    one.close()
    two.close()


def test_a_connection_that_has_gone_is_nobodys() -> None:
    """Where the client's end cannot be found any more the answer is no."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        name = accepted.getpeername()
        client.close()
        try:
            assert accepted.getpeername() == name
            assert not peer_is_own_user(accepted)
        except OSError:
            pass  # the kernel has told us already
        accepted.close()


def test_without_lsof_nobody_is_ours() -> None:
    """What cannot be known is a stranger's."""
    assert not lsof_finds(("127.0.0.1", 1), ("127.0.0.1", 2), lsof="/nowhere/lsof")


@pytest.mark.skipif(sys.byteorder != "little", reason="the table is in host order")
def test_rows_are_read() -> None:
    """Addresses come out of the kernel's words, IPv6-mapped ones as IPv4."""
    text = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:170C 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0\n"
        "   1: 0000000000000000FFFF00000100007F:170C 00000000000000000000000001000000:0016 01 0:0 0:0 0 7 0 0 1\n"
    )
    first, second = parse_rows(text)
    assert first == Row(local=("127.0.0.1", 5900), remote=("0.0.0.0", 0), state=10, uid=1000, inode=4711)
    assert second.local == ("127.0.0.1", 5900)
    assert second.remote == ("::1", 22)


def test_windows_table_is_read() -> None:
    """Rows of Windows' table, with ports in network order, and who may own what."""
    lo = bytes([127, 0, 0, 1])
    raw = struct.pack("<I", 2)
    raw += struct.pack("<I4sI4sII", 2, lo, socket.htons(5900), bytes(4), 0, 42)
    raw += struct.pack("<I4sI4sII", 5, lo, socket.htons(5900), lo, socket.htons(6000), 42)
    rows = parse_windows_table(raw + bytes(100))
    ours, theirs = ("127.0.0.1", 6000), ("127.0.0.1", 5900)
    assert rows == [(2, theirs, ("0.0.0.0", 0), 42), (5, theirs, ours, 42)]
    assert windows_owners_are({42}, ours, theirs, rows)
    assert not windows_owners_are({43}, ours, theirs, rows)
    assert not windows_owners_are({42}, ours, theirs, [*rows, (2, theirs, ("0.0.0.0", 0), 43)])
    assert not windows_owners_are({42}, ours, theirs, [])


@linux
def test_the_kernel_is_asked_for_one_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """By netlink and by /proc the same is found; nothing is found of a connection that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        ends = client.getsockname(), client.getpeername()
        first = tcp_row(*ends)
        assert first is not None
        assert first.state == 1
        assert tcp_row(("127.0.0.1", 1), ("127.0.0.1", 2)) is None
        monkeypatch.delattr(socket, "AF_NETLINK")
        monkeypatch.setattr(socket, "AF_NETLINK", 9999, raising=False)
        assert tcp_row(*ends) == first
        assert tcp_row(("127.0.0.1", 1), ("127.0.0.1", 2)) is None
        accepted.close()


@linux
def test_many_connections_beside_it_hide_nothing() -> None:
    """While others come and go, every one is found."""
    with socket.create_server(("127.0.0.1", 0), backlog=500) as server:
        held: list[socket.socket] = []
        for _ in range(300):
            client = socket.create_connection(server.getsockname())
            accepted, _ = server.accept()
            assert peer_is_own_user(accepted)
            held += [client, accepted]
            if len(held) > 100:
                held.pop(0).close()
        for one in held:
            one.close()
