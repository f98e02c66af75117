"""Whose certificates the relay has the CA make and keeps: what the public port asks on an agent's behalf.

No operator orders this: it is ordered at the CA, by an enrolment line or an agent's renewal. Here it is looked up whether
the account may have a certificate, and written down that it got one.
"""

from dataclasses import replace

from common.net.certificates import CertificateError, VerifiedPeer, verify_issued
from common.protocol.certificate_requests import Claims
from common.protocol.computer_claim import NOT_SAID, ComputerClaim
from common.protocol.identity import Role
from relay.core.ports import EnrolmentError, NotKept
from relay.core.records import AccountRecord, AuditEntry, CertificateRecord, EnrolmentRecord, PersonRecord
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

    async def enrolled(
        self,
        leaf: bytes,
        *,
        renews: bytes | None = None,
        computer: ComputerClaim = NOT_SAID,
        claims: Claims | None = None,
    ) -> None:
        """The CA has answered an enrolment, or the renewal of `renews`, with this certificate (DER): keep it.

        `computer` is where an enrolment says that it is. `claims`: it came with a line for many, an operator has said yes to it at
        the CA, and the account may be a new one. Raises EnrolmentError, with each of its codes.
        """
        try:
            peer = verify_issued([leaf], self._services.authority_root)
        except CertificateError as error:
            raise EnrolmentError(NotKept.BAD_CERTIFICATE, str(error)) from None
        uri = str(peer.uri)
        account = self._services.directory.account(peer.uri.account)
        newcomer: PersonRecord | None = None
        if account is None and claims is not None and peer.role is Role.USER:
            newcomer, account = self._newcomer(peer, claims)
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
            if newcomer is not None:
                unit.put_person(newcomer)
            if named != account or newcomer is not None:
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
        if newcomer is not None:
            self._services.directory.put_person(newcomer)
            self._services.directory.put(named)
        if renews is not None and self.is_barred(renews):  # it was lost while the CA made this one
            self._revocations.bar([certificate])
        if named != account and self._services.directory.account(account.identifier) == account:
            self._services.directory.put(named)

    def _newcomer(self, peer: VerifiedPeer, claims: Claims) -> tuple[PersonRecord, AccountRecord]:
        """A person of the account's UUID, by the name that the CA has certified; by the login as external id, where nobody has it."""
        now, directory = self._services.clock.now(), self._services.directory
        free = directory.person_by_external(claims.login) is None
        person = PersonRecord(
            identifier=peer.uri.account,
            name=peer.name,
            external_id=claims.login if free else None,
            created_at=now,
        )
        account = AccountRecord(
            identifier=peer.uri.account, person=person.identifier, role=Role.USER, name=peer.name, created_at=now
        )
        return person, account

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
