"""`computer …`: on which computers people have Tasuki, and the one that was stolen."""

from pathlib import Path
from typing import Any

import click

from common.host.typed import TypedName
from common.host.version import VERSION
from common.host.words import _
from common.protocol.texts import URI_LIMIT
from relay.admin.orders import ListComputers, RevokeComputer
from relay.commands.shared import (
    carry_out,
    everything_option,
    folder_option,
    json_option,
    moment,
    print_json,
    print_row,
)


@click.group("computer", help=_("The computers on which people have Tasuki."))
def computer_group() -> None:
    """Computers."""


_person = click.option(
    "--person",
    "who",
    type=TypedName(URI_LIMIT),
    default="",
    help=_("Only this person's: an external id, a name or a UUID."),
)


@computer_group.command(
    "list", help=_("List computers: number, name, system, version of Tasuki, when last seen, and whose each is.")
)
@folder_option
@_person
@click.option("--old-version", is_flag=True, help=_("Only those whose Tasuki is older than the relay's, or not known."))
@everything_option
@json_option
def computer_list(folder: Path, who: str, old_version: bool, everything: bool, as_json: bool) -> None:
    """A line each."""
    for one in carry_out(folder, ListComputers(who=who, all=everything)):
        if not old_version or is_old(one["version"]):
            print_row(one, computer_line(one), as_json=as_json)


@computer_group.command(
    "revoke",
    help=_(
        "A computer was stolen: out at once, and revoked by the CA as soon as it answers. WHICH is a number of computer list, or a name."
    ),
)
@click.argument("which", type=TypedName(URI_LIMIT))
@folder_option
@_person
@json_option
def computer_revoke(which: str, folder: Path, who: str, as_json: bool) -> None:
    """The person goes on, on other computers."""
    one = carry_out(folder, RevokeComputer(which=which, who=who))
    if as_json:
        print_json(one)
        return
    click.echo(computer_line(one))
    if one["state"] == "revoked":
        click.echo(_("It is out, and revoked."))
        return
    click.echo(_("It is out. The CA is asked to revoke it; tasuki-relay computer list --all says whether it has."))


def is_old(version: str) -> bool:
    """Whether a program of this version is older than this one. One that does not say its version is."""
    return _numbers(version) < _numbers(VERSION)


def _numbers(version: str) -> list[int]:
    """Of 1.12.0 the numbers, as far as there are some."""
    found = []
    for part in version.split("."):
        if not (part.isascii() and part.isdigit()) or len(part) > 9:
            break
        found.append(int(part))
    return found


def computer_line(one: dict[str, Any]) -> str:
    """A computer, in JSON's types, as a line."""
    states = {
        "revoked": _("revoked"),
        "revocation owed": _("revocation owed"),
        "expired": _("certificate expired"),
    }
    here = _("connected") if one["connected"] else _("last seen {time}").format(time=moment(one["seen_at"]))
    parts = [
        f"#{one['number']}",
        one["name"] or "–",
        one["system"],
        f"Tasuki {one['version']}" if one["version"] else "",
        here,
        f"{one['person_name']} ({one['role']})",
        states.get(one["state"], ""),
    ]
    return "  ".join(part for part in parts if part)
