"""What operators order about people: who there is, in which roles, and who may come in.

The name that stands in a person's certificates is ordered at the CA: here it is written down as the CA has given it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from common.protocol.identity import Role
from relay.admin.changing import Changes
from relay.admin.checks import checked_identifier, checked_name, checked_text, checked_words
from relay.admin.lookup import Lookup, PersonNow
from relay.admin.orders import OrderError
from relay.core.accounts import new_account_identifier
from relay.core.records import (
    AccountRecord,
    EnrolmentRecord,
    PersonRecord,
)
from relay.core.storing import ConflictError, Unit
from relay.matching.hub import Hub


class PeopleService:
    """A method for each order. `by` is who gave it, for the audit log.

    Everything that changes something raises OrderError where the store cannot be written (order_unwritable) or refuses what
    was to be written (order_refused).
    """

    def __init__(self, hub: Hub, lookup: Lookup) -> None:
        self._hub = hub
        self._services = hub.services
        self._changes = Changes(hub)
        self._lookup = lookup

    async def add(
        self,
        *,
        name: str,
        roles: Sequence[Role],
        certified: str = "",
        languages: Sequence[str] = (),
        skills: Sequence[str] = (),
        external_id: str = "",
        department: str = "",
        email: str = "",
        note: str = "",
        identifier: str = "",
        enrolment: bool = False,
        by: str,
    ) -> PersonNow:
        """A new person with an account for each role; with `identifier` (a UUID) the one who is there already, added by the same order.

        `certified`: the display name as the CA gave it, where that is not `name`. `enrolment`: note too that lines are being
        made. Raises OrderError (order_bad_name, order_too_many_words, account_wrong, order_external_id_taken,
        order_account_disabled).
        """
        known = self._services.directory.person(identifier) if identifier else None
        if known is not None:
            return await self._added_before(known, name=name, roles=roles, enrolment=enrolment, by=by)
        now = self._services.clock.now()
        person = PersonRecord(
            identifier=checked_identifier(identifier or self._new_identifier()),
            name=checked_name(name),
            external_id=checked_name(external_id) if external_id else None,
            department=checked_name(department) if department else "",
            email=checked_text(email),
            note=checked_text(note),
            created_at=now,
        )
        accounts: list[AccountRecord] = []
        for role in sorted(set(roles), key=list(Role).index):
            accounts.append(
                AccountRecord(
                    identifier=new_account_identifier(person.identifier, role, first=not accounts),
                    person=person.identifier,
                    role=role,
                    name=checked_name(certified or name),
                    languages=checked_words(languages) if role is Role.HELPER else (),
                    skills=checked_words(skills) if role is Role.HELPER else (),
                    created_at=now,
                )
            )
        entries = [
            self._changes.entry(
                by, "person.added", person.identifier, **{one.role.value: one.identifier for one in accounts}
            )
        ]
        if enrolment:
            entries += [self._changes.entry(by, "account.enrolment_prepared", one.identifier) for one in accounts]

        def change(unit: Unit) -> None:
            unit.put_person(person)
            for one in accounts:
                unit.put_account(one)
                if enrolment:
                    unit.put_enrolment(EnrolmentRecord(account=one.identifier, created_at=now))

        self._check_external(person)
        try:
            await self._changes.write(change, *entries)
        except ConflictError:
            raise OrderError("order_external_id_taken", what=external_id) from None
        self._services.directory.put_person(person)
        for one in accounts:
            self._services.directory.put(one)
        return self._lookup.now(person)

    async def _added_before(
        self, person: PersonRecord, *, name: str, roles: Sequence[Role], enrolment: bool, by: str
    ) -> PersonNow:
        now = self._lookup.now(person)
        if (person.name, {one.role for one in now.accounts}) != (name, set(roles)):
            raise OrderError("order_name_taken", what=name)
        if enrolment:
            for one in now.accounts:
                await self.prepare_enrolment(one.identifier, by=by)
        return now

    async def add_role(
        self,
        identifier: str,
        role: Role,
        *,
        certified: str = "",
        languages: Sequence[str] = (),
        skills: Sequence[str] = (),
        by: str,
    ) -> AccountRecord:
        """A further account of a person; the one that is there, where there is one. Raises OrderError (order_bad_name, …)."""
        mine = {one.role: one for one in self._services.directory.accounts_of(identifier)}
        if role in mine:
            return mine[role]
        person = self._lookup.person(identifier)
        if person.left_at is not None:
            raise OrderError("order_has_left", what=person.name)
        account = AccountRecord(
            identifier=new_account_identifier(identifier, role, first=not mine),
            person=identifier,
            role=role,
            name=checked_name(certified or next((one.name for one in mine.values()), person.name)),
            languages=checked_words(languages),
            skills=checked_words(skills),
            created_at=self._services.clock.now(),
        )
        entry = self._changes.entry(by, "person.role", identifier, **{role.value: account.identifier})
        await self._changes.write(lambda unit: unit.put_account(account), entry)
        self._services.directory.put(account)
        return account

    async def change(
        self,
        identifier: str,
        *,
        external_id: str | None = None,
        department: str | None = None,
        email: str | None = None,
        note: str | None = None,
        by: str,
    ) -> PersonNow:
        """What is written down about a person; None leaves it. Raises OrderError (order_external_id_taken, order_bad_name)."""
        old = self._lookup.person(identifier)
        new = replace(
            old,
            external_id=old.external_id
            if external_id is None
            else (checked_name(external_id) if external_id else None),
            department=old.department if department is None else (checked_name(department) if department else ""),
            email=old.email if email is None else checked_text(email),
            note=old.note if note is None else checked_text(note),
        )
        if new == old:
            return self._lookup.now(old)
        self._check_external(new)
        changed = [
            name for name in ("external_id", "department", "email", "note") if getattr(old, name) != getattr(new, name)
        ]
        entry = self._changes.entry(by, "person.changed", identifier, changed=" ".join(changed))
        try:
            await self._changes.write(lambda unit: unit.put_person(new), entry)
        except ConflictError:
            raise OrderError("order_external_id_taken", what=external_id) from None
        self._services.directory.put_person(new)
        return self._lookup.now(new)

    async def rename(self, identifier: str, name: str, *, by: str) -> PersonNow:
        """What the organisation's records call the person; certificates follow the CA's order. Raises OrderError (order_bad_name)."""
        old = self._lookup.person(identifier)
        new = replace(old, name=checked_name(name))
        if new != old:
            entry = self._changes.entry(by, "person.renamed", identifier)
            await self._changes.write(lambda unit: unit.put_person(new), entry)
            self._services.directory.put_person(new)
        return self._lookup.now(new)

    async def join(self, identifier: str, other: str, *, by: str) -> PersonNow:
        """Make one person of two: the accounts of `other` are of `identifier` from now on, who keeps what is written down.

        What is not written down of `identifier` is taken over. Raises OrderError (order_same_person, order_both_have_role).
        """
        if identifier == other:
            raise OrderError("order_same_person")
        stays, goes = self._lookup.person(identifier), self._lookup.person(other)
        for person in (stays, goes):
            if person.left_at is not None:
                raise OrderError("order_has_left", what=person.name)
        mine = {one.role for one in self._services.directory.accounts_of(identifier)}
        moved = [replace(one, person=identifier) for one in self._services.directory.accounts_of(other)]
        for one in moved:
            if one.role in mine:
                raise OrderError("order_both_have_role", what=stays.name, other=goes.name, role=one.role.value)
        person = replace(
            stays,
            external_id=stays.external_id or goes.external_id,
            department=stays.department or goes.department,
            email=stays.email or goes.email,
            note=stays.note or goes.note,
        )

        def change(unit: Unit) -> None:
            for one in moved:
                unit.put_account(one)
            unit.remove_person(other)
            unit.put_person(person)

        await self._changes.write(change, self._changes.entry(by, "person.joined", identifier, other=other))
        directory = self._services.directory
        directory.remove_person(other)
        directory.put_person(person)
        for one in moved:
            directory.put(one)
        return self._lookup.now(person)

    async def note_lines(self, accounts: Sequence[str], *, days: int, by: str) -> None:
        """Note that a line is being made for each of these, good for so many days. Raises OrderError (order_no_person)."""
        now = self._services.clock.now()
        lines = [
            EnrolmentRecord(
                account=self._lookup.account(one).identifier, created_at=now, expires_at=now + timedelta(days=days)
            )
            for one in accounts
        ]
        if not lines:
            return

        def change(unit: Unit) -> None:
            for line in lines:
                unit.put_enrolment(line)

        entries = [self._changes.entry(by, "account.enrolment_prepared", one.account) for one in lines]
        await self._changes.write(change, *entries)

    async def prepare_enrolment(self, account: str, *, by: str) -> AccountRecord:
        """Note that an enrolment line is being made. Raises OrderError (order_no_person, order_account_disabled)."""
        known = self._lookup.account(account)
        if not known.enabled:
            raise OrderError("order_account_disabled", what=known.name)
        enrolment = EnrolmentRecord(account=account, created_at=self._services.clock.now())
        await self._changes.write(
            lambda unit: unit.put_enrolment(enrolment), self._changes.entry(by, "account.enrolment_prepared", account)
        )
        return known

    def _check_external(self, person: PersonRecord) -> None:
        if person.external_id is not None:
            other = self._services.directory.person_by_external(person.external_id)
            if other is not None and other.identifier != person.identifier:
                raise OrderError("order_external_id_taken", what=person.external_id)

    def _new_identifier(self) -> str:
        return str(UUID(bytes=self._services.random(16), version=4))
