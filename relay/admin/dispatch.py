"""An order to what it does, and its result to JSON's own types: for the control socket, and for a folder without a relay."""

from typing import Any, assert_never

import msgspec

from common.protocol.identity import Role
from relay.admin.orders import (
    AUDIT_ROWS,
    AddAccount,
    AddGroup,
    AdminOrder,
    DisableAccount,
    EnableAccount,
    EndRequest,
    EndSession,
    JoinGroup,
    LeaveGroup,
    ListAccounts,
    ListGroups,
    ListRequests,
    ListSessions,
    PrepareEnrolment,
    RemoveGroup,
    ShowAudit,
    VerifyAudit,
)
from relay.admin.service import AdminService
from relay.admin.store_faults import order_error
from relay.core.records import AuditRow, Verdict
from relay.core.storing import StoreError


async def carry_out(admin: AdminService, order: AdminOrder, *, by: str) -> Any:
    """Do it; what is returned is JSON's own types. `by` goes into the audit log. Raises OrderError."""
    try:
        return msgspec.to_builtins(await _do(admin, order, by))
    except StoreError as error:
        raise order_error(error, writing=False) from None


async def _do(admin: AdminService, order: AdminOrder, by: str) -> Any:
    match order:
        case AddAccount():
            return await admin.add_account(
                role=order.role,
                name=order.name,
                languages=order.languages,
                skills=order.skills,
                identifier=order.identifier,
                enrolment=order.enrolment,
                by=by,
            )
        case ListAccounts():
            return admin.accounts()
        case PrepareEnrolment():
            return await admin.prepare_enrolment(_identifier(admin, order.who, order.role), by=by)
        case DisableAccount():
            return await admin.disable_account(_identifier(admin, order.who, order.role), by=by)
        case EnableAccount():
            return await admin.enable_account(_identifier(admin, order.who, order.role), by=by)
        case AddGroup():
            return await admin.add_group(order.name, by=by)
        case RemoveGroup():
            return await admin.remove_group(order.name, by=by)
        case ListGroups():
            return _groups(admin)
        case JoinGroup():
            return await admin.change_members(order.name, add=_helpers(admin, order.members), by=by)
        case LeaveGroup():
            return await admin.change_members(order.name, remove=_helpers(admin, order.members), by=by)
        case ListSessions():
            return await admin.sessions() if order.all else admin.live_sessions()
        case EndSession():
            return await admin.end_session(order.session, by=by)
        case ListRequests():
            return await admin.requests() if order.all else admin.open_requests()
        case EndRequest():
            return await admin.end_request(order.request, by=by)
        case ShowAudit():
            rows = await admin.audit_rows(after=order.after, limit=min(AUDIT_ROWS, order.limit))
            return [_row(row) for row in rows]
        case VerifyAudit():
            return _verdict(await admin.verify_audit())
        case _:
            assert_never(order)


def _identifier(admin: AdminService, who: str, role: Role | None) -> str:
    return admin.find_account(who, role).identifier


def _helpers(admin: AdminService, members: tuple[str, ...]) -> list[str]:
    return [_identifier(admin, who, Role.HELPER) for who in members]


def _groups(admin: AdminService) -> list[dict[str, Any]]:
    names = {account.identifier: account.name for account in admin.accounts()}
    return [
        {
            "name": group.name,
            "members": [
                {"identifier": one, "name": names.get(one, "")}
                for one in sorted(group.members, key=lambda one: names.get(one, ""))
            ],
        }
        for group in admin.groups()
    ]


def _row(row: AuditRow) -> dict[str, Any]:
    entry = row.entry
    return {
        "number": row.number,
        "at": entry.at,
        "actor": entry.actor,
        "event": entry.event,
        "subject": entry.subject,
        "facts": entry.facts,
        "digest": row.digest.hex(),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "rows": verdict.rows,
        "holds": verdict.holds,
        "broken_at": verdict.broken_at,
        "head": verdict.head.hex(),
    }
