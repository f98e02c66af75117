"""TLS contexts: the agents' outer client, and the two roles of a session's inner TLS. The relay's side is in server_tls.

OpenSSL here is pyOpenSSL's. What a certificate of ours says is read in common.net.certificates.
"""

import contextlib
import functools
import hashlib
import ipaddress
import os
import ssl
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from OpenSSL import SSL, crypto
from OpenSSL.crypto import X509, X509Store
from service_identity import CertificateError as MismatchError
from service_identity import VerificationError
from service_identity.cryptography import verify_certificate_hostname, verify_certificate_ip_address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from zope.interface import implementer

from common.host.sentences import marked
from common.host.words import one_line
from common.net import keychain
from common.net.certificates import Identity
from common.protocol.identity import Role
from common.protocol.wire import ALPN_HTTP, ALPN_SESSION, CIPHERS_1_2

_RELEASE_BUFFERS: Final = 0x10  # SSL_MODE_RELEASE_BUFFERS: an idle connection holds no record buffers
_SELF_SIGNED_IN_CHAIN: Final = 19  # X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN
_UNKNOWN: Final = {7, 19, 20, 21}  # what X.509 says of an authority that nobody knows
_DATES: Final = {9, 10}  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_STORES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # where OpenSSL finds the system's roots, if not at its usual place

_PROBLEMS: Final = {
    7: marked("the certificate comes from an unknown authority"),  # its issuer has the name of one that is known
    9: marked("the certificate is not valid yet"),
    10: marked("the certificate has expired"),
    18: marked("the certificate is signed by itself"),
    19: marked("the certificate comes from an unknown authority"),
    20: marked("the certificate comes from an unknown authority"),
    21: marked("the certificate comes from an unknown authority"),
    26: marked("the certificate is for another purpose"),
}

_NAME_LIMIT: Final = 64  # of an authority that nobody knows

PeerCheck = Callable[[bytes], bool]


@dataclass(frozen=True, kw_only=True)
class Validity:
    """A certificate's dates, and what this computer's clock said when they did not fit."""

    since: datetime
    until: datetime
    here: datetime

    @property
    def outside(self) -> timedelta:
        """How far the clock is behind (negative) or past (positive) them: at least so much it is wrong, if it is."""
        return self.here - (self.since if self.here < self.since else self.until)


@dataclass(frozen=True, kw_only=True)
class OuterTrust:
    """Whom an agent believes to be its relay: the system's store always, and these."""

    root_der: bytes | None = None  # the organisation's root
    root_sha256: bytes | None = None  # at first contact: a chain whose root has this SHA-256 is good


@implementer(IOpenSSLClientConnectionCreator)
class OuterClient:
    """One outer connection of an agent to the relay at `host` (a name or an IP literal): SNI, trust, name, ALPN http/1.1."""

    def __init__(self, *, host: str, trust: OuterTrust) -> None:
        self._host = host
        self._root_der = trust.root_der
        self._root_sha256 = trust.root_sha256
        self._top: X509 | None = None  # the first that OpenSSL showed: the chain's root, as far as there is one
        self.problem: str | None = None  # why the relay's certificate was refused: English, a key of the catalogue
        self.inspector = ""  # who made a certificate for this very host, and is known to nobody here
        self.bad_dates: Validity | None = None  # it has expired or is not valid yet: or our clock is wrong
        self._context = _outer_context(trust.root_der, *(os.environ.get(name) for name in _STORES))

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:  # noqa: ARG002, N803
        """For Twisted: the OpenSSL side over memory BIOs."""
        connection = SSL.Connection(self._context, None)
        connection.set_verify(SSL.VERIFY_PEER, self._verify)
        connection.set_connect_state()
        if _address(self._host) is None:
            connection.set_tlsext_host_name(self._host.encode("idna"))
        return connection

    def _verify(self, _connection: SSL.Connection, certificate: X509, error: int, depth: int, good: int) -> bool:
        """OpenSSL's callback, a certificate at a time from the root down to the leaf (depth 0)."""
        self._top = self._top or certificate
        if not good and not (error == _SELF_SIGNED_IN_CHAIN and self._is_first_contact(certificate)):
            # Where OpenSSL built the chain to a root that it does not know, and the enrolment line names it, signatures, dates
            # and purposes of the whole chain are still checked, after this answer.
            self.problem = self.problem or _PROBLEMS.get(error, f"X.509 {error}")
            if error in _DATES:
                self.bad_dates = _validity(certificate)
            # Nothing can mend that any more; whom the certificate is for is seen at its end only.
            if depth > 0:
                return error in _UNKNOWN
        if depth > 0:
            return True
        named = self._names_host(certificate)
        if self.problem is not None:
            if named and error in {0, *_UNKNOWN} and self.bad_dates is None:
                self.inspector = _called(certificate.to_cryptography().issuer)
            return False
        return named

    @property
    def authority(self) -> str:
        """Who made the certificate that was accepted, where that was not the organisation; empty where it was."""
        if self._top is None or _der(self._top) == self._root_der or self._is_first_contact(self._top):
            return ""
        return _called(self._top.to_cryptography().subject)

    def _is_first_contact(self, certificate: X509) -> bool:
        return self._root_sha256 is not None and hashlib.sha256(_der(certificate)).digest() == self._root_sha256

    def _names_host(self, certificate: X509) -> bool:
        leaf = certificate.to_cryptography()
        try:
            if (address := _address(self._host)) is not None:
                verify_certificate_ip_address(leaf, address)
            else:
                verify_certificate_hostname(leaf, self._host)
        except (VerificationError, MismatchError):
            self.problem = self.problem or marked("the certificate is for another name")
            return False
        return True


