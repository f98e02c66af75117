"""What operators order at the CA, as values, and carrying it out: the same for a command alone and for `serve`, which hears it on its socket.

An order is {"order": NAME, …}; its result is JSON's own types. Errors are TasukiError, by code and facts.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias, assert_never

import msgspec

from common.host.clock import utc_now
from common.host.errors import TasukiError
from common.protocol.enrolment import EnrolmentLine, format_address
from common.protocol.identity import Role
from common.protocol.relay_hosts import Address
from relay.ca.hosts import parse_hosts
from relay.ca.listing import list_rows
from relay.ca.opening import OpenedCa
from relay.ca.records import CodeRecord
from relay.ca.registrar import LineWish
from relay.ca.settings import DAY
from relay.ca.waiting import SomebodyWaiting, WaitingRoom, networks_of

LINES_LIMIT: Final = 20_000
"""Lines that one order makes at most."""
MANY_LIMIT: Final = 100_000
"""Users who may come with one line for many."""


class HostsChange(StrEnum):
    """What is done with the names that are given."""

    SET = "set"  # in the place of all
    ADD = "add"  # behind those that there are
    REMOVE = "remove"


class _CaOrder(msgspec.Struct, frozen=True, kw_only=True, tag_field="order"):
    """One of them."""


class CaLine(_CaOrder, frozen=True, kw_only=True, tag="code"):
    """A line for one account; older ones are no longer good unless `keep`. Its result: line, account, role, name, wanted, expires, and how many of the older ones were `withdrawn`."""

    role: Role
    name: str
    account: str | None = None
    person: str | None = None
    department: str = ""
    keep: bool = False


class CaLines(_CaOrder, frozen=True, kw_only=True, tag="codes"):
    """Lines for many: all, or none. Its result: `made` as `code` gives it, `refused` with each one's place, code and facts."""

    wishes: Annotated[list[LineWish], msgspec.Meta(max_length=LINES_LIMIT)]
    days: Annotated[int, msgspec.Meta(ge=1, le=31)]
    try_only: bool = False
    keep: bool = False


class CaRename(_CaOrder, frozen=True, kw_only=True, tag="rename"):
    """Another name for a person. Its result: person, before, name."""

    who: str
    name: str
    department: str = ""


class CaJoin(_CaOrder, frozen=True, kw_only=True, tag="join"):
    """Two accounts are of one person."""

    person: str
    other: str


class CaWithdraw(_CaOrder, frozen=True, kw_only=True, tag="withdraw"):
    """Take back unused lines. Its result: how many."""

    account: str


class CaRevoke(_CaOrder, frozen=True, kw_only=True, tag="revoke"):
    """Its result: `count`, and `damaged`: codes and facts of records that could not be read."""

    what: str
    reason: str = ""


class CaHosts(_CaOrder, frozen=True, kw_only=True, tag="hosts"):
    """The relay's names, or a change of them. Its result: number (0: no list is signed), hosts, and whether names in ca.toml count no more."""

    change: HostsChange | None = None
    hosts: list[str] = []


class CaList(_CaOrder, frozen=True, kw_only=True, tag="list"):
    """Certificates and lines. Its result: `rows`, `damaged`."""


class CaManyLine(_CaOrder, frozen=True, kw_only=True, tag="many"):
    """A line for many users. Its result: line, id, expires."""

    count: Annotated[int, msgspec.Meta(ge=1, le=MANY_LIMIT)]
    days: Annotated[int, msgspec.Meta(ge=1, le=31)]


class CaManyClose(_CaOrder, frozen=True, kw_only=True, tag="close"):
    """Nobody comes with that line for many any more: by the first digits of its id."""

    line: str


class CaWaiting(_CaOrder, frozen=True, kw_only=True, tag="waiting"):
    """Who waits. Its result: a list, each with words, name, login, computer, address, since, line, twice, enrolled."""


class CaYes(_CaOrder, frozen=True, kw_only=True, tag="yes"):
    """Let in the one whose six words these are. Its result: name, account."""

    words: str
    account: str | None = None


class CaYesToAll(_CaOrder, frozen=True, kw_only=True, tag="yes_to_all"):
    """Let in everybody from these networks who is beyond doubt. Its result: how many (`count`), and who is `left`, as `waiting` has them."""

    networks: Annotated[list[str], msgspec.Meta(min_length=1, max_length=100)]


class CaNo(_CaOrder, frozen=True, kw_only=True, tag="no"):
    """Refuse the one whose six words these are. Its result: name."""

    words: str


CaOrder: TypeAlias = (
    CaLine
    | CaLines
    | CaRename
    | CaJoin
    | CaWithdraw
    | CaRevoke
    | CaHosts
    | CaList
    | CaManyLine
    | CaManyClose
    | CaWaiting
    | CaYes
    | CaYesToAll
    | CaNo
)


