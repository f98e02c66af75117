"""Who an agent says it is, and whether that is true: the check behind `identify`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from common.net.certificates import CertificateError, Fault, RevocationList, check_signature, verify_chain
from common.protocol.computer_claim import NOT_SAID, ComputerClaim
from common.protocol.identity import Role, matching_challenge
from common.protocol.messages import Code, Identify
from common.protocol.texts import is_word
from relay.core.accounts import Directory
from relay.core.records import AccountRecord, CertificateRecord, Participant


class NotIdentifiedError(Exception):
    """An agent that may not come in; `code` goes into `refused`, `detail` into the log."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(code.value)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class Identified:
    """Who it is. `serial` is the certificate's, for the revocation list; `not_after` when the certificate ends. `computer` is only claimed."""

    participant: Participant
    account: AccountRecord
    serial: int
    not_after: datetime
    computer: ComputerClaim = NOT_SAID

    @property
    def role(self) -> Role:
        """The role, which certificate and account agree on."""
        return self.account.role

    def certificate(self, now: datetime) -> CertificateRecord:
        """For the store."""
        return CertificateRecord(
            fingerprint=self.participant.certificate,
            account=self.account.identifier,
            serial=f"{self.serial:x}",
            not_after=self.not_after,
            seen_at=now,
            computer_name=self.computer.name,
            system=self.computer.system,
            version=self.computer.version,
        )


NOT_IDENTIFIED = (
    Code.ACCOUNT_DISABLED,
    Code.BAD_CERTIFICATE,
    Code.BAD_SIGNATURE,
    Code.BUSY,
    Code.CERTIFICATE_EXPIRED,
    Code.CERTIFICATE_REVOKED,
    Code.NO_ACCOUNT,
    "not_identified",
)
"""Why an agent is not let in; the last: it did not say who it is in time."""

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
    barred: Collection[str] = (),
) -> Identified:
    """Check chain, signature and account. Raises NotIdentifiedError with the first thing that is wrong.

    `barred`: certificates, by fingerprint, that are as good as revoked.
    """
    try:
        peer = verify_chain(message.chain, root, crl=crl, now=now)
        check_signature(peer.leaf, message.signature, matching_challenge(relay, nonce))
    except CertificateError as error:
        raise NotIdentifiedError(_CODES.get(error.code, Code.BAD_CERTIFICATE), f"{error.code}: {error}") from None
    if fingerprint(peer.leaf) in barred:
        raise NotIdentifiedError(Code.CERTIFICATE_REVOKED, "owed to be revoked")
    uri = str(peer.uri)
    account = directory.account(peer.uri.account)
    if account is None or directory.uri(account) != uri:
        raise NotIdentifiedError(Code.NO_ACCOUNT, uri)
    if not account.enabled:
        raise NotIdentifiedError(Code.ACCOUNT_DISABLED, uri)
    participant = Participant(account=account.identifier, certificate=fingerprint(peer.leaf), uri=uri, name=peer.name)
    return Identified(
        participant=participant,
        account=account,
        serial=peer.serial,
        not_after=peer.not_after,
        computer=_computer(message),
    )


def _computer(message: Identify) -> ComputerClaim:
    """An agent from before there was `computer` says its version alone, behind its program's name."""
    version = message.agent.partition("/")[2]
    if message.computer == NOT_SAID and is_word(version):
        return ComputerClaim(version=version)
    return message.computer
