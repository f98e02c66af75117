"""What the command line can have done, by a running relay or on its folder: names, arguments and results as JSON."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from common.protocol.identity import Role
from relay.control import OrderError
from relay.core.records import AuditRow
from relay.web.desk import Desk, DeskError

Arguments = dict[str, Any]
Order = Callable[[Desk, Arguments, str], Awaitable[Any]]


async def carry_out(desk: Desk, name: str, arguments: Arguments, *, by: str) -> Any:
    """Do it; what is returned is JSON's own types. `by` goes into the audit log. Raises OrderError."""
    order = ORDERS.get(name)
    if order is None:
        raise OrderError("unknown", f"no order {name}")
    try:
        return msgspec.to_builtins(await order(desk, arguments, by))
    except DeskError as error:
        raise OrderError(error.code, str(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise OrderError("malformed", repr(error)) from error


def _identifier(desk: Desk, arguments: Arguments, key: str = "who") -> str:
    role = arguments.get("role")
    return desk.find_account(str(arguments[key]), Role(role) if role else None).identifier


async def _account_add(desk: Desk, arguments: Arguments, by: str) -> Any:
    return await desk.add_account(
        role=Role(arguments["role"]),
        name=arguments["name"],
        languages=tuple(arguments.get("languages", ())),
        skills=tuple(arguments.get("skills", ())),
        by=by,
    )


async def _account_list(desk: Desk, _arguments: Arguments, _by: str) -> Any:
    return desk.accounts()


async def _account_enrol(desk: Desk, arguments: Arguments, by: str) -> Any:
    identifier = _identifier(desk, arguments)
    await desk.prepare_enrolment(identifier, by=by)
    return desk.find_account(identifier)


async def _account_disable(desk: Desk, arguments: Arguments, by: str) -> Any:
    return await desk.disable_account(_identifier(desk, arguments), by=by)


async def _account_enable(desk: Desk, arguments: Arguments, by: str) -> Any:
    return await desk.enable_account(_identifier(desk, arguments), by=by)


async def _group_add(desk: Desk, arguments: Arguments, by: str) -> Any:
    return await desk.add_group(arguments["name"], by=by)


async def _group_remove(desk: Desk, arguments: Arguments, by: str) -> Any:
    return await desk.remove_group(arguments["name"], by=by)


async def _group_list(desk: Desk, _arguments: Arguments, _by: str) -> Any:
    names = {account.identifier: account.name for account in desk.accounts()}
    return [
        {
            "name": group.name,
            "members": [
                {"identifier": one, "name": names.get(one, "")}
                for one in sorted(group.members, key=lambda one: names.get(one, ""))
            ],
        }
        for group in desk.groups()
    ]


async def _group_join(desk: Desk, arguments: Arguments, by: str) -> Any:
    members = [desk.find_account(who, Role.HELPER).identifier for who in arguments["members"]]
    return await desk.change_members(arguments["name"], add=members, by=by)


async def _group_leave(desk: Desk, arguments: Arguments, by: str) -> Any:
    members = [desk.find_account(who, Role.HELPER).identifier for who in arguments["members"]]
    return await desk.change_members(arguments["name"], remove=members, by=by)


async def _sessions_list(desk: Desk, arguments: Arguments, _by: str) -> Any:
    if arguments.get("all"):
        return await desk.sessions(limit=int(arguments.get("limit", 100)))
    return desk.live_sessions()


async def _sessions_end(desk: Desk, arguments: Arguments, by: str) -> Any:
    return await desk.end_session(arguments["session"], by=by)


async def _requests_list(desk: Desk, arguments: Arguments, _by: str) -> Any:
    if arguments.get("all"):
        return await desk.requests(limit=int(arguments.get("limit", 100)))
    return desk.open_requests()


async def _requests_end(desk: Desk, arguments: Arguments, by: str) -> Any:
    return await desk.end_request(arguments["request"], by=by)


async def _audit_show(desk: Desk, arguments: Arguments, _by: str) -> Any:
    rows = await desk.audit_rows(
        after=int(arguments.get("after", 0)), limit=min(1000, int(arguments.get("limit", 1000)))
    )
    return [_row(row) for row in rows]


async def _audit_verify(desk: Desk, _arguments: Arguments, _by: str) -> Any:
    verdict = await desk.verify_audit()
    return {
        "rows": verdict.rows,
        "holds": verdict.holds,
        "broken_at": verdict.broken_at,
        "head": verdict.head.hex(),
    }


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


ORDERS: Final[dict[str, Order]] = {
    "account.add": _account_add,
    "account.list": _account_list,
    "account.enrol": _account_enrol,
    "account.disable": _account_disable,
    "account.enable": _account_enable,
    "group.add": _group_add,
    "group.remove": _group_remove,
    "group.list": _group_list,
    "group.join": _group_join,
    "group.leave": _group_leave,
    "sessions.list": _sessions_list,
    "sessions.end": _sessions_end,
    "requests.list": _requests_list,
    "requests.end": _requests_end,
    "audit.show": _audit_show,
    "audit.verify": _audit_verify,
}
