"""Keys, certificate requests, and what makes a chain good: the one place that decides whose certificate this is.

P-256 and SHA-256 everywhere. A chain is DER certificates, leaf first, and ends in the organisation's root, which the
caller names: [leaf, root] or [leaf]. The one extended key usage is the role (serverAuth a user, clientAuth a helper);
the one subject alternative name is the URI; the common name is the display name.
`verify_chain` is for peers of a session and for matching. Nothing here opens files or sockets, or asks for the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from common.net.revocation import UNREADABLE, CertificateError, Fault, RevocationList, load_crl
from common.protocol.certificate_requests import CERTIFICATE_LIMIT
from common.protocol.identity import IdentityUri, InvalidIdentityError, Role, check_display_name

__all__ = [
    "CertificateError",
    "Fault",
    "Identity",
    "PrivateKey",
    "RevocationList",
    "VerifiedPeer",
    "check_signature",
    "key_from_pem",
    "key_to_pem",
    "load_crl",
    "make_csr",
    "new_key",
    "public_key",
    "read_csr",
    "root_fingerprint",
    "spki_sha256",
    "verify_chain",
    "verify_issued",
]

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey
PublicKey: TypeAlias = ec.EllipticCurvePublicKey

ROLE_USAGE = {Role.USER: ExtendedKeyUsageOID.SERVER_AUTH, Role.HELPER: ExtendedKeyUsageOID.CLIENT_AUTH}
"""The one extended key usage of a certificate says whose it is. The helper is the TLS client of a session."""

DESCRIPTION = x509.ObjectIdentifier("2.5.4.13")
"""Of a subject (RFC 4519, 2.5): what the organisation calls itself, in any script, beside the short name in URIs."""

_UNDERSTOOD = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who we are: the private key, and the chain (DER, leaf first, root last) that the CA issued for it."""

    key: PrivateKey = field(repr=False)
    chain: tuple[bytes, ...]

    @property
    def leaf(self) -> bytes:
        """Our own certificate, DER."""
        return self.chain[0]

    def sign(self, data: bytes) -> bytes:
        """ECDSA signature (DER) over SHA-256 of `data`."""
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True, kw_only=True)
class VerifiedPeer:
    """What a chain that passed every check says: who this is."""

    uri: IdentityUri
    name: str
    serial: int
    not_before: datetime
    not_after: datetime
    spki_sha256: bytes
    leaf: bytes = field(repr=False)
    organisation_name: str = ""  # as people read it; the short one where the certificate tells no other

    @property
    def role(self) -> Role:
        """The role, which URI and extended key usage agree on."""
        return self.uri.role


def new_key() -> PrivateKey:
    """A new P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def key_to_pem(key: PrivateKey) -> bytes:
    """The key as unencrypted PKCS #8 PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def key_from_pem(pem: bytes) -> PrivateKey:
    """The P-256 key in `pem`. Raises CertificateError (malformed, wrong_key)."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CertificateError(Fault.MALFORMED, "not a private key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CertificateError(Fault.WRONG_KEY, "not a P-256 key")
    return key


def chain_to_pem(chain: Sequence[bytes]) -> bytes:
    """DER certificates as one PEM text, in their order. Raises CertificateError (malformed)."""
    return b"".join(_load(der).public_bytes(serialization.Encoding.PEM) for der in chain)


def chain_from_pem(pem: bytes) -> tuple[bytes, ...]:
    """The certificates of a PEM text as DER, in their order. Raises CertificateError (malformed)."""
    try:
        return tuple(one.public_bytes(serialization.Encoding.DER) for one in x509.load_pem_x509_certificates(pem))
    except UNREADABLE:
        raise CertificateError(Fault.MALFORMED, "not certificates in PEM") from None


def make_csr(key: PrivateKey) -> bytes:
    """A certificate request, DER, that proves possession of `key` and says nothing else: the CA writes the names."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def read_csr(der: bytes) -> PublicKey:
    """The public key of a certificate request whose self-signature is good. Names in it are never looked at.

    Raises CertificateError: malformed, wrong_key, bad_signature.
    """
    if len(der) > CERTIFICATE_LIMIT:
        raise CertificateError(Fault.MALFORMED, "the certificate request is too large")
    try:
        csr = x509.load_der_x509_csr(der)
        key = csr.public_key()
    except UNREADABLE:
        raise CertificateError(Fault.MALFORMED, "not a certificate request") from None
    key = _p256(key)
    try:
        good = csr.is_signature_valid and isinstance(csr.signature_hash_algorithm, hashes.SHA256)
    except UNREADABLE:
        good = False
    if not good:
        raise CertificateError(Fault.BAD_SIGNATURE, "the certificate request is not signed by its own key")
    return key


