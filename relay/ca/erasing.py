"""Erasing a person from the CA's folder: no file of it has their name any more, and none of their certificates can be renewed or named anew."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from common.host.errors import TasukiError
from relay.ca.folder import CaFolder
from relay.ca.naming import NameRules
from relay.ca.records import BlockedRecord, RevokedRecord
from relay.ca.revoker import is_account, tell
from relay.ca.settings import CaSettings
from relay.core.erased import ErasedPerson, decode_erased, encode_erased, merged

REASON: Final = "erased"


class Eraser:
    """`clock` gives aware UTC times. Each method is one step under the folder's lock. Needs no key of the CA."""

    def __init__(self, *, folder: CaFolder, settings: CaSettings, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._settings = settings
        self._clock = clock
        self._rules = NameRules(folder=folder, settings=settings, clock=clock)

    def erase(self, person: str, accounts: Sequence[str] = ()) -> int:
        """Remove names, enrolment lines and certificates of this person (how many files), who may do nothing with Tasuki any more.

        `accounts`: those that the relay knows of as well. Revocations stay, by their serial numbers. Raises TasukiError:
        account_wrong, account_of_another, ca_erase_not_joined (it is somebody else's, as far as this folder knows),
        ca_erase_too_soon (a name is not free for others yet, or a certificate is still good), ca_record_damaged.
        """
        self._check(person, accounts)
        with self._folder.changing():
            mine = self._accounts(person, accounts)
            owners = self._owners(person, mine)
            names = {name for owner in owners for name in self._names(owner, mine)}
            if any(self._is_good(account) for account in mine) or any(
                self._rules.holds(owner, name) for owner in owners for name in names
            ):
                raise TasukiError("ca_erase_too_soon", person=person)
            one = ErasedPerson(person=person, accounts=mine, at=self._clock().timestamp())
            self._folder.put_erased(encode_erased(merged(self.known(), [one])))
            return self._remove(owners, mine)

    def apply(self, erased: Sequence[ErasedPerson]) -> int:
        """Have all of these erased, in a folder that came back from a backup made before: how many files went.

        Whatever they still could do there: each is blocked, and every certificate that the folder knows of revoked. An account
        that was another's at that time, and joined since, takes that other along.
        """
        if not merged(self.known(), erased):
            return 0
        with self._folder.changing():
            everybody = merged(self.known(), erased)
            self._folder.put_erased(encode_erased(everybody))
            count = 0
            for one in everybody:
                owners = dict.fromkeys((one.person, *(self._folder.person_of(account) for account in one.accounts)))
                theirs = (account for owner in owners for account in self._accounts_of(owner))
                mine = tuple(dict.fromkeys((*theirs, *one.accounts)))
                for account in mine:
                    self._revoke_all(account)
                count += self._remove(tuple(dict.fromkeys((*owners, *mine))), mine)
        return count

    def known(self) -> tuple[ErasedPerson, ...]:
        """Those erased so far. Raises TasukiError (ca_record_damaged)."""
        data = self._folder.erased()
        try:
            return () if data is None else decode_erased(data)
        except ValueError as error:
            raise TasukiError("ca_record_damaged", path=self._folder.erased_path, detail=error) from error

    def _check(self, person: str, accounts: Sequence[str]) -> None:
        for one in (person, *accounts):
            if not is_account(self._settings.organisation, one):
                raise TasukiError("account_wrong", account=one)

    def _accounts(self, person: str, accounts: Sequence[str]) -> tuple[str, ...]:
        for one in accounts:
            owner = self._folder.person_of(one)
            if owner not in {one, person}:
                raise TasukiError("account_of_another", account=one, person=owner)
            if owner != person and self._is_somebody(one):
                raise TasukiError("ca_erase_not_joined", account=one, person=person)
        return tuple(dict.fromkeys((*self._accounts_of(person), *accounts)))

    def _accounts_of(self, person: str) -> tuple[str, ...]:
        """By the index, and by what it is an index of."""
        return tuple(dict.fromkeys((*self._folder.accounts_of(person), *self._folder.members_of(person))))

    def _owners(self, person: str, accounts: Sequence[str]) -> tuple[str, ...]:
        """Whose names go: the person, and who each account was before it was joined."""
        return tuple(dict.fromkeys((person, *accounts)))

    def _is_somebody(self, account: str) -> bool:
        """Whether this folder knows it as a person of its own."""
        folder = self._folder
        return (
            folder.person(account) is not None
            or bool(folder.issued(account, tell))
            or bool(folder.names_of(account))
            or any(one.account == account for one in folder.codes(tell))
        )

    def _is_good(self, account: str) -> bool:
        """Whether a certificate of it is neither revoked nor over."""
        now = self._clock().timestamp()
        return any(
            now < one.not_after and self._folder.revoked(one.serial) is None for one in self._folder.issued(account)
        )

    def _names(self, person: str, accounts: Sequence[str]) -> set[str]:
        """All that they are or were called, and what could be made with a line that is still open."""
        record = self._folder.person(person)
        found = {record.name, record.wanted} if record is not None else set()
        found |= {one.name for account in accounts for one in self._folder.issued(account)}
        found |= {one.name for one in self._folder.codes() if one.account in accounts}
        return found

    def _remove(self, owners: Sequence[str], accounts: Sequence[str]) -> int:
        """How many files went. A kill anywhere leaves what the same again removes."""
        folder, count = self._folder, 0
        for account in accounts:
            folder.put_blocked(BlockedRecord(account=account, at=self._clock().timestamp(), reason=REASON))
        for code in list(folder.codes(tell)):
            if code.account in accounts:
                folder.forget_code(code.id)
                count += 1
        for asking in list(folder.all_asking(tell)):  # what they said of themselves who came with a line for many
            if asking.account in accounts:
                folder.forget_asking(asking.key)
                count += 1
        for revoked in list(folder.all_revoked()):  # a reason is what somebody has typed
            if revoked.account in accounts and revoked.reason != REASON:
                folder.put_revoked(msgspec.structs.replace(revoked, reason=REASON))
        for account in accounts:  # behind the codes: one whose certificate is not known any more could be used again
            count += folder.forget_account(account)
        for owner in owners:
            for name in folder.names_of(owner):
                folder.forget_name(name)
                count += 1
            count += folder.forget_person(owner)
        folder.sweep()
        return count

    def _revoke_all(self, account: str) -> None:
        now = self._clock().timestamp()
        until = now + self._settings.timing.certificate

        def damaged(part: str, serial: str, error: TasukiError) -> None:  # it is good no longer than one made just now
            tell(part, serial, error)
            self._revoke(RevokedRecord(serial=serial, account=account, at=now, not_after=until, reason=REASON))

        for one in self._folder.issued(account, damaged):
            self._revoke(
                RevokedRecord(serial=one.serial, account=account, at=now, not_after=one.not_after, reason=REASON)
            )

    def _revoke(self, record: RevokedRecord) -> None:
        if self._folder.revoked(record.serial) is None:
            self._folder.put_revoked(record)
