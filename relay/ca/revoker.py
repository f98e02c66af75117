"""Revoking: what the operator orders in the CA's folder, and what the relay may ask for. Needs no key of the CA."""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from common.host.errors import TasukiError
from common.host.log import get_logger
from common.protocol.certificate_requests import NotIssued, Refusal, Revoked, RevokeRequest
from common.protocol.identity import IdentityUri, InvalidIdentityError, Role
from relay.ca.folder import RELAY_ACCOUNT, CaFolder, Damaged, is_serial
from relay.ca.records import BlockedRecord, IssuedRecord, RevokedRecord
from relay.ca.settings import CaSettings

log = get_logger()

UNKNOWN_LIMIT = 500
"""So much that this folder has no record of is revoked by the relay's word: certificates, and accounts that are blocked.

After a restore from an old backup there is some; a relay that was broken into could make the list too long to be signed.
"""
UNKNOWN = "asked by the relay, unknown here"


class Revoker:
    """`clock` gives aware UTC times. Each method is one step under the folder's lock."""

    def __init__(self, *, folder: CaFolder, settings: CaSettings, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._settings = settings
        self._clock = clock

    def revoke(
        self, what: str, *, reason: str = "", damaged: Callable[[TasukiError], None] = lambda _: None
    ) -> list[IssuedRecord]:
        """Revoke all that an account has (UUID or display name), its open codes too, or one computer's certificates (a serial).

        A computer's are the certificate named, those it was renewed from and those renewed from it: a thief of one key
        has had the others in hand. The list itself is `CertificateAuthority.make_crl`, afterwards. Records that are
        damaged hinder nothing, and are handed to `damaged`: a certificate is revoked though its record cannot be read.
        Raises TasukiError (revoke_unknown).
        """

        def skip(_part: str, _name: str, error: TasukiError) -> None:
            damaged(error)

        with self._folder.changing():
            certificates, accounts = self._meant(what.strip(), damaged)
            # Block and codes first: a kill between must not leave a way back in.
            for account in accounts:
                self._block(account, reason, skip)
            self._put_revoked(certificates, reason)
        return certificates

    def revoke_for_relay(self, request: RevokeRequest) -> Revoked | NotIssued:
        """What the relay asks: it may take away, and nothing else. The same again changes nothing.

        An account is blocked with all it has; with `serial` it stays, and loses that computer's certificates.
        """
        if not is_account(self._settings.organisation, request.account) or not is_serial(request.serial or "0"):
            return NotIssued(code=Refusal.MALFORMED)
        reason = "superseded" if request.superseded else "asked by the relay"
        with self._folder.changing():
            known = self._folder.issued(request.account, tell)
            if not request.serial:
                if not self._known(request.account, known):
                    reason = UNKNOWN
                    if self._full(one.reason for one in self._folder.all_blocked()):
                        return NotIssued(code=Refusal.TOO_MANY)
                self._block(request.account, reason)
                return Revoked(count=self._put_revoked(known, reason))
            named = request.serial.lower().zfill(40)
            meant = next((one for one in known if one.serial == named), None)
            if meant is None:  # of a folder from an old backup: its number is all that the list needs
                if self._folder.revoked(named) is not None:
                    return Revoked(count=0)
                if self._full(one.reason for one in self._folder.all_revoked()):
                    return NotIssued(code=Refusal.TOO_MANY)
                return Revoked(count=self._put_revoked([self._stand_in(request.account, named)], UNKNOWN))
            family = _ancestry(meant, known) if request.superseded else _lineage(meant, known)
            return Revoked(count=self._put_revoked(family, reason))

    def _known(self, account: str, issued: list[IssuedRecord]) -> bool:
        if issued or self._folder.blocked(account):
            return True
        return any(one.account == account for one in self._folder.codes(tell))

    def _full(self, reasons: Iterable[str]) -> bool:
        full = sum(one == UNKNOWN for one in reasons) >= UNKNOWN_LIMIT
        if full:
            log.error("too_much_unknown_revoked", limit=UNKNOWN_LIMIT)
        return full

    def _block(self, account: str, reason: str, damaged: Damaged | None = None) -> None:
        self._folder.put_blocked(BlockedRecord(account=account, at=self._clock().timestamp(), reason=reason))
        for code in list(self._folder.codes(damaged or tell)):
            if code.account == account and not code.revoked:
                self._folder.put_code(msgspec.structs.replace(code, code="", revoked=True))

    def _put_revoked(self, certificates: list[IssuedRecord], reason: str) -> int:
        """How many were not revoked before."""
        now, count = self._clock().timestamp(), 0
        for one in certificates:
            if self._folder.revoked(one.serial) is None:
                record = RevokedRecord(
                    serial=one.serial, account=one.account, at=now, not_after=one.not_after, reason=reason
                )
                self._folder.put_revoked(record)
                count += 1
        return count

    def _meant(self, what: str, damaged: Callable[[TasukiError], None]) -> tuple[list[IssuedRecord], list[str]]:
        """The certificates that `revoke` is about, and the accounts where it is about all of them."""
        digits = what.lower().replace(":", "")
        lost: list[IssuedRecord] = []

        def remember(part: str, serial: str, error: TasukiError) -> None:
            damaged(error)
            lost.append(self._stand_in(part.partition("/")[2], serial))

        known = [one for one in self._folder.all_issued(remember) if one.account != RELAY_ACCOUNT]
        for one in (*known, *lost):
            if one.serial == digits:
                # What is lost of this account may be of the same computer.
                family = {other.serial: other for other in lost if other.account == one.account}
                return list({**{other.serial: other for other in _lineage(one, known)}, **family}.values()), []
        person = self._folder.name_owner(what)
        accounts = [what] if person is None else self._folder.accounts_of(person)
        certificates = [one for one in (*known, *lost) if one.account in accounts]
        known_here = certificates or any(one.account in accounts for one in self._folder.codes(tell))
        if not known_here and not (accounts and all(is_account(self._settings.organisation, one) for one in accounts)):
            raise TasukiError("revoke_unknown", what=what)
        return certificates, accounts

    def _stand_in(self, account: str, serial: str) -> IssuedRecord:
        """For a record that cannot be read: it is there no longer than a certificate made just now."""
        until = self._clock().timestamp() + self._settings.timing.certificate
        return IssuedRecord(
            serial=serial, account=account, role="", name="", not_before=0.0, not_after=until, spki="", certificate=b""
        )


def is_account(organisation: str, text: str) -> bool:
    """Whether this could be an account: one that a folder from an old backup does not know is blocked all the same."""
    try:
        IdentityUri.parse(f"tasuki://{organisation}/{Role.USER}/{text}")
    except InvalidIdentityError:
        return False
    return True


def tell(_part: str, _name: str, error: TasukiError) -> None:
    """Log a record that is damaged."""
    log.error("record_damaged", error=str(error))


def _ancestry(certificate: IssuedRecord, known: list[IssuedRecord]) -> list[IssuedRecord]:
    """The certificate, and what it was renewed from."""
    older = {one.serial: one for one in known}
    found = [certificate]
    while found[-1].renews in older and older[found[-1].renews] not in found:
        found.append(older[found[-1].renews])
    return found


def _lineage(certificate: IssuedRecord, known: list[IssuedRecord]) -> list[IssuedRecord]:
    """The certificate, what it was renewed from, and everything renewed from any of these."""
    older = {one.serial: one for one in known}
    first = certificate
    while first.renews in older:
        first = older[first.renews]
    family = {first.serial: first}
    grew = True
    while grew:
        more = {one.serial: one for one in known if one.renews in family and one.serial not in family}
        family.update(more)
        grew = bool(more)
    return list(family.values())
