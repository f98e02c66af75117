"""The operator's hand in the CA's folder: codes, names, revocation, and forgetting what can matter to nobody any more.

Needs no key of the CA. Each method is one step under the folder's lock, also beside a running `serve`.
"""

import contextlib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from common.host.errors import TasukiError
from common.host.log import get_logger
from common.net.certificates import root_fingerprint
from common.protocol.enrolment import EnrolmentLine, account_id, new_code
from common.protocol.identity import InvalidIdentityError, Role, check_display_name, name_key
from relay.ca.folder import RELAY_ACCOUNT, CaFolder
from relay.ca.hosts import OrderedNames
from relay.ca.lookalikes import looks
from relay.ca.naming import NAME_BYTES, NameRules, looks_like
from relay.ca.notices import outdated
from relay.ca.records import CodeRecord, MemberRecord, PersonNameRecord, RenamedRecord
from relay.ca.revoker import Revoker, is_account, tell
from relay.ca.settings import DAY, CaSettings

log = get_logger()

KEEP_RECORDS: Final = 90 * DAY
"""How long a spent code is still told from an unknown one, and a certificate's record stays after its last renewal."""


@dataclass(frozen=True, kw_only=True)
class LineWish:
    """What a line is to be made for. `person`: whose account it is, where another role has one already."""

    role: Role
    name: str
    account: str
    person: str | None = None
    department: str = ""


@dataclass(frozen=True, kw_only=True)
class Renamed:
    """Who was called `before`, and is called `name` from now on."""

    person: str
    before: str
    name: str


class _NothingMadeError(Exception):
    """Some lines cannot be made, so none is."""


