"""A list of people taken over: all that differs in one transaction, or nothing where a line is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from relay.admin.access import AccessService
from relay.admin.changing import Changes
from relay.admin.lookup import Lookup
from relay.admin.orders import PersonLine
from relay.admin.roster import Roster, RosterPlan
from relay.core.records import AuditEntry
from relay.core.storing import Unit
from relay.matching.hub import Hub


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What was changed, or would be: how many people. `wrong`: lines, each with the code and the facts of its sentence.

    `renamed`: external ids of people who are called otherwise in the list than in their certificates. `returned`: of those who had left by
    an earlier list, and need a new line for each computer.
    """

    added: int
    changed: int
    left: int
    unchanged: int
    renamed: list[str]
    kept_out: list[str]
    returned: list[str]
    wrong: list[dict[str, Any]]


class ImportService:
    """`by` is who gave the order, for the audit log."""

    def __init__(self, hub: Hub, lookup: Lookup, access: AccessService) -> None:
        self._hub = hub
        self._services = hub.services
        self._lookup = lookup
        self._access = access
        self._changes = Changes(hub)

    async def take(
        self, lines: Sequence[PersonLine], *, sync: bool = False, force: bool = False, dry_run: bool = False, by: str
    ) -> Imported:
        """Take the list over. Raises OrderError (import_too_many_gone, order_unwritable, …)."""
        services = self._services
        roster = Roster(
            services.directory,
            now=services.clock.now(),
            random=services.random,
            owed=self._hub.revocations.whole,
        )
        plan = roster.plan(lines, sync=sync, force=force)
        if not plan.wrong and not dry_run:
            await self._write(plan, by)
        return Imported(
            added=len(plan.added),
            changed=len(plan.changed),
            left=len(plan.left),
            unchanged=plan.unchanged,
            renamed=[self._external(one) for one in plan.renamed],
            kept_out=[self._external(one) for one in plan.kept_out],
            returned=[self._external(one) for one in plan.returned],
            wrong=[
                {"line": line, "code": error.code, "facts": {name: str(fact) for name, fact in error.facts.items()}}
                for line, error in plan.wrong
            ],
        )

    async def _write(self, plan: RosterPlan, by: str) -> None:
        services, hub = self._services, self._hub
        owed = [
            self._access.revocation(account.identifier)
            for person in plan.left
            for account in services.directory.accounts_of(person)
        ]
        entries = list(self._entries(plan, by))
        if not entries:
            return

        def change(unit: Unit) -> None:
            unit.put_people(list(plan.people.values()), list(plan.accounts.values()))
            for group in plan.groups.values():
                unit.put_group(group)
            for one in owed:
                unit.put_revocation(one)

        await self._changes.write(change, *entries)
        for person in plan.people.values():
            services.directory.put_person(person)
        for account in plan.accounts.values():
            services.directory.put(account)
        for group in plan.groups.values():
            services.directory.put_group(group)
        hub.revocations.owe(owed)
        for identifier in plan.disabled:
            await self._access.end_all_of(self._lookup.account(identifier))
        if plan.groups:
            await hub.groups_changed()

    def _entries(self, plan: RosterPlan, by: str) -> list[AuditEntry]:
        entries = [self._changes.entry(by, "person.added", one) for one in plan.added]
        entries += [self._changes.entry(by, "person.changed", one, changed="list") for one in plan.changed]
        entries += [self._changes.entry(by, "person.left", one) for one in plan.left]
        entries += [self._changes.entry(by, "person.returned", one) for one in plan.returned]
        entries += [self._changes.entry(by, "account.enabled", one) for one in plan.enabled]
        return entries + [self._changes.entry(by, "account.disabled", one) for one in plan.disabled]

    def _external(self, person: str) -> str:
        return self._lookup.person(person).external_id or person
