"""An order to what it does, and its result to JSON's own types: for the control socket, and for a folder without a relay."""

from collections.abc import Mapping
from typing import Any, assert_never

import msgspec

from common.protocol.identity import Role
from relay.admin.lookup import AccountState, PersonNow
from relay.admin.orders import (
    AddGroup,
    AddPerson,
    AddRole,
    AdminOrder,
    AllowAskers,
    ArchiveRows,
    ChangeGroup,
    ChangePerson,
    DisablePerson,
    DisallowAskers,
    EnablePerson,
    EndRequest,
    EndSession,
    ErasePerson,
    ImportPeople,
    JoinGroup,
    JoinPeople,
    LeaveGroup,
    LeavePerson,
    ListComputers,
    ListGroups,
    ListPeople,
    ListRequests,
    ListSessions,
    LookBeforeErasing,
    NoteLines,
    PrepareEnrolment,
    RemoveGroup,
    RenameGroup,
    RenamePerson,
    ReturnPerson,
    RevokeComputer,
    SetGroupHours,
    ShowPerson,
)
from relay.admin.service import AdminService
from relay.admin.store_faults import order_error
from relay.core.records import PersonRecord
from relay.core.storing import StoreError

_ABOUT_PEOPLE = ("person.", "group.", "computer.")


async def carry_out(admin: AdminService, order: AdminOrder, *, by: str) -> Any:
    """Do it; what is returned is JSON's own types. `by` goes into the audit log. Raises OrderError."""
    try:
        if not str(order.__struct_config__.tag).startswith(_ABOUT_PEOPLE):
            return msgspec.to_builtins(await _do(admin, order, by))
        async with admin.one_at_a_time:  # each reads who there is, waits for the disk, and puts the whole record
            return msgspec.to_builtins(await _do(admin, order, by))
    except StoreError as error:
        raise order_error(error, writing=False) from None


async def _do(admin: AdminService, order: AdminOrder, by: str) -> Any:
    people, access, lookup = admin.people, admin.access, admin.lookup
    match order:
        case AddPerson():
            given = {name: getattr(order, name) for name in order.__struct_fields__}
            return _person(await people.add(**given, by=by))
        case AddRole():
            person = lookup.find(order.who).person.identifier
            await people.add_role(
                person,
                order.role,
                certified=order.certified,
                languages=order.languages,
                skills=order.skills,
                by=by,
            )
            return _person(lookup.find(person))
        case ImportPeople():
            return await admin.importing.take(
                order.lines, sync=order.sync, force=order.force, dry_run=order.dry_run, by=by
            )
        case ListPeople():
            states = await lookup.account_states()
            return [_person(one, states) for one in lookup.all()]
        case NoteLines():
            return await people.note_lines(order.accounts, days=order.days, by=by)
        case ShowPerson():
            found = lookup.find(order.who)
            return {**_person(found), "history": await lookup.history(found.person.identifier)}
        case ChangePerson():
            changed = {name: getattr(order, name) for name in order.__struct_fields__ if name != "who"}
            return _person(await people.change(lookup.find(order.who).person.identifier, **changed, by=by))
        case RenamePerson():
            return _person(await people.rename(lookup.find(order.who).person.identifier, order.name, by=by))
        case JoinPeople():
            who, other = (lookup.find(one).person.identifier for one in (order.who, order.other))
            return _person(await people.join(who, other, by=by))
        case PrepareEnrolment():
            return await people.prepare_enrolment(lookup.find_account(order.who, order.role).identifier, by=by)
        case DisablePerson():
            return _person(await access.disable(lookup.find(order.who).person.identifier, order.role, by=by))
        case EnablePerson():
            return _person(await access.enable(lookup.find(order.who).person.identifier, order.role, by=by))
        case LeavePerson():
            return _person(await access.leave(lookup.find(order.who).person.identifier, by=by))
        case ReturnPerson():
            return _person(await access.come_back(lookup.find(order.who).person.identifier, by=by))
        case LookBeforeErasing():
            return await admin.erasing.look(lookup.find(order.who).person.identifier, order.names)
        case ErasePerson():
            return await admin.erasing.erase(lookup.find(order.who).person.identifier, order.names, by=by)
        case ListComputers():
            return await admin.computers.all(who=order.who, everything=order.all)
        case RevokeComputer():
            return await admin.computers.revoke(order.which, who=order.who, by=by)
        case ArchiveRows():
            return await admin.archiving.archived(order.first, order.last, order.digest, by=by)
        case AddGroup():
            return await admin.add_group(order.name, by=by)
        case RenameGroup():
            return await admin.group_rules.rename(order.name, order.new_name, by=by)
        case RemoveGroup():
            return await admin.remove_group(order.name, by=by)
        case ListGroups():
            return _groups(admin)
        case JoinGroup():
            return await admin.change_members(order.name, add=_helpers(admin, order.members), by=by)
        case LeaveGroup():
            return await admin.change_members(order.name, remove=_helpers(admin, order.members), by=by)
        case AllowAskers():
            return await admin.group_rules.change_askers(order.name, add=_users(admin, order.users), by=by)
        case DisallowAskers():
            return await admin.group_rules.change_askers(order.name, remove=_users(admin, order.users), by=by)
        case ChangeGroup():
            changed = {name: getattr(order, name) for name in order.__struct_fields__ if name != "name"}
            return await admin.group_rules.change(order.name, **changed, by=by)
        case SetGroupHours():
            hours, zone = order.hours, order.time_zone
            return await admin.group_rules.set_hours(order.name, hours=hours, time_zone=zone, by=by)
        case ListSessions():
            return admin.live_sessions()
        case EndSession():
            return await admin.end_session(order.session, by=by)
        case ListRequests():
            return await admin.requests() if order.all else admin.open_requests()
        case EndRequest():
            return await admin.end_request(order.request, by=by)
        case _:
            assert_never(order)


def _person(now: PersonNow, states: Mapping[str, AccountState] | None = None) -> dict[str, Any]:
    """As the command line shows it: the person's own fields, and the accounts beside them, each with its state in a list."""
    own = {name: getattr(now.person, name) for name in PersonRecord.__dataclass_fields__}
    accounts: Any = now.accounts
    if states is not None:
        accounts = [{**msgspec.to_builtins(one), **msgspec.to_builtins(states[one.identifier])} for one in accounts]
    return {**own, "accounts": accounts, "groups": now.groups, "owed": now.owed}


def _helpers(admin: AdminService, members: tuple[str, ...]) -> list[str]:
    return [admin.lookup.find_account(who, Role.HELPER).identifier for who in members]


def _users(admin: AdminService, users: tuple[str, ...]) -> list[str]:
    return [admin.lookup.find_account(who, Role.USER).identifier for who in users]


def _groups(admin: AdminService) -> list[dict[str, Any]]:
    names = {account.identifier: account.name for one in admin.lookup.all() for account in one.accounts}

    def named(accounts: frozenset[str]) -> list[dict[str, str]]:
        rows = [{"identifier": one, "name": names.get(one, "")} for one in accounts]
        return sorted(rows, key=lambda row: (row["name"], row["identifier"]))

    return [
        {
            "name": group.name,
            "members": named(group.members),
            "restricted": group.restricted,
            "askers": named(group.askers),
            "most": group.most,
            "hours": group.hours,
            "time_zone": group.time_zone,
        }
        for group in admin.groups()
    ]
