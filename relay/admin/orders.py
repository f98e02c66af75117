"""The orders: the name and the arguments of each, once for everybody who gives, passes on or carries out one.

On the wire an order is {"order": NAME, "arguments": {…}}. An argument that is not known is ignored, so that an older
relay takes what a newer command line says.
"""

from typing import Final, TypeAlias, get_args

import msgspec

from common.host.errors import TasukiError
from common.protocol.identity import Role
from common.protocol.reading import UNDECODABLE

AUDIT_ROWS: Final = 1000
"""At most so many rows of the audit log in one result."""


class OrderError(TasukiError):
    """An order that was not carried out, and has changed nothing."""


class _Order(msgspec.Struct, frozen=True, tag_field="order"):
    """Its tag is its name."""


class AddAccount(_Order, frozen=True, kw_only=True, tag="account.add"):
    """A new account. Its result: the account."""

    role: Role
    name: str
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    identifier: str = ""
    """A UUID that whoever gives the order has chosen: given again, the account that is there already is the result."""
    enrolment: bool = False
    """Note too that an enrolment line is being made."""


class ListAccounts(_Order, frozen=True, kw_only=True, tag="account.list"):
    """All accounts, oldest first."""


class PrepareEnrolment(_Order, frozen=True, kw_only=True, tag="account.enrol"):
    """Note that an enrolment line is being made. Its result: the account. `who` is a name or an identifier."""

    who: str
    role: Role | None = None


class DisableAccount(_Order, frozen=True, kw_only=True, tag="account.disable"):
    """Its sessions and requests end, and it cannot come in. Its result: the account."""

    who: str
    role: Role | None = None


class EnableAccount(_Order, frozen=True, kw_only=True, tag="account.enable"):
    """It may come in again. Its result: the account."""

    who: str
    role: Role | None = None


class AddGroup(_Order, frozen=True, kw_only=True, tag="group.add"):
    """A new group. Its result: the group."""

    name: str


class RemoveGroup(_Order, frozen=True, kw_only=True, tag="group.remove"):
    """Requests that wait for it are over."""

    name: str


class ListGroups(_Order, frozen=True, kw_only=True, tag="group.list"):
    """All groups by name, with the names of their members."""


class JoinGroup(_Order, frozen=True, kw_only=True, tag="group.join"):
    """Helpers, by names or identifiers, become members. Its result: the group."""

    name: str
    members: tuple[str, ...]


class LeaveGroup(_Order, frozen=True, kw_only=True, tag="group.leave"):
    """Helpers, by names or identifiers, are members no longer. Its result: the group."""

    name: str
    members: tuple[str, ...]


class ListSessions(_Order, frozen=True, kw_only=True, tag="sessions.list"):
    """Live sessions; with `all` the newest, ended ones included."""

    all: bool = False


class EndSession(_Order, frozen=True, kw_only=True, tag="sessions.end"):
    """A live session ends."""

    session: str


class ListRequests(_Order, frozen=True, kw_only=True, tag="requests.list"):
    """Open requests in the order of the queue; with `all` the newest, those that are over included."""

    all: bool = False


class EndRequest(_Order, frozen=True, kw_only=True, tag="requests.end"):
    """A request ends, and its session."""

    request: str


class ShowAudit(_Order, frozen=True, kw_only=True, tag="audit.show"):
    """Rows of the audit log from the one after number `after`, at most AUDIT_ROWS."""

    after: int = 0
    limit: int = AUDIT_ROWS


class VerifyAudit(_Order, frozen=True, kw_only=True, tag="audit.verify"):
    """Walk the chain of the audit log."""


AdminOrder: TypeAlias = (
    AddAccount
    | ListAccounts
    | PrepareEnrolment
    | DisableAccount
    | EnableAccount
    | AddGroup
    | RemoveGroup
    | ListGroups
    | JoinGroup
    | LeaveGroup
    | ListSessions
    | EndSession
    | ListRequests
    | EndRequest
    | ShowAudit
    | VerifyAudit
)

_BY_NAME: Final[dict[str, type[AdminOrder]]] = {kind.__struct_config__.tag: kind for kind in get_args(AdminOrder)}


class _Line(msgspec.Struct, frozen=True):
    order: str
    arguments: msgspec.Raw = msgspec.Raw(b"{}")


def encode_order(order: AdminOrder) -> bytes:
    """The order as a line of JSON, without its end."""
    arguments = {name: getattr(order, name) for name in order.__struct_fields__}
    return msgspec.json.encode({"order": order.__struct_config__.tag, "arguments": arguments})


def decode_order(line: bytes) -> AdminOrder:
    """What `encode_order` made. Raises OrderError (order_failed)."""
    try:
        said = msgspec.json.decode(line, type=_Line)
        kind = _BY_NAME.get(said.order)
        if kind is None:
            raise OrderError("order_failed", detail=f"no order {said.order}")
        return msgspec.json.decode(said.arguments, type=kind)
    except UNDECODABLE as error:
        raise OrderError("order_failed", detail=error) from error
