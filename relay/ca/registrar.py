"""The operator's hand in the CA's folder: codes, names, revocation, and forgetting what can matter to nobody any more.

Needs no key of the CA. Each method is one step under the folder's lock, also beside a running `serve`.
"""

import unicodedata
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from common.host.errors import TasukiError
from common.host.log import get_logger
from common.net.certificates import root_fingerprint
from common.protocol.enrolment import EnrolmentLine, account_id, new_code
from common.protocol.identity import IdentityUri, InvalidIdentityError, Role, check_display_name, name_key
from relay.ca.folder import RELAY_ACCOUNT, BlockedRecord, CaFolder, CodeRecord, IssuedRecord, RevokedRecord
from relay.ca.lookalikes import difference, looks
from relay.ca.settings import DAY, CaSettings

log = get_logger()

NAME_BYTES: Final = 64
"""A common name has at most this many bytes of UTF-8 (RFC 5280, ub-common-name)."""
KEEP_RECORDS: Final = 90 * DAY
"""How long a spent code is still told from an unknown one, and a certificate's record stays after its last renewal."""


class Registrar:
    """`clock` gives aware UTC times, `random` that many bytes; `root` is DER."""

    def __init__(
        self,
        *,
        folder: CaFolder,
        settings: CaSettings,
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

        Lifts a block of the account. Raises TasukiError: name_wrong, name_too_long, name_taken, name_looks_like,
        account_wrong.
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
            for other in self._folder.names_like(name):
                # One that the account has already stays its own: both may be older than this rule.
                if (
                    other.account != account
                    and self._alive(other.account)
                    and not (owner == account and self._alive(owner))
                ):
                    raise _looks_like(name, other.name, other.account)
            now = self._clock().timestamp()
            record = CodeRecord(
                id=account_id(code),
                code=code,
                account=account,
                role=role,
                name=name,
                expires=now + self._settings.timing.code,
            )
            self._folder.put_name(name, account)
            self._folder.unblock(account)
            self._folder.put_code(record)
        root = root_fingerprint(self._root)
        line = EnrolmentLine(code=code, root=root, host=self._settings.relay[0], port=self._settings.port)
        return line, record

    def withdraw(self, account: str) -> int:
        """Take back the enrolment lines of this account that nobody has used: how many. Needs no room on the disk.

        Raises TasukiError (account_wrong).
        """
        if not self._is_account(account):
            raise TasukiError("account_wrong", account=account)
        with self._folder.changing():
            used = {one.code for one in self._folder.issued(account, _tell)}
            unused = [
                code
                for code in self._folder.codes(_tell)
                if code.account == account and not code.revoked and code.id not in used
            ]
            for code in unused:
                self._folder.forget_code(code.id)
        return len(unused)

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
            certificates, account = self._meant(what.strip(), damaged)
            now = self._clock().timestamp()
            # Block and codes first: a kill between must not leave a way back in.
            if account is not None:
                self._folder.put_blocked(BlockedRecord(account=account, at=now, reason=reason))
                for code in list(self._folder.codes(skip)):
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
        """Forget the secrets of spent codes, records that can matter to nobody any more, and halves of files.

        Damaged records stay, for whoever puts them back.
        """
        now = self._clock().timestamp()
        over = now - self._settings.timing.renew_after_expiry - KEEP_RECORDS
        with self._folder.changing():
            self._folder.sweep()
            for code in list(self._folder.codes(_tell)):
                if now > code.expires + KEEP_RECORDS:
                    self._folder.forget_code(code.id)
                elif code.code and now >= code.expires:
                    self._folder.put_code(msgspec.structs.replace(code, code=""))
            for one in list(self._folder.all_issued(_tell)):
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
        # A verifier that falls back on common names must never take a person for the relay, nor must a person.
        for host in self._settings.relay:
            if name_key(name) == name_key(host):
                raise TasukiError("name_taken", name=name, account=RELAY_ACCOUNT)
            if looks(name) & looks(host):
                raise _looks_like(name, host, RELAY_ACCOUNT)

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
            for one in self._folder.codes(_tell)  # nothing can be made with one that is damaged
        )

    def _meant(self, what: str, damaged: Callable[[TasukiError], None]) -> tuple[list[IssuedRecord], str | None]:
        """The certificates that `revoke` is about, and the account where it is about all of one."""
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
                return list({**{other.serial: other for other in _lineage(one, known)}, **family}.values()), None
        account = self._folder.name_owner(what) or what
        certificates = [one for one in (*known, *lost) if one.account == account]
        known_here = certificates or any(one.account == account for one in self._folder.codes(_tell))
        if not known_here and not self._is_account(account):
            raise TasukiError("revoke_unknown", what=what)
        return certificates, account

    def _stand_in(self, account: str, serial: str) -> IssuedRecord:
        """For a record that cannot be read: it is there no longer than a certificate made just now."""
        until = self._clock().timestamp() + self._settings.timing.certificate
        return IssuedRecord(
            serial=serial, account=account, role="", name="", not_before=0.0, not_after=until, spki="", certificate=b""
        )

    def _is_account(self, text: str) -> bool:
        """Whether this could be an account: one that a folder from an old backup does not know is blocked all the same."""
        try:
            IdentityUri.parse(f"tasuki://{self._settings.organisation}/{Role.USER}/{text}")
        except InvalidIdentityError:
            return False
        return True


def _looks_like(name: str, other: str, account: str) -> TasukiError:
    mine, theirs = map(_described, difference(name, other))
    return TasukiError("name_looks_like", name=name, other=other, account=account, mine=mine, theirs=theirs)


def _described(character: str) -> str:
    """The character, and what it is called: two that look the same are not told apart otherwise."""
    return f"{character} ({unicodedata.name(character, f'U+{ord(character):04X}')})"


def _tell(_part: str, _name: str, error: TasukiError) -> None:
    log.error("record_damaged", error=str(error))


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
