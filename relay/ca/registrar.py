"""The operator's hand in the CA's folder: codes, names, revocation, and forgetting what can matter to nobody any more.

Needs no key of the CA. Each method is one step under the folder's lock, also beside a running `serve`.
"""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from common.host.errors import TasukiError
from common.net.certificates import root_fingerprint
from common.protocol.enrolment import EnrolmentLine, account_id, new_code
from common.protocol.identity import IdentityUri, InvalidIdentityError, Role, check_display_name, name_key
from relay.ca.folder import RELAY_ACCOUNT, BlockedRecord, CodeRecord, Folder, IssuedRecord, RevokedRecord
from relay.ca.settings import DAY, Settings

NAME_BYTES: Final = 64
"""A common name has at most this many bytes of UTF-8 (RFC 5280, ub-common-name)."""
KEEP_RECORDS: Final = 90 * DAY
"""How long a spent code is still told from an unknown one, and a certificate's record stays after its last renewal."""


class Registrar:
    """`clock` gives aware UTC times, `random` that many bytes; `root` is DER."""

    def __init__(
        self,
        *,
        folder: Folder,
        settings: Settings,
        root: bytes,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._root = root
        self._clock = clock
        self._random = random

    def make_code(self, *, role: Role, name: str, account: str | None = None) -> tuple[EnrolmentLine, CodeRecord]:
        """A new enrolment line for this person: for a new account, or one more computer (or role) of `account`.

        Lifts a block of the account. Raises TasukiError: name_wrong, name_taken, account_wrong.
        """
        self._check_name(name)
        if account is None:
            account = str(uuid.UUID(bytes=self._random(16), version=4))
        if not self._is_account(account):
            raise TasukiError("account_wrong", account=account)
        code = new_code(self._random(16))
        with self._folder.changing():
            owner = self._folder.name_owner(name)
            if owner not in {None, account} and self._alive(owner):
                raise TasukiError("name_taken", name=name, account=owner)
            now = self._clock().timestamp()
            record = CodeRecord(
                id=account_id(code),
                code=code,
                account=account,
                role=role,
                name=name,
                created=now,
                expires=now + self._settings.timing.code,
            )
            self._folder.put_name(name, account)
            self._folder.unblock(account)
            self._folder.put_code(record)
        root = root_fingerprint(self._root)
        line = EnrolmentLine(code=code, root=root, host=self._settings.relay[0], port=self._settings.port)
        return line, record

    def revoke(self, what: str, *, reason: str = "") -> list[IssuedRecord]:
        """Revoke all that an account has (UUID or display name), its open codes too, or one computer's certificates (a serial).

        A computer's are the certificate named, those it was renewed from and those renewed from it: a thief of one key
        has had the others in hand. The list itself is `Authority.make_crl`, afterwards. Raises TasukiError (revoke_unknown).
        """
        with self._folder.changing():
            certificates, account = self._meant(what.strip())
            now = self._clock().timestamp()
            # Block and codes first: a kill between must not leave a way back in.
            if account is not None:
                self._folder.put_blocked(BlockedRecord(account=account, at=now, reason=reason))
                for code in list(self._folder.codes()):
                    if code.account == account and not code.revoked:
                        self._folder.put_code(msgspec.structs.replace(code, code="", revoked=True))
            for one in certificates:
                if self._folder.revoked(one.serial) is None:
                    self._folder.put_revoked(
                        RevokedRecord(
                            serial=one.serial, account=one.account, at=now, not_after=one.not_after, reason=reason
                        )
                    )
        return certificates

    def tidy(self) -> None:
        """Forget the secrets of spent codes, records that can matter to nobody any more, and halves of files."""
        now = self._clock().timestamp()
        over = now - self._settings.timing.renew_after_expiry - KEEP_RECORDS
        with self._folder.changing():
            self._folder.sweep()
            for code in list(self._folder.codes()):
                if now > code.expires + KEEP_RECORDS:
                    self._folder.forget_code(code.id)
                elif code.code and now >= code.expires:
                    self._folder.put_code(msgspec.structs.replace(code, code=""))
            for one in list(self._folder.all_issued()):
                if one.not_after < over:
                    self._folder.forget_issued(one)
            for revoked in list(self._folder.all_revoked()):
                if revoked.not_after < over:
                    self._folder.forget_revoked(revoked.serial)

    def _check_name(self, name: str) -> None:
        try:
            check_display_name(name)
        except InvalidIdentityError as error:
            raise TasukiError("name_wrong", name=name, detail=error) from error
        if len(name.encode()) > NAME_BYTES:
            raise TasukiError("name_too_long", name=name, limit=NAME_BYTES)
        # A verifier that falls back on common names must never take a person for the relay.
        if name_key(name) in {name_key(host) for host in self._settings.relay}:
            raise TasukiError("name_taken", name=name, account=RELAY_ACCOUNT)

    def _alive(self, account: str | None) -> bool:
        """Whether an account has, can get, or can renew a certificate."""
        if account is None or self._folder.blocked(account):
            return False
        now = self._clock().timestamp()
        reach = self._settings.timing.renew_after_expiry
        certificates = self._folder.issued(account)
        if any(one.not_after + reach > now and self._folder.revoked(one.serial) is None for one in certificates):
            return True
        used = {one.code for one in certificates}
        return any(
            one.account == account and not one.revoked and now < one.expires and one.id not in used
            for one in self._folder.codes()
        )

    def _meant(self, what: str) -> tuple[list[IssuedRecord], str | None]:
        """The certificates that `revoke` is about, and the account where it is about all of one."""
        digits = what.lower().replace(":", "")
        known = [one for one in self._folder.all_issued() if one.account != RELAY_ACCOUNT]
        for one in known:
            if one.serial == digits:
                return _lineage(one, known), None
        account = self._folder.name_owner(what) or what
        certificates = [one for one in known if one.account == account]
        known_here = certificates or any(one.account == account for one in self._folder.codes())
        if not known_here and not self._is_account(account):
            raise TasukiError("revoke_unknown", what=what)
        return certificates, account

    def _is_account(self, text: str) -> bool:
        """Whether this could be an account: one that a folder from an old backup does not know is blocked all the same."""
        try:
            IdentityUri.parse(f"tasuki://{self._settings.organisation}/{Role.USER}/{text}")
        except InvalidIdentityError:
            return False
        return True


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
