"""The relay's own certificate: asked for through the mailbox, and again when a third of its life is left.

The key stays the same, so that certificate and key never disagree on the disk, whenever the machine goes down.
"""

from datetime import datetime
from pathlib import Path

from cryptography import x509

from common.host.errors import TasukiError
from common.host.files import write_atomic, write_private
from common.net.certificates import (
    CertificateError,
    PrivateKey,
    chain_from_pem,
    chain_to_pem,
    key_from_pem,
    key_to_pem,
    make_csr,
    new_key,
    public_key,
    spki_sha256,
)
from common.protocol.certificate_requests import RelayCertificateRequest
from relay.ca.client import AuthorityClient, AuthorityRefusedError


def is_due(path: Path, now: datetime) -> bool:
    """Whether the certificate in `path` is missing, no certificate, or has less than a third of its life left."""
    try:
        leaf = x509.load_der_x509_certificate(chain_from_pem(path.read_bytes())[0])
    except (OSError, CertificateError, ValueError, IndexError):
        return True
    life = leaf.not_valid_after_utc - leaf.not_valid_before_utc
    return now >= leaf.not_valid_after_utc - life / 3


async def obtain(authority: AuthorityClient, *, certificate: Path, key: Path) -> None:
    """Have the key in `key` (made where there is none) certified, and the chain in `certificate`.

    Raises TasukiError (relay_certificate_refused), OSError.
    """
    secret = _key(key)
    try:
        issued = await authority.submit(RelayCertificateRequest(csr=make_csr(secret)))
    except AuthorityRefusedError as error:
        raise TasukiError("relay_certificate_refused", detail=error.code) from error
    if not issued.chain or spki_sha256(public_key(issued.chain[0])) != spki_sha256(secret):
        raise TasukiError("relay_certificate_refused", detail="key")
    write_atomic(certificate, chain_to_pem(issued.chain))


def _key(path: Path) -> PrivateKey:
    try:
        return key_from_pem(path.read_bytes())
    except FileNotFoundError:
        made = new_key()
        write_private(path, key_to_pem(made))
        return made
    except (OSError, CertificateError) as error:
        raise TasukiError("tls_files_unusable", certificate=path, detail=error) from error