def spki_sha256(key: PrivateKey | PublicKey) -> bytes:
    """SHA-256 (32 bytes) of the key's SubjectPublicKeyInfo in DER: what an enrolment proof is about."""
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))
    return digest.finalize()


def root_fingerprint(der: bytes) -> bytes:
    """SHA-256 (32 bytes) of the root's DER: the ROOT of an enrolment line, there in base64url."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der)
    return digest.finalize()


def organisation_of(root_der: bytes) -> str:
    """Whose root this is, as people read it. Raises CertificateError (malformed)."""
    root = _load(root_der)
    names = root.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    if len(names) != 1:
        raise CertificateError(Fault.MALFORMED, "a root names one organisation")
    return _organisation_name(root) or str(names[0].value)


def _organisation_name(certificate: x509.Certificate) -> str:
    """What the organisation calls itself; empty where the certificate does not tell, or nothing that a name may be."""
    names = [one.value for one in certificate.subject.get_attributes_for_oid(DESCRIPTION)]
    try:
        return check_display_name(names[0]) if len(names) == 1 and isinstance(names[0], str) else ""
    except InvalidIdentityError:
        return ""


def public_key(certificate_der: bytes) -> PublicKey:
    """The P-256 key of a certificate. Raises CertificateError (malformed, wrong_key)."""
    certificate = _load(certificate_der)
    try:
        key = certificate.public_key()
    except UNREADABLE:
        raise CertificateError(Fault.WRONG_KEY, "a key of an unknown kind") from None
    return _p256(key)


def valid_from(certificate_der: bytes) -> datetime:
    """Its first moment. Raises CertificateError (malformed)."""
    return _load(certificate_der).not_valid_before_utc


def valid_until(certificate_der: bytes) -> datetime:
    """Its last moment. Raises CertificateError (malformed)."""
    return _load(certificate_der).not_valid_after_utc


def check_signature(certificate_der: bytes, signature: bytes, data: bytes) -> None:
    """Check an `Identity.sign` signature by the certificate's key. Raises CertificateError (bad_signature, …)."""
    try:
        public_key(certificate_der).verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise CertificateError(Fault.BAD_SIGNATURE, "the signature is not by this certificate's key") from None


def verify_chain(
    chain: Sequence[bytes],
    root_der: bytes,
    *,
    crl: RevocationList | None,
    now: datetime,
    role: Role | None = None,
) -> VerifiedPeer:
    """Every check that a peer of a session, or an agent on matching, must pass.

    `now` is aware (UTC); `role` is the role the peer must have, None where either may come. The organisation is that
    of the root: one root signs for one organisation, and it must name it in its URI.
    `crl` None means that nothing is known about revocation, and is refused (no_crl).
    Raises CertificateError with: malformed, too_long, wrong_root, wrong_key, wrong_role, wrong_organisation, expired,
    not_yet_valid, revoked, no_crl, crl_stale.
    """
    peer = verify_issued(chain, root_der)
    if role is not None and peer.role is not role:
        raise CertificateError(Fault.WRONG_ROLE, f"a {peer.role.value}'s certificate, not a {role.value}'s")
    if now < peer.not_before:
        raise CertificateError(Fault.NOT_YET_VALID, f"valid from {peer.not_before:%Y-%m-%d %H:%M} UTC")
    if now > peer.not_after:
        raise CertificateError(Fault.EXPIRED, f"valid until {peer.not_after:%Y-%m-%d %H:%M} UTC")
    if crl is None:
        raise CertificateError(Fault.NO_CRL, "there is no revocation list")
    if crl.is_revoked(peer.serial):
        raise CertificateError(Fault.REVOKED, "the certificate is revoked")
    crl.check_fresh(now)
    return peer


