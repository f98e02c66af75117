"""TLS contexts: the relay's outer server, the agents' outer client, and the two roles of a session's inner TLS.

OpenSSL here is pyOpenSSL's. What a certificate of ours says is read in common.net.certificates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from OpenSSL import SSL
from twisted.internet.interfaces import IProtocolFactory
from twisted.protocols.tls import TLSMemoryBIOFactory

from common.net.certificates import Identity
from common.protocol.identity import Role


class RelayTls:
    """The relay's server context: TLS 1.3, and 1.2 with AEAD; ALPN http/1.1; no client certificates."""

    def __init__(self, *, certificate: Path, key: Path) -> None:
        """Load a PEM chain (leaf first, with the organisation's root at its end) and its key. Raises TasukiError."""

    def reload(self) -> None:
        """Read both files again, for connections from now on. Raises TasukiError, and the old ones stay in use."""


def relay_tls_factory(tls: RelayTls, wrapped: IProtocolFactory, *, clock: object | None = None) -> TLSMemoryBIOFactory:
    """A factory for `reactor.listenTCP`: TLS in front of `wrapped`, TCP_NODELAY on every accepted socket.

    A client that speaks plain HTTP gets 400 in clear. A handshake has no deadline of its own: the front's absolute one,
    started in `wrapped`'s connectionMade (which comes before the handshake), aborts it.
    """
    ...


@dataclass(frozen=True, kw_only=True)
class OuterTrust:
    """Whom an agent believes to be its relay: the system's store always, and these."""

    root_der: bytes | None = None  # the organisation's root
    root_sha256: bytes | None = None  # at first contact: a chain whose root has this SHA-256 is good


def outer_client(host: str, trust: OuterTrust) -> object:
    """An IOpenSSLClientConnectionCreator for the relay at `host` (name or IP literal): SNI, name check, ALPN http/1.1."""
    ...


ALPN_SESSION = b"tasuki-session/1"


def session_context(role: Role, identity: Identity, root_der: bytes) -> SSL.Context:
    """The inner TLS: 1.3 only, mutual certificates, ALPN tasuki-session/1, no resumption. The user's side is the server.

    OpenSSL checks chain, dates and purpose against `root_der` alone; EndToEnd then asks certificates.verify_chain, which
    also knows the CRL and the role, before a byte is passed.
    """
    ...


def system_roots() -> list[bytes]:
    """The DER of the system's trusted roots where OpenSSL does not find them by itself (Windows, macOS); else none."""
    ...


PeerFailure = Callable[[str], None]
