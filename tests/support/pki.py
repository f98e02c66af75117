"""Certificates for servers in tests: a root, and leaves for names and addresses, good ones and bad ones."""

import hashlib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass(frozen=True)
class ServerFiles:
    """PEM files of one server: its chain with the root at the end, and its key."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """A server's context of Python's ssl, that is: of another OpenSSL than pyOpenSSL's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Root:
    """A root certificate and what it signs, in `folder`."""

    def __init__(self, folder: Path, name: str = "Test root") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        now = datetime.now(UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + 30 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.der = self.certificate.public_bytes(Encoding.DER)
        self.sha256 = hashlib.sha256(self.der).digest()
        self.pem = folder / f"root-{self.certificate.serial_number:x}.pem"
        self.pem.write_bytes(self.certificate.public_bytes(Encoding.PEM))

    def server(
        self,
        *names: str,
        before: timedelta = DAY,
        after: timedelta = DAY,
        with_root: bool = True,
    ) -> ServerFiles:
        """A server's certificate for DNS names and IP addresses, valid from `before` ago for `after` from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        leaf = (
            x509.CertificateBuilder()
            .subject_name(_name(names[0]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - before)
            .not_valid_after(now + after)
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        chain = leaf.public_bytes(Encoding.PEM) + (self.pem.read_bytes() if with_root else b"")
        files = ServerFiles(
            certificate=self._folder / f"{leaf.serial_number:x}.pem", key=self._folder / f"{leaf.serial_number:x}.key"
        )
        files.certificate.write_bytes(chain)
        files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        files.key.chmod(0o600)
        return files


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