class Registrar:
    """`clock` gives aware UTC times, `random` that many bytes; `root` is DER."""

    def __init__(
        self,
        *,
        folder: CaFolder,
        settings: CaSettings,
        names: OrderedNames,
        root: bytes,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._names = names
        self._root = root
        self._clock = clock
        self._random = random
        self.revoker = Revoker(folder=folder, settings=settings, clock=clock)
        self._rules = NameRules(folder=folder, settings=settings, clock=clock)

    def make_code(
        self,
        *,
        role: Role,
        name: str,
        account: str | None = None,
        person: str | None = None,
        department: str = "",
        life: float | None = None,
        keep: bool = False,
    ) -> tuple[EnrolmentLine, CodeRecord]:
        """A new enrolment line for this person: for a new account, or one more computer of `account`.

        Older lines of the account that nobody has used are no longer good: one that was lost is in nobody's hands then. `keep`: they are.

        `person`: whose account it is, where that is not known yet and is not the person with the account's own UUID. A name
        that another has gets `department`, or a number, behind it: the record says what it is then. Lifts a block of the
        account. Raises TasukiError: name_wrong, name_too_long, name_taken (the relay's), name_looks_like, account_wrong,
        account_of_another.
        """
        if account is None:
            account = str(uuid.UUID(bytes=self._random(16), version=4))
        wish = LineWish(role=role, name=name, account=account, person=person, department=department)
        self._check_wish(wish)
        with self._folder.changing():
            address = self._names.addresses()[0]
            record = self._make(wish, self._settings.timing.code if life is None else life, keep=keep)
        return self._line(record, address), record

    def make_codes(
        self, wishes: Iterable[LineWish], *, life: float, try_only: bool = False, keep: bool = False
    ) -> tuple[list[tuple[EnrolmentLine, CodeRecord]], list[tuple[int, TasukiError]]]:
        """Lines for many, in the order of `wishes`, good for `life` seconds: all, or none where some cannot be, or `try_only`.

        Why they cannot, with the wish's place (from 0). A namesake gets department or number as for one line, and older lines
        are no longer good, or kept, likewise.
        """
        made: list[tuple[EnrolmentLine, CodeRecord]] = []
        wrong: list[tuple[int, TasukiError]] = []
        with contextlib.suppress(_NothingMadeError), self._folder.changing(), self._folder.together():
            self._rules.read_codes()
            address = self._names.addresses()[0]
            try:
                for place, wish in enumerate(wishes):
                    try:
                        self._check_wish(wish)
                        record = self._make(wish, life, keep=keep)
                        made.append((self._line(record, address), record))
                    except TasukiError as error:
                        wrong.append((place, error))
                if wrong or try_only:
                    raise _NothingMadeError
            finally:
                self._rules.forget_codes()
        return ([] if wrong or try_only else made), wrong

    def _check_wish(self, wish: LineWish) -> None:
        self._check_name(wish.name)
        for one in (wish.account, wish.person):
            if one is not None and not is_account(self._settings.organisation, one):
                raise TasukiError("account_wrong", account=one)

    def _line(self, record: CodeRecord, address: tuple[str, int]) -> EnrolmentLine:
        return EnrolmentLine(code=record.code, root=root_fingerprint(self._root), host=address[0], port=address[1])

    def open_lines(self, account: str) -> int:
        """How many lines of this account somebody can still enrol with."""
        with self._folder.changing():
            return (
                0
                if self._folder.person_of(account) == account and self._folder.person(account) is None
                else len(self._rules.open_codes(account))
            )

    def _make(self, wish: LineWish, life: float, *, keep: bool) -> CodeRecord:
        code = new_code(self._random(16))
        account = wish.account
        person = self._person_of(account, wish.person)
        known = self._folder.person(person)
        is_new = known is None or account not in {person, *known.accounts}
        name = self._rules.name_for(person, wish.name, wish.department)
        record = CodeRecord(
            id=account_id(code),
            code=code,
            account=account,
            role=wish.role,
            name=name,
            expires=self._clock().timestamp() + life,
        )
        self._folder.put_name(name, person)
        self._put_person(person, name=name, wanted=wish.name, accounts=[] if person == account else [account])
        self._folder.unblock(account)
        older = [] if keep or is_new else self._rules.open_codes(account)
        self._folder.put_code(record)
        self._rules.code_made(record)
        for one in older:
            gone = msgspec.structs.replace(one, code="", revoked=True)
            self._folder.put_code(gone)
            self._rules.code_made(gone)
        return record

    def join(self, person: str, other: str) -> None:
        """The accounts of `other` are of `person` from now on; each name stays as it is until it is renewed.

        Raises TasukiError (account_wrong).
        """
        for one in (person, other):
            if not is_account(self._settings.organisation, one):
                raise TasukiError("account_wrong", account=one)
        with self._folder.changing():
            old, kept = self._folder.person(other), self._folder.person(person)
            moved = self._folder.accounts_of(other)
            if kept is not None:
                # Certificates carry the other's name until they are renewed: nobody else gets it meanwhile.
                now = self._clock().timestamp()
                carried = [
                    one.name for account in moved for one in self._folder.issued(account, tell) if one.not_after > now
                ]
                for name in dict.fromkeys([*([old.name] if old is not None else []), *carried]):
                    if self._folder.name_owner(name) in {None, other}:
                        self._folder.put_name(name, person)
                self._put_person(person, name=kept.name, wanted=kept.wanted, accounts=moved)
            elif old is not None:
                self._folder.put_name(old.name, person)
                self._put_person(person, name=old.name, wanted=old.wanted, accounts=moved)
            else:  # both are older than people: the name of the newest certificate, as it was
                name = next((one.name for account in (person, other) for one in self._folder.issued(account)[::-1]), "")
                if name:
                    self._folder.put_name(name, person)
                    self._put_person(person, name=name, wanted=name, accounts=moved)

    def rename(self, who: str, wanted: str, *, department: str = "") -> Renamed:
        """The person who is meant (the UUID of an account or the person's, or the present name) is called so from now on.

        Same accounts, same URIs: each certificate has the new name with its next renewal, for which the relay has the agents asked.
        A name that another has gets `department` or a number behind it. Raises TasukiError: ca_rename_unknown, and for the name as
        `make_code`.
        """
        self._check_name(wanted)
        with self._folder.changing():
            person = self._meant(who)
            accounts = self._folder.accounts_of(person)
            present = self._folder.person(person)
            carried = [one.name for account in accounts for one in self._folder.issued(account, tell)]
            before = present.name if present is not None else (carried or [""])[-1]
            name = self._rules.new_name_for(person, wanted, department)
            self._folder.put_name(name, person)
            now = self._clock().timestamp()
            for account in accounts:  # before the name: alone it says nothing
                self._folder.put_renamed(RenamedRecord(account=account, at=now))
            self._put_person(person, name=name, wanted=wanted, accounts=[])
        return Renamed(person=person, before=before, name=name)

    def _meant(self, who: str) -> str:
        """Whose account, or whose present name, this is. Raises TasukiError (ca_rename_unknown)."""
        owner = self._folder.name_owner(who)
        present = None if owner is None else self._folder.person(owner)
        if owner is not None and (present is None or name_key(present.name) == name_key(who)):
            return owner
        if is_account(self._settings.organisation, who):
            person = self._folder.person_of(who)
            if self._folder.person(person) is not None or self._folder.issued(person):
                return person
        raise TasukiError("ca_rename_unknown", what=who)

    def check_host(self, host: str) -> None:
        """Whether the relay may be called so: nobody has it for a name. Raises TasukiError (name_taken)."""
        owner = self._folder.name_owner(host)
        if owner is not None and self._rules.holds(owner, host):
            raise TasukiError("name_taken", name=host, account=owner)

    def withdraw(self, account: str) -> int:
        """Take back the enrolment lines of this account that nobody has used: how many. Needs no room on the disk.

        Raises TasukiError (account_wrong).
        """
        if not is_account(self._settings.organisation, account):
            raise TasukiError("account_wrong", account=account)
        with self._folder.changing():
            used = {one.code for one in self._folder.issued(account, tell)}
            unused = [
                code
                for code in self._folder.codes(tell)
                if code.account == account and not code.revoked and code.id not in used
            ]
            for code in unused:
                self._folder.forget_code(code.id)
        return len(unused)

    def tidy(self) -> None:
        """Forget the secrets of spent codes, records that can matter to nobody any more, and halves of files.

        Damaged records stay, for whoever puts them back.
        """
        now = self._clock().timestamp()
        over = now - self._settings.timing.renew_after_expiry - KEEP_RECORDS
        with self._folder.changing():
            self._folder.sweep()
            for code in list(self._folder.codes(tell)):
                if now > code.expires + KEEP_RECORDS:
                    self._folder.forget_code(code.id)
                elif code.code and now >= code.expires:
                    self._folder.put_code(msgspec.structs.replace(code, code=""))
            for one in list(self._folder.all_issued(tell)):
                if one.not_after < over:
                    self._folder.forget_issued(one)
            for account in self._folder.renamed():
                with contextlib.suppress(TasukiError):  # what cannot be read may have one
                    if not outdated(self._folder, account, now):
                        self._folder.forget_renamed(account)
            for revoked in list(self._folder.all_revoked()):
                if revoked.not_after < over:
                    self._folder.forget_revoked(revoked.serial)

    def _put_person(self, person: str, *, name: str, wanted: str, accounts: list[str]) -> None:
        """Write down a name, and further accounts: the index first, which counts for nothing without the fact."""
        before = self._folder.person(person)
        known = [] if before is None else before.accounts
        record = PersonNameRecord(
            person=person, name=name, wanted=wanted, accounts=list(dict.fromkeys((*known, *accounts)))
        )
        if record != before:
            self._folder.put_person(record)
        for account in accounts:
            if self._folder.person_of(account) != person:
                self._folder.put_member(MemberRecord(account=account, person=person))

    def _person_of(self, account: str, person: str | None) -> str:
        known = self._folder.person_of(account)
        if person is None or person == known:
            return known
        if known != account or self._folder.issued(account) or self._folder.person(account) is not None:
            raise TasukiError("account_of_another", account=account, person=known)
        return person

    def _check_name(self, name: str) -> None:
        try:
            check_display_name(name)
        except InvalidIdentityError as error:
            raise TasukiError("name_wrong", name=name, detail=error) from error
        if len(name.encode()) > NAME_BYTES:
            raise TasukiError("name_too_long", name=name, limit=NAME_BYTES)
        # A verifier that falls back on common names must never take a person for the relay, nor must a person.
        for host in self._names.hosts():
            if name_key(name) == name_key(host):
                raise TasukiError("name_taken", name=name, account=RELAY_ACCOUNT)
            if looks(name) & looks(host):
                raise looks_like(name, host, RELAY_ACCOUNT)
