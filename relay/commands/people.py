"""`account …` and `group …`: who may take part, and their enrolment lines."""

from pathlib import Path
from typing import Any

import click

from common.host.errors import TasukiError
from common.host.words import _
from common.protocol.identity import Role
from relay.commands.shared import (
    folder_option,
    json_option,
    print_json,
    print_row,
    role_option,
)
from relay.ordering import carry_out

# accounts


@click.group("account", help=_("People and their accounts."))
def account_group() -> None:
    """Accounts."""


@account_group.command("add", help=_("Add an account."))
@folder_option
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), required=True, help=_("What the person does.")
)
@click.option("--name", required=True, help=_("The person's name as others will see it."))
@click.option(
    "--language", "languages", multiple=True, help=_("A language that a helper speaks; again for further ones.")
)
@click.option("--skill", "skills", multiple=True, help=_("What a helper knows about; again for further ones."))
@click.option("--enrol", is_flag=True, help=_("Print an enrolment line, by the CA in this folder."))
@json_option
def account_add(
    *,
    folder: Path,
    role: str,
    name: str,
    languages: tuple[str, ...],
    skills: tuple[str, ...],
    enrol: bool,
    as_json: bool,
) -> None:
    """Add, and say how to enrol."""
    arguments = {"role": role, "name": name, "languages": list(languages), "skills": list(skills)}
    account = carry_out(folder, "account.add", arguments, what=name)
    if enrol:
        _print_line(folder, account, as_json=as_json)
    elif as_json:
        print_json(account)
    else:
        click.echo(
            _("Added {name} ({role}), account {account}.").format(name=name, role=role, account=account["identifier"])
        )
        click.echo(
            _("For an enrolment line, where the CA is:  {command}").format(command=_code_command(folder, account))
        )


@account_group.command("enrol", help=_("Print a further enrolment line for an account, by the CA in this folder."))
@folder_option
@click.argument("who")
@role_option
@json_option
def account_enrol(folder: Path, who: str, role: str | None, as_json: bool) -> None:
    """For a new computer, or when the first line was lost."""
    account = carry_out(folder, "account.list", {}, what=who)
    found = [one for one in account if who in {one["identifier"], one["name"]} and role in {None, one["role"]}]
    if len(found) != 1:
        raise TasukiError("order_ambiguous" if found else "order_no_account", what=who)
    _print_line(folder, found[0], as_json=as_json)


@account_group.command("list", help=_("List accounts."))
@folder_option
@json_option
def account_list(folder: Path, as_json: bool) -> None:
    """A line each."""
    for one in carry_out(folder, "account.list", {}):
        state = _("disabled") if one["disabled_at"] else ""
        print_row(one, f"{one['identifier']}  {one['role']:<6}  {one['name']}  {state}", as_json=as_json)


@account_group.command("disable", help=_("Disable an account: its sessions end, and it cannot come in."))
@folder_option
@click.argument("who")
@role_option
def account_disable(folder: Path, who: str, role: str | None) -> None:
    """Disable."""
    account = carry_out(folder, "account.disable", {"who": who, "role": role}, what=who)
    click.echo(_("{name} is disabled.").format(name=account["name"]))


@account_group.command("enable", help=_("Enable an account again."))
@folder_option
@click.argument("who")
@role_option
def account_enable(folder: Path, who: str, role: str | None) -> None:
    """Enable."""
    account = carry_out(folder, "account.enable", {"who": who, "role": role}, what=who)
    click.echo(_("{name} is enabled.").format(name=account["name"]))


# groups


@click.group("group", help=_("Groups of helpers."))
def group_group() -> None:
    """Groups."""


@group_group.command("add", help=_("Add a group."))
@folder_option
@click.argument("name")
def group_add(folder: Path, name: str) -> None:
    """Add."""
    carry_out(folder, "group.add", {"name": name}, what=name)
    click.echo(_("Added the group {name}.").format(name=name))


@group_group.command("remove", help=_("Remove a group; requests that wait for it are over."))
@folder_option
@click.argument("name")
def group_remove(folder: Path, name: str) -> None:
    """Remove."""
    carry_out(folder, "group.remove", {"name": name}, what=name)
    click.echo(_("Removed the group {name}.").format(name=name))


@group_group.command("list", help=_("List groups and their members."))
@folder_option
@json_option
def group_list(folder: Path, as_json: bool) -> None:
    """A line each."""
    for one in carry_out(folder, "group.list", {}):
        members = ", ".join(member["name"] or member["identifier"] for member in one["members"])
        print_row(one, f"{one['name']}: {members}", as_json=as_json)


@group_group.command("join", help=_("Put helpers into a group."))
@folder_option
@click.argument("name")
@click.argument("members", nargs=-1, required=True)
def group_join(folder: Path, name: str, members: tuple[str, ...]) -> None:
    """Members by name or UUID."""
    carry_out(folder, "group.join", {"name": name, "members": list(members)}, what=", ".join((name, *members)))
    click.echo(_("Joined {name}: {members}.").format(members=", ".join(members), name=name))


@group_group.command("leave", help=_("Take helpers out of a group."))
@folder_option
@click.argument("name")
@click.argument("members", nargs=-1, required=True)
def group_leave(folder: Path, name: str, members: tuple[str, ...]) -> None:
    """Members by name or UUID."""
    carry_out(folder, "group.leave", {"name": name, "members": list(members)}, what=", ".join((name, *members)))
    click.echo(_("Left {name}: {members}.").format(members=", ".join(members), name=name))


# enrolment lines


def _code_command(folder: Path, account: dict[str, Any]) -> str:
    name = account["name"].replace("'", "'\\''")
    return (
        f"tasuki-ca code --folder {folder / 'ca'} --role {account['role']} --name '{name}' "
        f"--account {account['identifier']}"
    )


def _print_line(folder: Path, account: dict[str, Any], *, as_json: bool) -> None:
    """The line alone on stdout, so that it can be piped; what is said about it goes to stderr."""
    from relay.founding import run_ca

    ca = folder / "ca"
    if not (ca / "ca.toml").exists():
        raise TasukiError("ca_not_here", folder=ca, command=_code_command(folder, account))
    carry_out(folder, "account.enrol", {"who": account["identifier"]}, what=account["name"])
    line = run_ca(
        "code", "--folder", ca, "--role", account["role"], "--name", account["name"], "--account", account["identifier"]
    ).strip()
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
