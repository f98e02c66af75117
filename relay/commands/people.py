"""`account …` and `group …`: who may take part, and their enrolment lines."""

from pathlib import Path
from typing import Any

import click

from common.host.errors import TasukiError
from common.host.typed import TypedName
from common.host.words import _
from common.protocol.identity import NAME_LIMIT, Role
from common.protocol.texts import URI_LIMIT
from relay.admin.orders import (
    AddAccount,
    AddGroup,
    DisableAccount,
    EnableAccount,
    JoinGroup,
    LeaveGroup,
    ListAccounts,
    ListGroups,
    RemoveGroup,
)
from relay.commands import enrolling
from relay.commands.shared import (
    add_command,
    carry_out,
    folder_option,
    json_option,
    print_json,
    print_row,
    role_choice,
    role_option,
)

# accounts


@click.group("account", help=_("People and their accounts."))
def account_group() -> None:
    """Accounts."""


@account_group.command("add", help=_("Add an account."))
@folder_option
@role_choice(required=True, help=_("What the person does."))
@click.option("--name", type=TypedName(NAME_LIMIT), required=True, help=_("The person's name as others will see it."))
@click.option(
    "--language",
    "languages",
    type=TypedName(NAME_LIMIT),
    multiple=True,
    help=_("A language that a helper speaks; again for further ones."),
)
@click.option(
    "--skill",
    "skills",
    type=TypedName(NAME_LIMIT),
    multiple=True,
    help=_("What a helper knows about; again for further ones."),
)
@click.option("--enrol", is_flag=True, help=_("Print an enrolment line, by the CA in this folder."))
@json_option
def account_add(
    *,
    folder: Path,
    role: Role,
    name: str,
    languages: tuple[str, ...],
    skills: tuple[str, ...],
    enrol: bool,
    as_json: bool,
) -> None:
    """Add, and say how to enrol."""
    order = AddAccount(role=role, name=name, languages=languages, skills=skills)
    if enrol:
        _print_line(*enrolling.new_account(folder, order), as_json=as_json)
        enrolling.done(folder, order)
        return
    account = carry_out(folder, order)
    if as_json:
        print_json(account)
    else:
        click.echo(
            _("Added {name} ({role}), account {account}.").format(
                name=name, role=role.value, account=account["identifier"]
            )
        )
        click.echo(
            _("For an enrolment line, where the CA is:  {command}").format(
                command=enrolling.code_command(folder, account)
            )
        )


@account_group.command("enrol", help=_("Print a further enrolment line for an account, by the CA in this folder."))
@folder_option
@click.argument("who", type=TypedName(URI_LIMIT))
@role_option
@json_option
def account_enrol(folder: Path, who: str, role: Role | None, as_json: bool) -> None:
    """For a new computer, or when the first line was lost."""
    accounts = carry_out(folder, ListAccounts())
    found = [one for one in accounts if who in {one["identifier"], one["name"]} and role in {None, one["role"]}]
    if len(found) != 1:
        raise TasukiError("order_ambiguous" if found else "order_no_account", what=who)
    _print_line(found[0], enrolling.further_line(folder, found[0]), as_json=as_json)


@account_group.command("list", help=_("List accounts."))
@folder_option
@json_option
def account_list(folder: Path, as_json: bool) -> None:
    """A line each."""
    for one in carry_out(folder, ListAccounts()):
        state = _("disabled") if one["disabled_at"] else ""
        print_row(one, f"{one['identifier']}  {one['role']:<6}  {one['name']}  {state}", as_json=as_json)


_who = (click.argument("who", type=TypedName(URI_LIMIT)), role_option)
add_command(
    account_group,
    "disable",
    help=_("Disable an account: its sessions end, and it cannot come in."),
    order=DisableAccount,
    done=_("{name} is disabled."),
    arguments=_who,
)
add_command(
    account_group,
    "enable",
    help=_("Enable an account again."),
    order=EnableAccount,
    done=_("{name} is enabled."),
    arguments=_who,
)


# groups


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
add_command(
    group_group,
    "remove",
    help=_("Remove a group; requests that wait for it are over."),
    order=RemoveGroup,
    done=_("Removed the group {name}."),
    arguments=[_name],
)


@group_group.command("list", help=_("List groups and their members."))
@folder_option
@json_option
def group_list(folder: Path, as_json: bool) -> None:
    """A line each."""
    for one in carry_out(folder, ListGroups()):
        members = ", ".join(member["name"] or member["identifier"] for member in one["members"])
        print_row(one, f"{one['name']}: {members}", as_json=as_json)


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


# enrolment lines


def _print_line(account: dict[str, Any], line: str, *, as_json: bool) -> None:
    """The line alone on stdout, so that it can be piped; what is said about it goes to stderr."""
    if as_json:
        print_json({**account, "line": line})
        return
    click.echo(line)
    click.echo(
        _("Hand this line to {name}. It works once, within a day. Account {account}.").format(
            name=account["name"], account=account["identifier"]
        ),
        err=True,
    )
