"""A signed head of an audit log: whether this organisation's CA signed it, with the key that it has for that alone."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

from common.net.certificates import CertificateError, check_signature
from common.net.revocation import UNREADABLE, Fault
from common.protocol.audit_heads import decode_signed, head_challenge

USAGE: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""Document signing (RFC 9336): nothing else that Tasuki issues has it, and nothing else is taken here."""
_CLOCK: Final = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class CheckedHead:
    """A head whose signature was checked."""

    document: bytes = field(repr=False)
    number: int
    digest: bytes
    at: datetime


def load_head(document: bytes, root_der: bytes) -> CheckedHead:
    """Read it and check it, whenever that is: its certificate was valid when it was signed. Raises CertificateError."""
    try:
        signed, head = decode_signed(document)
    except ValueError as error:
        raise CertificateError(Fault.MALFORMED, f"not a signed head: {error}") from None
    at = datetime.fromtimestamp(head.at, UTC)
    begin, end, organisation = _check_certificate(signed.certificate, root_der)
    if not begin - _CLOCK <= at <= end + _CLOCK:
        raise CertificateError(Fault.EXPIRED, "the certificate was not valid when the head was signed")
    if head.organisation != organisation:
        raise CertificateError(Fault.WRONG_ORGANISATION, "the head of another organisation's log")
    check_signature(signed.certificate, signed.signature, head_challenge(signed.head))
    return CheckedHead(document=document, number=head.number, digest=bytes.fromhex(head.digest), at=at)


def _check_certificate(der: bytes, root_der: bytes) -> tuple[datetime, datetime, str]:
    """From when to when it is valid, and whose it is."""
    try:
        leaf, root = x509.load_der_x509_certificate(der), x509.load_der_x509_certificate(root_der)
        leaf.verify_directly_issued_by(root)
        usage = list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        authority = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        [organisation] = root.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    except (*UNREADABLE, InvalidSignature):
        raise CertificateError(Fault.WRONG_ROOT, "not issued by the organisation's root") from None
    except x509.ExtensionNotFound:
        raise CertificateError(Fault.WRONG_ROLE, "not a certificate for signing heads") from None
    if usage != [USAGE] or authority:
        raise CertificateError(Fault.WRONG_ROLE, "not a certificate for signing heads")
    return leaf.not_valid_before_utc, leaf.not_valid_after_utc, str(organisation.value)
