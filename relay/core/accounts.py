"""The directory: people, their accounts and groups as they are now, for every question about people that a message raises.

It is a copy, in memory, of what the store holds; whoever changes the store changes it after the commit.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

from common.protocol.identity import IdentityUri, Role, name_key
from relay.core.records import AccountRecord, GroupRecord, PersonRecord


def new_account_identifier(person: str, role: Role, *, first: bool) -> str:
    """The UUID of a new account: the person's own for the first role, as accounts had before there were people, else one made of it.

    Whoever is asked the same again, at the CA or after a kill, makes the same one.
    """
    return person if first else str(uuid5(UUID(person), role.value))


class Directory:
    """Everybody, of one organisation."""

    def __init__(
        self,
        *,
        organisation: str,
        people: Iterable[PersonRecord] = (),
        accounts: Iterable[AccountRecord] = (),
        groups: Iterable[GroupRecord] = (),
    ) -> None:
        self._organisation = organisation
        self._people: dict[str, PersonRecord] = {}
        self._by_external: dict[str, str] = {}
        self._accounts: dict[str, AccountRecord] = {}
        self._of_person: dict[str, dict[Role, AccountRecord]] = {}
        self._groups: dict[str, GroupRecord] = {}
        self._groups_of: dict[str, set[str]] = {}
        for group in groups:
            self.put_group(group)
        for person in people:
            self.put_person(person)
        for account in accounts:
            self.put(account)

    def put_person(self, person: PersonRecord) -> None:
        """A new person, or one who has changed."""
        old = self._people.get(person.identifier)
        if old is not None and old.external_id is not None:
            self._by_external.pop(old.external_id, None)
        self._people[person.identifier] = person
        if person.external_id is not None:
            self._by_external[person.external_id] = person.identifier

    def remove_person(self, identifier: str) -> None:
        """The person is another one now, whose all accounts are."""
        old = self._people.pop(identifier, None)
        if old is not None and old.external_id is not None and self._by_external.get(old.external_id) == identifier:
            del self._by_external[old.external_id]

    def person(self, identifier: str) -> PersonRecord | None:
        """By the identifier."""
        return self._people.get(identifier)

    def person_by_external(self, external_id: str) -> PersonRecord | None:
        """By what the organisation's records call them."""
        return self._people.get(self._by_external.get(external_id, ""))

    def people(self) -> list[PersonRecord]:
        """All, in the order they were added."""
        return sorted(self._people.values(), key=lambda person: (person.created_at, person.identifier))

    def accounts_of(self, person: str) -> list[AccountRecord]:
        """The accounts of this person, the user's first."""
        mine = self._of_person.get(person, {})
        return [mine[role] for role in Role if role in mine]

    def put(self, account: AccountRecord) -> None:
        """A new account, or an account that has changed."""
        old = self._accounts.get(account.identifier)
        if old is not None and old.person != account.person:
            self._of_person[old.person].pop(old.role, None)
        self._accounts[account.identifier] = account
        self._of_person.setdefault(account.person, {})[account.role] = account

    def put_group(self, group: GroupRecord) -> None:
        """A new group, or a group that has changed."""
        self.remove_group(group.name)
        self._groups[group.name] = group
        for member in group.members:
            self._groups_of.setdefault(member, set()).add(group.name)

    def remove_group(self, name: str) -> None:
        """The group is no more."""
        old = self._groups.pop(name, None)
        for member in old.members if old is not None else ():
            mine = self._groups_of[member]
            mine.discard(name)
            if not mine:
                del self._groups_of[member]

    def account(self, identifier: str) -> AccountRecord | None:
        """By the UUID in its certificates' URI."""
        return self._accounts.get(identifier)

    def accounts(self) -> list[AccountRecord]:
        """All, in the order they were made."""
        return sorted(self._accounts.values(), key=lambda account: (account.created_at, account.identifier))

    def named(self, name: str, role: Role | None = None) -> list[AccountRecord]:
        """Those whose display name a person would take for this one; with two roles there may be two."""
        key = name_key(name)
        return [one for one in self.accounts() if name_key(one.name) == key and role in {None, one.role}]

    def people_named(self, name: str) -> list[PersonRecord]:
        """Those whose name in the organisation's records is this one, or looks the same to a person."""
        key = name_key(name)
        return [one for one in self.people() if name_key(one.name) == key]

    def group(self, name: str) -> GroupRecord | None:
        """By its name."""
        return self._groups.get(name)

    def groups(self) -> list[GroupRecord]:
        """All, by name."""
        return sorted(self._groups.values(), key=lambda group: group.name)

    def groups_of(self, account: str) -> Sequence[str]:
        """Names of the groups that this account is a member of."""
        return sorted(self._groups_of.get(account, ()))

    def sees(self, user: str) -> frozenset[str]:
        """The restricted groups that this user may ask: all that tells what one user sees from what another does."""
        return frozenset(one.name for one in self._groups.values() if one.restricted and user in one.askers)

    def seen_by(self, helper: str) -> frozenset[str] | None:
        """The groups whose askers see this helper by name; None: everybody does, as one in no group, or in one that all may ask."""
        mine = [self._groups[name] for name in self._groups_of.get(helper, ())]
        if not mine or not all(one.restricted for one in mine):
            return None
        return frozenset(one.name for one in mine)

    def may_see(self, user: str, helper: str) -> bool:
        """Whether this user may ask this helper by name."""
        mine = self._groups_of.get(helper)
        return not mine or any(self._groups[name].may_be_asked_by(user) for name in mine)

    def uri(self, account: AccountRecord) -> str:
        """The identity URI that this account's certificates carry."""
        return str(IdentityUri(organisation=self._organisation, role=account.role, account=account.identifier))

    def helper(self, uri: str) -> AccountRecord | None:
        """The enabled helper with this URI, or None for anything else that stands there."""
        try:
            identity = IdentityUri.parse(uri)
        except ValueError:
            return None
        account = self._accounts.get(identity.account)
        if account is None or account.role is not Role.HELPER or not account.enabled or self.uri(account) != uri:
            return None
        return account
