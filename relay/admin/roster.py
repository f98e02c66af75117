"""A list of people, as the organisation's records have it, beside the people there are: what differs, and which lines are wrong.

Pure: what to write is planned here and written by `importing`. People are found by external id alone. Columns that a list lacks
(None) change nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from common.host.errors import TasukiError
from common.protocol.identity import Role
from relay.admin.checks import checked_name, checked_text, checked_words
from relay.admin.orders import OrderError, PersonLine
from relay.core.accounts import Directory, new_account_identifier
from relay.core.records import AccountRecord, GroupRecord, PersonRecord

GONE_PERCENT: Final = 5
"""More people than this that are missing in a list are a mistake, as a rule: half a file, another department's."""

_ROLES: Final = {"user": {Role.USER}, "helper": {Role.HELPER}, "user+helper": set(Role), "helper+user": set(Role)}


@dataclass(kw_only=True)
class RosterPlan:
    """What is to be written. `wrong`: lines (from the file) that cannot be used, and why; nothing is written then.

    `renamed`: people whose certified name is another than the list's; that is ordered at the CA. `disabled`, `left`: identifiers
    of accounts, and of people.
    `kept_out`: people in the list who have left, or are disabled: a list lets nobody in whom an operator has put out, nor anybody
    whose revocation is owed. `returned`: who had left by an earlier list; `enabled`: accounts that one had disabled.
    """

    wrong: list[tuple[int, OrderError]] = field(default_factory=list)
    people: dict[str, PersonRecord] = field(default_factory=dict)
    accounts: dict[str, AccountRecord] = field(default_factory=dict)
    groups: dict[str, GroupRecord] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    kept_out: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    enabled: list[str] = field(default_factory=list)
    unchanged: int = 0


