"""`group …`: helpers who answer for each other, and who may ask them."""

from pathlib import Path
from typing import Any

import click

from common.host.errors import TasukiError, UsageError
from common.host.typed import TypedName
from common.host.words import _
from common.protocol.identity import NAME_LIMIT
from common.protocol.messages import Mode
from common.protocol.texts import URI_LIMIT, WORD_LIMIT
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
    SetGroupHours,
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
    if group["hours"]:
        lines.append(_hours(group))
    return lines


def _hours(group: dict[str, Any]) -> str:
    if not group["hours"]:
        return _("It has no hours of its own.")
    return _("Somebody is there: {hours} (by the clocks of {zone})").format(
        hours=", ".join(group["hours"]), zone=group["time_zone"]
    )


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


@group_group.command("hours", help=_("Say, show or clear when somebody of a group is there."))
@_name
@click.argument("hours", type=TypedName(NAME_LIMIT), nargs=-1, metavar=_("[HOURS]…"))
@click.option("--zone", type=TypedName(WORD_LIMIT), help=_("By whose clocks, such as Asia/Tokyo. Needed with hours."))
@click.option("--clear", is_flag=True, help=_("It has no hours of its own any more."))
@folder_option
@json_option
def group_hours(
    name: str, hours: tuple[str, ...], *, zone: str | None, clear: bool, folder: Path, as_json: bool
) -> None:
    """HOURS as in `Mon-Fri 09:00-17:00`, `Sat 10:00-12:30` or `Mon,Wed 22:00-06:00`, each in quotes; without any they are shown."""
    if clear and (hours or zone):
        raise UsageError("hours_or_clear")
    if bool(hours) is not (zone is not None):
        raise UsageError("hours_and_zone")
    if hours or clear:
        carry_out(folder, SetGroupHours(name=name, hours=hours, time_zone=zone or ""))
    found = [one for one in carry_out(folder, ListGroups()) if one["name"] == name]
    if not found:
        raise TasukiError("order_no_group", what=name)
    told = {key: found[0][key] for key in ("name", "hours", "time_zone")}
    print_row(told, f"{name}: {_hours(found[0])}", as_json=as_json)
