"""What operators order about a group's rules: who may ask it, and what its helpers may be allowed."""

from collections.abc import Sequence
from dataclasses import replace

from common.protocol.identity import Role
from common.protocol.messages import Mode, ToGroup
from relay.admin.changing import Changes
from relay.admin.checks import checked_name
from relay.admin.orders import OrderError
from relay.core.hours import parse_hours, zone_of
from relay.core.life import Life
from relay.core.records import GroupRecord
from relay.core.request_inputs import Input
from relay.core.storing import ConflictError
from relay.matching.hub import Hub


class GroupRules:
    """A method for each order. `by` is who gave it, for the audit log. Each raises OrderError (order_no_group, and as Changes.write)."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._changes = Changes(hub)

    async def change_askers(
        self, name: str, *, add: Sequence[str] = (), remove: Sequence[str] = (), by: str
    ) -> GroupRecord:
        """`add` and `remove` are identifiers of users. Whoever is added makes it a group that only its askers may ask.

        It stays one when the last of them goes: nobody may ask it then. Raises OrderError (order_no_person, order_not_a_user).
        """
        old = self._group(name)
        for identifier in (*add, *remove):
            account = self._hub.services.directory.account(identifier)
            if account is None:
                raise OrderError("order_no_person", what=identifier)
            if account.role is not Role.USER:
                raise OrderError("order_not_a_user", what=account.name)
        new = replace(
            old,
            restricted=old.restricted or bool(add),
            askers=(old.askers | frozenset(add)) - frozenset(remove),
        )
        return await self._put(old, new, "group.askers", by=by, added=" ".join(add), removed=" ".join(remove))

    async def change(
        self, name: str, *, restricted: bool | None = None, most: Mode | None = None, by: str
    ) -> GroupRecord:
        """None leaves a rule as it is. `most` counts for sessions from the next one on, or when one is taken up again."""
        old = self._group(name)
        new = replace(
            old,
            restricted=old.restricted if restricted is None else restricted,
            most=most or old.most,
        )
        asked_by = "allowed" if new.restricted else "everybody"
        return await self._put(old, new, "group.rules", by=by, asked_by=asked_by, most=new.most.value)

    async def rename(self, name: str, new_name: str, *, by: str) -> GroupRecord:
        """Members, askers and rules stay, and so does whoever waits. The same name again changes nothing.

        Raises OrderError (order_bad_name, order_name_taken).
        """
        old = self._group(name)
        if checked_name(new_name) == name:
            return old
        hub, directory = self._hub, self._hub.services.directory
        if directory.group(new_name) is not None:
            raise OrderError("order_name_taken", what=new_name)
        new = replace(old, name=new_name)
        entry = self._changes.entry(by, "group.renamed", new_name, before=name)
        try:
            await self._changes.write(lambda unit: unit.rename_group(name, new), entry)
        except ConflictError:
            raise OrderError("order_name_taken", what=new_name) from None
        directory.remove_group(name)
        directory.put_group(new)
        hub.helper_presence.group_changed(name)

        def renamed(life: Life) -> Input | None:
            asked_of_it = life.request.to == ToGroup(group=name)
            return (lambda machine: machine.retargeted(ToGroup(group=new_name))) if asked_of_it else None

        for request in hub.open_requests:
            await hub.open_requests.apply_if(request, renamed)
        await hub.groups_changed()
        return new

    async def set_hours(self, name: str, *, hours: Sequence[str], time_zone: str, by: str) -> GroupRecord:
        """None takes them away. Raises OrderError (order_hours_wrong, order_zone_unknown)."""
        old = self._group(name)
        lines = tuple(" ".join(line.split()) for line in hours)
        for line in lines:
            try:
                parse_hours(line)
            except ValueError:
                raise OrderError("order_hours_wrong", what=line) from None
        if lines:
            try:
                zone_of(time_zone)
            except ValueError:
                raise OrderError("order_zone_unknown", what=time_zone) from None
        new = replace(old, hours=lines, time_zone=time_zone if lines else "")
        return await self._put(old, new, "group.hours", by=by, hours="; ".join(lines), time_zone=new.time_zone)

    async def _put(
        self, old: GroupRecord, new: GroupRecord, event: str, *, by: str, **facts: str | int | None
    ) -> GroupRecord:
        if new != old:
            entry = self._changes.entry(by, event, new.name, **facts)
            await self._changes.write(lambda unit: unit.put_group(new), entry)
            self._hub.services.directory.put_group(new)
            await self._hub.groups_changed()
        return new

    def _group(self, name: str) -> GroupRecord:
        group = self._hub.services.directory.group(name)
        if group is None:
            raise OrderError("order_no_group", what=name)
        return group
