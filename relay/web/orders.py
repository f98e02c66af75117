"""What operators order, by the command line or by REST: accounts, groups, ends. Each order is one audit row with its change."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from common.host.words import _
from common.protocol.identity import InvalidIdentityError, Role, check_display_name
from common.protocol.messages import Code
from common.protocol.reasons import Why
from relay.core.records import (
    Account,
    AuditEntry,
    AuditRow,
    Enrolment,
    Group,
    RequestRecord,
    SessionRecord,
    State,
    Verdict,
)
from relay.core.storing import ConflictError, StoreUnavailableError, Unit
from relay.web.book import Page
from relay.web.office import Office


class DeskError(Exception):
    """An order that cannot be carried out; `code` is for programs, the text for the operator."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Orders:
    """The part of the desk that takes orders. `by` is who gave one ("operator:root"), for the audit log.

    Every order raises DeskError (`unwritable`) where the store cannot be written.
    """

    def __init__(self, office: Office) -> None:
        self._office = office

    # accounts

    async def add_account(
        self, *, role: Role, name: str, languages: Sequence[str] = (), skills: Sequence[str] = (), by: str
    ) -> Account:
        """A new account. Raises DeskError (name_taken, bad_name)."""
        account = Account(
            identifier=str(UUID(bytes=self._office.services.random(16), version=4)),
            role=role,
            name=_checked(name),
            languages=tuple(languages),
            skills=tuple(skills),
            created_at=self._now(),
        )
        entry = self._entry(by, "account.added", account.identifier, role=role.value, name=account.name)
        try:
            await self._write(lambda unit: unit.put_account(account), entry)
        except ConflictError:
            raise DeskError(
                "name_taken", _("There is an account named {name} already. Choose another name.").format(name=name)
            ) from None
        self._office.services.directory.put(account)
        return account

    def accounts(self) -> list[Account]:
        """All, oldest first."""
        return self._office.services.directory.accounts()

    def find_account(self, name_or_identifier: str, role: Role | None = None) -> Account:
        """By identifier or by display name. Raises DeskError (no_account, ambiguous)."""
        directory = self._office.services.directory
        account = directory.account(name_or_identifier)
        found = directory.named(name_or_identifier, role) if account is None else [account]
        if not found:
            raise DeskError(
                "no_account",
                _("There is no account {name}. Look at the list of accounts.").format(name=name_or_identifier),
            )
        if len(found) > 1:
            raise DeskError(
                "ambiguous",
                _("More than one account is named {name}. Say which by its identifier.").format(
                    name=name_or_identifier
                ),
            )
        return found[0]

    async def disable_account(self, identifier: str, *, by: str) -> Account:
        """Its live sessions and requests end, its connections close. Raises DeskError (no_account)."""
        account = self._account(identifier)
        if account.enabled:
            account = replace(account, disabled_at=self._now())
            await self._change_account(account, self._entry(by, "account.disabled", identifier))
            await self._put_out(account)
        return account

    async def enable_account(self, identifier: str, *, by: str) -> Account:
        """It may come in again. Raises DeskError (no_account)."""
        account = self._account(identifier)
        if not account.enabled:
            account = replace(account, disabled_at=None)
            await self._change_account(account, self._entry(by, "account.enabled", identifier))
        return account

    async def prepare_enrolment(self, identifier: str, *, by: str) -> None:
        """Note that an enrolment line is being made for this account. Raises DeskError (no_account, account_disabled)."""
        account = self._account(identifier)
        if not account.enabled:
            raise DeskError(
                "account_disabled", _("The account {name} is disabled. Enable it first.").format(name=account.name)
            )
        enrolment = Enrolment(account=identifier, created_at=self._now())
        await self._write(
            lambda unit: unit.put_enrolment(enrolment), self._entry(by, "account.enrolment_prepared", identifier)
        )

    async def _change_account(self, account: Account, entry: AuditEntry) -> None:
        await self._write(lambda unit: unit.put_account(account), entry)
        self._office.services.directory.put(account)
        for group in self._office.services.directory.groups_of(account.identifier):
            self._office.attendance.group_changed(group)

    async def _put_out(self, account: Account) -> None:
        """End everything that a disabled account has."""
        uri = self._office.services.directory.uri(account)
        page = self._office.book.of_user(account.identifier)
        if page is not None:
            await self._end(page, "relay", Why.DISABLED)
        for session in self._office.sessions_of(account.identifier):
            page = self._office.book.of_session(session)
            if page is not None:
                await self._end(page, "relay", Why.DISABLED)
        await self._nobody_left(("helper", uri))
        for connection in self._office.post.of_account(account.identifier):
            connection.dismiss(Code.ACCOUNT_DISABLED)

    async def _nobody_left(self, line: tuple[str, str]) -> None:
        """Whoever waits in this line waits for nobody."""
        now = self._now()
        for request in self._office.queue.line(line):
            page = self._office.book.page(request)
            if page is not None:
                await self._office.book.act(page, lambda machine: machine.declined_by_all("relay", "", now))

    # groups

    async def add_group(self, name: str, *, by: str) -> Group:
        """Raises DeskError (name_taken, bad_name)."""
        if self._office.services.directory.group(_checked(name)) is not None:
            raise DeskError("name_taken", _("There is a group named {name} already.").format(name=name))
        group = Group(name=name, created_at=self._now())
        await self._put_group(group, self._entry(by, "group.added", name))
        return group

    async def remove_group(self, name: str, *, by: str) -> None:
        """Requests that wait for it are over. Raises DeskError (no_group)."""
        self._group(name)
        await self._write(lambda unit: unit.remove_group(name), self._entry(by, "group.removed", name))
        self._office.services.directory.remove_group(name)
        self._office.attendance.group_changed(name)
        await self._nobody_left(("group", name))

    async def change_members(self, name: str, *, add: Sequence[str] = (), remove: Sequence[str] = (), by: str) -> Group:
        """`add` and `remove` are identifiers of helpers. Raises DeskError (no_group, no_account, not_a_helper)."""
        group = self._group(name)
        for identifier in (*add, *remove):
            if self._account(identifier).role is not Role.HELPER:
                raise DeskError("not_a_helper", _("Only helpers can be members of a group."))
        members = (group.members | frozenset(add)) - frozenset(remove)
        group = replace(group, members=members)
        facts: dict[str, str | int | None] = {"added": " ".join(add), "removed": " ".join(remove)}
        await self._put_group(group, self._entry(by, "group.members", name, **facts))
        for identifier in (*add, *remove):
            for connection in self._office.post.of_account(identifier):
                self._office.review(connection)
        return group

    def groups(self) -> list[Group]:
        """All, by name."""
        return self._office.services.directory.groups()

    async def _put_group(self, group: Group, entry: AuditEntry) -> None:
        await self._write(lambda unit: unit.put_group(group), entry)
        self._office.services.directory.put_group(group)
        self._office.attendance.group_changed(group.name)

    # requests and sessions

    async def sessions(self, *, limit: int = 100, before: datetime | None = None) -> list[SessionRecord]:
        """The newest first, ended ones included."""
        return list(await self._office.services.store.sessions(limit=limit, before=before))

    def live_sessions(self) -> list[SessionRecord]:
        """Granted and active ones."""
        return [page.life.session for page in self._office.book if page.life.session is not None]

    async def end_session(self, session: str, *, by: str) -> None:
        """Raises DeskError (no_session)."""
        page = self._office.book.of_session(session)
        if page is None:
            raise DeskError("no_session", _("There is no session {name} running.").format(name=session))
        await self._end(page, by, Why.OPERATOR_ENDED)

    async def requests(self, *, limit: int = 100, before: datetime | None = None) -> list[RequestRecord]:
        """The newest first, those that are over included."""
        return list(await self._office.services.store.requests(limit=limit, before=before))

    def open_requests(self) -> list[RequestRecord]:
        """Those not over: the waiting ones in the order they were asked, then those that were taken."""
        records = [page.life.request for page in self._office.book]
        return sorted(records, key=lambda record: (record.state is not State.WAITING, record.asked_at))

    async def end_request(self, request: str, *, by: str) -> None:
        """Whatever state it is in. Raises DeskError (no_request)."""
        page = self._office.book.page(request)
        if page is None:
            raise DeskError("no_request", _("There is no open request {name}.").format(name=request))
        await self._end(page, by, Why.OPERATOR_ENDED)

    async def _end(self, page: Page, by: str, why: Why) -> None:
        now = self._now()
        await self._office.book.act(page, lambda machine: machine.ended(by, why, now))

    # the audit log

    async def audit_rows(self, *, after: int = 0, limit: int = 1000) -> list[AuditRow]:
        """Rows of the audit log, from the one after number `after`."""
        return list(await self._office.services.store.audit_rows(after=after, limit=limit))

    async def verify_audit(self) -> Verdict:
        """Walk the audit chain."""
        return await self._office.services.store.verify_audit()

    # what they share

    def _now(self) -> datetime:
        return self._office.services.clock.now()

    def _entry(self, by: str, event: str, subject: str, **facts: str | int | None) -> AuditEntry:
        return AuditEntry(at=self._now(), actor=by, event=event, subject=subject, facts=facts)

    async def _write(self, change: Callable[[Unit], None], entry: AuditEntry) -> None:
        def work(unit: Unit) -> None:
            change(unit)
            unit.audit(entry)

        try:
            await self._office.recorder.write(work, required=True)
        except StoreUnavailableError:
            text = _("The relay's database cannot be written, so nothing was changed. Check that its disk has room.")
            raise DeskError("unwritable", text) from None
        self._office.services.bus.publish("orders", f"{entry.event} {entry.subject}".encode())

    def _account(self, identifier: str) -> Account:
        account = self._office.services.directory.account(identifier)
        if account is None:
            raise DeskError("no_account", _("There is no account {name}.").format(name=identifier))
        return account

    def _group(self, name: str) -> Group:
        group = self._office.services.directory.group(name)
        if group is None:
            raise DeskError("no_group", _("There is no group {name}.").format(name=name))
        return group


def _checked(name: str) -> str:
    try:
        return check_display_name(name)
    except InvalidIdentityError as error:
        text = _("The name {name} cannot be used: {detail}. Write it as people read it and try again.")
        raise DeskError("bad_name", text.format(name=name, detail=error)) from None
