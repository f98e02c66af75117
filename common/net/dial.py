"""Getting a TCP connection to a host: directly (happy eyeballs), through an HTTP proxy (CONNECT), or through SOCKS5.

Under one deadline, with a story of how far it got. TLS, and what is spoken inside, come after: see tls and connect.
"""

import socket
from dataclasses import dataclass
from typing import Literal

from common.host.errors import TasukiError
from common.protocol.proxies import ProxyUrl

Stage = Literal["name", "tcp", "proxy", "connect", "tls", "http"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that worked, and when: seconds since dialling began."""

    stage: Stage
    detail: str  # an address, "200 Connection established", "TLSv1.3", "101"; never a secret
    at: float


class DialError(TasukiError):
    """A way to the relay that did not work: `code` as in common.host.sentences, `stage` where it stopped, `story` before that."""

    def __init__(self, code: str, *, stage: Stage, story: tuple[Step, ...] = (), **facts: object) -> None:
        super().__init__(code, **facts)
        self.stage = stage
        self.story = story


@dataclass(kw_only=True)
class Dialled:
    """A connected, non-blocking socket with TCP_NODELAY. Give it to `connect.open_tls`, or close it."""

    sock: socket.socket
    host: str
    port: int
    proxy: ProxyUrl | None
    rest: bytes  # what came glued behind the proxy's answer: the first bytes from the relay
    story: tuple[Step, ...]

    def close(self) -> None:
        """Give up the connection."""
        self.sock.close()


async def dial(host: str, port: int, *, proxy: ProxyUrl | None = None, deadline: float = 20.0) -> Dialled:
    """A connection to `host` (a name or an IP literal without brackets), within `deadline` seconds in all.

    With an http proxy the name is resolved by the proxy, with socks5h too. Raises DialError.
    """
    ...
