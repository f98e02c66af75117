"""The relay's listening sockets: its own, or those that systemd opened for it."""

import errno
import os
import socket
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from twisted.internet import tcp
from twisted.internet.protocol import Factory

from common.host.errors import TasukiError
from common.host.log import get_logger
from relay.settings import Listen

log = get_logger()

_FIRST = 3  # systemd's first descriptor (sd_listen_fds(3))
_BACKLOG = 1024
_NO_SUCH_FAMILY = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}


def inherited(environ: Mapping[str, str], *, pid: int) -> list[socket.socket]:
    """The stream sockets that systemd handed to this process; empty where there are none."""
    if environ.get("LISTEN_PID") != str(pid):
        return []
    count = int(environ.get("LISTEN_FDS", "0"))
    sockets = [socket.socket(fileno=descriptor) for descriptor in range(_FIRST, _FIRST + count)]
    for one in sockets:
        os.set_inheritable(one.fileno(), False)
    return [one for one in sockets if one.type == socket.SOCK_STREAM]


def opened(listen: Listen) -> list[socket.socket]:
    """A socket for each address and port of the settings. Raises TasukiError (relay_cannot_listen).

    A machine without IPv6 (or without IPv4) still serves: an address of a family that is not there is left out, with
    a line in the log, as long as another one is left.
    """
    sockets: list[socket.socket] = []
    failed: tuple[str, OSError] | None = None
    try:
        for address in dict.fromkeys(listen.addresses):
            for port in dict.fromkeys((listen.matching_port, listen.vnc_port)):
                try:
                    sockets.append(_open(address, port))
                except OSError as error:
                    failed = (_text(address, port), error)
                    if error.errno not in _NO_SUCH_FAMILY:
                        raise
                    log.warning("address_left_out", address=failed[0], detail=error.strerror)
        if not sockets and failed is not None:
            raise failed[1]
    except OSError as error:
        for one in sockets:
            one.close()
        where = failed[0] if failed is not None else ""
        raise TasukiError("relay_cannot_listen", address=where, detail=error.strerror or error) from error
    return sockets


def _open(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # IPv4 has a socket of its own
        one.bind((address, port))
        one.listen(_BACKLOG)
    except BaseException:
        one.close()
        raise
    return one


def addresses(sockets: Iterable[socket.socket]) -> list[str]:
    """Where they listen, as HOST:PORT."""
    return [_text(*one.getsockname()[:2]) for one in sockets]


class _Port(tcp.Port):
    """A port that takes new connections in small portions: Twisted's takes more at once the more there are."""

    most = 1

    @property
    def numberAccepts(self) -> int:  # noqa: N802 — Twisted's name
        """So many in one turn of the loop."""
        return self.most

    @numberAccepts.setter
    def numberAccepts(self, _adapted: int) -> None:  # noqa: N802 — as above
        """Twisted's wish is not followed."""


_SEGMENT = 1220  # bytes: fits the least packet that IPv6 promises, through whatever tunnel tells nobody that it cuts


def _prepare(one: socket.socket, *, unacknowledged: float) -> None:
    """Options that every accepted connection has from its listener: TCP_MAXSEG and TCP_USER_TIMEOUT (tcp(7))."""
    one.setblocking(False)
    if sys.platform == "linux" and one.family in {socket.AF_INET, socket.AF_INET6}:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(unacknowledged * 1000))


def adopt(
    reactor: Any, sockets: Iterable[socket.socket], factory: Factory, *, most: int, unacknowledged: float
) -> list[Any]:
    """Let `factory` serve them: the ports, for `stopListening`. The sockets given are closed; Twisted has its own.

    `most` new connections are taken from one of them in one turn of the loop; one whose peer acknowledges nothing of what was
    sent for `unacknowledged` seconds is cut.
    """
    ports = []
    for one in sockets:
        _prepare(one, unacknowledged=unacknowledged)
        make: Any = _Port._fromListeningDescriptor  # noqa: SLF001 — what adoptStreamPort calls
        port = make(reactor, one.fileno(), one.family, factory)
        port.most = most
        port.startListening()
        ports.append(port)
        one.close()
    return ports


def notify(state: str, environ: Mapping[str, str]) -> None:
    """Tell systemd (sd_notify(3)); nothing where it does not ask to be told."""
    address = environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        try:
            one.connect("\0" + address[1:] if address.startswith("@") else address)
            one.sendall(state.encode())
        except OSError as error:
            log.warning("notify_failed", detail=error.strerror)


def _text(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
