"""The orders: the name and the arguments of each, once for everybody who gives, passes on or carries out one.

On the wire an order is {"order": NAME, "arguments": {…}}. An argument that is not known is ignored, so that an older
relay takes what a newer command line says.
"""

from typing import Annotated, Final, TypeAlias, get_args

import msgspec

from common.host.errors import TasukiError
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reading import UNDECODABLE

HOURS_LIMIT: Final = 21
"""Lines of hours, as many as the settings of the help desk have."""

ABOUT_LIMIT: Final = 300
"""Characters of an e-mail address or a note about a person."""


class OrderError(TasukiError):
    """An order that was not carried out, and has changed nothing."""


class _Order(msgspec.Struct, frozen=True, tag_field="order"):
    """Its tag is its name."""


class AddPerson(_Order, frozen=True, kw_only=True, tag="person.add"):
    """A new person, with an account for each role. Its result: the person."""

    name: str
    roles: tuple[Role, ...]
    certified: str = ""
    """The display name as the CA gave it, where that is another one."""
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    external_id: str = ""
    department: str = ""
    email: str = ""
    note: str = ""
    identifier: str = ""
    """A UUID that whoever gives the order has chosen: given again, the person who is there already is the result."""
    enrolment: bool = False
    """Note too that enrolment lines are being made."""


class AddRole(_Order, frozen=True, kw_only=True, tag="person.role"):
    """A further account of a person. Its result: the person. `who` is an identifier, an external id or a name."""

    who: str
    role: Role
    certified: str = ""
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()


class PersonLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a list of people; `line` is its number in the file. None: the list has no such column."""

    line: int
    external_id: str
    name: str
    roles: str | None = None
    department: str | None = None
    email: str | None = None
    note: str | None = None
    groups: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    skills: tuple[str, ...] | None = None


class ImportPeople(_Order, frozen=True, kw_only=True, tag="person.import"):
    """Take a list of people over, by external id: all that differs, or nothing where a line is wrong. Its result: how many, and which lines.

    `sync`: whoever is not in it has left; more than a few only with `force`. `dry_run`: say only what would be.
    """

    lines: tuple[PersonLine, ...]
    sync: bool = False
    force: bool = False
    dry_run: bool = False


class ListPeople(_Order, frozen=True, kw_only=True, tag="person.list"):
    """Everybody, oldest first."""


class ShowPerson(_Order, frozen=True, kw_only=True, tag="person.show"):
    """One person, with enrolment lines and certificates."""

    who: str


class ChangePerson(_Order, frozen=True, kw_only=True, tag="person.change"):
    """What is written down about a person; None leaves it as it is. Its result: the person."""

    who: str
    external_id: str | None = None
    department: str | None = None
    email: str | None = None
    note: str | None = None


class RenamePerson(_Order, frozen=True, kw_only=True, tag="person.rename"):
    """What the organisation's records call a person. The name in certificates is ordered at the CA."""

    who: str
    name: str


class JoinPeople(_Order, frozen=True, kw_only=True, tag="person.join"):
    """Two are the same person, who keeps what is written down of the first. Its result: the person."""

    who: str
    other: str


class PrepareEnrolment(_Order, frozen=True, kw_only=True, tag="person.enrol"):
    """Note that an enrolment line is being made. Its result: the account."""

    who: str
    role: Role | None = None


class NoteLines(_Order, frozen=True, kw_only=True, tag="person.lines"):
    """Note that enrolment lines good for so many days are being made, for these accounts (identifiers)."""

    accounts: tuple[str, ...]
    days: int


class DisablePerson(_Order, frozen=True, kw_only=True, tag="person.disable"):
    """Sessions and requests end, and nobody comes in; of one role, or of all. Its result: the person."""

    who: str
    role: Role | None = None


class EnablePerson(_Order, frozen=True, kw_only=True, tag="person.enable"):
    """The person may come in again. Its result: the person."""

    who: str
    role: Role | None = None


class LeavePerson(_Order, frozen=True, kw_only=True, tag="person.leave"):
    """The person has left: out at once and for good, in no group, and owed to be revoked. Its result: the person."""

    who: str


