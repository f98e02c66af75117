"""Revocation lists: reading and checking the one that the organisation's CA signs, and why a certificate is refused.

Only v2 lists that the root itself signed count, complete ones (no deltas, no issuing distribution points). A list is
a value: what was checked once (its signature) need not be checked again.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

CRL_LIMIT = 4 * 1024 * 1024
"""A list longer than this many bytes is malformed (about 100,000 revoked certificates)."""


UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for DER that it cannot read, at loading or at the first look at a field."""


class Fault(StrEnum):
    """Why a certificate, a chain or a list is not good. Values are in messages, logs and audit rows."""

    MALFORMED = "malformed"
    TOO_LONG = "too_long"  # more certificates than leaf and root
    WRONG_ROOT = "wrong_root"  # not signed by the organisation's root
    WRONG_KEY = "wrong_key"  # not P-256
    WRONG_ROLE = "wrong_role"
    WRONG_ORGANISATION = "wrong_organisation"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    BAD_SIGNATURE = "bad_signature"
    NO_CRL = "no_crl"  # nothing known about revocation: never taken for "nothing revoked"
    CRL_STALE = "crl_stale"  # older than its nextUpdate
    CRL_ROLLED_BACK = "crl_rolled_back"  # a lower number than one seen before
    HOSTS_ROLLED_BACK = "hosts_rolled_back"  # likewise, of a list of host names


class CertificateError(Exception):
    """A certificate, chain, list or signature that is not good. `code` says why; the text is for logs."""

    def __init__(self, code: Fault, text: str = "") -> None:
        super().__init__(text or code.value)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class RevocationList:
    """A list whose signature was checked. Always true as a condition, also when nothing is revoked."""

    der: bytes
    number: int
    this_update: datetime
    next_update: datetime
    _list: x509.CertificateRevocationList = field(repr=False, compare=False)

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return len(self._list)

    def is_revoked(self, serial: int) -> bool:
        """Whether the certificate with this serial number is on the list."""
        return self._list.get_revoked_certificate_by_serial_number(serial) is not None

    def check_fresh(self, now: datetime) -> None:
        """Raises CertificateError (crl_stale, not_yet_valid) unless thisUpdate <= now <= nextUpdate (RFC 5280, 6.3.3)."""
        if now < self.this_update:
            raise CertificateError(Fault.NOT_YET_VALID, "the revocation list is from the future")
        if now > self.next_update:
            raise CertificateError(Fault.CRL_STALE, "the revocation list is too old")


def load_crl(der: bytes, root_der: bytes, *, minimum: int = 0) -> RevocationList:
    """Read a list and check that the root signed it and that its number is at least `minimum`.

    `minimum` is the highest number seen before; the same number again is fine. Freshness is not looked at here
    (`RevocationList.check_fresh`, and `verify_chain` does it). Raises CertificateError: malformed, wrong_root,
    crl_rolled_back.
    """
    if len(der) > CRL_LIMIT:
        raise CertificateError(Fault.MALFORMED, "the revocation list is too large")
    try:
        crl = x509.load_der_x509_crl(der)
        root = x509.load_der_x509_certificate(root_der)
        extensions = crl.extensions
        this_update, next_update = crl.last_update_utc, crl.next_update_utc
        number = extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        key = root.public_key()
        same_issuer = crl.issuer == root.subject
    except (*UNREADABLE, x509.ExtensionNotFound) as error:
        raise CertificateError(Fault.MALFORMED, f"not a revocation list: {error}") from None
    if any(extension.critical for extension in extensions):
        raise CertificateError(Fault.MALFORMED, "a critical extension that is not understood: the list may be partial")
    if next_update is None:
        raise CertificateError(Fault.MALFORMED, "the revocation list has no nextUpdate")
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise CertificateError(Fault.WRONG_KEY, "the root's key is not an elliptic-curve key")
    if not same_issuer:
        raise CertificateError(Fault.WRONG_ROOT, "the revocation list names another issuer")
    try:
        good = crl.is_signature_valid(key)
    except (*UNREADABLE, InvalidSignature):
        good = False
    if not good:
        raise CertificateError(Fault.WRONG_ROOT, "the revocation list is not signed by this root")
    if number < minimum:
        raise CertificateError(Fault.CRL_ROLLED_BACK, f"number {number}, but {minimum} was seen before")
    return RevocationList(der=der, number=number, this_update=this_update, next_update=next_update, _list=crl)
