"""Whose certificates the relay has the CA make and keeps: what the public port asks on an agent's behalf.

No operator orders this: it is ordered at the CA, by an enrolment line or an agent's renewal. Here it is looked up whether
the account may have a certificate, and written down that it got one.
"""

from dataclasses import replace

from common.net.certificates import CertificateError, verify_issued
from common.protocol.computer_claim import NOT_SAID, ComputerClaim
from relay.core.ports import EnrolmentError, NotKept
from relay.core.records import AuditEntry, CertificateRecord, EnrolmentRecord
from relay.core.storing import StoreUnavailableError, Unit, WriteRefusedError
from relay.matching.authentication import fingerprint
from relay.matching.hub import Hub


class EnrolmentService:
    """On the accounts of a matching service."""

    def __init__(self, hub: Hub) -> None:
        self._recorder = hub.recorder
        self._revocations = hub.revocations
        self._services = hub.services

    def is_barred(self, leaf: bytes) -> bool:
        """Whether this certificate (DER) is as good as revoked."""
        return fingerprint(leaf) in self._revocations.barred

    def may_renew(self, account: str) -> bool:
        """Whether this account is known and enabled."""
        found = self._services.directory.account(account)
        return found is not None and found.enabled

    async def enrolled(self, leaf: bytes, *, renews: bytes | None = None, computer: ComputerClaim = NOT_SAID) -> None:
        """The CA has answered an enrolment, or the renewal of `renews`, with this certificate (DER): keep it.

        `computer` is where an enrolment says that it is. Raises EnrolmentError, with each of its codes.
        """
        try:
            peer = verify_issued([leaf], self._services.authority_root)
        except CertificateError as error:
            raise EnrolmentError(NotKept.BAD_CERTIFICATE, str(error)) from None
        uri = str(peer.uri)
        account = self._services.directory.account(peer.uri.account)
        if account is None or self._services.directory.uri(account) != uri:
            raise EnrolmentError(NotKept.NO_ACCOUNT, uri)
        if not account.enabled:
            raise EnrolmentError(NotKept.ACCOUNT_DISABLED, uri)
        now = self._services.clock.now()
        certificate = CertificateRecord(
            fingerprint=fingerprint(leaf),
            account=account.identifier,
            serial=f"{peer.serial:x}",
            not_after=peer.not_after,
            seen_at=now,
            computer_name=computer.name,
            system=computer.system,
            version=computer.version,
        )
        if renews is not None:
            certificate = await self._on_the_same_computer(certificate, fingerprint(renews))
        prepared = [one for one in await self._services.store.enrolments(account.identifier) if one.used_at is None]

        named = replace(account, name=peer.name)  # the CA says what it is

        def change(unit: Unit) -> None:
            if named != account:
                unit.put_account(named)
            unit.put_certificate(certificate)
            if renews is None:
                latest = prepared[-1] if prepared else EnrolmentRecord(account=account.identifier, created_at=now)
                unit.put_enrolment(replace(latest, used_at=now))

        entry = AuditEntry(
            at=now,
            actor=uri,
            event="account.enrolled" if renews is None else "account.renewed",
            subject=account.identifier,
            facts={"serial": certificate.serial},
        )
        try:
            await self._recorder.write_change(change, entry)
        except WriteRefusedError as error:
            raise EnrolmentError(NotKept.REFUSED, str(error)) from error
        except StoreUnavailableError as error:
            raise EnrolmentError(NotKept.UNWRITABLE, str(error)) from error
        if renews is not None and self.is_barred(renews):  # it was lost while the CA made this one
            self._revocations.bar([certificate])
        if named != account and self._services.directory.account(account.identifier) == account:
            self._services.directory.put(named)

    async def _on_the_same_computer(self, certificate: CertificateRecord, renewed: str) -> CertificateRecord:
        """With the number and all else of the one before, where that is known. Raises EnrolmentError (UNWRITABLE)."""
        try:
            mine = await self._services.store.certificates(certificate.account)
        except StoreUnavailableError as error:
            raise EnrolmentError(NotKept.UNWRITABLE, str(error)) from error
        for one in mine:
            if one.fingerprint == renewed:
                return replace(
                    certificate,
                    computer=one.computer,
                    computer_name=one.computer_name,
                    system=one.system,
                    version=one.version,
                )
        return certificate
