"""Who there is: people as an order names them, and as its result shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.protocol.identity import Role
from relay.admin.orders import OrderError
from relay.core.accounts import Directory
from relay.core.records import AccountRecord, CertificateRecord, EnrolmentRecord, PersonRecord
from relay.matching.hub import Hub


@dataclass(frozen=True, kw_only=True)
class PersonNow:
    """A person as the directory has them: accounts by role, the user's first, and the groups that the helper is in.

    `owed`: accounts with a revocation that the CA has not answered yet.
    """

    person: PersonRecord
    accounts: tuple[AccountRecord, ...]
    groups: tuple[str, ...]
    owed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AccountHistory:
    """The enrolment lines and certificates of one account, oldest first."""

    account: str
    enrolments: Sequence[EnrolmentRecord]
    certificates: Sequence[CertificateRecord]


@dataclass(frozen=True, kw_only=True)
class AccountState:
    """Whether a certificate was ever fetched, and whether the last enrolment line is no longer good, where none was."""

    enrolled: bool
    line_expired: bool


class Lookup:
    """On the directory and the store of a matching service."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._services = hub.services

    def all(self) -> list[PersonNow]:
        """Everybody, oldest first."""
        return [self.now(person) for person in self._services.directory.people()]

    def find(self, who: str) -> PersonNow:
        """By the person's or an account's identifier, by `external_id`, or by name.

        Raises OrderError (order_no_person, order_ambiguous).
        """
        return self.now(find_person(self._services.directory, who))

    def find_account(self, who: str, role: Role | None = None) -> AccountRecord:
        """The one account of a person, or that of this role. Raises OrderError (as `find`, order_no_role, order_which_role)."""
        account = self._services.directory.account(who)
        if account is not None and role in {None, account.role}:
            return account
        found = [one for one in self.find(who).accounts if role in {None, one.role}]
        if not found:
            raise OrderError("order_no_role", what=who, role=role)
        if len(found) > 1:
            raise OrderError("order_which_role", what=who)
        return found[0]

    async def account_states(self) -> dict[str, AccountState]:
        """Of every account. Raises StoreUnavailableError."""
        store, now = self._services.store, self._services.clock.now()
        enrolled, lines = await store.enrolled_accounts(), await store.open_lines()
        return {
            one.identifier: AccountState(
                enrolled=one.identifier in enrolled,
                line_expired=one.identifier not in enrolled
                and one.identifier in lines
                and lines[one.identifier] <= now,
            )
            for one in self._services.directory.accounts()
        }

    async def history(self, person: str) -> list[AccountHistory]:
        """Lines and certificates of each account. Raises StoreUnavailableError."""
        store = self._services.store
        return [
            AccountHistory(
                account=one.identifier,
                enrolments=await store.enrolments(one.identifier),
                certificates=await store.certificates(one.identifier),
            )
            for one in self._services.directory.accounts_of(person)
        ]

    def now(self, person: PersonRecord) -> PersonNow:
        """As results show the person."""
        directory = self._services.directory
        accounts = tuple(directory.accounts_of(person.identifier))
        groups = directory.groups()
        mine = {one.identifier for one in accounts}
        return PersonNow(
            person=person,
            accounts=accounts,
            groups=tuple(group.name for group in groups if group.members & mine),
            owed=tuple(one.identifier for one in accounts if self._hub.revocations.of(one.identifier)),
        )

    def person(self, identifier: str) -> PersonRecord:
        """By the identifier. Raises OrderError (order_no_person)."""
        person = self._services.directory.person(identifier)
        if person is None:
            raise OrderError("order_no_person", what=identifier)
        return person

    def account(self, identifier: str) -> AccountRecord:
        """By the identifier. Raises OrderError (order_no_person)."""
        account = self._services.directory.account(identifier)
        if account is None:
            raise OrderError("order_no_person", what=identifier)
        return account


def find_person(directory: Directory, who: str) -> PersonRecord:
    """By the person's or an account's identifier, by `external_id`, or by name. Raises OrderError (order_no_person, order_ambiguous)."""
    account = directory.account(who)
    person = directory.person(who) or directory.person_by_external(who)
    if person is None and account is not None:
        person = directory.person(account.person)
    if person is not None:
        return person
    found = {one.person for one in directory.named(who)} | {one.identifier for one in directory.people_named(who)}
    if len(found) > 1:
        raise OrderError("order_ambiguous", what=who)
    person = directory.person(found.pop()) if found else None
    if person is None:
        raise OrderError("order_no_person", what=who)
    return person
