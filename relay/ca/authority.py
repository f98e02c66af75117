"""The authority: signs what the relay hands in, or says why not, and signs the revocation list.

Everything it knows is in its folder; what the operator does there is in `relay.ca.registrar`.
Each method is one step under the folder's lock. Asked the same again (an answer was lost, a process was killed), it
gives the same certificate again; a code makes one certificate, for one key.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, assert_never

from cryptography.hazmat.primitives.asymmetric import ec

from common.host.errors import TasukiError
from common.host.log import get_logger
from common.net.certificates import (
    CertificateError,
    PrivateKey,
    check_signature,
    read_csr,
    spki_sha256,
    verify_issued,
)
from common.net.host_list import HostList
from common.net.revocation import CRL_LIMIT, RevocationList, load_crl
from common.protocol.certificate_requests import (
    Answer,
    CertificateRequest,
    EnrolRequest,
    Issued,
    NotIssued,
    Refusal,
    RelayCertificateRequest,
    RenewRequest,
    renewal_challenge,
)
from common.protocol.enrolment import check_proof
from common.protocol.identity import IdentityUri, Role
from common.protocol.relay_hosts import Address
from relay.ca.folder import RELAY_ACCOUNT, CaFolder
from relay.ca.hosts import AHEAD, OrderedNames
from relay.ca.issuing import Issuer, new_serial, serial_text
from relay.ca.records import IssuedRecord
from relay.ca.settings import CaSettings
from relay.ca.waiting import AskingRefusedError, asked

log = get_logger()

CERTIFICATES_PER_ACCOUNT: Final = 100
"""Certificates of one account that have not expired: more than any honest set of computers renews."""
_KEEP_ON_CRL: Final = timedelta(days=7)
"""A revoked certificate stays on the list so long after it expired: for agents whose clock is slow."""


class _RefusedError(Exception):
    def __init__(self, code: Refusal, *, retry_after: int = 0) -> None:
        super().__init__(code.value)
        self.code = code
        self.retry_after = retry_after


class CertificateAuthority:
    """The organisation's CA over its folder. `clock` gives aware UTC times, `random` that many bytes."""

    def __init__(
        self,
        *,
        folder: CaFolder,
        settings: CaSettings,
        names: OrderedNames,
        key: PrivateKey,
        root: bytes,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.names = names
        self.root = root
        self._key = key
        self._issuer = Issuer(key=key, root=root)
        self._clock = clock
        self._random = random

    # what the relay hands in

    def answer(self, request: CertificateRequest) -> Answer:
        """The certificate, or why not. Nothing that a request holds makes this raise."""
        try:
            match request:
                case EnrolRequest():
                    return self._issued(self._enrol(request))
                case RenewRequest():
                    return self._issued(self._renew(request))
                case RelayCertificateRequest():
                    return self._issued(self._relay_certificate(request))
                case _ as unreachable:
                    assert_never(unreachable)
        except _RefusedError as refused:
            return NotIssued(code=refused.code, retry_after=refused.retry_after)

    def _enrol(self, request: EnrolRequest) -> IssuedRecord:
        public = _read_csr(request.csr)
        spki = spki_sha256(public)
        with self.folder.changing():
            code, claimed = self.folder.code(request.id), False
            if code is None:
                try:
                    code, claimed = asked(self.folder, self.settings, request, spki, self._now()), True
                except AskingRefusedError as refused:
                    raise _RefusedError(refused.code, retry_after=refused.retry_after) from None
            if code.revoked:
                raise _RefusedError(Refusal.CODE_REVOKED)
            used = self.folder.used_by(code)
            proven = bool(code.code) and (
                claimed or check_proof(code.code, request.role, spki, bytes.fromhex(request.proof))
            )
            if used is not None:
                if not proven or used.spki != spki.hex():
                    raise _RefusedError(Refusal.CODE_USED)
                return self._not_revoked(used)
            if not code.code or self._now() >= code.expires:
                raise _RefusedError(Refusal.CODE_EXPIRED)
            if not proven:
                raise _RefusedError(Refusal.BAD_PROOF)
            if request.role is not code.role:
                raise _RefusedError(Refusal.WRONG_ROLE)
            person = self.folder.person_of(code.account)
            present = self.folder.person(person)
            name = code.name if present is None else present.name
            if self.folder.name_owner(name) != person:
                raise _RefusedError(Refusal.NAME_TAKEN)
            return self._issue(public, account=code.account, role=code.role, name=name, code=code.id)

    def _renew(self, request: RenewRequest) -> IssuedRecord:
        public = _read_csr(request.csr)
        try:
            old = verify_issued(request.chain, self.root)
        except CertificateError:
            raise _RefusedError(Refusal.BAD_CERTIFICATE) from None
        try:
            check_signature(old.leaf, request.signature, renewal_challenge(request.csr))
        except CertificateError:
            raise _RefusedError(Refusal.BAD_SIGNATURE) from None
        serial = serial_text(old.serial)
        with self.folder.changing():
            if self.folder.revoked(serial) or self.folder.blocked(old.uri.account):
                raise _RefusedError(Refusal.REVOKED)
            now = self._clock()
            if now > old.not_after + timedelta(seconds=self.settings.timing.renew_after_expiry):
                raise _RefusedError(Refusal.TOO_OLD)
            known = [one for one in self.folder.issued(old.uri.account) if one.role == old.role]
            spki = spki_sha256(public).hex()
            for one in known:
                if one.renews == serial and one.spki == spki and one.not_after > now.timestamp():
                    return self._not_revoked(one)
            # Else the newest record has the name: it was made before there were people.
            present = self.folder.person(self.folder.person_of(old.uri.account))
            name = present.name if present is not None else known[-1].name if known else old.name
            return self._issue(public, account=old.uri.account, role=old.role, name=name, renews=serial)

    def _relay_certificate(self, request: RelayCertificateRequest) -> IssuedRecord:
        public = _read_csr(request.csr)
        spki = spki_sha256(public).hex()
        with self.folder.changing():
            now = self._clock()
            fresh = now.timestamp() + self.settings.timing.certificate * 2 / 3
            hosts = self.names.hosts()
            for one in self.folder.issued(RELAY_ACCOUNT):
                if one.spki == spki and one.name == " ".join(hosts) and one.not_after > fresh:
                    return self._not_revoked(one)
            serial, not_before, not_after = self._life(now)
            certificate = self._issuer.relay(
                public,
                hosts=hosts,
                organisation=self.settings.organisation,
                serial=serial,
                not_before=not_before,
                not_after=not_after,
            )
            record = IssuedRecord(
                serial=serial_text(serial),
                account=RELAY_ACCOUNT,
                role=RELAY_ACCOUNT,
                name=" ".join(hosts),
                not_before=not_before.timestamp(),
                not_after=not_after.timestamp(),
                spki=spki,
                certificate=certificate,
            )
            self.folder.put_issued(record)
            return record

    def make_crl(self) -> bytes:
        """A new revocation list (DER), kept in the folder.

        Its number is at least the Unix time, so that it also rises where the folder came back from a backup: agents
        refuse a lower number than they have seen. Raises TasukiError (ca_crl_too_long, ca_record_damaged), OSError.
        """
        with self.folder.changing():
            now = self._clock()
            told = [
                one
                for one in self.folder.all_revoked()
                if one.not_after + _KEEP_ON_CRL.total_seconds() > now.timestamp()
            ]
            entries = [(int(one.serial, 16), datetime.fromtimestamp(one.at, UTC)) for one in told]
            before = self.crl_number()
            if not before and self.folder.crl() is not None:  # damaged: it may have been ahead of the clock
                before = int(now.timestamp()) + AHEAD
            der = self._issuer.crl(
                entries,
                number=max(before + 1, int(now.timestamp())),
                this_update=now - timedelta(seconds=self.settings.timing.backdate),
                next_update=now + timedelta(seconds=self.settings.timing.crl_life),
            )
            if len(der) > CRL_LIMIT:
                raise TasukiError("ca_crl_too_long", count=len(entries), limit=CRL_LIMIT)
            self.folder.put_crl(der)
            self.folder.put_listed([one.serial for one in told], now.timestamp())
            return der

    def put_names(self, change: Callable[[tuple[Address, ...]], Sequence[Address]]) -> HostList:
        """Sign a new list of the relay's host names: what `change` makes of the one that counts now. `change` may raise.

        Raises TasukiError (ca_hosts_none, ca_record_damaged), OSError.
        """
        with self.folder.changing():
            addresses = change(self.names.addresses())
            if not addresses:
                raise TasukiError("ca_hosts_none")
            return self.names.sign(addresses, self._key)

    def crl_number(self) -> int:
        """The newest list's number; 0 before the first, and where it is damaged."""
        crl = self.crl()
        return 0 if crl is None else crl.number

    def crl(self) -> RevocationList | None:
        """The newest list; None before the first, and where it is damaged: the next one takes its place."""
        der = self.folder.crl()
        try:
            return None if der is None else load_crl(der, self.root)
        except CertificateError as error:
            log.warning("crl_damaged", error=str(error))
            return None

    # parts

    def _now(self) -> float:
        return self._clock().timestamp()

    def _life(self, now: datetime) -> tuple[int, datetime, datetime]:
        timing = self.settings.timing
        not_after = min(now + timedelta(seconds=timing.certificate), self._issuer.root_not_after)
        return new_serial(self._random), now - timedelta(seconds=timing.backdate), not_after

    def _issue(
        self,
        public: ec.EllipticCurvePublicKey,
        *,
        account: str,
        role: Role,
        name: str,
        code: str = "",
        renews: str = "",
    ) -> IssuedRecord:
        now = self._clock()
        if sum(one.not_after > now.timestamp() for one in self.folder.issued(account)) >= CERTIFICATES_PER_ACCOUNT:
            raise _RefusedError(Refusal.TOO_MANY)
        serial, not_before, not_after = self._life(now)
        uri = IdentityUri(organisation=self.settings.organisation, role=role, account=account)
        certificate = self._issuer.person(
            public,
            uri=uri,
            name=name,
            serial=serial,
            not_before=not_before,
            not_after=not_after,
            display_name=self.settings.display_name,
        )
        record = IssuedRecord(
            serial=serial_text(serial),
            account=account,
            role=role.value,
            name=name,
            not_before=not_before.timestamp(),
            not_after=not_after.timestamp(),
            spki=spki_sha256(public).hex(),
            certificate=certificate,
            code=code,
            renews=renews,
        )
        self.folder.put_issued(record)
        return record

    def _issued(self, record: IssuedRecord) -> Issued:
        person = record.account != RELAY_ACCOUNT
        return Issued(
            chain=[record.certificate, self.root],
            serial=record.serial,
            not_after=record.not_after,
            account=record.account if person else "",
            role=record.role if person else "",
            name=record.name if person else "",
            organisation=self.settings.organisation,
        )

    def _not_revoked(self, record: IssuedRecord) -> IssuedRecord:
        if self.folder.revoked(record.serial) is not None:
            raise _RefusedError(Refusal.REVOKED)
        return record


def _read_csr(csr: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return read_csr(csr)
    except CertificateError:
        raise _RefusedError(Refusal.MALFORMED) from None
