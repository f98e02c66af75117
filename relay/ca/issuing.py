"""Making certificates and lists: values in, DER out. What stands in them, and nothing about who may have one.

Profiles follow RFC 5280; every certificate carries the key identifiers that strict verifiers (OpenSSL's, Python's) want.
"""

import ipaddress
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from common.net.certificates import DESCRIPTION, ROLE_USAGE, PrivateKey
from common.protocol.identity import IdentityUri

ROOT_YEARS: Final = 20
_USAGE: Final = {
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "encipher_only": False,
    "decipher_only": False,
}


def new_serial(random: Callable[[int], bytes]) -> int:
    """A positive serial number of 159 random bits (RFC 5280, 4.1.2.2: at most 20 bytes)."""
    return int.from_bytes(b"\x40" + random(19)) | 1


def serial_text(serial: int) -> str:
    """A serial number as file names and people have it: 40 hex digits."""
    return f"{serial:040x}"


def make_root(key: PrivateKey, *, organisation: str, now: datetime, serial: int, display_name: str = "") -> bytes:
    """The organisation's self-signed root. Below it are leaves only (path length 0)."""
    name = _subject(organisation, "Tasuki root", display_name)
    usage = x509.KeyUsage(digital_signature=False, key_cert_sign=True, crl_sign=True, **_USAGE)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return _der(
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(_whole(now - timedelta(days=2)))
        .not_valid_after(_whole(now + timedelta(days=366 * ROOT_YEARS)))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )


class Issuer:
    """A root and its key: signs leaves and lists."""

    def __init__(self, *, key: PrivateKey, root: bytes) -> None:
        self._key = key
        self._root = x509.load_der_x509_certificate(root)
        self._authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())

    def person(
        self,
        public: ec.EllipticCurvePublicKey,
        *,
        uri: IdentityUri,
        name: str,
        serial: int,
        not_before: datetime,
        not_after: datetime,
        display_name: str = "",
    ) -> bytes:
        """A user's or helper's certificate, DER. `display_name`: the organisation's, where it has one beside the short name."""
        subject = _subject(uri.organisation, name, display_name)
        alternative = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(str(uri))])
        usage = x509.ExtendedKeyUsage([ROLE_USAGE[uri.role]])
        return self._leaf(
            public,
            subject=subject,
            alternative=alternative,
            extended=usage,
            serial=serial,
            not_before=not_before,
            not_after=not_after,
        )

    def relay(
        self,
        public: ec.EllipticCurvePublicKey,
        *,
        hosts: Iterable[str],
        organisation: str,
        serial: int,
        not_before: datetime,
        not_after: datetime,
    ) -> bytes:
        """The relay's own certificate, DER, for these host names and addresses. It carries no URI: it is nobody."""
        subject = _subject(organisation, "Tasuki relay")
        alternative = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        return self._leaf(
            public,
            subject=subject,
            alternative=alternative,
            extended=usage,
            serial=serial,
            not_before=not_before,
            not_after=not_after,
        )

    def auditor(
        self,
        public: ec.EllipticCurvePublicKey,
        *,
        organisation: str,
        serial: int,
        not_before: datetime,
        life: float,
        usage: x509.ObjectIdentifier,
    ) -> bytes:
        """The certificate by which heads of the audit log are signed, DER, good for `life` seconds. It carries no URI: it is nobody."""
        return self._leaf(
            public,
            subject=_subject(organisation, "Tasuki audit"),
            alternative=None,
            extended=x509.ExtendedKeyUsage([usage]),
            serial=serial,
            not_before=not_before,
            not_after=not_before + timedelta(seconds=life),
        )

    def crl(
        self,
        revoked: Iterable[tuple[int, datetime]],
        *,
        number: int,
        this_update: datetime,
        next_update: datetime,
    ) -> bytes:
        """A complete list of (serial, when), DER."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._root.subject)
            .last_update(_whole(this_update))
            .next_update(_whole(next_update))
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(self._authority, critical=False)
        )
        for serial, when in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(_whole(when))
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    @property
    def root_not_after(self) -> datetime:
        """No leaf outlives its root."""
        return self._root.not_valid_after_utc

    def _leaf(
        self,
        public: ec.EllipticCurvePublicKey,
        *,
        subject: x509.Name,
        alternative: x509.SubjectAlternativeName | None,
        extended: x509.ExtendedKeyUsage,
        serial: int,
        not_before: datetime,
        not_after: datetime,
    ) -> bytes:
        usage = x509.KeyUsage(digital_signature=True, key_cert_sign=False, crl_sign=False, **_USAGE)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._root.subject)
            .public_key(public)
            .serial_number(serial)
            .not_valid_before(_whole(not_before))
            .not_valid_after(_whole(min(not_after, self.root_not_after)))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(extended, critical=False)
        )
        if alternative is not None:
            builder = builder.add_extension(alternative, critical=False)
        return _der(
            builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(self._authority, critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _subject(organisation: str, name: str, display_name: str = "") -> x509.Name:
    """Whose, who, and what the organisation calls itself."""
    parts = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
        x509.NameAttribute(NameOID.COMMON_NAME, name),
    ]
    if display_name:
        parts.append(x509.NameAttribute(DESCRIPTION, display_name))
    return x509.Name(parts)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _whole(moment: datetime) -> datetime:
    """Certificates know whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