def verify_issued(chain: Sequence[bytes], root_der: bytes) -> VerifiedPeer:
    """Whether this root issued the chain's leaf to a person, whatever the time and whatever was revoked since.

    For renewal (which looks at its own records) and for a new certificate of our own; everything else wants `verify_chain`.
    """
    if not chain:
        raise CertificateError(Fault.MALFORMED, "an empty chain")
    if len(chain) > 2:
        raise CertificateError(Fault.TOO_LONG, f"{len(chain)} certificates where a leaf and its root belong")
    root = _load(root_der)
    leaf = _load(chain[0])
    if len(chain) == 2 and chain[1] != root_der:
        raise CertificateError(Fault.WRONG_ROOT, "the chain ends in another root")
    try:
        leaf.verify_directly_issued_by(root)
    except (*UNREADABLE, InvalidSignature):
        raise CertificateError(Fault.WRONG_ROOT, "not issued by the organisation's root") from None
    uri, name = _identity(leaf)
    organisations = root.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    if [one.value for one in organisations] != [uri.organisation]:
        raise CertificateError(Fault.WRONG_ORGANISATION, "the certificate names another organisation than its root")
    return VerifiedPeer(
        uri=uri,
        name=name,
        serial=leaf.serial_number,
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        spki_sha256=spki_sha256(public_key(chain[0])),
        leaf=chain[0],
        organisation_name=_organisation_name(leaf) or uri.organisation,
    )


def _load(der: bytes) -> x509.Certificate:
    if len(der) > CERTIFICATE_LIMIT:
        raise CertificateError(Fault.MALFORMED, "the certificate is too large")
    try:
        return x509.load_der_x509_certificate(der)
    except UNREADABLE:
        raise CertificateError(Fault.MALFORMED, "not a certificate") from None


def _p256(key: object) -> PublicKey:
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CertificateError(Fault.WRONG_KEY, "not a P-256 key")
    return key


def _identity(certificate: x509.Certificate) -> tuple[IdentityUri, str]:
    """URI and display name, after every rule about what a person's certificate may hold (RFC 5280, 4.2, and DESIGN)."""
    try:
        extensions = certificate.extensions
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        extended = list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        alternative = list(extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except (*UNREADABLE, x509.ExtensionNotFound) as error:
        raise CertificateError(Fault.MALFORMED, f"not a person's certificate: {error}") from None
    unknown = [one.oid.dotted_string for one in extensions if one.critical and one.oid not in _UNDERSTOOD]
    if unknown or constraints.ca or not usage.digital_signature or usage.key_cert_sign or usage.crl_sign:
        raise CertificateError(Fault.MALFORMED, "not a person's certificate: its extensions say something else")
    if len(alternative) != 1 or not isinstance(alternative[0], x509.UniformResourceIdentifier) or len(names) != 1:
        raise CertificateError(Fault.MALFORMED, "a person's certificate has one URI and one name, and nothing beside")
    name = names[0].value
    try:
        uri = IdentityUri.parse(alternative[0].value)
        if not isinstance(name, str):
            raise TypeError("not text")  # noqa: TRY301  (one refusal for every kind of bad name)
        check_display_name(name)
    except (ValueError, TypeError) as error:
        raise CertificateError(Fault.MALFORMED, f"not a person's certificate: {error}") from None
    if extended != [ROLE_USAGE[uri.role]]:
        raise CertificateError(Fault.WRONG_ROLE, "URI and extended key usage name different roles")
    return uri, name
