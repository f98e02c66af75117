"""What operators order: accounts, groups, ends. Each order is one audit row in the transaction of its change.

Works on the hub of a matching service, so that an order counts at once for whoever is connected.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from common.protocol.identity import InvalidIdentityError, Role, check_display_name
from common.protocol.messages import Code
from common.protocol.reasons import Why
from common.protocol.texts import WORDS_LIMIT
from relay.admin.orders import AUDIT_ROWS, OrderError
from relay.admin.store_faults import order_error
from relay.core.life import RELAY
from relay.core.queue import Line
from relay.core.records import (
    AccountRecord,
    AuditEntry,
    AuditRow,
    EnrolmentRecord,
    GroupRecord,
    RequestRecord,
    RequestState,
    SessionRecord,
    Verdict,
)
from relay.core.storing import ConflictError, StoreError, Unit
from relay.matching.hub import Hub

NEWEST = 100
"""So many sessions, or requests, are listed where those that are over are listed too."""


class AdminService:
    """A method for each order. `by` is who gave it ("operator:root"), for the audit log.

    Everything that changes something raises OrderError where the store cannot be written (order_unwritable) or refuses what
    was to be written (order_refused).
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._services = hub.services

    # accounts

    async def add_account(
        self,
        *,
        role: Role,
        name: str,
        languages: Sequence[str] = (),
        skills: Sequence[str] = (),
        identifier: str = "",
        enrolment: bool = False,
        by: str,
    ) -> AccountRecord:
        """A new account; with `identifier` (a UUID) the one that is there already, where it was added by the same order.

        `enrolment`: note too that an enrolment line is being made. Raises OrderError (order_name_taken, order_bad_name,
        order_too_many_words, account_wrong, order_account_disabled).
        """
        known = self._services.directory.account(identifier) if identifier else None
        if known is not None:
            if (known.role, known.name) != (role, name):
                raise OrderError("order_name_taken", what=name)
            return await self.prepare_enrolment(identifier, by=by) if enrolment else known
        now = self._services.clock.now()
        account = AccountRecord(
            identifier=_checked_identifier(identifier or str(UUID(bytes=self._services.random(16), version=4))),
            role=role,
            name=_checked(name),
            languages=_checked_words(languages),
            skills=_checked_words(skills),
            created_at=now,
        )
        added = self._entry(by, "account.added", account.identifier, role=role.value, name=account.name)
        prepared = self._entry(by, "account.enrolment_prepared", account.identifier)

        def change(unit: Unit) -> None:
            unit.put_account(account)
            if enrolment:
                unit.audit(added)
                unit.put_enrolment(EnrolmentRecord(account=account.identifier, created_at=now))

        try:
            await self._write(change, prepared if enrolment else added)
        except ConflictError:
            raise OrderError("order_name_taken", what=name) from None
        self._services.directory.put(account)
        return account

    def accounts(self) -> list[AccountRecord]:
        """All, oldest first."""
        return self._services.directory.accounts()

    def find_account(self, who: str, role: Role | None = None) -> AccountRecord:
        """By identifier or by display name. Raises OrderError (order_no_account, order_ambiguous)."""
        directory = self._services.directory
        account = directory.account(who)
        found = directory.named(who, role) if account is None else [account]
        if not found:
            raise OrderError("order_no_account", what=who)
        if len(found) > 1:
            raise OrderError("order_ambiguous", what=who)
        return found[0]

    async def disable_account(self, identifier: str, *, by: str) -> AccountRecord:
        """Its live sessions and requests end, its connections close. Raises OrderError (order_no_account)."""
        account = self._account(identifier)
        if account.enabled:
            account = replace(account, disabled_at=self._services.clock.now())
            await self._change_account(account, self._entry(by, "account.disabled", identifier))
            await self._end_all_of(account)
        return account

    async def enable_account(self, identifier: str, *, by: str) -> AccountRecord:
        """It may come in again. Raises OrderError (order_no_account)."""
        account = self._account(identifier)
        if not account.enabled:
            account = replace(account, disabled_at=None)
            await self._change_account(account, self._entry(by, "account.enabled", identifier))
        return account

    async def prepare_enrolment(self, identifier: str, *, by: str) -> AccountRecord:
        """Note that an enrolment line is being made. Raises OrderError (order_no_account, order_account_disabled)."""
        account = self._account(identifier)
        if not account.enabled:
            raise OrderError("order_account_disabled", what=account.name)
        enrolment = EnrolmentRecord(account=identifier, created_at=self._services.clock.now())
        await self._write(
            lambda unit: unit.put_enrolment(enrolment), self._entry(by, "account.enrolment_prepared", identifier)
        )
        return account

    async def _change_account(self, account: AccountRecord, entry: AuditEntry) -> None:
        await self._write(lambda unit: unit.put_account(account), entry)
        self._services.directory.put(account)
        for group in self._services.directory.groups_of(account.identifier):
            self._hub.helper_presence.group_changed(group)

    async def _end_all_of(self, account: AccountRecord) -> None:
        """End everything that a disabled account has."""
        open_requests = self._hub.open_requests
        asked = open_requests.of_user(account.identifier)
        if asked is not None:
            await open_requests.end(asked, RELAY, Why.DISABLED)
        for session in self._hub.sessions_of(account.identifier):
            taken = open_requests.of_session(session)
            if taken is not None:
                await open_requests.end(taken, RELAY, Why.DISABLED)
        await self._nobody_left(("helper", self._services.directory.uri(account)))
        for connection in self._hub.connections.of_account(account.identifier):
            connection.dismiss(Code.ACCOUNT_DISABLED)

    async def _nobody_left(self, line: Line) -> None:
        """Whoever waits in this line waits for nobody."""
        now = self._services.clock.now()
        for identifier in self._hub.queue.line(line):
            request = self._hub.open_requests.find(identifier)
            if request is not None:
                await self._hub.open_requests.apply(request, lambda machine: machine.declined_by_all(RELAY, "", now))

    # groups

    async def add_group(self, name: str, *, by: str) -> GroupRecord:
        """Raises OrderError (order_name_taken, order_bad_name)."""
        if self._services.directory.group(_checked(name)) is not None:
            raise OrderError("order_name_taken", what=name)
        group = GroupRecord(name=name, created_at=self._services.clock.now())
        await self._put_group(group, self._entry(by, "group.added", name))
        return group

    async def remove_group(self, name: str, *, by: str) -> None:
        """Requests that wait for it are over. Raises OrderError (order_no_group)."""
        self._group(name)
        await self._write(lambda unit: unit.remove_group(name), self._entry(by, "group.removed", name))
        self._services.directory.remove_group(name)
        self._hub.helper_presence.group_changed(name)
        await self._nobody_left(("group", name))

    async def change_members(
        self, name: str, *, add: Sequence[str] = (), remove: Sequence[str] = (), by: str
    ) -> GroupRecord:
        """`add` and `remove` are identifiers of helpers.

        Raises OrderError (order_no_group, order_no_account, order_not_a_helper).
        """
        group = self._group(name)
        for identifier in (*add, *remove):
            account = self._account(identifier)
            if account.role is not Role.HELPER:
                raise OrderError("order_not_a_helper", what=account.name)
        group = replace(group, members=(group.members | frozenset(add)) - frozenset(remove))
        facts: dict[str, str | int | None] = {"added": " ".join(add), "removed": " ".join(remove)}
        await self._put_group(group, self._entry(by, "group.members", name, **facts))
        for identifier in (*add, *remove):
            for connection in self._hub.connections.of_account(identifier):
                self._hub.review(connection)
        return group

    def groups(self) -> list[GroupRecord]:
        """All, by name."""
        return self._services.directory.groups()

    async def _put_group(self, group: GroupRecord, entry: AuditEntry) -> None:
        await self._write(lambda unit: unit.put_group(group), entry)
        self._services.directory.put_group(group)
        self._hub.helper_presence.group_changed(group.name)

    # requests and sessions

    async def sessions(self) -> Sequence[SessionRecord]:
        """The newest, ended ones included, newest first."""
        return await self._services.store.sessions(limit=NEWEST)

    def live_sessions(self) -> list[SessionRecord]:
        """Granted and active ones."""
        return [one.life.session for one in self._hub.open_requests if one.life.session is not None]

    async def end_session(self, session: str, *, by: str) -> None:
        """Raises OrderError (order_no_session)."""
        request = self._hub.open_requests.of_session(session)
        if request is None:
            raise OrderError("order_no_session", what=session)
        await self._hub.open_requests.end(request, by, Why.OPERATOR_ENDED)

    async def requests(self) -> Sequence[RequestRecord]:
        """The newest, those that are over included, newest first."""
        return await self._services.store.requests(limit=NEWEST)

    def open_requests(self) -> list[RequestRecord]:
        """Those not over: the waiting ones in the order they were asked, then those that were taken."""
        records = [one.life.request for one in self._hub.open_requests]
        return sorted(records, key=lambda record: (record.state is not RequestState.WAITING, record.asked_at))

    async def end_request(self, identifier: str, *, by: str) -> None:
        """Whatever state it is in. Raises OrderError (order_no_request)."""
        request = self._hub.open_requests.find(identifier)
        if request is None:
            raise OrderError("order_no_request", what=identifier)
        await self._hub.open_requests.end(request, by, Why.OPERATOR_ENDED)

    # the audit log

    async def audit_rows(self, *, after: int = 0, limit: int = AUDIT_ROWS) -> Sequence[AuditRow]:
        """Rows of the audit log, from the one after number `after`."""
        return await self._services.store.audit_rows(after=after, limit=limit)

    async def verify_audit(self) -> Verdict:
        """Walk the audit chain."""
        return await self._services.store.verify_audit()

    # what they share

    def _entry(self, by: str, event: str, subject: str, **facts: str | int | None) -> AuditEntry:
        return AuditEntry(at=self._services.clock.now(), actor=by, event=event, subject=subject, facts=facts)

    async def _write(self, change: Callable[[Unit], None], entry: AuditEntry) -> None:
        try:
            await self._hub.recorder.write_change(change, entry)
        except ConflictError:
            raise
        except StoreError as error:
            raise order_error(error, writing=True) from None

    def _account(self, identifier: str) -> AccountRecord:
        account = self._services.directory.account(identifier)
        if account is None:
            raise OrderError("order_no_account", what=identifier)
        return account

    def _group(self, name: str) -> GroupRecord:
        group = self._services.directory.group(name)
        if group is None:
            raise OrderError("order_no_group", what=name)
        return group


def _checked_identifier(identifier: str) -> str:
    try:
        if str(UUID(identifier)) == identifier:
            return identifier
    except ValueError:
        pass
    raise OrderError("account_wrong", account=identifier)


def _checked(name: str) -> str:
    try:
        return check_display_name(name)
    except InvalidIdentityError:
        raise OrderError("order_bad_name", what=name) from None


def _checked_words(words: Sequence[str]) -> tuple[str, ...]:
    """Languages or skills: what goes into every list that shows a helper."""
    if len(words) > WORDS_LIMIT:
        raise OrderError("order_too_many_words", limit=WORDS_LIMIT)
    return tuple(_checked(word) for word in words)
