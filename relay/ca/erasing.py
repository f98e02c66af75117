"""Erasing a person from the CA's folder: no file of it has their name any more, and none of their certificates can be renewed or named anew."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from common.host.errors import TasukiError
from relay.ca.folder import BlockedRecord, CaFolder, RevokedRecord
from relay.ca.naming import NameRules
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
        account_wrong, account_of_another, ca_erase_too_soon (a name is not free for others yet), ca_record_damaged.
        """
        self._check(person, accounts)
        with self._folder.changing():
            mine = self._accounts(person, accounts)
            if any(self._rules.holds(person, name) for name in self._names(person, mine)):
                raise TasukiError("ca_erase_too_soon", person=person)
            one = ErasedPerson(person=person, accounts=mine, at=self._clock().timestamp())
            self._folder.put_erased(encode_erased(merged(self.known(), [one])))
            return self._remove(person, mine)

    def apply(self, erased: Sequence[ErasedPerson]) -> int:
        """Have all of these erased, in a folder that came back from a backup made before: how many files went.

        Whatever they still could do there: each is blocked, and every certificate that the folder knows of revoked.
        """
        if not merged(self.known(), erased):
            return 0
        with self._folder.changing():
            everybody = merged(self.known(), erased)
            self._folder.put_erased(encode_erased(everybody))
            count = 0
            for one in everybody:
                mine = self._accounts(one.person, one.accounts)
                for account in mine:
                    self._revoke_all(account)
                count += self._remove(one.person, mine)
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
        return tuple(dict.fromkeys((*self._folder.accounts_of(person), *accounts)))

    def _names(self, person: str, accounts: Sequence[str]) -> set[str]:
        """All that they are or were called, and what could be made with a line that is still open."""
        record = self._folder.person(person)
        found = {record.name, record.wanted} if record is not None else set()
        found |= {one.name for account in accounts for one in self._folder.issued(account)}
        found |= {one.name for one in self._folder.codes() if one.account in accounts}
        return found

    def _remove(self, person: str, accounts: Sequence[str]) -> int:
        """How many files went. A kill anywhere leaves what the same again removes."""
        folder, count = self._folder, 0
        for account in accounts:
            folder.put_blocked(BlockedRecord(account=account, at=self._clock().timestamp(), reason=REASON))
            count += folder.forget_account(account)
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
        for name in folder.names_of(person):
            folder.forget_name(name)
            count += 1
        count += folder.forget_person(person)
        folder.sweep()
        return count

    def _revoke_all(self, account: str) -> None:
        now = self._clock().timestamp()
        for one in self._folder.issued(account):
            if self._folder.revoked(one.serial) is None:
                self._folder.put_revoked(
                    RevokedRecord(serial=one.serial, account=account, at=now, not_after=one.not_after, reason=REASON)
                )
