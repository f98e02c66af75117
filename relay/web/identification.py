"""Who an agent says it is, and whether that is true: the check behind `identify`."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from common.net.certificates import CertificateError, Fault, RevocationList, check_signature, verify_chain
from common.protocol.identity import Role, matching_challenge
from common.protocol.messages import Code, Identify
from relay.core.accounts import Directory
from relay.core.records import Account, Certificate, Person


class RefusedError(Exception):
    """An agent that may not come in; `code` goes into `refused`, `detail` into the log."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(code.value)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class Identified:
    """Who it is. `serial` is the certificate's, for the revocation list; `not_after` when the certificate ends."""

    person: Person
    account: Account
    serial: int
    not_after: datetime

    @property
    def role(self) -> Role:
        """The role, which certificate and account agree on."""
        return self.account.role

    def certificate(self, now: datetime) -> Certificate:
        """For the store."""
        return Certificate(
            fingerprint=self.person.certificate,
            account=self.account.identifier,
            serial=f"{self.serial:x}",
            not_after=self.not_after,
            seen_at=now,
        )


_CODES = {
    Fault.EXPIRED: Code.CERTIFICATE_EXPIRED,
    Fault.REVOKED: Code.CERTIFICATE_REVOKED,
    Fault.BAD_SIGNATURE: Code.BAD_SIGNATURE,
    # The relay's own fault: it has no list that is good. Nobody comes in, and nobody is told that they are at fault.
    Fault.NO_CRL: Code.BUSY,
    Fault.CRL_STALE: Code.BUSY,
}


def fingerprint(leaf: bytes) -> str:
    """The SHA-256 of a certificate's DER in hex: what the relay knows a certificate by."""
    return sha256(leaf).hexdigest()


def identify(
    message: Identify,
    *,
    nonce: bytes,
    relay: str,
    root: bytes,
    crl: RevocationList | None,
    directory: Directory,
    now: datetime,
) -> Identified:
    """Check chain, signature and account. Raises RefusedError with the first thing that is wrong."""
    try:
        peer = verify_chain(message.chain, root, crl=crl, now=now)
        check_signature(peer.leaf, message.signature, matching_challenge(relay, nonce))
    except CertificateError as error:
        raise RefusedError(_CODES.get(error.code, Code.BAD_CERTIFICATE), f"{error.code}: {error}") from None
    account = directory.account(peer.uri.account)
    if account is None or directory.uri(account) != str(peer.uri):
        raise RefusedError(Code.NO_ACCOUNT, str(peer.uri))
    if not account.enabled:
        raise RefusedError(Code.ACCOUNT_DISABLED, str(peer.uri))
    person = Person(account=account.identifier, certificate=fingerprint(peer.leaf), uri=str(peer.uri), name=peer.name)
    return Identified(person=person, account=account, serial=peer.serial, not_after=peer.not_after)