@functools.lru_cache(maxsize=4)
def _outer_context(root_der: bytes | None, *_stores: str | None) -> SSL.Context:
    """For all outer connections that believe this root and the system's: its store is read once a process, since that
    takes 30 ms on Linux, and a second and more on Windows.
    """
    context = _base_context()
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(CIPHERS_1_2.encode())
    context.set_alpn_protos([ALPN_HTTP.encode()])
    context.set_verify(SSL.VERIFY_PEER, None)
    context.set_default_verify_paths()
    store = context.get_cert_store()
    for root in system_roots():
        with contextlib.suppress(crypto.Error):  # a system's store has odd ones among hundreds
            _add_system_root(store, root)
    if root_der is not None:
        _add(store, root_der)
    return context


def session_context(role: Role, identity: Identity, root_der: bytes, check: PeerCheck) -> SSL.Context:
    """The inner TLS: 1.3 only, mutual certificates, ALPN tasuki-session/1, no resumption. The user's side is the server.

    OpenSSL checks chain, dates and purpose against `root_der` alone; then `check(leaf DER)` decides, inside the
    handshake, so that the peer gets an alert and not one byte passes.
    """
    context = _base_context()
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.set_max_proto_version(SSL.TLS1_3_VERSION)
    if role is Role.USER:
        context.set_alpn_select_callback(_choose(ALPN_SESSION.encode()))
    else:
        context.set_alpn_protos([ALPN_SESSION.encode()])
    leaf, *others = [x509.load_der_x509_certificate(der) for der in identity.chain]
    context.use_certificate(leaf)
    for one in others:
        context.add_extra_chain_cert(one)
    context.use_privatekey(identity.key)
    _add(context.get_cert_store(), root_der)
    context.set_verify_depth(1)

    def verify(_connection: SSL.Connection, certificate: X509, error: int, depth: int, good: int) -> bool:
        if not good:
            if depth == 0 and error in _DATES:
                check(_der(certificate))  # only so that it can say which of them; refused it is anyway
            return False
        return depth > 0 or check(_der(certificate))

    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, verify)
    return context


def reason_of(error: SSL.Error) -> str:
    """OpenSSL's own words for the last entry of its error queue, such as "tlsv1 alert unknown ca"."""
    queue = error.args[0] if error.args else None
    if isinstance(queue, list) and queue:
        return str(queue[-1][-1])
    return str(error.args[-1]) if error.args else "the connection ended"


def system_roots() -> list[bytes]:
    """The DER of the system's trusted roots where pyOpenSSL's OpenSSL does not find them by itself (Windows, macOS); else none."""
    if sys.platform == "win32":
        return ssl.create_default_context().get_ca_certs(binary_form=True)
    if sys.platform == "darwin":
        return keychain.trusted_roots()
    return []


def _base_context() -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_options(
        SSL.OP_NO_COMPRESSION | SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE
    )
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_mode(_RELEASE_BUFFERS)
    return context


def _choose(protocol: bytes) -> Callable[[SSL.Connection, Sequence[bytes]], Any]:
    """ALPN at a server: ours where it is offered; else the handshake goes on without (who cares, compares afterwards)."""

    def choose(_connection: SSL.Connection, offered: Sequence[bytes]) -> Any:
        return protocol if protocol in offered else SSL.NO_OVERLAPPING_PROTOCOLS

    return choose


def _add_system_root(store: X509Store | None, root_der: bytes) -> None:
    """Raises crypto.Error. Read by OpenSSL alone: cryptography warns of roots that break the rules (a serial of 0), and will refuse them."""
    if store is not None:
        store.add_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, root_der))


def _add(store: X509Store | None, root_der: bytes) -> None:
    """Raises ValueError for what is no certificate."""
    if store is not None:
        store.add_cert(X509.from_cryptography(x509.load_der_x509_certificate(root_der)))


def _called(name: x509.Name) -> str:
    """What people call it: its common name, else its organisation, else all of it; on one line, and no longer than a line."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(kind):
            if said := one_line(str(attribute.value)).strip():
                return said[:_NAME_LIMIT]
    return one_line(name.rfc4514_string())[:_NAME_LIMIT]


def _validity(certificate: X509) -> Validity:
    """Against the same clock that OpenSSL has just looked at."""
    one = certificate.to_cryptography()
    return Validity(since=one.not_valid_before_utc, until=one.not_valid_after_utc, here=datetime.now(UTC))


def _der(certificate: X509) -> bytes:
    return certificate.to_cryptography().public_bytes(Encoding.DER)


def _address(host: str) -> str | None:
    """`host` as the text of an IP address, None for a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None
