"""The relay's own certificate from the organisation's CA: made at `init`, renewed by the running relay through the mailbox.

The key stays; only the certificate file is replaced, by a rename, so that the pair always fits. Host names come from
the CA's settings. A relay with a public certificate (`[tls] renew = false`) needs none of this.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from pathlib import Path

from cryptography import x509

from common.host.files import write_atomic, write_private
from common.host.log import get_logger
from common.host.untrusted_files import read_untrusted
from common.net.certificates import (
    CertificateError,
    Fault,
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
from common.net.server_tls import PEM_LIMIT
from common.protocol.certificate_requests import Issued, RelayCertificateRequest
from relay.ca.client import AuthorityClient, AuthorityRefusedError

log = get_logger()


def hosts_of(certificate: x509.Certificate) -> frozenset[str]:
    """The host names and addresses that it names."""
    try:
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return frozenset()
    addresses = (str(address) for address in named.get_values_for_type(x509.IPAddress))
    return frozenset((*named.get_values_for_type(x509.DNSName), *addresses))


def _as_in_certificates(host: str) -> str:
    """An address may be written in several ways."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


class RelayCertificate:
    """The relay's key and certificate, as files. `clock` gives aware UTC times."""

    _wanted: frozenset[str] | None = None

    def __init__(self, *, certificate: Path, key: Path, clock: Callable[[], datetime]) -> None:
        self._certificate = certificate
        self._key_file = key
        self._clock = clock
        self._changed = asyncio.Event()

    def request(self) -> RelayCertificateRequest:
        """What to ask the CA with; makes the key where there is none yet. Raises OSError, CertificateError (a key of another kind)."""
        return RelayCertificateRequest(csr=make_csr(self._key()))

    def put(self, issued: Issued) -> None:
        """Put the answer in place. Raises CertificateError (wrong_key, malformed) where it is not for our key, OSError."""
        if spki_sha256(public_key(issued.chain[0])) != spki_sha256(self._key()):
            raise CertificateError(Fault.WRONG_KEY, "the certificate is for another key")
        write_atomic(self._certificate, chain_to_pem(issued.chain))

    def due(self) -> bool:
        """Whether a third of the certificate's life or less is left, or there is none that fits the key and the names."""
        try:
            leaf = chain_from_pem(read_untrusted(self._certificate, limit=PEM_LIMIT, follow=True))[0]
            if spki_sha256(public_key(leaf)) != spki_sha256(self._key()):
                return True
        except (OSError, CertificateError):
            return True
        certificate = x509.load_der_x509_certificate(leaf)
        if self._wanted is not None and hosts_of(certificate) != self._wanted:
            return True
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        return self._clock() >= end - (end - begin) / 3

    def want(self, hosts: Iterable[str]) -> None:
        """The certificate is to name these, and no others. On the loop."""
        self._wanted = frozenset(map(_as_in_certificates, hosts))
        self._changed.set()

    async def keep(
        self,
        client: AuthorityClient,
        changed: Callable[[], None],
        *,
        look_every: float = 3600.0,
        retry_after: float = 60.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Renew when it is due, calling `changed` after each; runs until cancelled. A CA that does not answer is asked again."""
        while True:
            self._changed.clear()
            if not self.due():
                await self._pause(sleep(look_every))
                continue
            try:
                self.put(await client.submit(self.request()))
            except (AuthorityRefusedError, CertificateError, OSError) as error:
                log.warning("relay_certificate_not_renewed", error=str(error))
                await sleep(retry_after)
            else:
                log.info("relay_certificate_renewed")
                changed()
                if self.due():  # the CA has other names yet
                    await sleep(retry_after)

    async def _pause(self, sleeping: Awaitable[None]) -> None:
        """So long, or until other names are wanted."""
        waiting = [asyncio.ensure_future(sleeping), asyncio.ensure_future(self._changed.wait())]
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
        finally:
            for one in waiting:
                one.cancel()

    def _key(self) -> PrivateKey:
        try:
            return key_from_pem(read_untrusted(self._key_file, limit=PEM_LIMIT, follow=True))
        except FileNotFoundError:
            key = new_key()
            write_private(self._key_file, key_to_pem(key))
            return key
