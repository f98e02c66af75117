"""Who may come in: disabled and enabled, left and come back, and computers that are lost."""

from collections.abc import Sequence
from dataclasses import replace

from common.protocol.identity import Role
from common.protocol.messages import Code, ToHelper
from common.protocol.reasons import Why
from relay.admin.changing import Changes
from relay.admin.lookup import Lookup, PersonNow
from relay.admin.nobody_left import nobody_left
from relay.admin.orders import OrderError
from relay.core.life import RELAY
from relay.core.records import AccountRecord, CertificateRecord, RevocationRecord
from relay.core.storing import Unit
from relay.matching.expulsion import expel
from relay.matching.hub import Hub


class AccessService:
    """A method for each order. `by` is who gave it, for the audit log. Raises OrderError as PeopleService does."""

    def __init__(self, hub: Hub, lookup: Lookup) -> None:
        self._hub = hub
        self._services = hub.services
        self._changes = Changes(hub)
        self._lookup = lookup

    async def disable(self, identifier: str, role: Role | None = None, *, by: str) -> PersonNow:
        """All accounts of a person, or that of one role. Raises OrderError (order_no_role)."""
        for one in self._of_role(identifier, role):
            await self.disable_account(one.identifier, by=by)
        return self._lookup.now(self._lookup.person(identifier))

    async def enable(self, identifier: str, role: Role | None = None, *, by: str) -> PersonNow:
        """They may come in again: all that are meant, or none. Raises OrderError (order_no_role, order_has_left, order_revocation_owed)."""
        if self._lookup.person(identifier).left_at is not None:
            raise OrderError("order_has_left", what=self._lookup.person(identifier).name)
        meant = self._of_role(identifier, role)
        for one in meant:
            if not one.enabled:
                self._check_owed(one)
        for one in meant:
            await self.enable_account(one.identifier, by=by)
        return self._lookup.now(self._lookup.person(identifier))

    async def leave(self, identifier: str, *, by: str) -> PersonNow:
        """The person has left: out at once in all roles, in no group any more, and what they have is owed to be revoked by the CA.

        Whatever the CA answers, and whenever: the person stays out. Raises OrderError (order_has_left).
        """
        person = self._lookup.person(identifier)
        if person.left_at is not None:
            raise OrderError("order_has_left", what=person.name)
        now = self._services.clock.now()
        person = replace(person, left_at=now)
        accounts = [
            replace(one, disabled_at=one.disabled_at or now) for one in self._services.directory.accounts_of(identifier)
        ]
        mine = frozenset(one.identifier for one in accounts)
        groups = [
            replace(one, members=one.members - mine, askers=one.askers - mine)
            for one in self._services.directory.groups()
            if mine & (one.members | one.askers)
        ]
        owed = [self.revocation(one.identifier) for one in accounts]

        def change(unit: Unit) -> None:
            unit.put_person(person)
            for account in accounts:
                unit.put_account(account)
            for group in groups:
                unit.put_group(group)
            for one in owed:
                unit.put_revocation(one)

        disabled = [self._changes.entry(by, "account.disabled", one.identifier) for one in accounts]
        await self._changes.write(change, self._changes.entry(by, "person.left", identifier), *disabled)
        self._services.directory.put_person(person)
        for group in groups:
            self._services.directory.put_group(group)
        for account in accounts:
            self._put(account)
        self._hub.revocations.owe(owed)
        for account in accounts:
            await self.end_all_of(account)
        if groups:
            await self._hub.groups_changed()
        return self._lookup.now(person)

    async def come_back(self, identifier: str, *, by: str) -> PersonNow:
        """Who has left may come in again, with a new enrolment line. Raises OrderError (order_has_not_left, order_revocation_owed)."""
        person = self._lookup.person(identifier)
        if person.left_at is None:
            raise OrderError("order_has_not_left", what=person.name)
        if person.erased:
            raise OrderError("order_erased", what=identifier)
        accounts = self._services.directory.accounts_of(identifier)
        for one in accounts:
            self._check_owed(one)
        person = replace(person, left_at=None, left_by_list=False)
        accounts = [replace(one, disabled_at=None, disabled_by_list=False) for one in accounts]

        def change(unit: Unit) -> None:
            unit.put_person(person)
            for account in accounts:
                unit.put_account(account)

        enabled = [self._changes.entry(by, "account.enabled", one.identifier) for one in accounts]
        await self._changes.write(change, self._changes.entry(by, "person.returned", identifier), *enabled)
        self._services.directory.put_person(person)
        for account in accounts:
            self._put(account)
        return self._lookup.now(person)

    async def revoke_computer(self, certificates: Sequence[CertificateRecord], *, by: str) -> None:
        """A computer is lost, with these certificates, newest last: it is out at once, and they are owed to be revoked by the CA.

        The account goes on, on other computers.
        """
        newest = certificates[-1]
        owed = self.revocation(newest.account, newest.serial)
        entry = self._changes.entry(
            by, "computer.revoked", newest.account, serial=newest.serial, number=newest.computer
        )
        await self._changes.write(lambda unit: unit.put_revocation(owed), entry)
        self._hub.revocations.bar(certificates)
        self._hub.revocations.owe([owed])
        for one in certificates:
            await expel(self._hub, one.fingerprint)

    def revocation(self, account: str, serial: str = "") -> RevocationRecord:
        """A new one, of now."""
        return RevocationRecord(
            identifier=self._services.random(16).hex(),
            account=account,
            serial=serial,
            asked_at=self._services.clock.now(),
        )

    async def disable_account(self, identifier: str, *, by: str) -> AccountRecord:
        """Its live sessions and requests end, its connections close. Raises OrderError (order_no_person)."""
        account = self._lookup.account(identifier)
        if account.enabled or account.disabled_by_list:  # what an operator has disabled no list enables
            ends = account.enabled
            account = replace(
                account, disabled_at=account.disabled_at or self._services.clock.now(), disabled_by_list=False
            )
            await self._changes.write(
                lambda unit: unit.put_account(account), self._changes.entry(by, "account.disabled", identifier)
            )
            self._put(account)
            if ends:
                await self.end_all_of(account)
        return account

    async def enable_account(self, identifier: str, *, by: str) -> AccountRecord:
        """It may come in again. Raises OrderError (order_no_person, order_revocation_owed)."""
        account = self._lookup.account(identifier)
        if not account.enabled:
            self._check_owed(account)
            account = replace(account, disabled_at=None, disabled_by_list=False)
            await self._changes.write(
                lambda unit: unit.put_account(account), self._changes.entry(by, "account.enabled", identifier)
            )
            self._put(account)
        return account

    def _check_owed(self, account: AccountRecord) -> None:
        """Let in now, it would be out again once the CA has answered, with every line that was used meanwhile. Raises OrderError."""
        if self._hub.revocations.whole(account.identifier):
            raise OrderError("order_revocation_owed", what=account.name)

    def _put(self, account: AccountRecord) -> None:
        self._services.directory.put(account)
        for group in self._services.directory.groups_of(account.identifier):
            self._hub.helper_presence.group_changed(group)

    async def end_all_of(self, account: AccountRecord) -> None:
        """End everything that a disabled account has."""
        open_requests = self._hub.open_requests
        asked = open_requests.of_user(account.identifier)
        if asked is not None:
            await open_requests.end(asked, RELAY, Why.DISABLED)
        await open_requests.end_helper(lambda helper: helper.account == account.identifier, Why.DISABLED)
        await nobody_left(self._hub, ToHelper(uri=self._services.directory.uri(account)))
        for connection in self._hub.connections.of_account(account.identifier):
            connection.dismiss(Code.ACCOUNT_DISABLED)

    def _of_role(self, identifier: str, role: Role | None) -> list[AccountRecord]:
        found = [one for one in self._services.directory.accounts_of(identifier) if role in {None, one.role}]
        if role is not None and not found:
            raise OrderError("order_no_role", what=self._lookup.person(identifier).name, role=role)
        return found
