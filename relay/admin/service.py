"""What operators order: groups, ends, looking things up; `people` and `access` have what they order about people. Each order is one audit row in the transaction of its change.

Works on the hub of a matching service, so that an order counts at once for whoever is connected.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from common.protocol.identity import Role
from common.protocol.messages import ToGroup
from common.protocol.reasons import Why
from relay.admin.access import AccessService
from relay.admin.archiving import ArchiveService
from relay.admin.changing import Changes
from relay.admin.checks import checked_name
from relay.admin.computers import ComputersService
from relay.admin.erasing import ErasureService, ListsErased
from relay.admin.group_rules import GroupRules
from relay.admin.importing import ImportService
from relay.admin.lookup import Lookup
from relay.admin.nobody_left import nobody_left
from relay.admin.orders import OrderError
from relay.admin.people import PeopleService
from relay.core.records import (
    AuditEntry,
    GroupRecord,
    RequestRecord,
    RequestState,
    SessionRecord,
)
from relay.matching.hub import Hub

NEWEST = 100
"""So many requests are listed where those that are over are listed too."""


class AdminService:
    """A method for each order. `by` is who gave it ("operator:root"), for the audit log.

    Everything that changes something raises OrderError where the store cannot be written (order_unwritable) or refuses what
    was to be written (order_refused).
    """

    def __init__(self, hub: Hub, erased: ListsErased) -> None:
        self._hub = hub
        self._services = hub.services
        self._changes = Changes(hub)
        self.one_at_a_time = asyncio.Lock()
        self.lookup = Lookup(hub)
        self.people = PeopleService(hub, self.lookup)
        self.access = AccessService(hub, self.lookup)
        self.archiving = ArchiveService(hub)
        self.erasing = ErasureService(hub, self.lookup, erased)
        self.computers = ComputersService(hub, self.lookup, self.access)
        self.group_rules = GroupRules(hub)
        self.importing = ImportService(hub, self.lookup, self.access)

    # groups

    async def add_group(self, name: str, *, by: str) -> GroupRecord:
        """Raises OrderError (order_name_taken, order_bad_name)."""
        if self._services.directory.group(checked_name(name)) is not None:
            raise OrderError("order_name_taken", what=name)
        group = GroupRecord(name=name, created_at=self._services.clock.now())
        await self._put_group(group, self._changes.entry(by, "group.added", name))
        return group

    async def remove_group(self, name: str, *, by: str) -> None:
        """Requests that wait for it are over. Raises OrderError (order_no_group)."""
        self._group(name)
        await self._changes.write(lambda unit: unit.remove_group(name), self._changes.entry(by, "group.removed", name))
        self._services.directory.remove_group(name)
        self._hub.helper_presence.group_changed(name)
        await nobody_left(self._hub, ToGroup(group=name))
        await self._hub.groups_changed()

    async def change_members(
        self, name: str, *, add: Sequence[str] = (), remove: Sequence[str] = (), by: str
    ) -> GroupRecord:
        """`add` and `remove` are identifiers of helpers.

        Raises OrderError (order_no_group, order_no_person, order_not_a_helper).
        """
        group = self._group(name)
        for identifier in (*add, *remove):
            account = self.lookup.account(identifier)
            if account.role is not Role.HELPER:
                raise OrderError("order_not_a_helper", what=account.name)
        group = replace(group, members=(group.members | frozenset(add)) - frozenset(remove))
        facts: dict[str, str | int | None] = {"added": " ".join(add), "removed": " ".join(remove)}
        await self._put_group(group, self._changes.entry(by, "group.members", name, **facts))
        return group

    def groups(self) -> list[GroupRecord]:
        """All, by name."""
        return self._services.directory.groups()

    async def _put_group(self, group: GroupRecord, entry: AuditEntry) -> None:
        await self._changes.write(lambda unit: unit.put_group(group), entry)
        self._services.directory.put_group(group)
        await self._hub.groups_changed()

    # requests and sessions

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

    # what they share

    def _group(self, name: str) -> GroupRecord:
        group = self._services.directory.group(name)
        if group is None:
            raise OrderError("order_no_group", what=name)
        return group