def carry_out_at_ca(ca: OpenedCa, order: CaOrder) -> Any:
    """Do it. Raises TasukiError, OSError (the CA's own folder)."""
    registrar = ca.registrar
    match order:
        case CaLine():
            older = 0 if order.keep or order.account is None else registrar.open_lines(order.account)
            line, record = registrar.make_code(
                role=order.role,
                name=order.name,
                account=order.account,
                person=order.person,
                department=order.department,
                keep=order.keep,
            )
            return {**_told(line, record, order.name), "withdrawn": older}
        case CaLines():
            made, refused = registrar.make_codes(
                order.wishes, life=order.days * DAY, try_only=order.try_only, keep=order.keep
            )
            return {
                "made": [_told(*one, wish.name) for one, wish in zip(made, order.wishes, strict=False)],
                "refused": [{"place": place, **as_told(error)} for place, error in refused],
            }
        case CaRename():
            renamed = registrar.rename(order.who, order.name, department=order.department)
            _publish(ca, "ca_renamed_unpublished", name=renamed.name)
            return {"person": renamed.person, "before": renamed.before, "name": renamed.name}
        case CaJoin():
            return registrar.join(order.person, order.other)
        case CaWithdraw():
            return registrar.withdraw(order.account)
        case CaRevoke():
            damaged: list[TasukiError] = []
            revoked = registrar.revoker.revoke(order.what, reason=order.reason, damaged=damaged.append)
            ca.authority.make_crl()
            _publish(ca, "ca_revoked_unpublished", what=order.what)
            return {"count": len(revoked), "damaged": [as_told(one) for one in damaged]}
        case CaHosts():
            return _hosts(ca, order)
        case CaManyLine() | CaManyClose() | CaWaiting() | CaYes() | CaYesToAll() | CaNo():
            return _of_many(ca.waiting_room, order)
        case CaList():
            rows, unread = list_rows(ca.authority.folder, utc_now().timestamp())
            return {"rows": rows, "damaged": [as_told(one) for one in unread]}
        case _:
            assert_never(order)


def as_told(error: TasukiError) -> dict[str, Any]:
    """An error, in JSON's types."""
    return {"code": error.code, "facts": {name: str(fact) for name, fact in error.facts.items()}}


def _told(line: EnrolmentLine, record: CodeRecord, wanted: str) -> dict[str, Any]:
    return {
        "line": str(line),
        "account": record.account,
        "role": record.role.value,
        "name": record.name,
        "wanted": wanted,
        "expires": record.expires,
    }


def _of_many(room: WaitingRoom, order: CaManyLine | CaManyClose | CaWaiting | CaYes | CaYesToAll | CaNo) -> Any:
    match order:
        case CaManyLine():
            line, record = room.make_line(count=order.count, days=order.days)
            return {"line": str(line), "id": record.id, "expires": record.expires}
        case CaManyClose():
            return room.close_line(order.line)
        case CaWaiting():
            return [_who(one) for one in room.waiting()]
        case CaYes():
            code = room.yes(order.words, account=order.account)
            return {"name": code.name, "account": code.account}
        case CaYesToAll():
            made, left = room.yes_to_all(networks_of(order.networks))
            return {"count": len(made), "left": [_who(one) for one in left]}
        case CaNo():
            return {"name": room.no(order.words).record.name}
        case _:
            assert_never(order)


def _who(one: SomebodyWaiting) -> dict[str, Any]:
    record = one.record
    return {
        "words": one.words,
        "name": record.name,
        "login": record.login,
        "computer": record.computer,
        "address": record.address,
        "since": record.since,
        "line": record.line,
        "twice": one.twice,
        "enrolled": one.enrolled,
    }


def _publish(ca: OpenedCa, unpublished: str, **facts: Any) -> None:
    """What was done stands, whether the relay can be told or not. Raises TasukiError (`unpublished`)."""
    try:
        ca.publish()
    except TasukiError as error:
        if error.code != "ca_mailbox":
            raise
        raise TasukiError(unpublished, **facts, **error.facts) from error


def _hosts(ca: OpenedCa, order: CaHosts) -> dict[str, Any]:
    names = ca.authority.names
    if order.change is None:
        signed = names.signed()
        return _told_hosts(0 if signed is None else signed.number, names.addresses(), of_settings=False)
    change, wanted = order.change, parse_hosts(order.hosts)
    if change is not HostsChange.REMOVE:
        for host, _port in wanted:
            ca.registrar.check_host(host)
    first = names.signed() is None and bool(ca.settings.relay)
    made = ca.authority.put_names(lambda before: _changed(change, before, wanted))
    told = _told_hosts(made.number, made.addresses, of_settings=first)
    _publish(ca, "ca_hosts_unpublished", hosts=", ".join(told["hosts"]))
    return told


def _changed(change: HostsChange, before: Sequence[Address], named: Sequence[Address]) -> Sequence[Address]:
    """Raises TasukiError (ca_host_unknown, ca_hosts_many)."""
    match change:
        case HostsChange.SET:
            return named
        case HostsChange.ADD:
            return parse_hosts([format_address(host, port) for host, port in (*before, *named)])
        case HostsChange.REMOVE:
            for host, port in named:
                if (host, port) not in before:
                    raise TasukiError("ca_host_unknown", host=format_address(host, port))
            return [one for one in before if one not in named]
        case _:
            assert_never(change)


def _told_hosts(number: int, addresses: Sequence[Address], *, of_settings: bool) -> dict[str, Any]:
    hosts = [format_address(host, port) for host, port in addresses]
    return {"number": number, "hosts": hosts, "of_settings": of_settings}