class Roster:
    """One list against one directory. `random` gives that many bytes, `owed` says whether all that an account has is owed to be revoked."""

    def __init__(
        self,
        directory: Directory,
        *,
        now: datetime,
        random: Callable[[int], bytes],
        owed: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._directory = directory
        self._owed = owed
        self._now = now
        self._random = random

    def plan(self, lines: Iterable[PersonLine], *, sync: bool, force: bool) -> RosterPlan:
        """What differs. With `sync` whoever has an external id and is not in the list has left.

        Raises OrderError (import_too_many_gone) where that is more than GONE_PERCENT of those who are here, without `force`.
        """
        plan = RosterPlan()
        members = {group.name: set(group.members) for group in self._directory.groups()}
        seen: dict[str, int] = {}
        for line in lines:
            try:
                if not line.external_id:
                    raise OrderError("line_no_external_id")
                if line.external_id in seen:
                    raise OrderError("line_twice", what=line.external_id, line=seen[line.external_id])
                seen[line.external_id] = line.line
                self._one(line, plan, members)
            except TasukiError as error:
                plan.wrong.append((line.line, OrderError(error.code, **error.facts)))
        if sync and not plan.wrong:
            self._sync(set(seen), plan, members, force=force)
        gone = {account.identifier for one in plan.left for account in self._directory.accounts_of(one)}
        for group in self._directory.groups():
            now = replace(group, members=frozenset(members[group.name]), askers=group.askers - gone)
            if now != group:
                plan.groups[group.name] = now
        return plan

    def _one(self, line: PersonLine, plan: RosterPlan, members: dict[str, set[str]]) -> None:
        if not line.name:
            raise OrderError("line_no_name")
        old = self._directory.person_by_external(line.external_id)
        new = self._person(line, old)
        mine = {} if old is None else {one.role: one for one in self._directory.accounts_of(old.identifier)}
        if old is not None and old.left_at is not None:
            if not old.left_by_list or any(self._owed(one.identifier) for one in mine.values()):
                plan.kept_out.append(
                    old.identifier
                )  # an operator has said so, and takes them back; or the CA has not answered yet
                return
            new = replace(new, left_at=None, left_by_list=False)
            plan.returned.append(new.identifier)
        accounts = {one.identifier: one for one in self._accounts(line, new, mine)}
        if any(
            not one.enabled and one == mine.get(one.role) and self._wanted(line, one.role) for one in accounts.values()
        ):
            plan.kept_out.append(new.identifier)
        moved = self._memberships(line, list(accounts.values()), members)
        differ = [one for one in accounts.values() if one != mine.get(one.role)]
        if old is None:
            plan.added.append(new.identifier)
        elif new != old or differ or moved:
            plan.changed.append(new.identifier)
        else:
            plan.unchanged += 1
        if new != old:
            plan.people[new.identifier] = new
        for one in differ:
            plan.accounts[one.identifier] = one
            before = mine.get(one.role)
            if before is not None and before.enabled != one.enabled:
                (plan.enabled if one.enabled else plan.disabled).append(one.identifier)
        if old is not None and new.name != old.name:
            plan.renamed.append(new.identifier)

    def _person(self, line: PersonLine, old: PersonRecord | None) -> PersonRecord:
        base = old or PersonRecord(
            identifier=str(UUID(bytes=self._random(16), version=4)),
            name=line.name,
            external_id=checked_name(line.external_id),
            created_at=self._now,
        )
        return replace(
            base,
            name=checked_name(line.name),
            department=base.department
            if line.department is None
            else line.department and checked_name(line.department),
            email=base.email if line.email is None else checked_text(line.email),
            note=base.note if line.note is None else checked_text(line.note),
        )

    def _accounts(
        self, line: PersonLine, person: PersonRecord, mine: dict[Role, AccountRecord]
    ) -> Iterator[AccountRecord]:
        """All that the person has from now on, as they are then."""
        roles = set(mine) or {Role.USER}
        if line.roles:
            wanted = _ROLES.get(line.roles.lower().replace(" ", ""))
            if wanted is None:
                raise OrderError("line_bad_role", what=line.roles)
            roles = wanted
        first = not mine
        for role in Role:
            account = mine.get(role)
            if account is None and role in roles:
                account = AccountRecord(
                    identifier=new_account_identifier(person.identifier, role, first=first),
                    person=person.identifier,
                    role=role,
                    name=next((one.name for one in mine.values()), person.name),
                    created_at=self._now,
                )
            elif account is not None and role not in roles:
                account = self._disabled(account)
            elif account is not None and account.disabled_by_list and not self._owed(account.identifier):
                account = replace(account, disabled_at=None, disabled_by_list=False)
            if account is None:
                continue
            first = False
            if role is Role.HELPER:
                account = replace(
                    account,
                    languages=account.languages if line.languages is None else checked_words(line.languages),
                    skills=account.skills if line.skills is None else checked_words(line.skills),
                )
            yield account

    def _disabled(self, account: AccountRecord) -> AccountRecord:
        """By this list, unless it was before."""
        return replace(account, disabled_at=self._now, disabled_by_list=True) if account.enabled else account

    @staticmethod
    def _wanted(line: PersonLine, role: Role) -> bool:
        """Whether the list wants this account, or says nothing of roles."""
        return not line.roles or role in _ROLES.get(line.roles.lower().replace(" ", ""), set())

    def _memberships(self, line: PersonLine, accounts: list[AccountRecord], members: dict[str, set[str]]) -> bool:
        """Whether the helper is in other groups than before."""
        helper = next((one for one in accounts if one.role is Role.HELPER and one.enabled), None)
        if line.groups and not any(one.role is Role.HELPER and self._wanted(line, one.role) for one in accounts):
            raise OrderError("line_groups_of_user")
        for name in line.groups or ():
            if name not in members:
                raise OrderError("line_no_group", what=name)
        if line.groups is None and helper is not None:
            return False
        moved = False
        for account in accounts:
            for name, inside in members.items():
                wanted = account is helper and name in (line.groups or ())
                if wanted != (account.identifier in inside):
                    moved = True
                    (inside.add if wanted else inside.discard)(account.identifier)
        return moved

    def _sync(self, seen: set[str], plan: RosterPlan, members: dict[str, set[str]], *, force: bool) -> None:
        here = [one for one in self._directory.people() if one.external_id is not None and one.left_at is None]
        gone = [one for one in here if one.external_id not in seen]
        if len(gone) * 100 > GONE_PERCENT * len(here) and not force:
            raise OrderError("import_too_many_gone", count=len(gone), total=len(here), limit=GONE_PERCENT)
        for person in gone:
            plan.left.append(person.identifier)
            plan.people[person.identifier] = replace(person, left_at=self._now, left_by_list=True)
            for account in self._directory.accounts_of(person.identifier):
                for inside in members.values():
                    inside.discard(account.identifier)
                if account.enabled:
                    plan.disabled.append(account.identifier)
                plan.accounts[account.identifier] = self._disabled(account)
