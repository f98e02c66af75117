"""`group …`: helpers who answer for each other, and who may ask them."""

from pathlib import Path
from typing import Any

import click

from common.host.errors import UsageError
from common.host.typed import TypedName
from common.host.words import _
from common.protocol.identity import NAME_LIMIT
from common.protocol.messages import Mode
from common.protocol.texts import URI_LIMIT
from relay.admin.orders import (
    AddGroup,
    AllowAskers,
    ChangeGroup,
    DisallowAskers,
    JoinGroup,
    LeaveGroup,
    ListGroups,
    RemoveGroup,
    RenameGroup,
)
from relay.commands.shared import add_command, carry_out, folder_option, json_option, print_row


@click.group("group", help=_("Groups of helpers."))
def group_group() -> None:
    """Groups."""


_name = click.argument("name", type=TypedName(NAME_LIMIT))
add_command(
    group_group,
    "add",
    help=_("Add a group."),
    order=AddGroup,
    done=_("Added the group {name}."),
    arguments=[_name],
)
_new_name = click.argument("new_name", type=TypedName(NAME_LIMIT))
add_command(
    group_group,
    "rename",
    help=_("Rename a group; members, rules and whoever waits for it stay."),
    order=RenameGroup,
    done=_("The group is called {new_name} now."),
    arguments=(_name, _new_name),
)
add_command(
    group_group,
    "remove",
    help=_("Remove a group; requests that wait for it are over."),
    order=RemoveGroup,
    done=_("Removed the group {name}."),
    arguments=[_name],
)


@group_group.command("list", help=_("List groups, their members and their rules."))
@folder_option
@json_option
def group_list(folder: Path, as_json: bool) -> None:
    """A line each."""
    for one in carry_out(folder, ListGroups()):
        print_row(one, "\n    ".join([f"{one['name']}: {_names(one['members'])}", *_rules(one)]), as_json=as_json)


def _rules(group: dict[str, Any]) -> list[str]:
    """What is otherwise than in a group that was just added, a line each."""
    lines = []
    if group["restricted"]:
        askers = _names(group["askers"])
        lines.append(_("Asked only by: {names}").format(names=askers) if askers else _("Asked by nobody."))
    if group["most"] == Mode.VIEW:
        lines.append(_("Its helpers may only look."))
    return lines


def _names(accounts: list[dict[str, str]]) -> str:
    return ", ".join(one["name"] or one["identifier"] for one in accounts)


_members = click.argument("members", type=TypedName(URI_LIMIT), nargs=-1, required=True)
add_command(
    group_group,
    "join",
    help=_("Put helpers into a group."),
    order=JoinGroup,
    done=_("Joined {name}: {members}."),
    arguments=(_name, _members),
)
add_command(
    group_group,
    "leave",
    help=_("Take helpers out of a group."),
    order=LeaveGroup,
    done=_("Left {name}: {members}."),
    arguments=(_name, _members),
)
_users = click.argument("users", type=TypedName(URI_LIMIT), nargs=-1, required=True)
add_command(
    group_group,
    "allow",
    help=_("Let users ask a group and see its helpers; from then on only those who were allowed may."),
    order=AllowAskers,
    done=_("May ask {name}: {users}. Nobody may who was not allowed."),
    arguments=(_name, _users),
)
add_command(
    group_group,
    "disallow",
    help=_("Let users ask a group no longer; what they wait for there is over."),
    order=DisallowAskers,
    done=_("May ask {name} no longer: {users}."),
    arguments=(_name, _users),
)


@group_group.command("change", help=_("Change the rules of a group."))
@_name
@click.option(
    "--asked-by",
    type=click.Choice(["everybody", "allowed"]),
    help=_("Who may ask it: everybody, or only the users who were allowed to."),
)
@click.option(
    "--most",
    type=click.Choice([mode.value for mode in Mode]),
    help=_("What its helpers may be allowed at most: look, or look and control."),
)
@folder_option
def group_change(name: str, asked_by: str | None, most: str | None, folder: Path) -> None:
    """What is not named stays as it is."""
    if asked_by is None and most is None:
        raise UsageError("nothing_to_change")
    restricted = None if asked_by is None else asked_by == "allowed"
    carry_out(folder, ChangeGroup(name=name, restricted=restricted, most=None if most is None else Mode(most)))
    click.echo(_("Changed the group {name}.").format(name=name))
