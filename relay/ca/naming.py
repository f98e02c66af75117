"""Who may be called what: names that somebody holds, namesakes, and names that look alike. Only inside the folder's `changing()`."""

import contextlib
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Final

from common.host.errors import TasukiError
from common.protocol.identity import InvalidIdentityError, check_display_name, name_key
from relay.ca.folder import CaFolder
from relay.ca.lookalikes import difference
from relay.ca.records import CodeRecord, IssuedRecord
from relay.ca.revoker import tell
from relay.ca.settings import DAY, CaSettings

NAME_BYTES: Final = 64
"""A common name has at most this many bytes of UTF-8 (RFC 5280, ub-common-name)."""
NAMESAKES: Final = 1000
"""Numbers that are tried behind a name."""
KEPT_FOR_OTHERS: Final = DAY
"""Seconds that others wait for a name once its last certificate is on a list, or has expired: so long a list is good, and clocks differ."""


class NameRules:
    """`clock` gives aware UTC times."""

    def __init__(self, *, folder: CaFolder, settings: CaSettings, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._settings = settings
        self._clock = clock
        self._open_codes: dict[str, list[CodeRecord]] | None = None
        """By account, while many lines are made: else they would be gone through for each namesake."""

    def read_codes(self) -> None:
        """Read every code once, until `forget_codes`. Those that are made meanwhile are told by `code_made`."""
        self._open_codes = {}
        for code in self._folder.codes(tell):
            self.code_made(code)

    def code_made(self, record: CodeRecord) -> None:
        """Another code lies in the folder, or the same one otherwise."""
        if self._open_codes is not None:
            others = [one for one in self._open_codes.get(record.account, ()) if one.id != record.id]
            self._open_codes[record.account] = [*others, record]

    def open_codes(self, account: str) -> list[CodeRecord]:
        """The codes of this account that somebody can still enrol with; nothing can be made with one that is damaged."""
        now = self._clock().timestamp()
        codes = self._folder.codes(tell) if self._open_codes is None else self._open_codes.get(account, [])
        found = [one for one in codes if one.account == account and not one.revoked and now < one.expires]
        used = {one.code for one in self._folder.issued(account)} if found else set()
        return [one for one in found if one.id not in used]

    def forget_codes(self) -> None:
        """From now on the folder is asked."""
        self._open_codes = None

    def name_for(self, person: str, wanted: str, department: str) -> str:
        """The name that this person gets who wants this one, or had it before. Raises TasukiError (name_too_long, name_looks_like)."""
        present = self._folder.person(person)
        if (
            present is not None
            and name_key(wanted) in {name_key(present.name), name_key(present.wanted)}
            and self._folder.name_owner(present.name) == person
            and self.holds(person, present.name)
        ):
            return wanted if name_key(wanted) == name_key(present.name) else present.name
        return self.new_name_for(person, wanted, department)

    def new_name_for(self, person: str, wanted: str, department: str) -> str:
        """As `name_for`, whatever the person was given before."""
        if not self._another_has(person, wanted):
            self._check_looks(person, wanted)
            return wanted
        marks = [*([department] if department else []), *map(str, range(2, NAMESAKES))]
        for name in (f"{wanted} ({mark})" for mark in marks):
            if len(name.encode()) > NAME_BYTES or self._another_has(person, name):
                continue
            with contextlib.suppress(InvalidIdentityError, TasukiError):  # then the next mark
                check_display_name(name)
                self._check_looks(person, name)
                return name
        raise TasukiError("name_too_long", name=f"{wanted} (2)", limit=NAME_BYTES)

    def holds(self, person: str, name: str) -> bool:
        """Whether this name of that person's is not free for others yet.

        They have or can get a certificate with it, or the last one is revoked, or has expired, only since less than a day; a
        revocation counts from the list that tells of it.
        """
        present = self._folder.person(person)
        current = present is None or name_key(present.name) == name_key(name)
        return any(self._account_holds(account, name, current) for account in self._folder.accounts_of(person))

    def _account_holds(self, account: str, name: str, current: bool) -> bool:
        """`current`: the account's next certificate would have that name."""
        certificates = self._folder.issued(account)
        now, key = self._clock().timestamp(), name_key(name)
        if any(name_key(one.name) == key and now < self._shown_until(one) for one in certificates):
            return True
        if not current or self._folder.blocked(account):
            return False
        reach = self._settings.timing.renew_after_expiry
        if any(now < one.not_after + reach and self._folder.revoked(one.serial) is None for one in certificates):
            return True
        return bool(self.open_codes(account))

    def _shown_until(self, certificate: IssuedRecord) -> float:
        """Unix seconds: until then somebody may be shown it. A revoked one that no list tells of yet is shown until it expires."""
        listed = self._folder.listed(certificate.serial) if self._folder.revoked(certificate.serial) else None
        over = certificate.not_after if listed is None else min(listed, certificate.not_after)
        return over + KEPT_FOR_OTHERS

    def _another_has(self, person: str, name: str) -> bool:
        owner = self._folder.name_owner(name)
        return owner not in {None, person} and owner is not None and self.holds(owner, name)

    def _check_looks(self, person: str, name: str) -> None:
        mine = self._folder.name_owner(name) == person and self.holds(person, name)
        for other in self._folder.names_like(name):
            # One that the person has already stays their own: both may be older than this rule.
            if other.account != person and not mine and self.holds(other.account, other.name):
                raise looks_like(name, other.name, other.account)


def looks_like(name: str, other: str, account: str) -> TasukiError:
    """The error that says so, and in which character they differ."""
    mine, theirs = map(_described, difference(name, other))
    return TasukiError("name_looks_like", name=name, other=other, account=account, mine=mine, theirs=theirs)


def _described(character: str) -> str:
    """The character, and what it is called: two that look the same are not told apart otherwise."""
    return f"{character} ({unicodedata.name(character, f'U+{ord(character):04X}')})"
