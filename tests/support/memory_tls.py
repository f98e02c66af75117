"""TLS in memory: a client of Python's ssl, and the relay's side of it."""

import ssl
from functools import cache

from common.net.server_tls import RelayTls, TlsSide
from tests.support.front import certificate


@cache
def _relay() -> RelayTls:
    path = certificate()
    return RelayTls(certificate=path, key=path)


def server_side() -> TlsSide:
    """The relay's side of a new connection."""
    return _relay().connection()


class ClientTls:
    """A client that trusts anybody."""

    def __init__(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="relay.example")
        self.done = False

    def handshake(self, heard: bytes) -> bytes:
        """What it says after `heard`."""
        self._incoming.write(heard)
        try:
            self._tls.do_handshake()
            self.done = True
        except ssl.SSLWantReadError:
            pass
        return self._outgoing.read()

    def seal(self, data: bytes) -> bytes:
        """A record that holds this."""
        self._tls.write(data)
        return self._outgoing.read()