class ReturnPerson(_Order, frozen=True, kw_only=True, tag="person.return"):
    """Who has left is here again, and needs a new enrolment line. Its result: the person."""

    who: str


class LookBeforeErasing(_Order, frozen=True, kw_only=True, tag="person.erase_what"):
    """Whether somebody may be erased, and what would go. Its result: names and counts. `names`: what they were called as well."""

    who: str
    names: tuple[str, ...] = ()


class ErasePerson(_Order, frozen=True, kw_only=True, tag="person.erase"):
    """No name of a person who has left stays in the records. Its result: what went. `names`: what they were called as well."""

    who: str
    names: tuple[str, ...] = ()


class ListComputers(_Order, frozen=True, kw_only=True, tag="computer.list"):
    """Computers by number, of one person or of all; with `all` also those that are revoked, or gone for long."""

    who: str = ""
    all: bool = False


class RevokeComputer(_Order, frozen=True, kw_only=True, tag="computer.revoke"):
    """A computer is lost: what it has ends, and nobody comes in with it. `which`: a number or a name. Its result: the computer."""

    which: str
    who: str = ""


class ArchiveRows(_Order, frozen=True, kw_only=True, tag="audit.archived"):
    """Rows of the audit log lie in a file, up to one whose digest (hex) the CA has signed: they go. Its result: how many went."""

    first: int
    last: int
    digest: str


class AddGroup(_Order, frozen=True, kw_only=True, tag="group.add"):
    """A new group. Its result: the group."""

    name: str


class RenameGroup(_Order, frozen=True, kw_only=True, tag="group.rename"):
    """A group has another name from now on, and is the same otherwise. Its result: the group."""

    name: str
    new_name: str


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


class AllowAskers(_Order, frozen=True, kw_only=True, tag="group.allow"):
    """Users, by names or identifiers, may ask it, and from now on only those who may. Its result: the group."""

    name: str
    users: tuple[str, ...]


class DisallowAskers(_Order, frozen=True, kw_only=True, tag="group.disallow"):
    """Users, by names or identifiers, may ask it no longer; nobody else may because of that. Its result: the group."""

    name: str
    users: tuple[str, ...]


class ChangeGroup(_Order, frozen=True, kw_only=True, tag="group.change"):
    """The rules of a group; None leaves them as they are. Its result: the group."""

    name: str
    restricted: bool | None = None
    """Whether only those may ask it who were allowed to; else everybody may."""
    most: Mode | None = None
    """What a helper may be allowed who is asked through it."""


class SetGroupHours(_Order, frozen=True, kw_only=True, tag="group.hours"):
    """When somebody of a group is there: lines as in the settings of the help desk, by the clocks of `time_zone`. None: it has no hours of its own any more.

    Its result: the group.
    """

    name: str
    hours: Annotated[tuple[str, ...], msgspec.Meta(max_length=HOURS_LIMIT)] = ()
    time_zone: str = ""


class ListSessions(_Order, frozen=True, kw_only=True, tag="sessions.list"):
    """Live sessions."""


class EndSession(_Order, frozen=True, kw_only=True, tag="sessions.end"):
    """A live session ends."""

    session: str


class ListRequests(_Order, frozen=True, kw_only=True, tag="requests.list"):
    """Open requests in the order of the queue; with `all` the newest, those that are over included."""

    all: bool = False


class EndRequest(_Order, frozen=True, kw_only=True, tag="requests.end"):
    """A request ends, and its session."""

    request: str


AdminOrder: TypeAlias = (
    AddPerson
    | AddRole
    | ImportPeople
    | ListPeople
    | ShowPerson
    | ChangePerson
    | RenamePerson
    | JoinPeople
    | PrepareEnrolment
    | NoteLines
    | DisablePerson
    | EnablePerson
    | LeavePerson
    | ReturnPerson
    | LookBeforeErasing
    | ErasePerson
    | ListComputers
    | RevokeComputer
    | ArchiveRows
    | AddGroup
    | RenameGroup
    | RemoveGroup
    | ListGroups
    | JoinGroup
    | LeaveGroup
    | AllowAskers
    | DisallowAskers
    | ChangeGroup
    | SetGroupHours
    | ListSessions
    | EndSession
    | ListRequests
    | EndRequest
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
