"""The directory: accounts and groups as they are now, for every question about people that a message raises.

It is a copy, in memory, of what the store holds; whoever changes the store changes it after the commit.
"""

from collections.abc import Iterable, Sequence

from common.protocol.identity import IdentityUri, Role, name_key
from relay.core.records import AccountRecord, GroupRecord


class Directory:
    """Everybody, of one organisation."""

    def __init__(
        self, *, organisation: str, accounts: Iterable[AccountRecord] = (), groups: Iterable[GroupRecord] = ()
    ) -> None:
        self._organisation = organisation
        self._accounts = {account.identifier: account for account in accounts}
        self._groups = {group.name: group for group in groups}

    def put(self, account: AccountRecord) -> None:
        """A new account, or an account that has changed."""
        self._accounts[account.identifier] = account

    def put_group(self, group: GroupRecord) -> None:
        """A new group, or a group that has changed."""
        self._groups[group.name] = group

    def remove_group(self, name: str) -> None:
        """The group is no more."""
        self._groups.pop(name, None)

    def account(self, identifier: str) -> AccountRecord | None:
        """By the UUID."""
        return self._accounts.get(identifier)

    def accounts(self) -> list[AccountRecord]:
        """All, in the order they were made."""
        return sorted(self._accounts.values(), key=lambda account: account.created_at)

    def named(self, name: str, role: Role | None = None) -> list[AccountRecord]:
        """Those whose display name a person would take for this one; with two roles there may be two."""
        key = name_key(name)
        return [one for one in self.accounts() if name_key(one.name) == key and role in {None, one.role}]

    def group(self, name: str) -> GroupRecord | None:
        """By its name."""
        return self._groups.get(name)

    def groups(self) -> list[GroupRecord]:
        """All, by name."""
        return sorted(self._groups.values(), key=lambda group: group.name)

    def groups_of(self, account: str) -> Sequence[str]:
        """Names of the groups that this account is a member of."""
        return [group.name for group in self.groups() if account in group.members]

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
